#include "replication/messages.h"

#include <gtest/gtest.h>

namespace attune::replication {
namespace {

TEST(Messages, ComeBackAsTheyWere) {
    const Fetch fetch{
        .follower = 7, .epoch = 2, .from = Position{41}, .trace = 99, .bytes_max = 1'000};
    const Result<Fetch> read = decode_fetch(encode(fetch));
    ASSERT_TRUE(read.ok());
    EXPECT_EQ(encode(read.value()), encode(fetch));

    Fetched fetched;
    fetched.outcome = Fetched::Outcome::Diverged;
    fetched.epoch = 3;
    fetched.durable = Position{50};
    fetched.reason = "why";
    fetched.batches = {"one", std::string("t\0o", 3)};
    fetched.programs = {5, 6};
    const Result<Fetched> answer = decode_fetched(encode(fetched));
    ASSERT_TRUE(answer.ok());
    EXPECT_EQ(answer.value().batches, fetched.batches);
    EXPECT_EQ(encode(answer.value()), encode(fetched));
}

TEST(Messages, AreRefusedWhenCutOffAnywhere) {
    Fetched fetched;
    fetched.batches = {"one"};
    fetched.programs = {5};
    const std::string whole = encode(fetched);
    for (std::size_t size = 0; size < whole.size(); ++size) {
        EXPECT_FALSE(decode_fetched(whole.substr(0, size)).ok()) << size;
    }
    EXPECT_FALSE(decode_fetched(whole + "x").ok());
    const std::string question = encode(Fetch{});
    EXPECT_FALSE(decode_fetch(question.substr(1)).ok());
    EXPECT_FALSE(decode_fetch(whole).ok());
}

TEST(ATrace, KnowsPlaceTimeEpochAndLengthsButNotContents) {
    LogEntries entries;
    entries.add("abc");
    LogEntries erased;
    erased.add(std::string(3, '\0'));
    LogBatch batch{
        .range = {{4}, {5}}, .stamp = {}, .count = 1, .entries = entries.bytes(), .epoch = 1};
    const std::uint64_t trace = trace_of(batch);
    LogBatch same = batch;
    same.entries = erased.bytes();
    EXPECT_EQ(trace_of(same), trace);
    LogBatch later = batch;
    later.stamp.now = Timestamp(1);
    EXPECT_NE(trace_of(later), trace);
    LogBatch promoted = batch;
    promoted.epoch = 2;
    EXPECT_NE(trace_of(promoted), trace);
}

}  // namespace
}  // namespace attune::replication
