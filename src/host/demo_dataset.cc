#include "host/demo_dataset.h"

#include <algorithm>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <utility>

#include <fmt/format.h>

#include "base/hash.h"
#include "decisions/decision.h"
#include "host/command_line.h"
#include "host/coupon_offers.h"
#include "host/datasets.h"
#include "host/interrupt.h"
#include "host/progress.h"
#include "host/replay.h"

namespace attune::host {
namespace {

/// Offers that were chosen, by name; "" for none.
using Chosen = std::map<std::string, std::uint64_t, std::less<>>;

/// Compiles the example workspace, which must have `placement`, together with a file made from the
/// data.
Result<std::shared_ptr<const program::Program>> compile_with(
    const std::string& folder, std::string made_yaml, std::string_view placement
) {
    program::Diagnostics diagnostics;
    auto loaded = program::load_workspace(folder, diagnostics);
    if (!loaded) {
        return loaded.error();
    }
    auto files = std::move(loaded.value().files);
    if (!made_yaml.empty()) {
        files.push_back({"made-from-data.yaml", std::move(made_yaml)});
    }
    program::Diagnostics problems;
    auto program =
        program::Program::compile(program::read_workspace(std::move(files), problems), problems);
    if (!program) {
        return Error{
            Error::Kind::InvalidInput,
            "cannot use workspace \"" + folder + "\":\n" +
                problems.render({.colours = false, .source = true})};
    }
    if (!program->placement(placement)) {
        return Error{
            Error::Kind::InvalidInput,
            fmt::format("cannot use workspace \"{}\": it has no placement {}", folder, placement)};
    }
    return program;
}

/// Folds a data set and asks `placement` about the customers of some of its events.
class DataReplay {
public:
    DataReplay(std::shared_ptr<const program::Program> program, std::string_view placement)
        : placement_(program->placement(placement).value()), replay_(std::move(program)) {}

    /// Called with an event that was just folded; true asks for a decision.
    using Asks = std::function<bool(const schema::Event&)>;
    /// Called with the name of the offer that was chosen, or "".
    using Takes = std::function<void(const schema::Event&, std::string_view offer)>;

    void run(Dataset& data, const Asks& asks, const Takes& takes) {
        Progress progress("calls", data.calls_total);
        const auto& stop = interrupted();
        std::string padded;
        while (const auto call = data.calls->next()) {
            if (stop) {
                break;
            }
            padded.assign(call->json).append(schema::kPadding, '\0');
            replay_.line(std::string_view(padded).substr(0, call->json.size()));
            const schema::Event& event = replay_.population().event();
            if (asks(event)) {
                const std::string offer = decide(event);
                ++chosen_[offer];
                takes(event, offer);
            }
            progress.at(replay_.lines());
        }
        replay_.finish();
    }

    [[nodiscard]] Replay& replay() { return replay_; }
    [[nodiscard]] const Chosen& chosen() const { return chosen_; }

private:
    std::string decide(const schema::Event& event) {
        engine::Population& population = replay_.population();
        const auto found = population.find(engine::primary_identifier(event));
        if (!found) {
            return {};
        }
        const program::Program& program = population.program();
        program::Frame& frame = population.fold().frame();
        frame.bind(
            found->shard->id(found->place), found->shard->blob(found->place), replay_.time()
        );
        const decisions::Decision decision =
            decisions::decide(frame, {placement_, hash_combine(++questions_, 1), false});
        decisions::count(
            program,
            decision.placement,
            decision.offer,
            replay_.time(),
            found->shard->subject(found->place).blob
        );
        return decision.offer ? program.offers[*decision.offer].name : std::string();
    }

