#include "feel/parts.h"

#include <gtest/gtest.h>

#include "feel/expression.h"

namespace attune::feel {
namespace {

/// One line a part, two spaces a level.
std::string outline(const Part& part, const std::string& indent = "") {
    std::string text = indent + part.text + "\n";
    for (const Part& each : part.parts) {
        text += outline(each, indent + "  ");
    }
    return text;
}

Scope prices() {
    Scope scope;
    scope.declare("price", Type::Kind::Number, 0);
    scope.declare("discount", Type::Kind::Number, 1);
    scope.declare("tags", Type::list(Type::Kind::String), 2);
    return scope;
}

std::string outline(std::string_view text) {
    const Scope scope = prices();
    const std::optional<Part> part = parts_of(text, scope);
    return part ? outline(*part) : "none";
}

TEST(Parts, AreTheTreeOfTheExpressionWithoutLiterals) {
    EXPECT_EQ(
        outline("price*(1 - discount)>=40"),
        "price * (1 - discount) >= 40\n"
        "  price * (1 - discount)\n"
        "    price\n"
        "    1 - discount\n"
        "      discount\n"
    );
    EXPECT_EQ(outline("max(price, 3)"), "max(price, 3)\n  price\n");
}

TEST(Parts, LeaveOutWhatDependsOnVariablesOfTheExpression) {
    EXPECT_EQ(
        outline("for t in tags return t + \"!\""), "for t in tags return t + \"!\"\n  tags\n"
    );
    EXPECT_EQ(
        outline("count(tags[item = \"a\"])"),
        "count(tags[item = \"a\"])\n  tags[item = \"a\"]\n    tags\n"
    );
    EXPECT_EQ(outline("{a: price, b: a + 1}"), "{\"a\": price, \"b\": a + 1}\n");
}

TEST(Parts, CompileByThemselves) {
    const Scope scope = prices();
    const std::optional<Part> part =
        parts_of("if price > 3 then {a: price}.a else sum(for t in tags return 1)", scope);
    ASSERT_TRUE(part);
    ASSERT_EQ(part->parts.size(), 3U);
    for (const Part& each : part->parts) {
        EXPECT_TRUE(Expression::compile(each.text, scope)) << each.text;
    }
}

TEST(Parts, OfATextThatDoesNotCompileAreNone) {
    EXPECT_EQ(outline("price +"), "none");
    EXPECT_EQ(outline("cost + 1"), "none");
}

}  // namespace
}  // namespace attune::feel
