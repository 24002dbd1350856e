#include "runtime/entry.h"

#include <string>

#include <gtest/gtest.h>

#include "runtime/call_entry.h"

namespace attune::runtime {
namespace {

using Kind = customer::Identifier::Kind;

TEST(Entry, ComesBackAsWritten) {
    const DecisionEntry decision{{Kind::UserId, "ada"}, 77, Timestamp(-5), "hero", "gift", "{}"};
    const auto read = decode_decision(encode(decision));
    ASSERT_TRUE(read.has_value());
    EXPECT_EQ(read->identifier, decision.identifier);
    EXPECT_EQ(read->id, 77U);
    EXPECT_EQ(read->at, Timestamp(-5));
    EXPECT_EQ(read->placement + read->offer + read->json, "herogift{}");
    const auto absorb =
        decode_absorb(encode(AbsorbEntry{{Kind::UserId, "a"}, {Kind::AnonymousId, "b"}, "state"}));
    ASSERT_TRUE(absorb.has_value());
    EXPECT_EQ(absorb->from.text, "b");
    EXPECT_EQ(absorb->state, "state");
    EXPECT_TRUE(absorb->by.text.empty());
    const auto by = decode_absorb(encode(AbsorbEntry{
        {Kind::UserId, "a"}, {Kind::AnonymousId, "b"}, "", {Kind::Other, "club:7"}}));
    ASSERT_TRUE(by.has_value());
    EXPECT_EQ(by->by.text, "club:7");
    const auto refuse = decode_refuse(encode(RefuseEntry{
        {Kind::UserId, "a"}, {Kind::Email, "b@c"}, customer::MergeOutcome::TwoUsers}));
    ASSERT_TRUE(refuse.has_value());
    EXPECT_EQ(refuse->identifier.text, "b@c");
    EXPECT_EQ(refuse->why, customer::MergeOutcome::TwoUsers);
}

TEST(Entry, ThatIsCutOffOrTooLongIsNone) {
    const std::string good = encode(ReleaseEntry{{Kind::UserId, "a"}, {Kind::AnonymousId, "b"}});
    EXPECT_TRUE(decode_release(good).has_value());
    for (std::size_t bytes = 0; bytes < good.size(); ++bytes) {
        EXPECT_FALSE(decode_release(good.substr(0, bytes)).has_value()) << bytes;
    }
    EXPECT_FALSE(decode_release(good + "x").has_value());
    EXPECT_FALSE(read_entry("").has_value());
    EXPECT_FALSE(read_entry("\x01").has_value());
    EXPECT_FALSE(read_entry(std::string_view("\0\0", 2)).has_value());
    EXPECT_FALSE(read_entry("\x0a\x01").has_value());
}

TEST(Entry, OfACallHoldsTheCallAsItCameIn) {
    Call call;
    call.json = R"({"type":"track"})";
    call.envelope = {Timestamp(5), schema::Call::Track, Timestamp(4), R"({"ip":"1.2.3.4"})"};
    std::string body;
    write_call_entry({Kind::UserId, "ada"}, call, body);
    const auto read = read_call_entry(body);
    ASSERT_TRUE(read.has_value());
    EXPECT_EQ(read->identifier.text, "ada");
    EXPECT_EQ(read->call.call_json, call.json);
    EXPECT_EQ(read->call.envelope.received, Timestamp(5));
    EXPECT_EQ(read->call.envelope.context, call.envelope.context);
    EXPECT_FALSE(read_call_entry("").has_value());
}

}  // namespace
}  // namespace attune::runtime
