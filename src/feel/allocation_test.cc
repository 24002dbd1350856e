#include <memory>

#include <gtest/gtest.h>

#include "base/counting_heap.h"
#include "feel/expression.h"
#include "feel/testing.h"

namespace attune::feel {
namespace {

/// Allocations of a hundred evaluations after the first, which makes the arena as large as it gets.
std::size_t allocations_of(std::string_view text, testing::Inputs& inputs) {
    const Compilation compiled = Expression::compile(text, inputs.scope());
    EXPECT_TRUE(compiled.ok()) << text << ": " << compiled.error();
    Arena arena;
    Warnings warnings(0);
    Evaluation evaluation(arena, inputs.slots());
    evaluation.warnings = &warnings;
    const auto once = [&] {
        arena.reset();
        evaluation.restart();
        return compiled.value().evaluate(evaluation);
    };
    EXPECT_FALSE(once().null()) << text;
    const std::size_t before = allocations;
    for (int round = 0; round < 100; ++round) {
        EXPECT_FALSE(once().null()) << text;
    }
    EXPECT_EQ(warnings.count(), 0U) << text;
    return allocations - before;
}

TEST(Allocations, AreCounted) {
    const std::size_t before = allocations;
    const auto one = std::make_unique<std::string>(100, 'x');
    EXPECT_EQ(allocations, before + 2);
}

TEST(Allocations, OfAnExpressionAreNoneInTheSteadyState) {
    testing::Inputs inputs;
    inputs.add("price", "59.90");
    inputs.add("discount", "0.25");
    inputs.add("age", "42");
    inputs.add("seg", R"("a")");
    inputs.add("since", R"(@"P20D")");
    inputs.add("seen", R"(@"2026-02-03T04:05:06Z")");
    inputs.add("page", R"("/shop/Shoes")");
    inputs.add("customer", R"({name: "Ada", address: {zip: "69001", city: "Lyon"}})");
    inputs.add("items", "[{price: 5, quantity: 1}, {price: 20, quantity: 2}]");
    for (const std::string_view text :
         {R"(price * (1 - discount) >= 40 and seg = "a")",
          R"(age in [18..65] and since > @"P14D")",
          R"(seg in ("x", "y", "a"))",
          R"(not(seg = "b") or customer.address.city = "Lyon")",
          "price / 7 * 12345678901234567890",
          "(1 + price / 1200) ** -36",
          R"(contains(lower case(page), "shoe"))",
          R"(substring(page, 2, 4) + "-" + upper case(seg))",
          "count(items[price > 10])",
          "sum(for i in items return i.price * i.quantity)",
          "some i in items satisfies i.quantity > 1",
          "every i in items satisfies i.quantity > 0",
          "{total: sum(items.price), half: total / 2}.half",
          "if age >= 18 then [age, price] else []",
          "(function(x, y) x + y)(age, 1)",
          R"(seen + since > @"2026-02-03T04:05:06Z")",
          "decimal(price, 1)",
          R"(matches(page, "^/shop/[A-Za-z]+$"))"}) {
        EXPECT_EQ(allocations_of(text, inputs), 0U) << text;
    }
}

}  // namespace
}  // namespace attune::feel
