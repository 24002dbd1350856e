#include "delivery/outbox.h"

#include <gtest/gtest.h>

namespace attune::delivery {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr Timestamp kStart{1'700'000'000'000};

Delivery mail(std::string id, std::string order = {}) {
    return {
        .id = std::move(id),
        .customer = "c1",
        .channel = ChannelKind::Email,
        .destination = "smtp",
        .order = std::move(order),
        .created_at = kStart,
        .payload = "body"};
}

Delivery call(std::string id, std::string destination) {
    Delivery delivery = mail(std::move(id));
    delivery.channel = ChannelKind::Webhook;
    delivery.destination = std::move(destination);
    return delivery;
}

std::vector<std::string> ids(const std::vector<Delivery>& deliveries) {
    std::vector<std::string> ids;
    for (const Delivery& delivery : deliveries) {
        ids.push_back(delivery.id);
    }
    return ids;
}

using Ids = std::vector<std::string>;

/// What the server does with marks: appends each, folds it, and makes it durable.
std::uint64_t settle(Outbox& outbox, std::uint64_t position) {
    for (const Mark& mark : outbox.take_marks()) {
        outbox.apply_mark(mark, ++position);
    }
    outbox.release(position);
    return position;
}

Policy quick() {
    Policy policy;
    policy.attempts_max = 3;
    policy.backoff_first = seconds(1);
    policy.breaker_failures_max = 1000;
    return policy;
}

Outbox::Options options() {
    return {.email = quick(), .webhook = quick()};
}

TEST(Outbox, OffersNothingBeforeItsCauseIsDurable) {
    Outbox outbox(options());
    outbox.add(mail("a"), 1);
    outbox.add(mail("b"), 2);
    EXPECT_TRUE(outbox.due(kStart, 10).empty());
    EXPECT_EQ(outbox.next_due(), std::nullopt);
    outbox.release(1);
    EXPECT_EQ(outbox.next_due(), kStart);
    EXPECT_EQ(ids(outbox.due(kStart, 10)), Ids{"a"});
    outbox.release(2);
    EXPECT_EQ(ids(outbox.due(kStart, 10)), Ids{"b"});
}

TEST(Outbox, OwesTheSameIdOnce) {
    Outbox outbox(options());
    outbox.release(9);
    outbox.add(mail("a"), 1);
    outbox.add(mail("a"), 1);
    EXPECT_EQ(outbox.due(kStart, 10).size(), 1U);
    EXPECT_EQ(outbox.counters().repeated, 1U);
}

TEST(Outbox, ForgetsADeliveryOnlyWhenItsMarkIsApplied) {
    Outbox outbox(options());
    outbox.add(mail("a"), 1);
    outbox.release(1);
    ASSERT_EQ(outbox.due(kStart, 10).size(), 1U);
    outbox.finished("a", Outcome::delivered(), kStart);
    EXPECT_EQ(outbox.gauges().pending, 1U);
    const std::vector<Mark> marks = outbox.take_marks();
    ASSERT_EQ(marks.size(), 1U);
    EXPECT_EQ(marks[0].kind, Mark::Kind::Delivered);
    EXPECT_TRUE(outbox.take_marks().empty());
    EXPECT_TRUE(outbox.due(kStart + hours(99), 10).empty());
    outbox.apply_mark(marks[0], 2);
    EXPECT_EQ(outbox.gauges().pending, 0U);
    EXPECT_EQ(outbox.gauges().destinations, 0U);
}

TEST(Outbox, TriesAgainAfterAPauseThatGrows) {
    Outbox outbox(options());
    outbox.add(mail("a"), 1);
    outbox.release(1);
    ASSERT_EQ(outbox.due(kStart, 10).size(), 1U);
    outbox.finished("a", Outcome::retry("451 later"), kStart);
    const Duration first = backoff(quick(), "a", 1);
    EXPECT_GE(first, Duration(500));
    EXPECT_LE(first, seconds(1));
    EXPECT_EQ(outbox.next_due(), kStart + first);
    EXPECT_TRUE(outbox.due(kStart + first - Duration(1), 10).empty());
    ASSERT_EQ(outbox.due(kStart + first, 10).size(), 1U);
    outbox.finished("a", Outcome::retry("451 later"), kStart + first);
    EXPECT_GT(*outbox.next_due() - (kStart + first), first);
}

TEST(Outbox, WaitsAsLongAsTheDestinationAsks) {
    Outbox outbox(options());
    outbox.release(9);
    outbox.add(call("a", "https://x"), 1);
    outbox.add(call("b", "https://y"), 1);
    ASSERT_EQ(outbox.due(kStart, 10).size(), 2U);
    outbox.add(call("c", "https://x"), 1);
    outbox.finished("a", Outcome::retry("429", minutes(5)), kStart);
    outbox.finished("b", Outcome::retry("503", hours(48)), kStart);
    EXPECT_EQ(outbox.next_due(), kStart + minutes(5));
    EXPECT_TRUE(outbox.due(kStart + minutes(5) - Duration(1), 10).empty());
    EXPECT_EQ(ids(outbox.due(kStart + minutes(5), 10)), (Ids{"c", "a"}));
    EXPECT_EQ(outbox.next_due(), kStart + Policy().retry_after_max);
}

TEST(Outbox, KeepsWhatItGivesUpAsDeadLetter) {
    Outbox outbox(options());
    outbox.release(1);
    outbox.add(mail("a"), 1);
    Timestamp now = kStart;
    for (int attempt = 0; attempt < 3; ++attempt) {
        now = *outbox.next_due();
        ASSERT_EQ(outbox.due(now, 10).size(), 1U);
        outbox.finished("a", Outcome::retry("451 later"), now);
    }
    settle(outbox, 1);
    EXPECT_EQ(outbox.next_due(), std::nullopt);
    const std::vector<DeadLetter> letters = outbox.dead_letters(10);
    ASSERT_EQ(letters.size(), 1U);
    EXPECT_EQ(letters[0].delivery, mail("a"));
    EXPECT_EQ(letters[0].reason, "451 later");
    EXPECT_EQ(letters[0].attempts, 3U);
    EXPECT_EQ(letters[0].died_at, now);
}

TEST(Outbox, ReplaysAndDropsDeadLettersOnRequest) {
    Outbox outbox(options());
    outbox.release(1);
    outbox.add(mail("a"), 1);
    outbox.add(mail("b"), 1);
    ASSERT_EQ(outbox.due(kStart, 10).size(), 2U);
    outbox.finished("a", Outcome::permanent("550 no such user"), kStart);
    outbox.finished("b", Outcome::permanent("550 no such user"), kStart);
    const std::uint64_t position = settle(outbox, 1);
    EXPECT_EQ(outbox.dead_letters(1, "a").at(0).delivery.id, "b");

    EXPECT_FALSE(outbox.replay("c", kStart).ok());
    EXPECT_TRUE(outbox.replay("a", kStart).ok());
    EXPECT_FALSE(outbox.drop("a", kStart).ok());
    EXPECT_TRUE(outbox.drop("b", kStart).ok());
    EXPECT_TRUE(outbox.due(kStart, 10).empty());
    settle(outbox, position);
    EXPECT_EQ(ids(outbox.due(kStart, 10)), Ids{"a"});
    EXPECT_EQ(outbox.gauges().dead_letters, 0U);
    EXPECT_EQ(outbox.gauges().pending, 1U);
}

TEST(Outbox, KeepsTheOrderOfAKeyAndHoldsNobodyElseUp) {
    Outbox outbox(options());
    outbox.release(1);
    outbox.add(mail("a1", "a"), 1);
    outbox.add(mail("a2", "a"), 1);
    outbox.add(mail("b1", "b"), 1);
    EXPECT_EQ(ids(outbox.due(kStart, 10)), (Ids{"a1", "b1"}));
    outbox.finished("a1", Outcome::retry("451"), kStart);
    const Timestamp again = *outbox.next_due();
    EXPECT_EQ(ids(outbox.due(again, 10)), Ids{"a1"});
    outbox.finished("a1", Outcome::delivered(), again);
    EXPECT_TRUE(outbox.due(again, 10).empty());

    const std::vector<Mark> marks = outbox.take_marks();
    outbox.apply_mark(marks.at(0), 2);
    EXPECT_TRUE(outbox.due(again, 10).empty()) << "the mark is not durable yet";
    outbox.release(2);
    EXPECT_EQ(ids(outbox.due(again, 10)), Ids{"a2"});
}

TEST(Outbox, LetsADeadLetterHoldItsKeyWhereThePolicySaysSo) {
    for (const bool holds : {false, true}) {
        Outbox::Options hold = options();
        hold.email.dead_letter_holds_order = holds;
        Outbox outbox(hold);
        outbox.release(1);
        outbox.add(mail("a1", "a"), 1);
        outbox.add(mail("a2", "a"), 1);
        ASSERT_EQ(outbox.due(kStart, 10).size(), 1U);
        outbox.finished("a1", Outcome::permanent("550"), kStart);
        const std::uint64_t position = settle(outbox, 1);
        EXPECT_EQ(ids(outbox.due(kStart, 10)), holds ? Ids{} : Ids{"a2"});
        ASSERT_TRUE(outbox.replay("a1", kStart).ok());
        settle(outbox, position);
        EXPECT_EQ(ids(outbox.due(kStart, 10)), Ids{"a1"});
    }
}

TEST(Outbox, OneDeadDestinationDoesNotSlowTheOthers) {
    Outbox::Options narrow = options();
    narrow.webhook.concurrency_max = 2;
    Outbox outbox(narrow);
    outbox.release(1);
    for (int i = 0; i < 50; ++i) {
        outbox.add(call("x" + std::to_string(i), "https://x"), 1);
    }
    outbox.add(call("y", "https://y"), 1);
    EXPECT_EQ(ids(outbox.due(kStart, 10)), (Ids{"x0", "y", "x1"}));
    EXPECT_TRUE(outbox.due(kStart, 10).empty());
    outbox.finished("x0", Outcome::delivered(), kStart);
    EXPECT_EQ(ids(outbox.due(kStart, 10)), Ids{"x2"});
}

TEST(Outbox, OpensTheBreakerOfADestinationThatKeepsFailing) {
    Outbox::Options wary = options();
    wary.webhook.breaker_failures_max = 3;
    Outbox outbox(wary);
    outbox.release(1);
    for (int i = 0; i < 6; ++i) {
        outbox.add(call("x" + std::to_string(i), "https://x"), 1);
    }
    ASSERT_EQ(outbox.due(kStart, 3).size(), 3U);
    for (const char* id : {"x0", "x1", "x2"}) {
        outbox.finished(id, Outcome::retry("timed out"), kStart);
    }
    EXPECT_EQ(outbox.gauges().breakers_open, 1U);
    EXPECT_TRUE(outbox.due(kStart + seconds(9), 10).empty());
    Timestamp now = *outbox.next_due();
    EXPECT_EQ(now, kStart + seconds(10));
    ASSERT_EQ(ids(outbox.due(now, 10)), Ids{"x3"}) << "one at a time while half open";
    outbox.finished("x3", Outcome::retry("timed out"), now);
    EXPECT_EQ(outbox.next_due(), now + seconds(20)) << "each opening doubles the pause";
    now = *outbox.next_due();
    ASSERT_EQ(outbox.due(now, 10).size(), 1U);
    outbox.finished("x4", Outcome::delivered(), now);
    EXPECT_EQ(outbox.gauges().breakers_open, 0U);
    EXPECT_EQ(outbox.due(now, 10).size(), 5U);
}

TEST(Outbox, RetriesDrawOnABudgetAndFirstAttemptsDoNot) {
    Outbox::Options thrifty = options();
    thrifty.webhook.retry_burst_max = 2;
    thrifty.webhook.retries_per_minute_min = 1;
    thrifty.webhook.concurrency_max = 100;
    Outbox outbox(thrifty);
    outbox.release(1);
    for (int i = 0; i < 10; ++i) {
        outbox.add(call("x" + std::to_string(i), "https://x"), 1);
    }
    for (const Delivery& delivery : outbox.due(kStart, 100)) {
        outbox.finished(delivery.id, Outcome::retry("503"), kStart);
    }
    const Timestamp later = kStart + seconds(1);
    EXPECT_EQ(outbox.due(later, 100).size(), 2U);
    EXPECT_EQ(outbox.next_due(), later + minutes(1));
    outbox.add(call("new", "https://x"), 1);
    EXPECT_EQ(ids(outbox.due(later, 100)), Ids{"new"});
    EXPECT_EQ(outbox.due(later + minutes(1), 100).size(), 1U);
}

TEST(Outbox, TurnsWhatAFullQueueCannotHoldIntoDeadLetters) {
    Outbox::Options small = options();
    small.webhook.queue_max = 2;
    Outbox outbox(small);
    for (int i = 0; i < 5; ++i) {
        outbox.add(call("x" + std::to_string(i), "https://x"), 1);
    }
    outbox.add(call("y", "https://y"), 1);
    EXPECT_TRUE(outbox.take_marks().empty()) << "a replayed log must be able to catch up first";
    EXPECT_TRUE(outbox.due(kStart, 10).empty());
    const std::uint64_t position = settle(outbox, 1);
    EXPECT_EQ(outbox.counters().overflowed, 3U);
    EXPECT_EQ(outbox.gauges().dead_letters, 3U);
    EXPECT_EQ(outbox.dead_letters(1).at(0).reason, "the queue of webhook https://x is full");
    EXPECT_EQ(ids(outbox.due(kStart, 10)), (Ids{"x0", "y", "x1"}));
    EXPECT_GT(position, 1U);
}

TEST(Outbox, DropsTheOldestDeadLettersBeyondItsLimitAndSaysSo) {
    Outbox::Options small = options();
    small.dead_letters_max = 1;
    Outbox outbox(small);
    outbox.release(1);
    outbox.add(mail("a"), 1);
    outbox.add(mail("b"), 1);
    for (const Delivery& delivery : outbox.due(kStart, 10)) {
        outbox.finished(delivery.id, Outcome::permanent("550"), kStart);
    }
    const std::uint64_t position = settle(outbox, 1);
    EXPECT_TRUE(outbox.due(kStart, 10).empty());
    settle(outbox, position);
    EXPECT_EQ(outbox.counters().dropped, 1U);
    ASSERT_EQ(outbox.dead_letters(10).size(), 1U);
    EXPECT_EQ(outbox.dead_letters(10)[0].delivery.id, "b");
}

TEST(Outbox, ForgetsAnErasedCustomerAlsoInFlight) {
    Outbox outbox(options());
    outbox.release(1);
    outbox.add(mail("a", "k"), 1);
    outbox.add(mail("b", "k"), 1);
    Delivery other = mail("c");
    other.customer = "c2";
    outbox.add(other, 1);
    ASSERT_EQ(outbox.due(kStart, 1).size(), 1U);
    EXPECT_EQ(outbox.erase("c1", 2).size(), 2U);
    outbox.finished("a", Outcome::delivered(), kStart);
    EXPECT_TRUE(outbox.take_marks().empty());
    EXPECT_EQ(outbox.gauges().in_flight, 0U);
    EXPECT_EQ(ids(outbox.due(kStart, 10)), Ids{"c"});
}

TEST(Outbox, RefusesRecordsThatAreNotItsOwn) {
    Outbox outbox(options());
    outbox.add(mail("a"), 1);
    const std::string record = *outbox.records().at(0).record;
    Outbox other(options());
    EXPECT_TRUE(other.restore(record).ok());
    EXPECT_EQ(other.restore(record).error().kind, Error::Kind::Corrupt);
    std::string newer = record;
    newer[0] = 2;
    EXPECT_EQ(other.restore(newer).error().kind, Error::Kind::Conflict);
    for (std::size_t length = 0; length < record.size(); ++length) {
        EXPECT_EQ(
            Outbox(options()).restore(record.substr(0, length)).error().kind, Error::Kind::Corrupt
        );
    }
}

}  // namespace
}  // namespace attune::delivery
