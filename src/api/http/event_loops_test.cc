#include "api/http/event_loops.h"

#include <future>
#include <thread>

#include <gtest/gtest.h>

namespace attune::api::http {
namespace {

using namespace std::chrono_literals;

/// Runs `work` on the loop and waits for it.
void on(Loop& loop, Task work) {
    std::promise<void> done;
    loop.post([&] {
        work();
        done.set_value();
    });
    done.get_future().wait();
}

TEST(EventLoops, RunTasksOfAThreadInOrderOnTheLoopsThread) {
    EventLoops loops(2);
    loops.start();
    Loop& loop = loops.at(1);
    std::vector<int> seen;
    for (int i = 0; i < 10'000; ++i) {
        loop.post([&seen, &loop, i] {
            ASSERT_TRUE(loop.in_loop());
            seen.push_back(i);
        });
    }
    on(loop, [] {});
    ASSERT_EQ(seen.size(), 10'000U);
    EXPECT_TRUE(std::is_sorted(seen.begin(), seen.end()));
    EXPECT_FALSE(loop.in_loop());
    EXPECT_EQ(loop.index(), 1U);
}

TEST(EventLoops, TakeTasksFromManyThreads) {
    EventLoops loops(1);
    loops.start();
    int count = 0;  // the loop's own, so it needs no lock
    const auto post_many = [&] {
        for (int n = 0; n < 5'000; ++n) {
            loops.at(0).post([&count] { ++count; });
        }
    };
    std::vector<std::thread> threads;
    threads.reserve(4);
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back(post_many);
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
    on(loops.at(0), [] {});
    EXPECT_EQ(count, 20'000);
}

TEST(EventLoops, RunWhatALoopPostsToItselfLaterAndInOrder) {
    EventLoops loops(1);
    loops.start();
    std::string order;
    std::promise<void> done;
    loops.at(0).post([&] {
        loops.at(0).post([&] {
            order += 'b';
            loops.at(0).post([&] {
                order += 'd';
                done.set_value();
            });
        });
        loops.at(0).post([&] { order += 'c'; });
        order += 'a';
    });
    done.get_future().wait();
    EXPECT_EQ(order, "abcd");
}

TEST(EventLoops, RingTimersByTheirTimeAndForgetCancelledOnes) {
    EventLoops loops(1);
    loops.start();
    std::string order;
    std::promise<void> done;
    loops.at(0).post([&] {
        Loop& loop = loops.at(0);
        loop.after(30ms, [&] {
            order += 'c';
            done.set_value();
        });
        loop.after(10ms, [&] { order += 'a'; });
        const TimerId cancelled = loop.after(15ms, [&] { order += 'x'; });
        loop.after(20ms, [&] { order += 'b'; });
        loop.cancel(cancelled);
        for (int i = 0; i < 1000; ++i) {
            loop.cancel(loop.after(25ms, [&] { order += 'y'; }));
        }
    });
    done.get_future().wait();
    EXPECT_EQ(order, "abc");
}

TEST(EventLoops, DestroyWhatNeverRan) {
    auto held = std::make_shared<int>(1);
    {
        EventLoops loops(2);
        loops.start();
        on(loops.at(0), [&] { loops.at(0).after(1h, [held] {}); });
        loops.stop();
        loops.at(1).post([held] {});
        EXPECT_EQ(held.use_count(), 2);
    }
    EXPECT_EQ(held.use_count(), 1);
}

}  // namespace
}  // namespace attune::api::http
