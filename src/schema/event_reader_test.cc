#include "schema/event_reader.h"

#include <string>

#include <gtest/gtest.h>

#include "value/json.h"

namespace attune::schema {
namespace {

constexpr Timestamp kReceived{1'772'323'200'000};  // 2026-03-01T00:00:00Z

Property property(std::string name, PropertyType type, bool required = false) {
    Property made;
    made.name = std::move(name);
    made.type = type;
    made.required = required;
    return made;
}

EventType product_viewed() {
    EventType type;
    type.name = "Product Viewed";
    type.properties = {
        property("product_id", PropertyType::String, true),
        property("category", PropertyType::String),
        property("price", PropertyType::Number, true),
        property("quantity", PropertyType::Integer),
        property("on_sale", PropertyType::Boolean),
        property("released", PropertyType::Timestamp)};
    type.properties[0].length_min = 1;
    type.properties[2].minimum = Decimal(0);
    return type;
}

EventType identify() {
    EventType type;
    type.name = "identify";
    type.properties = {property("email", PropertyType::String, true)};
    type.properties[0].format = Format::Email;
    return type;
}

class Reading : public ::testing::Test {
protected:
    bool read(std::string json, Envelope envelope = {kReceived, {}, {}, {}}) {
        json_ = std::move(json);
        json_.reserve(json_.size() + kPadding);
        return reader_.read(json_, envelope, arena_, event_);
    }
    /// A Product Viewed with these properties.
    bool view(const std::string& properties) {
        return read(
            R"({"type":"track","userId":"u1","event":"Product Viewed","properties":)" + properties +
            "}"
        );
    }
    std::string reason() { return reader_.rejected().reason; }
    Value at(std::size_t index) { return event_.properties[index]; }

