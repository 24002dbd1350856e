#include "host/torture_server.h"

#include <algorithm>
#include <memory>
#include <random>
#include <utility>

#include "host/torture_life.h"
#include "host/torture_oracle.h"

namespace attune::host {
namespace {

using files::Fault;
using files::SimulatedFiles;

constexpr std::uint64_t kCutsPerDisk = 10;

class Run {
public:
    Run(const ServerTorture& options, std::uint64_t seed, std::uint64_t cuts)
        : options_(options),
          random_(seed),
          cuts_(cuts),
          oracle_(report_, "--seed " + std::to_string(seed) + " --cuts " + std::to_string(cuts)) {}

    ServerTortureReport all() {
        auto disk = std::make_unique<SimulatedFiles>(SimulatedFiles::Options{.journaled = true});
        for (std::uint64_t life = 0; life <= cuts_ && report_.failures() == 0; ++life) {
            const bool last = life == cuts_;
            if (!last) {
                disk->arm(any_fault());
            }
            live(*disk, last);
            disk = random_() % 6 == 0 ? disk->after_kill() : disk->after_power_cut(random_());
            report_.cuts += last ? 0 : 1;
        }
        return report_;
    }

private:
    bool one_in(std::uint64_t bound) { return random_() % bound == 0; }

    /// Mostly the power goes; now and then a call fails, once or from then on, and the process ends
    /// a little later.
    Fault any_fault() {
        static constexpr Fault::Kind kOthers[] = {
            Fault::Kind::IoError,
            Fault::Kind::NoSpace,
            Fault::Kind::Short,
            Fault::Kind::Interrupted};
        const std::uint64_t at_call = 1 + random_() % 600;
        if (!one_in(4)) {
            return {.kind = Fault::Kind::PowerCut, .at_call = at_call};
        }
        return {.kind = kOthers[random_() % 4], .at_call = at_call, .for_ever = one_in(2)};
    }

    void live(SimulatedFiles& disk, bool last) {
        TortureLife life(
            oracle_,
            clock_,
            {.seed = random_(),
             .log_mutant = options_.log_mutant,
             .mutant = options_.mutant,
             .packing = packing_}
        );
        if (const Status opened = life.open(disk); !opened.ok()) {
            if (!disk.struck()) {
                oracle_.fail(report_.refused, 1, opened.error().message);
            }
            return;
        }
        life.check_state();
        for (std::uint64_t acts = 20 + random_() % 100;
             acts > 0 && !disk.struck() && report_.failures() == 0;
             --acts) {
            if (!one_in(60)) {
                act(life);
            } else if (!erase_any(life, disk)) {
                break;
            }
        }
        if (last && report_.failures() == 0) {
            finish(life);
        } else if (!disk.struck()) {
            // At this very moment: nothing that closing would still write.
            disk.arm({.kind = Fault::Kind::PowerCut, .at_call = 1, .for_ever = true});
        }
    }

    /// False when the disk did not let it.
    bool erase_any(TortureLife& life, const SimulatedFiles& disk) {
        const Status erased = life.erase(random_() % TortureOracle::kCustomers);
        if (!erased.ok() && !disk.struck()) {
            oracle_.fail(report_.refused, 1, erased.error().message);
        }
        return erased.ok();
    }

    void act(TortureLife& life) {
        switch (random_() % 12) {
        case 0:
        case 1:
            (void)life.log().flush();
            break;
        case 2:
            (void)life.write_behind();
            break;
        case 3:
            (void)life.store().flush();
            break;
        case 4:
            life.pass(Duration(1'000 + static_cast<std::int64_t>(random_() % 40'000)));
            break;
        case 5:
        case 6:
            if (life.open_calls() > 0) {
                const bool arrives = !one_in(4);
                life.finish_call(arrives, !one_in(8));
            }
            break;
        default:
            for (std::uint64_t count = 1 + random_() % 4; count > 0; --count) {
                send_any(life);
            }
        }
        life.run();
    }

    /// A new event, or one that was sent before, acknowledged or not.
    void send_any(TortureLife& life) {
        const std::size_t again =
            oracle_.events().empty() ? 0 : random_() % oracle_.events().size();
        if (!oracle_.events().empty() && one_in(4)) {
            if (oracle_.wanted(again)) {
                life.send(again, one_in(3));
            }
        } else if (oracle_.make(random_() % TortureOracle::kCustomers, random_() % 3) != nullptr) {
            life.send(oracle_.events().size() - 1, one_in(3));
        }
    }

    /// The power stays: clients get everything acknowledged, everything owed is delivered.
    void finish(TortureLife& life) {
        if (!life.finish()) {
            oracle_.fail(report_.lost, 1, "events or effects are never done with");
        }
        life.check_state();
        oracle_.check_effects();
        (void)life.write_behind();
        if (const Status compared = life.compare_fold(); !compared.ok()) {
            oracle_.fail(report_.refused, 1, compared.error().message);
        }
    }

    ServerTorture options_;
    std::mt19937_64 random_;
    std::uint64_t cuts_;
    ServerTortureReport report_;
    TortureOracle oracle_;
    ManualClock clock_{TortureLife::kStart};
    const segments::Packing packing_ = static_cast<segments::Packing>(random_() % 3);
};

}  // namespace

void ServerTortureReport::add(const ServerTortureReport& other) {
    cuts += other.cuts;
    acknowledged += other.acknowledged;
    effects += other.effects;
    attempts += other.attempts;
    erased += other.erased;
    lost += other.lost;
    duplicated += other.duplicated;
    wrong += other.wrong;
    refused += other.refused;
    if (first_failure.empty()) {
        first_failure = other.first_failure;
    }
}

ServerTortureReport torture_server(const ServerTorture& options) {
    ServerTortureReport all;
    for (std::uint64_t seed = options.seed; all.cuts < options.cuts && all.failures() == 0;
         ++seed) {
        all.add(Run(options, seed, std::min(kCutsPerDisk, options.cuts - all.cuts)).all());
    }
    return all;
}

}  // namespace attune::host
