#include "base/callable.h"

#include <array>
#include <memory>
#include <string>

#include <gtest/gtest.h>

namespace attune {
namespace {

TEST(Callable, OwnsWhatCannotBeCopied) {
    auto number = std::make_unique<int>(41);
    Callable<int()> next = [number = std::move(number)] { return *number + 1; };
    Callable<int()> moved = std::move(next);
    EXPECT_EQ(moved(), 42);
    EXPECT_FALSE(next);  // NOLINT(bugprone-use-after-move): a moved-from callable is empty
}

TEST(Callable, HoldsWhatDoesNotFitInPlace) {
    std::array<int, 100> many{};
    many[99] = 7;
    Callable<int(int)> sum = [many](int by) { return many[99] + by; };
    Callable<int(int)> moved = std::move(sum);
    EXPECT_EQ(moved(3), 10);
}

TEST(Callable, PassesReferencesAndMoveOnlyArguments) {
    Callable<void(std::string&, std::unique_ptr<int>)> write =
        [](std::string& out, std::unique_ptr<int> number) { out = std::to_string(*number); };
    std::string out;
    write(out, std::make_unique<int>(5));
    EXPECT_EQ(out, "5");
}

TEST(Callable, DestroysWhatItHoldsOnce) {
    auto held = std::make_shared<int>(1);
    {
        Callable<void()> first = [held] {};
        Callable<void()> second = std::move(first);
        first = [held] {};
        EXPECT_EQ(held.use_count(), 3);
        first = std::move(second);
        EXPECT_EQ(held.use_count(), 2);
        first.reset();
        EXPECT_EQ(held.use_count(), 1);
    }
    EXPECT_EQ(held.use_count(), 1);
}

}  // namespace
}  // namespace attune
