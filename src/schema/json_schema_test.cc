#include "schema/json_schema.h"

#include <gtest/gtest.h>

#include "value/json.h"

namespace attune::schema {
namespace {

/// What the schema says about an instance: empty if it fits.
std::string why_not(std::string_view schema, std::string_view instance) {
    std::vector<SchemaProblem> problems;
    const auto compiled = JsonSchema::compile(schema, problems);
    if (compiled == nullptr) {
        return "schema: " + problems[0].pointer + ": " + problems[0].message;
    }
    Arena arena;
    const Result<Value> value = json::parse(instance, arena);
    EXPECT_TRUE(value.ok()) << instance;
    std::string why;
    return compiled->accepts(value.value(), "properties", &why) ? "" : why;
}

/// The keyword refuses `bad` and accepts `good`.
void expect_keyword(std::string_view schema, std::string_view good, std::string_view bad) {
    EXPECT_EQ(why_not(schema, good), "") << schema << " " << good;
    EXPECT_NE(why_not(schema, bad), "") << schema << " " << bad;
}

std::vector<SchemaProblem> problems_of(std::string_view schema) {
    std::vector<SchemaProblem> problems;
    EXPECT_EQ(JsonSchema::compile(schema, problems), nullptr);
    return problems;
}

TEST(JsonSchema, ChecksTypesAndValues) {
    expect_keyword(R"({"type":"integer"})", "2.0", "2.5");
    expect_keyword(R"({"type":["string","null"]})", "null", "1");
    expect_keyword(R"({"enum":[1,{"a":1,"b":2}]})", R"({"b":2,"a":1})", R"({"a":1})");
    expect_keyword(R"({"const":1})", "1.0", "\"1\"");
    EXPECT_EQ(why_not("true", "1"), "");
    EXPECT_EQ(why_not("false", "1"), "properties is not allowed");
}

TEST(JsonSchema, ChecksNumbers) {
    expect_keyword(R"({"minimum":1,"maximum":3})", "3", "3.0001");
    expect_keyword(R"({"exclusiveMinimum":1})", "1.1", "1");
    expect_keyword(R"({"exclusiveMaximum":1})", "0.9", "1");
    expect_keyword(R"({"multipleOf":0.01})", "19.99", "19.999");
}

TEST(JsonSchema, ChecksTexts) {
    expect_keyword(R"({"minLength":2,"maxLength":2})", "\"éé\"", "\"é\"");
    expect_keyword(R"({"pattern":"^[a-z]+$"})", "\"abc\"", "\"abc1\"");
    expect_keyword(R"({"format":"email"})", "\"a@b.example\"", "\"a.b.example\"");
    expect_keyword(R"({"format":"date"})", "\"2024-02-29\"", "\"2023-02-29\"");
    expect_keyword(
        R"({"format":"uuid"})", "\"123e4567-e89b-12d3-a456-426614174000\"", "\"123e4567\""
    );
    expect_keyword(R"({"format":"ipv6"})", "\"::ffff:1.2.3.4\"", "\"1::2::3\"");
    expect_keyword(R"({"format":"ipv4"})", "\"127.0.0.1\"", "\"127.0.0.01\"");
    expect_keyword(R"({"format":"duration"})", "\"P1DT2H\"", "\"P2H\"");
    expect_keyword(R"({"format":"uri"})", "\"https://a.example/?b=%20\"", "\"/relative\"");
    expect_keyword(R"({"format":"hostname"})", "\"a-b.example\"", "\"-a.example\"");
}

TEST(JsonSchema, ChecksLists) {
    expect_keyword(R"({"items":{"type":"number"}})", "[1,2]", "[1,\"2\"]");
    expect_keyword(
        R"({"prefixItems":[{"type":"number"}],"items":{"type":"string"}})", "[1,\"a\"]", "[1,2]"
    );
    expect_keyword(R"({"contains":{"const":1},"maxContains":1})", "[1,2]", "[1,1]");
    EXPECT_EQ(why_not(R"({"contains":{"const":1},"minContains":0})", "[]"), "");
    expect_keyword(R"({"minItems":1,"maxItems":2})", "[1]", "[]");
    expect_keyword(R"({"uniqueItems":true})", "[1,\"1\"]", "[1,1.0]");
}

TEST(JsonSchema, ChecksObjects) {
    expect_keyword(R"({"required":["a"]})", R"({"a":null})", "{}");
    expect_keyword(
        R"({"properties":{"a":{"type":"number"}},"additionalProperties":false})",
        R"({"a":1})",
        R"({"b":1})"
    );
    expect_keyword(
        R"({"patternProperties":{"^x-":{"type":"string"}}})", R"({"x-a":"1","b":1})", R"({"x-a":1})"
    );
    expect_keyword(R"({"propertyNames":{"maxLength":2}})", R"({"ab":1})", R"({"abc":1})");
    expect_keyword(R"({"minProperties":1,"maxProperties":1})", R"({"a":1})", "{}");
    expect_keyword(R"({"dependentRequired":{"a":["b"]}})", R"({"a":1,"b":1})", R"({"a":1})");
    expect_keyword(R"({"dependentSchemas":{"a":{"required":["b"]}}})", R"({"b":1})", R"({"a":1})");
    expect_keyword(
        R"({"dependencies":{"a":["b"],"c":{"required":["d"]}}})", R"({"c":1,"d":1})", R"({"c":1})"
    );
}

TEST(JsonSchema, CombinesSchemas) {
    expect_keyword(R"({"allOf":[{"minimum":1},{"maximum":2}]})", "1", "3");
    expect_keyword(R"({"anyOf":[{"type":"string"},{"minimum":2}]})", "2", "1");
    expect_keyword(R"({"oneOf":[{"multipleOf":2},{"multipleOf":3}]})", "2", "6");
    expect_keyword(R"({"not":{"type":"string"}})", "1", "\"a\"");
    expect_keyword(
        R"({"if":{"properties":{"kind":{"const":"gift"}},"required":["kind"]},"then":{"required":["to"]},"else":{"required":["price"]}})",
        R"({"kind":"gift","to":"Bo"})",
        R"({"kind":"gift","price":1})"
    );
}

TEST(JsonSchema, FollowsReferences) {
    const std::string_view tree =
        R"({"$ref":"#/$defs/node","$defs":{"node":{"type":"object","properties":{"next":{"$ref":"#/$defs/node"}},"additionalProperties":false}}})";
    expect_keyword(tree, R"({"next":{"next":{}}})", R"({"next":{"nxt":{}}})");
    EXPECT_EQ(
        why_not(R"({"$ref":"#"})", "1"), "properties takes more steps to check than are allowed"
    );
    // In draft 7 a reference's siblings do not count.
    EXPECT_EQ(
        why_not(
            R"({"$schema":"http://json-schema.org/draft-07/schema#","properties":{"a":{"$ref":"#/definitions/x","maximum":1}},"definitions":{"x":{"type":"number"}}})",
            R"({"a":5})"
        ),
        ""
    );
    EXPECT_NE(
        why_not(
            R"({"properties":{"a":{"$ref":"#/$defs/x","maximum":1}},"$defs":{"x":{"type":"number"}}})",
            R"({"a":5})"
        ),
        ""
    );
}

TEST(JsonSchema, NamesPathAndReason) {
    const std::string_view schema =
        R"({"properties":{"items":{"items":{"required":["id"],"properties":{"price":{"type":"number","minimum":0}}}}}})";
    EXPECT_EQ(
        why_not(schema, R"({"items":[{"id":1},{"id":2,"price":"12,5"}]})"),
        "properties.items[1].price must be a number, got \"12,5\""
    );
    EXPECT_EQ(
        why_not(schema, R"({"items":[{"id":1,"price":-1}]})"),
        "properties.items[0].price must be at least 0, got -1"
    );
    EXPECT_EQ(why_not(schema, R"({"items":[{}]})"), "properties.items[0].id is missing");
}

TEST(JsonSchema, RefusesKeywordsItDoesNotKnow) {
    const auto problems = problems_of(
        R"({"properties":{"a/b":{"minimun":1}},"unevaluatedProperties":false,"type":"strin","x-ours":1,"pattern":"(","$ref":"http://elsewhere/"})"
    );
    ASSERT_EQ(problems.size(), 6U);
    EXPECT_EQ(problems[0].pointer, "/properties/a~1b/minimun");
    EXPECT_EQ(problems[0].message, "unknown keyword \"minimun\"");
    EXPECT_EQ(problems[0].hint, "did you mean \"minimum\"?");
    EXPECT_EQ(problems[1].message, "keyword \"unevaluatedProperties\" is not supported");
    EXPECT_EQ(problems_of("{").size(), 1U);
    EXPECT_EQ(problems_of("7").size(), 1U);
    EXPECT_EQ(
        problems_of(R"({"items":[{}]})")[0].hint,
        "a list of schemas is called \"prefixItems\" since 2020-12"
    );
    EXPECT_EQ(problems_of(R"({"format":"colour"})")[0].message, "unknown format");
}

TEST(JsonSchema, WithstandsSchemasThatMultiply) {
    std::string schema = R"({"$defs":{"n0":{"type":"string"})";
    for (int i = 1; i < 40; ++i) {
        const std::string ref = R"({"$ref":"#/$defs/n)" + std::to_string(i - 1) + "\"}";
        schema += ",\"n" + std::to_string(i) + "\":{\"anyOf\":[" + ref + "," + ref + "]}";
    }
    EXPECT_NE(why_not(schema + R"(},"$ref":"#/$defs/n39"})", "1"), "");
    EXPECT_NE(why_not(schema + R"(},"not":{"$ref":"#/$defs/n39"}})", "1"), "");
}

TEST(JsonSchema, TellsItsProperties) {
    std::vector<SchemaProblem> problems;
    const auto schema = JsonSchema::compile(
        R"({"properties":{"a":{"type":"string"},"b":{}},"required":["a"]})", problems
    );
    ASSERT_NE(schema, nullptr);
    ASSERT_EQ(schema->properties().size(), 2U);
    EXPECT_EQ(schema->properties()[0].type, "string");
    EXPECT_TRUE(schema->properties()[0].required);
    EXPECT_EQ(schema->properties()[1].type, "");
}

}  // namespace
}  // namespace attune::schema