    std::uint32_t placement_;
    Replay replay_;
    Chosen chosen_;
    std::uint64_t questions_ = 0;
};

void print_segments(Replay& replay) {
    const auto& program = replay.population().program();
    const auto& counts = replay.population().effects().counts;
    fmt::print("\n{:<32} {:>10} {:>10} {:>10}\n", "segment", "inside", "entered", "left");
    for (std::size_t index = 0; index < program.segments.size(); ++index) {
        const std::uint64_t entered = counts.segments_entered[index];
        const std::uint64_t left = counts.segments_left[index];
        fmt::print(
            "{:<32} {:>10} {:>10} {:>10}\n",
            program.segments[index].name,
            with_commas(entered - std::min(entered, left)),
            with_commas(entered),
            with_commas(left)
        );
    }
    fmt::print("\n{:<32} {:>10}\n", "pattern", "fired");
    for (std::size_t index = 0; index < program.patterns.size(); ++index) {
        fmt::print(
            "{:<32} {:>10}\n", program.patterns[index].name, with_commas(counts.patterns[index])
        );
    }
}

void print_head(const Dataset& data, Replay& replay, std::chrono::steady_clock::duration took) {
    const double seconds = std::max(0.001, std::chrono::duration<double>(took).count());
    const auto& counts = replay.population().effects().counts;
    fmt::print(
        "{}: {} calls of {} customers up to {}, folded in {:.1f} s ({}/s); {} quarantined\n",
        data.name,
        with_commas(replay.lines()),
        with_commas(replay.population().customer_count()),
        to_string(replay.time()),
        seconds,
        with_commas(static_cast<std::uint64_t>(static_cast<double>(replay.lines()) / seconds)),
        with_commas(counts.quarantined)
    );
}

double percent(double part, std::size_t whole) {
    return whole == 0 ? 0 : 100 * part / static_cast<double>(whole);
}

void print_coupon_score(const CouponScore& score) {
    fmt::print(
        "\n{} decisions, one each time a household got a campaign; {} found no coupon to offer.\n"
        "{} of these households really redeemed coupons of that campaign. Of them, the coupon "
        "decided on was redeemed by\n\n",
        with_commas(score.decisions),
        with_commas(score.without_offer),
        with_commas(score.redeemers)
    );
    fmt::print("{:<44} {:>9} {:>12}\n", "", "Attune", "by chance");
    fmt::print(
        "{:<44} {:>8.1f}% {:>11.1f}%\n",
        "the very coupon",
        percent(static_cast<double>(score.coupon_hits), score.redeemers),
        percent(score.coupon_hits_by_chance, score.redeemers)
    );
    fmt::print(
        "{:<44} {:>8.1f}% {:>11.1f}%\n",
        "a coupon for the same category",
        percent(static_cast<double>(score.category_hits), score.redeemers),
        percent(score.category_hits_by_chance, score.redeemers)
    );
}

void print_chosen(const Chosen& chosen) {
    fmt::print("\n{:<32} {:>10}\n", "offer", "chosen");
    for (const auto& [name, count] : chosen) {
        fmt::print("{:<32} {:>10}\n", name.empty() ? "(none)" : name, with_commas(count));
    }
}

Status run_coupons(Dataset& data, const std::string& workspace) {
    auto program =
        compile_with(workspace, coupon_offers_yaml(data.campaigns, data.coupons), "coupon");
    if (!program) {
        return program.error();
    }
    const schema::EventTypes& types = program.value()->types;
    const schema::TypeIndex received = types.find("Campaign Received");
    const auto campaign_id =
        received == schema::kUndeclared ? std::nullopt : types[received].index_of("campaign_id");
    if (!campaign_id) {
        return Error{
            Error::Kind::InvalidInput,
            "cannot use workspace \"" + workspace +
                "\": it declares no event Campaign Received with a campaign_id"};
    }
    const auto started = std::chrono::steady_clock::now();
    CouponJudge judge(data);
    DataReplay replay(program.value(), "coupon");
    replay.run(
        data,
        [&](const schema::Event& event) { return event.type == received; },
        [&](const schema::Event& event, std::string_view offer) {
            judge.judge(event.user_id, event.properties[*campaign_id].as_string(), offer);
        }
    );
    print_head(data, replay.replay(), std::chrono::steady_clock::now() - started);
    print_segments(replay.replay());
    print_coupon_score(judge.score());
    return Done{};
}

Status run_clicks(Dataset& data, const std::string& workspace) {
    auto program = compile_with(workspace, "", "beside_the_product");
    if (!program) {
        return program.error();
    }
    const auto started = std::chrono::steady_clock::now();
    DataReplay replay(program.value(), "beside_the_product");
    replay.run(
        data,
        [](const schema::Event& event) { return event.name == "Product Viewed"; },
        [](const schema::Event&, std::string_view) {}
    );
    print_head(data, replay.replay(), std::chrono::steady_clock::now() - started);
    print_segments(replay.replay());
    print_chosen(replay.chosen());
    return Done{};
}

Status replay(const std::string& folder, const std::string& workspaces) {
    auto data = read_dataset(folder);
    if (!data) {
        return data.error();
    }
    return data.value().coupons.empty() ? run_clicks(data.value(), workspaces + "/clicks")
                                        : run_coupons(data.value(), workspaces + "/grocer");
}

}  // namespace

int replay_dataset(const std::string& folder, const std::string& workspaces) {
    const Status done = replay(folder, workspaces);
    return done ? kDone : fail("attune demo", done.error().message);
}

}  // namespace attune::host
