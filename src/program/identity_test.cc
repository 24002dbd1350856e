#include "program/identity.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "program/test_program.h"
#include "value/json.h"

namespace attune::program {
namespace {

using customer::Identifier;
using customer::OwnedIdentifier;
using Kind = Identifier::Kind;

std::string problems_of(const std::string& yaml) {
    Diagnostics diagnostics;
    const auto program =
        Program::compile(read_workspace({{"workspace.yaml", yaml}}, diagnostics), diagnostics);
    return program ? "none" : diagnostics.render({});
}

std::string made(IdentifierForm form, const std::string& text) {
    const IdentifierKind kind{"x", Kind::Other, form, MergeRule::Anonymous, {}, {"ignored"}};
    const auto one = make_identifier(kind, text);
    return one ? one->text : "none";
}

TEST(Identity, BringsEachFormToOneText) {
    EXPECT_EQ(made(IdentifierForm::Email, "\t Ada.B@Example.COM "), "x:ada.b@example.com");
    EXPECT_EQ(made(IdentifierForm::Phone, "+33 (0)6-12.34/56"), "x:3306123456");
    EXPECT_EQ(made(IdentifierForm::Phone, "0033 6123456"), "x:336123456");
    EXPECT_EQ(made(IdentifierForm::Text, "  As It Is "), "x:As It Is");
    EXPECT_EQ(made(IdentifierForm::Email, "a@b@c"), "x:a@b@c")
        << "a quoted local part may hold one";
    for (const char* none : {"", " ", "@b", "a@", "ab", "a b@c"}) {
        EXPECT_EQ(made(IdentifierForm::Email, none), "none") << none;
    }
    for (const char* none : {"", "1234", "00", "1234567890123456", "12345a", "n/a"}) {
        EXPECT_EQ(made(IdentifierForm::Phone, none), "none") << none;
    }
    EXPECT_EQ(made(IdentifierForm::Text, "ignored"), "none");
    EXPECT_EQ(made(IdentifierForm::Text, std::string(300, 'x')), "none");
}

TEST(Identity, ReadsWhatItsSourcesSay) {
    const auto program = test_program(R"(
identifiers:
  email: {from: [traits.email, traits.emails]}
  club:  {from: [properties.member.number, context.externalIds], on: [Joined]}
)");
    const Identity& identity = program->identity;
    EXPECT_TRUE(identity.wants.traits && identity.wants.properties && identity.wants.context);
    Arena arena;
    const auto json = [&](const std::string& text) {
        const Result<Value> value = json::parse(text, arena);
        ATTUNE_ASSERT(value.ok());
        return value.value();
    };
    IdentifierParts parts;
    parts.event = "identify";
    parts.traits = json(R"({"email":"A@b.c","emails":["a@b.c",7,"d@e.f",null]})");
    parts.properties = json(R"({"member":{"number":12.50}})");
    EXPECT_EQ(
        identity.read(parts),
        (std::vector<OwnedIdentifier>{{Kind::Email, "a@b.c"}, {Kind::Email, "d@e.f"}})
    ) << "each once, and of other events none";
    parts.traits = Value();
    parts.event = "Joined";
    parts.context = json(R"({"externalIds":[{"type":"club","id":"c7"},{"type":"crm","id":1},3]})");
    EXPECT_EQ(
        identity.read(parts),
        (std::vector<OwnedIdentifier>{{Kind::Other, "club:12.5"}, {Kind::Other, "club:c7"}})
    );
    EXPECT_EQ(identity.parse("club:c7"), (OwnedIdentifier{Kind::Other, "club:c7"}));
    EXPECT_EQ(identity.parse("email: A@B.c"), (OwnedIdentifier{Kind::Email, "a@b.c"}));
    EXPECT_EQ(identity.parse("userId:a:b"), (OwnedIdentifier{Kind::UserId, "a:b"}));
    for (const char* none : {"phone:061234567", "club", "", ":", "email:x"}) {
        EXPECT_FALSE(identity.parse(none)) << none;
    }
    EXPECT_EQ(customer::name_of({Kind::Other, "club:a:b"}), "club");
    EXPECT_EQ(customer::value_of({Kind::Other, "club:a:b"}), "a:b");
}

TEST(Identity, SaysWhatIsWrongWithADeclaration) {
    const std::vector<std::pair<std::string, std::string>> cases{
        {"identifiers: {email: {merge: users}}", "it does not say where it stands"},
        {"identifiers: {email: {from: email}}", "\"email\" is no place in a call"},
        {"identifiers: {email: {from: traits.}}", "\"traits.\" is no place in a call"},
        {"identifiers: {\"a:b\": {from: traits.a}}", "its name holds a colon"},
        {"identifiers: {userId: {from: traits.id}}", "only `per_customer` can be said of it"},
        {"identifiers: {card: {from: traits.a, per_customer: 65}}", "per_customer"},
        {"identifiers: {card: {from: traits.a, merge: all}}", "merge"}};
    for (const auto& [yaml, wanted] : cases) {
        EXPECT_NE(problems_of(yaml).find(wanted), std::string::npos) << problems_of(yaml);
    }
    EXPECT_EQ(problems_of("identifiers: {userId: {per_customer: 1}}"), "none");
}

TEST(Pattern, SaysWhatIsWrongWithItsOrder) {
    const auto pattern = [](const std::string& more) {
        return "patterns: {p: {sequence: [{a: A}, {b: B}], within: 1h, " + more + "}}";
    };
    const std::vector<std::pair<std::string, std::string>> cases{
        {"judged: ordered", "it needs `lateness`"},
        {"lateness: 5s", "`lateness` is for patterns that are judged `ordered`"},
        {"judged: ordered, lateness: 2d", "at most 1d"},
        {"judged: ordered, lateness: 5s, strict: true", "in the order of arrival only"}};
    for (const auto& [more, wanted] : cases) {
        EXPECT_NE(problems_of(pattern(more)).find(wanted), std::string::npos) << more;
    }
    EXPECT_EQ(problems_of(pattern("judged: ordered, lateness: 1d")), "none");
    EXPECT_EQ(problems_of(pattern("judged: eager")), "none");
}

}  // namespace
}  // namespace attune::program
