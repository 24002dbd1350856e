#include "customer/sections.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "customer/attributes.h"
#include "customer/identifiers.h"
#include "customer/inbox.h"
#include "customer/instances.h"
#include "customer/limits.h"
#include "customer/memberships.h"
#include "customer/recent_ids.h"
#include "value/json.h"

namespace attune::customer {
namespace {

Blob new_blob() {
    return {1, kFeatures};
}

std::string traits_of(const Blob& blob) {
    Arena arena;
    return json::to_json(read_attributes(blob.section(kTraits), arena));
}

TEST(Attributes, TheNewestTimeWinsWhateverTheOrder) {
    EXPECT_TRUE(rc::check([] {
        // One value a time, so that no two contradict each other.
        const auto keys = *rc::gen::container<std::map<int, int>>(
            rc::gen::inRange(0, 1'000), rc::gen::inRange(0, 4)
        );
        std::vector<std::pair<int, int>> order(keys.begin(), keys.end());
        const auto turns = *rc::gen::container<std::vector<std::size_t>>(
            order.size(), rc::gen::inRange<std::size_t>(0, 1'000)
        );
        for (std::size_t i = 0; i < order.size(); ++i) {
            std::swap(order[i], order[turns[i] % order.size()]);
        }
        const auto fold = [](const auto& sets) {
            Blob blob = new_blob();
            for (const auto& [time, key] : sets) {
                // Every third value is a removal.
                const Value value = time % 3 == 0 ? Value() : Value::integer(time);
                set_attribute(blob, kTraits, "k" + std::to_string(key), Timestamp(time), value);
            }
            return blob;
        };
        const Blob in_order = fold(keys);
        RC_ASSERT(fold(order).bytes() == in_order.bytes());
        std::map<std::string, int> newest;
        for (const auto& [time, key] : keys) {
            newest["k" + std::to_string(key)] = time;
        }
        std::string expected;
        for (const auto& [key, time] : newest) {
            if (time % 3 != 0) {
                expected += (expected.empty() ? "\"" : ",\"") + key + "\":" + std::to_string(time);
            }
        }
        RC_ASSERT(traits_of(in_order) == "{" + expected + "}");
    }));
}

TEST(Attributes, OfEqualTimesTheOneThatComesLaterWins) {
    Blob blob = new_blob();
    set_attribute(blob, kTraits, "name", Timestamp(5), Value::string("Ada"));
    set_attribute(blob, kTraits, "name", Timestamp(5), Value::string("Grace"));
    EXPECT_EQ(traits_of(blob), R"({"name":"Grace"})");
}

TEST(Attributes, ARemovedOneStaysRemovedWhenAnOlderValueComesLate) {
    Blob blob = new_blob();
    set_attribute(blob, kTraits, "name", Timestamp(5), Value::string("Ada"));
    set_attribute(blob, kTraits, "name", Timestamp(9), Value());
    set_attribute(blob, kTraits, "name", Timestamp(7), Value::string("Grace"));
    EXPECT_EQ(traits_of(blob), "{}");
}

TEST(Attributes, SayWhenThereIsNoRoomAndKeepWhatTheyHave) {
    Blob blob = new_blob();
    const std::string large(kTraitsBytesMax - 200, 'x');
    EXPECT_TRUE(set_attribute(blob, kTraits, "a", Timestamp(1), Value::string(large)));
    EXPECT_FALSE(
        set_attribute(blob, kTraits, "b", Timestamp(1), Value::string(std::string(300, 'y')))
    );
    EXPECT_TRUE(set_attribute(blob, kTraits, "b", Timestamp(1), Value::string("small")));
    EXPECT_TRUE(set_attribute(blob, kTraits, "a", Timestamp(2), Value::string("shorter")));
    EXPECT_EQ(traits_of(blob), R"({"a":"shorter","b":"small"})");
}

TEST(RecentIds, RememberTheLastSixtyFour) {
    Blob blob = new_blob();
    for (std::uint64_t id = 0; id < 1'000; ++id) {
        EXPECT_FALSE(seen_before(blob, id));
        remember(blob, id);
        EXPECT_TRUE(seen_before(blob, id));
        EXPECT_EQ(seen_before(blob, id - kRecentIdsMax), false) << id;
        EXPECT_EQ(seen_before(blob, id - kRecentIdsMax + 1), id >= kRecentIdsMax - 1) << id;
    }
}

TEST(RecentIds, MergedTheyHoldThoseOfBoth) {
    Blob one = new_blob();
    Blob other = new_blob();
    for (std::uint64_t id = 0; id < 30; ++id) {
        remember(one, id);
        remember(other, id + 20);
    }
    merge_recent_ids(one, std::as_const(other).section(kRecentIds));
    for (std::uint64_t id = 0; id < 50; ++id) {
        EXPECT_TRUE(seen_before(one, id)) << id;
    }
}

TEST(Memberships, BehaveAsASortedMap) {
    EXPECT_TRUE(rc::check([](const std::vector<std::uint32_t>& seeds) {
        Blob blob = new_blob();
        std::map<std::uint64_t, std::int64_t> expected;
        for (const std::uint32_t seed : seeds) {
            const std::uint64_t segment = seed % 7;
            if (seed % 3 == 0) {
                leave(blob, segment);
                expected.erase(segment);
            } else {
                enter(blob, segment, Timestamp(seed));
                expected.emplace(segment, seed);
            }
            RC_ASSERT(is_member(blob, segment) == expected.contains(segment));
        }
        std::map<std::uint64_t, std::int64_t> found;
        for (const Membership& membership : memberships(blob)) {
            found.emplace(membership.segment, membership.since.ms());
        }
        RC_ASSERT(found == expected);
    }));
}

TEST(Memberships, MergedTheCustomerIsInWhatEitherWasInSinceTheEarlier) {
    Blob one = new_blob();
    Blob other = new_blob();
    enter(one, 1, Timestamp(10));
    enter(one, 2, Timestamp(10));
    enter(other, 2, Timestamp(5));
    enter(other, 3, Timestamp(7));
    merge_memberships(one, std::as_const(other).section(kSegments));
    const auto all = memberships(one);
    ASSERT_EQ(all.size(), 3U);
    EXPECT_EQ(all[0].since, Timestamp(10));
    EXPECT_EQ(all[1].since, Timestamp(5));
    EXPECT_EQ(all[2].since, Timestamp(7));
}

TEST(Instances, AreReadBackAsWritten) {
    Blob blob = new_blob();
    EXPECT_EQ(earliest_deadline(blob), kNever);
    const std::vector<Instance> all{
        {1, 1, Timestamp(5), Timestamp(50)},
        {1, 2, Timestamp(6), Timestamp(40)},
        {2, 1, Timestamp(1), kNever}};
    set_instances(blob, all);
    EXPECT_EQ(instances(blob), all);
    EXPECT_EQ(earliest_deadline(blob), Timestamp(40));
    set_instances(blob, {all[2]});
    EXPECT_EQ(instances(blob), std::vector{all[2]});
    EXPECT_EQ(earliest_deadline(blob), kNever);
    set_instances(blob, {});
    EXPECT_EQ(std::as_const(blob).section(kPatterns), "");
}

TEST(Limits, CountUsesWithinAnySpan) {
    EXPECT_TRUE(rc::check([] {
        const Limit limit{9, *rc::gen::inRange(1U, 6U), Duration(1'000)};
        std::vector<std::int64_t> uses;
        Blob blob = new_blob();
        std::int64_t now = 1'000'000;
        for (int i = 0; i < 50; ++i) {
            now += *rc::gen::inRange<std::int64_t>(0, 600);
            const auto within =
                static_cast<std::uint32_t>(std::ranges::count_if(uses, [&](std::int64_t use) {
                    return use > now - limit.per.count();
                }));
            RC_ASSERT(used(blob, limit, Timestamp(now)) == within);
            RC_ASSERT(allowed(blob, limit, Timestamp(now)) == (within < limit.times));
            if (allowed(blob, limit, Timestamp(now))) {
                use(blob, limit, Timestamp(now));
                uses.push_back(now);
            }
        }
    }));
}

TEST(Limits, AreIndependentOfEachOther) {
    Blob blob = new_blob();
    const Limit one{5, 2, Duration(1'000)};
    const Limit other{3, 1, Duration(1'000)};
    use(blob, one, Timestamp(10));
    use(blob, other, Timestamp(20));
    use(blob, one, Timestamp(30));
    EXPECT_FALSE(allowed(blob, one, Timestamp(40)));
    EXPECT_FALSE(allowed(blob, other, Timestamp(40)));
    EXPECT_EQ(used(blob, {4, 1, Duration(1'000)}, Timestamp(40)), 0U);
    EXPECT_EQ(used(blob, one, Timestamp(1'010)), 1U);
}

TEST(Limits, MergedTheUsesOfBothCount) {
    const Limit limit{5, 3, Duration(1'000)};
    Blob one = new_blob();
    Blob other = new_blob();
    use(one, limit, Timestamp(10));
    use(other, limit, Timestamp(20));
    use(other, {2, 1, Duration(1'000)}, Timestamp(15));
    Blob kept = new_blob();
    kept.assign(kLimits, std::as_const(one).section(kLimits));
    merge_limits(one, std::as_const(other).section(kLimits));
    merge_limits(other, std::as_const(kept).section(kLimits));
    EXPECT_EQ(used(one, limit, Timestamp(30)), 2U);
    EXPECT_EQ(one.bytes(), other.bytes());
    use(one, limit, Timestamp(40));
    EXPECT_FALSE(allowed(one, limit, Timestamp(50)));
    merge_limits(one, std::as_const(other).section(kLimits));
    EXPECT_EQ(used(one, limit, Timestamp(50)), 3U);
}

TEST(Inbox, GivesMessagesInOrderBehindASequence) {
    Blob blob = new_blob();
    EXPECT_TRUE(messages_after(blob, 0).empty());
    EXPECT_EQ(add_message(blob, 100, Timestamp(1), "one"), 1U);
    EXPECT_EQ(add_message(blob, 200, Timestamp(2), "two"), 2U);
    EXPECT_EQ(add_message(blob, 100, Timestamp(3), "again"), std::nullopt);
    const auto all = messages_after(blob, 0);
    ASSERT_EQ(all.size(), 2U);
    EXPECT_EQ(all[0].body, "one");
    EXPECT_EQ(all[1].sent, Timestamp(2));
    ASSERT_EQ(messages_after(blob, 1).size(), 1U);
    EXPECT_TRUE(mark_shown(blob, 200));
    EXPECT_TRUE(messages_after(blob, 1)[0].shown);
    EXPECT_TRUE(remove_message(blob, 100));
    EXPECT_FALSE(remove_message(blob, 100));
    EXPECT_FALSE(mark_shown(blob, 100));
    EXPECT_EQ(add_message(blob, 300, Timestamp(4), "three"), 3U);
}

TEST(Inbox, TheOldestMakeRoom) {
    Blob blob = new_blob();
    const std::string body(kMessageBytesMax, 'x');
    for (std::uint64_t id = 1; id <= 100; ++id) {
        EXPECT_EQ(add_message(blob, id, Timestamp(1), id % 2 == 0 ? body : "small"), id);
        EXPECT_LE(std::as_const(blob).section(kInbox).size(), kInboxBytesMax);
        EXPECT_LE(messages_after(blob, 0).size(), kInboxMessagesMax);
    }
    EXPECT_EQ(messages_after(blob, 0).back().id, 100U);
    EXPECT_EQ(add_message(blob, 101, Timestamp(1), body + "x"), std::nullopt);
}

TEST(Inbox, AfterAMergeNobodyWhoReadEitherMissesAnything) {
    Blob one = new_blob();
    Blob other = new_blob();
    add_message(one, 1, Timestamp(1), "mine");
    for (std::uint64_t id = 10; id < 15; ++id) {
        add_message(other, id, Timestamp(2), "theirs");
        remove_message(other, id);
    }
    add_message(other, 20, Timestamp(3), "open");
    mark_shown(other, 20);
    merge_inbox(one, std::as_const(other).section(kInbox));
    const auto all = messages_after(one, 0);
    ASSERT_EQ(all.size(), 2U);
    EXPECT_EQ(all[1].id, 20U);
    EXPECT_TRUE(all[1].shown);
    EXPECT_GT(all[1].sequence, 6U) << "six sequences were given to the other";
    const auto next = add_message(one, 30, Timestamp(4), "new");
    EXPECT_GT(next, all[1].sequence);
}

TEST(Identifiers, AreKeptInOrderAndOnce) {
    Blob blob = new_blob();
    EXPECT_TRUE(add_identifier(blob, {Identifier::Kind::AnonymousId, "a"}));
    EXPECT_TRUE(add_identifier(blob, {Identifier::Kind::UserId, "a"}));
    EXPECT_FALSE(add_identifier(blob, {Identifier::Kind::UserId, "a"}));
    EXPECT_FALSE(add_identifier(blob, {Identifier::Kind::UserId, std::string(257, 'x')}));
    ASSERT_EQ(identifiers(blob).size(), 2U);
    EXPECT_EQ(identifiers(blob)[0].kind, Identifier::Kind::AnonymousId);
    EXPECT_TRUE(has_identifier(blob, {Identifier::Kind::UserId, "a"}));
    EXPECT_FALSE(has_identifier(blob, {Identifier::Kind::Email, "a"}));
}

TEST(Identifiers, TheOldestButTheFirstMakeRoom) {
    for (const std::size_t bytes : {4U, 250U}) {
        Blob blob = new_blob();
        add_identifier(blob, {Identifier::Kind::UserId, "first"});
        std::string newest;
        for (std::size_t i = 0; i < 300; ++i) {
            newest = std::to_string(i) + std::string(bytes, 'x');
            EXPECT_TRUE(add_identifier(blob, {Identifier::Kind::AnonymousId, newest}));
            EXPECT_LE(identifiers(blob).size(), kIdentifiersMax);
            EXPECT_LE(std::as_const(blob).section(kIdentifiers).size(), kIdentifiersBytesMax);
        }
        EXPECT_EQ(identifiers(blob)[0].text, "first");
        EXPECT_EQ(identifiers(blob).back().text, newest);
        EXPECT_GT(identifiers(blob).size(), 10U);
    }
}

}  // namespace
}  // namespace attune::customer
