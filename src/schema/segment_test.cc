#include "schema/segment.h"

#include <gtest/gtest.h>

namespace attune::schema {
namespace {

class Bodies : public ::testing::Test {
protected:
    Result<Batch> split(std::string body, BatchLimits limits = {}) {
        body_ = std::move(body);
        body_.reserve(body_.size() + kBodyPadding);
        return split_batch(body_, arena_, limits);
    }
    std::string refusal(std::string body, BatchLimits limits = {}) {
        const Result<Batch> batch = split(std::move(body), limits);
        return batch ? "" : batch.error().message;
    }

    static constexpr std::size_t kBodyPadding = 64;
    Arena arena_;
    std::string body_;
};

TEST_F(Bodies, AreTakenApartWithoutCopies) {
    const Result<Batch> batch = split(
        R"({"batch":[ {"type":"track","userId":"u1","messageId":"m1"},{"anonymousId":7,"properties":{"a":"]}"}} ],)"
        R"("sentAt":"2026-03-01T00:00:00Z","context":{"app":"web"},"writeKey":"k"})"
    );
    ASSERT_TRUE(batch.ok()) << batch.error().message;
    ASSERT_EQ(batch.value().calls.size(), 2U);
    const RawCall& first = batch.value().calls[0];
    EXPECT_EQ(first.json, R"({"type":"track","userId":"u1","messageId":"m1"})");
    EXPECT_GE(first.json.data(), body_.data());
    EXPECT_LT(first.json.data(), body_.data() + body_.size());
    EXPECT_EQ(first.route.user_id, "u1");
    EXPECT_EQ(first.route.message_id, "m1");
    EXPECT_EQ(batch.value().calls[1].route.anonymous_id, "7");
    EXPECT_EQ(batch.value().context, R"({"app":"web"})");
    EXPECT_EQ(batch.value().sent_at, parse_timestamp("2026-03-01T00:00:00Z"));
}

TEST_F(Bodies, KeepTheGoodCallsOfABatchWithBadOnes) {
    const Result<Batch> batch = split(
        R"({"batch":[{"userId":"a"},{"userId":tru,"x":"}]\""},17,{"userId":"b"},{"userId":"c",},{"userId":"d"}],"sentAt":null})"
    );
    ASSERT_TRUE(batch.ok()) << batch.error().message;
    const std::vector<RawCall>& calls = batch.value().calls;
    ASSERT_EQ(calls.size(), 6U);
    EXPECT_FALSE(calls[0].problem);
    EXPECT_EQ(calls[1].json, R"({"userId":tru,"x":"}]\""})");
    EXPECT_EQ(calls[1].problem, "cannot read the JSON: a value is none of JSON's (byte 11)");
    EXPECT_EQ(calls[2].problem, "it must be an object");
    EXPECT_EQ(calls[3].route.user_id, "b");
    EXPECT_TRUE(calls[4].problem);
    EXPECT_EQ(calls[5].route.user_id, "d");
}

TEST_F(Bodies, MayBeOneCallOrAListOfThem) {
    const Result<Batch> one = split(R"( {"type":"page","userId":"u"} )");
    ASSERT_TRUE(one.ok());
    ASSERT_EQ(one.value().calls.size(), 1U);
    EXPECT_EQ(one.value().calls[0].json, R"({"type":"page","userId":"u"})");
    const Result<Batch> list = split(R"([{"userId":"u"},{"userId":"v"}])");
    ASSERT_TRUE(list.ok());
    EXPECT_EQ(list.value().calls.size(), 2U);
    body_ = R"([{"userId":"u"}])" + std::string(64, ' ');
    EXPECT_FALSE(single_call(body_, arena_).ok());
    body_ = R"({"userId":"u","batch":[1]})" + std::string(64, ' ');
    ASSERT_TRUE(single_call(body_, arena_).ok());
    EXPECT_EQ(single_call(body_, arena_).value().calls[0].route.user_id, "u");
}

TEST_F(Bodies, AreRefusedWithAReason) {
    EXPECT_EQ(refusal(""), "cannot read the body: it is no JSON object");
    EXPECT_EQ(refusal("hello"), "cannot read the body: it is no JSON object");
    EXPECT_EQ(refusal(R"({"batch":[]})"), "cannot read the body: it holds no event");
    EXPECT_EQ(refusal(R"({"batch":{}})"), "cannot read the body: \"batch\" must be a list");
    EXPECT_EQ(
        refusal(R"({"batch":[{"a":1})"), "cannot read the body: a comma or ] is missing (byte 18)"
    );
    EXPECT_EQ(
        refusal(R"({"batch":[{"a":"1})"), "cannot read the body: a string has no end (byte 19)"
    );
    EXPECT_EQ(
        refusal(R"({"a":1}{})"), "cannot read the body: something follows the end of its JSON"
    );
    EXPECT_EQ(
        refusal(R"([{"a":1},{"a":2},{"a":3}])", {.calls_max = 2}),
        "cannot read the body: it holds more than 2 events"
    );
    EXPECT_EQ(
        refusal("[{}]", {.body_bytes_max = 3}), "cannot read the body: it has 4 bytes, more than 3"
    );
}

TEST_F(Bodies, MarkCallsThatAreTooLarge) {
    const Result<Batch> batch =
        split("[{\"a\":\"" + std::string(40'000, 'x') + "\"},{\"userId\":\"u\"}]");
    ASSERT_TRUE(batch.ok());
    EXPECT_EQ(batch.value().calls[0].problem, "it has 40008 bytes, more than 32768");
    EXPECT_FALSE(batch.value().calls[1].problem);
}

TEST(Paths, TellTheCall) {
    EXPECT_EQ(call_of_path("/v1/track"), Call::Track);
    EXPECT_EQ(call_of_path("/v1/a"), Call::Alias);
    EXPECT_EQ(call_of_path("/v1/batch"), std::nullopt);
    EXPECT_EQ(call_of_path("/track"), std::nullopt);
    EXPECT_TRUE(is_batch_path("/v1/b"));
    EXPECT_TRUE(is_batch_path("/v1/import"));
    EXPECT_FALSE(is_batch_path("/v1/p"));
}

}  // namespace
}  // namespace attune::schema
