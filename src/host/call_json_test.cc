#include "host/call_json.h"

#include <gtest/gtest.h>

namespace attune::host {
namespace {

constexpr CallHead kHead{
    .message_id = "m1",
    .identity = {.user_id = "", .anonymous_id = "a\"1"},
    .at = Timestamp(1'767'225'600'000),
};

TEST(AmountJson, LeavesOutTrailingZeros) {
    EXPECT_EQ(amount_json(1'200), "12");
    EXPECT_EQ(amount_json(1'250), "12.5");
    EXPECT_EQ(amount_json(1'205), "12.05");
}

TEST(CallJson, LeavesOutAnIdentifierThatNobodyHas) {
    EXPECT_EQ(
        track_call(kHead, "Product Viewed", R"({"price":1})"),
        R"({"type":"track","messageId":"m1","anonymousId":"a\"1",)"
        R"("timestamp":"2026-01-01T00:00:00.000Z","event":"Product Viewed","properties":{"price":1}})"
    );
}

TEST(CallJson, IdentifyCarriesTraits) {
    CallHead head = kHead;
    head.identity = {.user_id = "u1", .anonymous_id = ""};
    EXPECT_EQ(
        identify_call(head, R"({"email":"a@example.com"})"),
        R"({"type":"identify","messageId":"m1","userId":"u1",)"
        R"("timestamp":"2026-01-01T00:00:00.000Z","traits":{"email":"a@example.com"}})"
    );
}

}  // namespace
}  // namespace attune::host