    EventTypes types_{{product_viewed(), identify()}, Undeclared::Accept};
    EventReader reader_{types_};
    Arena arena_;
    std::string json_;
    Event event_;
};

TEST_F(Reading, PutsDeclaredPropertiesAtTheirIndexes) {
    ASSERT_TRUE(read(R"({"type":"track","messageId":"m1","userId":"u1","anonymousId":"a1",
        "event":"Product Viewed","timestamp":"2026-02-28T23:00:00.500Z",
        "properties":{"price":59.9,"other":[1,{"a":null}],"product_id":"p1","quantity":2.0,
        "on_sale":true,"released":"2026-01-01T00:00:00+01:00"}})")
    ) << reason();
    EXPECT_EQ(event_.call, Call::Track);
    EXPECT_EQ(event_.type, 0U);
    EXPECT_EQ(event_.id, "m1");
    EXPECT_EQ(event_.user_id, "u1");
    EXPECT_EQ(event_.anonymous_id, "a1");
    EXPECT_EQ(to_string(event_.at), "2026-02-28T23:00:00.500Z");
    EXPECT_EQ(at(0).as_string(), "p1");
    EXPECT_TRUE(at(1).null());
    EXPECT_EQ(at(2).as_number().to_string(), "59.9");
    EXPECT_EQ(at(3).as_number(), Decimal(2));
    EXPECT_TRUE(at(4).is_true());
    EXPECT_TRUE(at(5).is(Value::Kind::DateTime));
    EXPECT_TRUE(event_.all_properties.null());
}

TEST_F(Reading, FindsPropertiesWhateverComesFirst) {
    ASSERT_TRUE(read(R"({"properties":{"product_id":"p1","price":1},"userId":"u1",
        "event":"Product Viewed","type":"track"})"));
    EXPECT_EQ(at(0).as_string(), "p1");
    ASSERT_TRUE(read(R"({"event":"Product Viewed","properties":{"product_id":"p1","price":1},
        "type":"page","anonymousId":"a1"})"));
    EXPECT_EQ(event_.name, "page");
    EXPECT_EQ(event_.type, kUndeclared);
    EXPECT_TRUE(event_.properties.empty());
}

TEST_F(Reading, NamesFieldAndValueOfWhatDoesNotFit) {
    EXPECT_FALSE(view(R"({"product_id":"p1","price":"12,5"})"));
    EXPECT_EQ(reason(), R"(property "price" must be a number, got "12,5")");
    EXPECT_EQ(reader_.rejected().field, "properties.price");
    EXPECT_EQ(event_.user_id, "u1");
    EXPECT_EQ(event_.name, "Product Viewed");
    EXPECT_FALSE(view(R"({"product_id":"p1"})"));
    EXPECT_EQ(reason(), R"(property "price" is missing)");
    EXPECT_FALSE(view(R"({"product_id":"p1","price":null})"));
    EXPECT_FALSE(view(R"({"product_id":"","price":1})"));
    EXPECT_EQ(reason(), R"(property "product_id" must have at least 1 characters, got 0)");
    EXPECT_FALSE(view(R"({"product_id":"p1","price":-0.01})"));
    EXPECT_EQ(reason(), R"(property "price" must be at least 0, got -0.01)");
    EXPECT_FALSE(view(R"({"product_id":"p1","price":1,"quantity":1.5})"));
    EXPECT_EQ(reason(), R"(property "quantity" must be a whole number, got 1.5)");
    EXPECT_FALSE(view(R"({"product_id":"p1","price":1,"released":"soon"})"));
    EXPECT_TRUE(view(R"({"product_id":"p1","price":0,"category":null})"));
}

TEST_F(Reading, RefusesWhatIsNoJson) {
    for (const char* json :
         {"",
          "{",
          "[]",
          "null",
          R"({"type":"track",})",
          R"({"type":"track"} x)",
          R"({"a":01})",
          R"({"a":"\x"})",
          R"({"a":"\ud800"})",
          "{\"a\":\"\n\"}",
          R"({"a":tru})",
          R"({"a":-})",
          R"({"a":1.})",
          R"({"a" 1})",
          R"({"a":[1,]})",
          "{\"a\":\"\xff\"}",
          R"({"a":1)",
          R"({"type":"track","type":"track"})"}) {
        EXPECT_FALSE(read(json)) << json;
        EXPECT_EQ(reader_.rejected().kind, Rejected::Kind::Malformed) << json << reason();
    }
    EXPECT_FALSE(view(R"({"price":1,"price":2,"product_id":"p"})"));
    EXPECT_EQ(reason(), R"(cannot read the JSON: "price" stands twice)");
}

TEST_F(Reading, KeepsToItsLimits) {
    std::string deep = R"({"type":"track","userId":"u","event":"e","properties":{"a":)";
    deep += std::string(31, '[') + std::string(31, ']') + "}}";
    EXPECT_FALSE(read(deep));
    EXPECT_EQ(reader_.rejected().kind, Rejected::Kind::TooLarge);
    EXPECT_FALSE(read("{\"type\":\"" + std::string(40'000, 'x') + "\"}"));
    EXPECT_EQ(reason(), "it has 40011 bytes, more than 32768");
    std::string many = R"({"product_id":"p","price":1)";
    for (int i = 0; i < 260; ++i) {
        many += ",\"p" + std::to_string(i) + "\":1";
    }
    EXPECT_FALSE(view(many + "}"));
    EXPECT_EQ(reason(), "\"properties\" has more than 255 members");
    EXPECT_FALSE(
        read(R"({"type":"alias","previousId":"p","userId":")" + std::string(256, 'x') + "\"}")
    );
    EXPECT_FALSE(
        read(R"({"type":"page","userId":"u","messageId":")" + std::string(100, 'x') + "\"}")
    );
}

TEST_F(Reading, AsksForWhatACallNeeds) {
    EXPECT_FALSE(read(R"({"type":"track","event":"e"})"));
    EXPECT_EQ(reason(), R"(it has neither "userId" nor "anonymousId")");
    EXPECT_FALSE(read(R"({"userId":"u"})"));
    EXPECT_EQ(reason(), R"("type" is missing)");
    EXPECT_FALSE(read(R"({"type":"track","userId":"u"})"));
    EXPECT_FALSE(read(R"({"type":"group","userId":"u"})"));
    EXPECT_FALSE(read(R"({"type":"alias","userId":"u"})"));
    EXPECT_FALSE(read(R"({"type":"click","userId":"u"})"));
    EXPECT_FALSE(read(R"({"type":"track","userId":["u"],"event":"e"})"));
    EXPECT_TRUE(read(R"({"type":"track","userId":17,"event":"e"})"));
    EXPECT_EQ(event_.user_id, "17");
    EXPECT_FALSE(read(R"({"type":"page","userId":"u"})", {kReceived, Call::Track, {}, {}}));
    EXPECT_TRUE(read(R"({"userId":"u"})", {kReceived, Call::Page, {}, {}}));
}

TEST_F(Reading, CorrectsTheSendersClock) {
    const char* body = R"({"type":"page","userId":"u","timestamp":"2026-03-01T05:00:00Z",
        "sentAt":"2026-03-01T05:00:10Z"})";
    ASSERT_TRUE(read(body));
    EXPECT_EQ(event_.at, kReceived - Duration(10'000));
    ASSERT_TRUE(read(
        R"({"type":"page","userId":"u","timestamp":"2026-03-01T05:00:00Z"})",
        {kReceived, {}, Timestamp(kReceived.ms() + 5 * 3'600'000 + 7'000), {}}
    ));
    EXPECT_EQ(event_.at, kReceived - Duration(7'000));
    ASSERT_TRUE(read(R"({"type":"page","userId":"u"})"));
    EXPECT_EQ(event_.at, kReceived);
}

TEST_F(Reading, RefusesTimesThatCannotBe) {
    for (const char* time :
         {"\"yesterday\"",
          "\"20000-01-01T00:00:00Z\"",
          "\"2026-02-30T00:00:00Z\"",
          "1772323200",
          "\"2026-03-01T24:00:00.000Z\"",
          "\"9999-12-31T00:00:00Z\""}) {
        EXPECT_FALSE(read(R"({"type":"page","userId":"u","timestamp":)" + std::string(time) + "}"))
            << time;
    }
    ReaderLimits limits;
    limits.future_max.reset();
    EventReader historian(types_, {}, limits);
    const std::string json = R"({"type":"page","userId":"u","timestamp":"9999-12-31T00:00:00Z"})" +
                             std::string(kPadding, ' ');
    EXPECT_TRUE(historian.read(json, {kReceived, {}, {}, {}}, arena_, event_));
}

TEST_F(Reading, MakesAnIdFromTheBytesWhereThereIsNone) {
    const std::string timed = R"({"type":"page","userId":"u","timestamp":"2026-02-01T05:00:00Z"})";
    ASSERT_TRUE(read(timed));
    const std::string first(event_.id);
    EXPECT_EQ(first.size(), 32U);
    ASSERT_TRUE(read(timed, {kReceived + Duration(1), {}, {}, {}}));
    EXPECT_EQ(event_.id, first);
    ASSERT_TRUE(read(R"({"type":"page","userId":"v","timestamp":"2026-02-01T05:00:00Z"})"));
    EXPECT_NE(event_.id, first);
    ASSERT_TRUE(read(R"({"type":"page","userId":"u"})"));
    const std::string untimed(event_.id);
    ASSERT_TRUE(read(R"({"type":"page","userId":"u"})", {kReceived + Duration(1), {}, {}, {}}));
    EXPECT_NE(event_.id, untimed);
}

TEST_F(Reading, TakesTraitsAsTheDeclaredPropertiesOfAnIdentify) {
    ASSERT_TRUE(read(R"({"type":"identify","userId":"u","traits":{"email":"a@b.example","age":3}})")
    );
    EXPECT_EQ(at(0).as_string(), "a@b.example");
    EXPECT_EQ(event_.traits.get("age").as_number(), Decimal(3));
    EXPECT_FALSE(read(R"({"type":"identify","userId":"u","traits":{"email":"nobody"}})"));
    EXPECT_EQ(reason(), R"(trait "email" must have the format email, got "nobody")");
    EXPECT_FALSE(read(R"({"type":"identify","userId":"u"})"));
    EXPECT_EQ(reason(), R"(trait "email" is missing)");
}

TEST_F(Reading, HandsOverWholePartsOnlyWhenAsked) {
    EventReader reader(types_, {.properties = true, .context = true});
    const std::string json =
        R"({"type":"page","name":"Home","anonymousId":"a","properties":{"x":[1]},
        "context":{"device":{"type":"mobile"},"externalIds":[{"type":"email","id":"a@b"}]}})" +
        std::string(kPadding, ' ');
    const Envelope envelope{kReceived, {}, {}, R"({"device":null,"app":"web"})"};
    ASSERT_TRUE(reader.read(json, envelope, arena_, event_));
    EXPECT_EQ(json::to_json(event_.all_properties), R"({"x":[1],"name":"Home"})");
    EXPECT_EQ(event_.context.get("device").get("type").as_string(), "mobile");
    EXPECT_EQ(event_.context.get("app").as_string(), "web");
    ASSERT_EQ(event_.external_ids.size(), 1U);
    EXPECT_EQ(event_.external_ids[0].id, "a@b");
}

TEST_F(Reading, QuarantinesUndeclaredTypesOnRequest) {
    const EventTypes strict({product_viewed()}, Undeclared::Quarantine);
    EventReader reader(strict);
    const Envelope envelope{kReceived, {}, {}, {}};
    const std::string padding(kPadding, ' ');
    const std::string slip = R"({"type":"track","userId":"u","event":"Product Vewed"})" + padding;
    EXPECT_FALSE(reader.read(slip, envelope, arena_, event_));
    EXPECT_EQ(reader.rejected().reason, R"(event type "Product Vewed" is not declared)");
    EXPECT_EQ(event_.name, "Product Vewed");
    const std::string page = R"({"type":"page","userId":"u"})" + padding;
    EXPECT_TRUE(reader.read(page, envelope, arena_, event_));
}

TEST_F(Reading, UnescapesText) {
    ASSERT_TRUE(view(R"({"product_id":"a\"\\\/\n\u00e9\ud83d\ude00","price":1e2,"category":"é"})"));
    EXPECT_EQ(at(0).as_string(), "a\"\\/\n\u00e9\U0001F600");
    EXPECT_EQ(at(1).as_string(), "é");
    EXPECT_EQ(at(2).as_number(), Decimal(100));
    ASSERT_TRUE(view(R"({"product_id":"p","price":123456789012345678901234567890.5})"));
    EXPECT_EQ(at(2).as_number().to_string(), "123456789012345678901234567890.5");
    ASSERT_TRUE(view(R"({"produ\u0063t_id":"p","price":0.000001})"));
    EXPECT_EQ(at(2).as_number().to_string(), "0.000001");
}

TEST(LogEntry, KeepsEnvelopeAndBytes) {
    std::string bytes = "before";
    const Envelope envelope{Timestamp(-5), Call::Group, Timestamp(7), "{\"a\":1}"};
    write_entry(envelope, "{\"x\":2}", bytes);
    const auto entry = read_entry(std::string_view(bytes).substr(6));
    ASSERT_TRUE(entry);
    EXPECT_EQ(entry->envelope.received, Timestamp(-5));
    EXPECT_EQ(entry->envelope.call, Call::Group);
    EXPECT_EQ(entry->envelope.sent_at, Timestamp(7));
    EXPECT_EQ(entry->envelope.context, "{\"a\":1}");
    EXPECT_EQ(entry->call_json, "{\"x\":2}");
    EXPECT_FALSE(read_entry(""));
    EXPECT_FALSE(read_entry("\x02garbage"));
    EXPECT_FALSE(read_entry(std::string_view("\x01\x04\x00\x7f{}", 6)));
}

}  // namespace
}  // namespace attune::schema
