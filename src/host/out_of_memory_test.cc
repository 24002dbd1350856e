#include "host/out_of_memory.h"

#include <cstdlib>
#include <iostream>
#include <limits>
#include <memory>

#include <gtest/gtest.h>

#include "base/clock.h"
#include "base/counting_heap.h"
#include "base/metrics.h"
#include "files/simulated.h"
#include "host/torture_life.h"
#include "host/torture_oracle.h"
#include "log/segments/small_log.h"
#include "runtime/runtime.h"
#include "runtime/test_loop.h"
#include "state/memory_store.h"

namespace attune::host {
namespace {

/// ATTUNE_TORTURE_STRIDE asks for more of the failures: 1 for all.
std::size_t stride() {
    const char* wanted = std::getenv("ATTUNE_TORTURE_STRIDE");
    return wanted != nullptr ? std::strtoull(wanted, nullptr, 10) : 41;
}

/// Runs `act` with the n-th allocation of this thread failing, for growing n until it needs fewer;
/// `look` hears what became of each. How many have failed.
template <typename Act, typename Look>
std::size_t fail_allocations(Act act, Look look) {
    std::size_t failed = 0;
    for (std::size_t n = 0;; n += stride()) {
        allocations_left = n;
        const auto outcome = unless_out_of_memory("do it", act);
        const bool struck = allocations_left == kNoLimit;
        allocations_left = kNoLimit;
        look(outcome);
        if (!struck) {
            EXPECT_TRUE(outcome.ok()) << outcome.error().message;
            return failed;
        }
        ++failed;
    }
}

/// A server without its network and its database, on a simulated disk.
struct Server {
    ManualClock clock{TortureLife::kStart};
    Metrics metrics;
    TestLoops loops{2};
    MemoryStore store;
    std::unique_ptr<runtime::Programs> programs;
    std::unique_ptr<Log> log;
    std::unique_ptr<runtime::Runtime> runtime;

    Server() = default;
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;
    Server(Server&&) = delete;
    Server& operator=(Server&&) = delete;
    ~Server() {
        log.reset();
        runtime.reset();
    }

    Status start(files::SimulatedFiles& disk) {
        programs = std::make_unique<runtime::Programs>(disk, "programs");
        Result<std::unique_ptr<Log>> opened = segments::open_log(segments::small_log(disk));
        if (!opened.ok()) {
            return opened.error();
        }
        log = std::move(opened).value();
        runtime::Runtime::Options options;
        options.commons.log = log.get();
        options.commons.clock = &clock;
        options.commons.programs = programs.get();
        options.store = &store;
        options.metrics = &metrics;
        options.loops = loops.all();
        options.write_behind = Duration(0);
        Result<std::unique_ptr<runtime::Runtime>> made = runtime::Runtime::create(
            std::move(options), TortureLife::compile(TortureOracle::workspace())
        );
        if (!made.ok()) {
            return made.error();
        }
        runtime = std::move(made).value();
        return Done{};
    }
};

TEST(OutOfMemory, AStartFailsClearlyAndTheNextOneSucceeds) {
    files::SimulatedFiles disk;
    const std::size_t failed = fail_allocations(
        [&disk] {
            Server server;
            return server.start(disk);
        },
        [](const Status& outcome) {
            if (!outcome.ok()) {
                EXPECT_NE(outcome.error().message, "");
            }
        }
    );
    EXPECT_GT(failed, 20U);
    std::cout << failed << " allocations failed\n";
    Server server;
    EXPECT_TRUE(server.start(disk).ok());
}

TEST(OutOfMemory, APublishIsDoneByAllWorkersOrByNone) {
    files::SimulatedFiles disk;
    Server server;
    ASSERT_TRUE(server.start(disk).ok());
    server.runtime->start();
    server.loops.run();
    const auto old = server.runtime->program();
    const std::size_t failed = fail_allocations(
        [&server] {
            return server.runtime->publish(TortureLife::compile(
                std::string(TortureOracle::workspace()) + "# published while memory is short\n"
            ));
        },
        [&](const Status& outcome) {
            server.loops.run();
            EXPECT_EQ(server.runtime->program()->hash != old->hash, outcome.ok());
            for (const auto& worker : server.runtime->workers()) {
                EXPECT_EQ(worker->program().hash, server.runtime->program()->hash);
            }
            // The next one is to change something again.
            EXPECT_TRUE(server.runtime->publish(old).ok());
            server.loops.run();
        }
    );
    EXPECT_GT(failed, 20U);
    std::cout << failed << " allocations failed\n";
}

}  // namespace
}  // namespace attune::host
