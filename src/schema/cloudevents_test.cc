#include "schema/cloudevents.h"

#include <gtest/gtest.h>

namespace attune::schema {
namespace {

TEST(CloudEvents, AreToldByTheirContentType) {
    const std::vector<Header> structured{
        {"Content-Type", "application/cloudevents+json; charset=UTF-8"}};
    const std::vector<Header> batch{{"content-type", "application/cloudevents-batch+json"}};
    const std::vector<Header> binary{
        {"content-type", "application/json"}, {"CE-SpecVersion", "1.0"}};
    const std::vector<Header> none{{"content-type", "application/json"}};
    EXPECT_EQ(cloud_events_mode(structured), CloudEventsMode::Structured);
    EXPECT_EQ(cloud_events_mode(batch), CloudEventsMode::Batch);
    EXPECT_EQ(cloud_events_mode(binary), CloudEventsMode::Binary);
    EXPECT_EQ(cloud_events_mode(none), CloudEventsMode::None);
}

TEST(CloudEvents, BecomeTrackCalls) {
    const NormalForm form = from_structured(
        R"({"specversion":"1.0","id":"1","source":"/shop","type":"Product Viewed","subject":"ada",
            "time":"2026-03-01T00:00:00Z","region":null,"data":{"price":59.90}})"
    );
    EXPECT_EQ(form.problem, "");
    EXPECT_EQ(
        form.json,
        R"({"type":"track","messageId":"1@/shop","userId":"ada","event":"Product Viewed",)"
        R"("timestamp":"2026-03-01T00:00:00Z","properties":{"price":59.9},"context":{"cloudevent":)"
        R"({"specversion":"1.0","id":"1","source":"/shop","type":"Product Viewed","subject":"ada",)"
        R"("time":"2026-03-01T00:00:00Z"}}})"
    );
}

TEST(CloudEvents, BecomeTheOtherCallsByTheirType) {
    const NormalForm form = from_structured(
        R"({"specversion":"1.0","id":"2","source":"/shop","type":"identify","data":{"userId":"u","email":"a@b"}})"
    );
    EXPECT_NE(
        form.json.find(R"("type":"identify","messageId":"2@/shop","userId":"u","traits":{"userId")"
        ),
        std::string::npos
    ) << form.json
      << form.problem;
}

TEST(CloudEvents, SayWhatIsWrong) {
    const auto problem = [](std::string_view body) { return from_structured(body).problem; };
    EXPECT_EQ(
        problem(R"({"specversion":"1.0","id":"1","type":"a","subject":"s"})"),
        "attribute \"source\" is missing"
    );
    EXPECT_EQ(
        problem(R"({"specversion":"0.3","id":"1","source":"x","type":"a","subject":"s"})"),
        "specversion must be \"1.0\", got \"0.3\""
    );
    EXPECT_EQ(
        problem(R"({"specversion":"1.0","id":"1","source":"x","type":"a"})"),
        "it names no customer: neither \"subject\" nor data.userId nor data.anonymousId"
    );
    EXPECT_EQ(
        problem(R"({"specversion":"1.0","id":"1","source":"x","type":"a","subject":"s","Big":1})"),
        "attribute \"Big\" is not named by lower-case letters and digits"
    );
    EXPECT_EQ(
        problem(
            R"({"specversion":"1.0","id":"1","source":"x","type":"a","subject":"s","data":1,"data_base64":"MQ=="})"
        ),
        "it has both \"data\" and \"data_base64\""
    );
    EXPECT_NE(problem("[1]"), "");
    EXPECT_NE(problem("{"), "");
}

TEST(CloudEvents, KeepDataThatIsNoObject) {
    const auto json = [](std::string_view data) {
        return from_structured(
                   R"({"specversion":"1.0","id":"1","source":"x","type":"a","subject":"s",)" +
                   std::string(data) + "}"
        )
            .json;
    };
    EXPECT_NE(
        json(R"("data":"{\"a\":1}")").find(R"("properties":{"data":"{\"a\":1}"})"),
        std::string::npos
    );
    EXPECT_NE(
        json(R"("data_base64":"eyJhIjoxfQ==")").find(R"("properties":{"a":1})"), std::string::npos
    );
}

TEST(CloudEvents, ComeOneByOneFromABatch) {
    const auto forms = from_batch(
        R"([{"specversion":"1.0","id":"1","source":"x","type":"a","subject":"s"},{"id":"2"},7])"
    );
    ASSERT_TRUE(forms.ok());
    ASSERT_EQ(forms.value().size(), 3U);
    EXPECT_EQ(forms.value()[0].problem, "");
    EXPECT_NE(forms.value()[1].problem, "");
    EXPECT_EQ(forms.value()[2].problem, "an event must be an object");
    EXPECT_TRUE(from_batch("[]").ok());
    EXPECT_FALSE(from_batch("{}").ok());
    EXPECT_FALSE(from_batch("[1,2,3]", 2).ok());
}

TEST(CloudEvents, AreReadFromHeaders) {
    const std::vector<Header> headers{
        {"ce-specversion", "1.0"},
        {"ce-id", "1"},
        {"ce-source", "/caf%c3%A9"},
        {"ce-type", "\"Product%20Viewed\""},
        {"ce-subject", "ada"},
        {"content-type", "application/json"},
        {"accept", "*/*"}};
    const NormalForm form = from_binary(headers, R"({"price":1})");
    EXPECT_EQ(form.problem, "");
    EXPECT_NE(
        form.json.find(R"("event":"Product Viewed","properties":{"price":1})"), std::string::npos
    );
    EXPECT_NE(form.json.find("1@/café"), std::string::npos);
    std::vector<Header> wrong = headers;
    wrong[2].second = "/caf%ff";
    EXPECT_EQ(from_binary(wrong, "").problem, "header \"ce-source\" is not percent-encoded UTF-8");
    wrong = headers;
    wrong[5].second = "text/xml";
    EXPECT_EQ(from_binary(wrong, "<a/>").problem, "data of content type \"text/xml\" is no JSON");
    wrong.push_back({"ce-datacontenttype", "x"});
    EXPECT_NE(from_binary(wrong, "").problem, "");
}

TEST(CloudEvents, HashIdsThatAreTooLong) {
    const std::string id(90, 'i');
    const NormalForm form = from_structured(
        R"({"specversion":"1.0","id":")" + id +
        R"(","source":"https://example.com/","type":"a","subject":"s"})"
    );
    EXPECT_NE(form.json.find(R"("messageId":"ce-)"), std::string::npos);
}

}  // namespace
}  // namespace attune::schema
