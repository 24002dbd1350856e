#include "customer/feature.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "customer/feature_testing.h"
#include "customer/layout.h"
#include "value/json.h"

namespace attune::customer {
namespace {

/// Where the zone of the calendar windows below has its midnight.
constexpr std::int64_t kMidnight = 1'020'000;

std::shared_ptr<const ZoneTable> zone_of_midnight() {
    return std::make_shared<const ZoneTable>(ZoneTable{{{0, 86'400'000 - kMidnight}}});
}

/// Keeps every event and computes each aggregate from scratch.
class Oracle {
public:
    explicit Oracle(FeatureShape shape) : shape_(shape) {}

    std::string read(std::vector<Seen> events, std::int64_t now) const {
        if (shape_.keys > 0) {
            return grouped(events, now);
        }
        std::erase_if(events, [&](const Seen& seen) { return !inside(seen.ms, now); });
        Arena arena;
        return json::to_json(value(events, now, arena));
    }

private:
    std::string grouped(const std::vector<Seen>& events, std::int64_t now) const {
        FeatureShape inner = shape_;
        inner.keys = 0;
        std::map<std::int64_t, std::vector<Seen>> by_key;
        for (const Seen& seen : events) {
            by_key[seen.value % 3].push_back(seen);
        }
        std::string text;
        for (const auto& [key, of_key] : by_key) {
            const std::string shown = Oracle(inner).read(of_key, now);
            if (shown != "0" && shown != "null" && shown != "[]") {
                text += (text.empty() ? "\"" : ",\"") + std::to_string(key) + "\":" + shown;
            }
        }
        return "{" + text + "}";
    }

    bool inside(std::int64_t ms, std::int64_t now) const {
        if (shape_.calendar != Calendar::None) {
            return (ms >= kMidnight) == (now >= kMidnight);
        }
        if (shape_.exact) {
            return ms <= now && (shape_.window.count() == 0 || ms > now - shape_.window.count());
        }
        if (shape_.tile.count() == 0) {
            return true;
        }
        const std::int64_t tile = ms / shape_.tile.count();
        const std::int64_t newest = now / shape_.tile.count();
        return tile <= newest && tile > newest - shape_.tile_count;
    }

    Value value(const std::vector<Seen>& events, std::int64_t now, Arena& arena) const {
        const Decimal count(static_cast<std::int64_t>(events.size()));
        std::int64_t sum = 0;
        std::int64_t squares = 0;
        std::vector<std::int64_t> values;
        std::map<std::int64_t, int> times;
        for (const Seen& seen : events) {
            sum += seen.value;
            squares += seen.value * seen.value;
            values.push_back(seen.value);
            ++times[seen.value];
        }
        switch (shape_.aggregate) {
        case Aggregate::Count:
            return Value::number(count, arena);
        case Aggregate::Sum:
            return Value::integer(sum);
        case Aggregate::Min:
            return values.empty() ? Value() : Value::integer(*std::ranges::min_element(values));
        case Aggregate::Max:
            return values.empty() ? Value() : Value::integer(*std::ranges::max_element(values));
        case Aggregate::Avg:
            return values.empty() ? Value() : Value::number(*Decimal::divide(sum, count), arena);
        case Aggregate::Stddev:
            return deviation(count, sum, squares, arena);
        case Aggregate::Distinct:
            return Value::integer(static_cast<std::int64_t>(times.size()));
        case Aggregate::Rate:
            return Value::number(
                *Decimal::divide(
                    *Decimal::multiply(count, shape_.rate_per.count()),
                    shape_.exact ? shape_.window.count() : shape_.tile.count() * shape_.tile_count
                ),
                arena
            );
        case Aggregate::Last:
        case Aggregate::First:
            return kept(events, arena);
        case Aggregate::Top:
            return top(times, arena);
        case Aggregate::Since:
            return since(events, now);
        case Aggregate::Set:
            return set(events, arena);
        case Aggregate::Session:
            return session(events, now, arena);
        case Aggregate::Quantile:
            return quantile(values);
        }
        return {};
    }

    Value set(std::vector<Seen> events, Arena& arena) const {
        std::ranges::sort(events, std::greater<>(), &Seen::ms);
        std::vector<Value> newest;
        std::set<std::int64_t> known;
        for (const Seen& seen : events) {
            if (newest.size() < shape_.keep && known.insert(seen.value).second) {
                newest.push_back(Value::integer(seen.value));
            }
        }
        const std::span<Value> items = arena.array<Value>(newest.size());
        std::ranges::copy(newest, items.begin());
        return Value::list(items);
    }

    /// Values up to 15 are told apart at full precision.
    Value quantile(std::vector<std::int64_t> values) const {
        if (values.empty()) {
            return {};
        }
        std::ranges::sort(values);
        const std::size_t rank = (values.size() * shape_.quantile_ppm + 999'999) / 1'000'000;
        return Value::integer(values[std::max<std::size_t>(rank, 1) - 1]);
    }

    /// Pages are events with a value above 7.
    Value session(std::vector<Seen> events, std::int64_t now, Arena& arena) const {
        std::ranges::sort(events, {}, &Seen::ms);
        std::int64_t count = 0;
        std::int64_t start = 0;
        std::int64_t end = 0;
        std::int64_t in_it = 0;
        std::int64_t pages = 0;
        bool begun = false;
        for (const Seen& seen : events) {
            const bool fresh = !begun || seen.ms - end >= shape_.gap.count();
            if (fresh && seen.ms > now) {
                break;
            }
            count += fresh ? 1 : 0;
            in_it = fresh ? 1 : in_it + 1;
            pages = (fresh ? 0 : pages) + (seen.value > 7 ? 1 : 0);
            start = fresh ? seen.ms : start;
            end = seen.ms;
            begun = true;
        }
        const bool active = begun && now - end < shape_.gap.count();
        const std::int64_t length = active ? end - start : 0;
        const std::span<Entry> entries = arena.array<Entry>(6);
        entries[0] = {"active", Value::boolean(active)};
        entries[1] = {
            "start",
            active
                ? Value::date_time({{0}, start * 1'000'000, Zone{Zone::Kind::Offset, 0, {}}}, arena)
                : Value()};
        entries[2] = {
            "length",
            Value::duration(DaysTimeDuration{
                length / 1'000, static_cast<std::int32_t>(length % 1'000 * 1'000'000)})};
        entries[3] = {"events", Value::integer(active ? in_it : 0)};
        entries[4] = {"pages", Value::integer(active ? pages : 0)};
        entries[5] = {"count", Value::integer(count)};
        return Value::context(entries);
    }

    static Value deviation(Decimal count, std::int64_t sum, std::int64_t squares, Arena& arena) {
        if (count < 2) {
            return {};
        }
        const Decimal mean_part = *Decimal::divide(*Decimal::multiply(sum, sum), count);
        const Decimal spread = *Decimal::subtract(squares, mean_part);
        const Decimal variance = *Decimal::divide(spread, *Decimal::subtract(count, 1));
        return Value::number(*Decimal::square_root(std::max(variance, Decimal(0))), arena);
    }

    Value kept(std::vector<Seen> events, Arena& arena) const {
        const bool newest_first = shape_.aggregate == Aggregate::Last;
        std::ranges::stable_sort(events, [&](const Seen& lhs, const Seen& rhs) {
            return newest_first ? lhs.ms > rhs.ms : lhs.ms < rhs.ms;
        });
        events.resize(std::min<std::size_t>(events.size(), shape_.keep));
        const std::span<Value> items = arena.array<Value>(events.size());
        std::ranges::transform(events, items.begin(), [](const Seen& seen) {
            return Value::integer(seen.value);
        });
        return Value::list(items);
    }

    Value top(const std::map<std::int64_t, int>& times, Arena& arena) const {
        std::vector<std::pair<std::int64_t, int>> order(times.begin(), times.end());
        std::ranges::stable_sort(order, [](const auto& lhs, const auto& rhs) {
            return lhs.second > rhs.second;
        });
        order.resize(std::min<std::size_t>(order.size(), shape_.keep));
        const std::span<Value> items = arena.array<Value>(order.size());
        std::ranges::transform(order, items.begin(), [](const auto& one) {
            return Value::integer(one.first);
        });
        return Value::list(items);
    }

    static Value since(const std::vector<Seen>& events, std::int64_t now) {
        if (events.empty()) {
            return {};
        }
        const std::int64_t last = std::ranges::max(events, {}, &Seen::ms).ms;
        const std::int64_t ms = std::max<std::int64_t>(now - last, 0);
        return Value::duration(DaysTimeDuration{
            ms / 1'000, static_cast<std::int32_t>(ms % 1'000 * 1'000'000)});
    }

    FeatureShape shape_;
};

std::vector<FeatureShape> shapes() {
    std::vector<FeatureShape> all;
    const auto add = [&](Aggregate aggregate, const auto& change) {
        FeatureShape shape;
        shape.aggregate = aggregate;
        shape.keep = aggregate == Aggregate::Distinct   ? 16
                     : aggregate == Aggregate::Quantile ? 200
                                                        : 3;
        shape.rate_per = Duration(3'600'000);
        shape.gap = Duration(9'000);
        shape.quantile_ppm = 900'000;
        change(shape);
        all.push_back(shape);
    };
    const auto for_ever = [](FeatureShape&) {};
    const auto window = [](FeatureShape& shape) {
        shape.tile = Duration(1'000);
        shape.tile_count = 12;
    };
    for (auto number = 0U; number <= static_cast<unsigned>(Aggregate::Quantile); ++number) {
        const auto aggregate = static_cast<Aggregate>(number);
        if (aggregate != Aggregate::Rate) {
            add(aggregate, for_ever);
        }
        if (aggregate != Aggregate::First && aggregate != Aggregate::Top &&
            aggregate != Aggregate::Since && aggregate != Aggregate::Session) {
            add(aggregate, window);
        }
    }
    for (const Aggregate aggregate :
         {Aggregate::Count, Aggregate::Sum, Aggregate::Min, Aggregate::Stddev, Aggregate::Rate}) {
        add(aggregate, [](FeatureShape& shape) {
            shape.exact = true;
            shape.window = Duration(7'300);
            shape.keep = 1'000;
        });
    }
    for (const Aggregate aggregate :
         {Aggregate::Count,
          Aggregate::Max,
          Aggregate::Distinct,
          Aggregate::Last,
          Aggregate::Set,
          Aggregate::Quantile}) {
        add(aggregate, [](FeatureShape& shape) {
            shape.calendar = Calendar::Day;
            shape.zone = zone_of_midnight();
            shape.tile_count = 2;
        });
    }
    for (const Aggregate aggregate :
         {Aggregate::Count,
          Aggregate::Sum,
          Aggregate::Distinct,
          Aggregate::Last,
          Aggregate::Set,
          Aggregate::Since}) {
        add(aggregate, [&](FeatureShape& shape) {
            shape.keys = 3;
            if (aggregate != Aggregate::Since) {
                window(shape);
            }
        });
    }
    return all;
}

/// Times close together and on tile edges, each once, so that nothing hangs on ties; values from a
/// small alphabet. Top orders equal scores by stored bytes, and these values' bytes are in order.
rc::Gen<std::vector<Seen>> any_events() {
    return rc::gen::map(
        rc::gen::container<std::vector<std::pair<std::int64_t, std::int64_t>>>(rc::gen::pair(
            rc::gen::weightedOneOf<std::int64_t>(
                {{2, rc::gen::inRange<std::int64_t>(1'000'000, 1'060'000)},
                 {1,
                  rc::gen::map(
                      rc::gen::inRange<std::int64_t>(1'000, 1'060),
                      [](std::int64_t tile) { return tile * 1'000; }
                  )},
                 {1,
                  rc::gen::map(
                      rc::gen::inRange<std::int64_t>(1'000, 1'060),
                      [](std::int64_t tile) { return tile * 1'000 + 999; }
                  )}}
            ),
            rc::gen::inRange<std::int64_t>(1, 16)
        )),
        [](const std::vector<std::pair<std::int64_t, std::int64_t>>& pairs) {
            std::vector<Seen> events;
            std::set<std::int64_t> taken;
            for (const auto& [ms, value] : pairs) {
                if (taken.insert(ms).second) {
                    events.push_back({ms, value});
                }
            }
            return events;
        }
    );
}

std::int64_t newest_of(const std::vector<Seen>& events) {
    return events.empty() ? 1'060'000 : std::ranges::max(events, {}, &Seen::ms).ms;
}

class EveryAggregate : public testing::TestWithParam<FeatureShape> {};

std::string shape_name(const testing::TestParamInfo<FeatureShape>& one) {
    static constexpr const char* kNames[] = {
        "Count",
        "Sum",
        "Min",
        "Max",
        "Avg",
        "Stddev",
        "Distinct",
        "Last",
        "First",
        "Top",
        "Since",
        "Rate",
        "Set",
        "Session",
        "Quantile"};
    const FeatureShape& shape = one.param;
    return std::string(kNames[static_cast<std::size_t>(shape.aggregate)]) +
           (shape.keys > 0                     ? "ByKey"
            : shape.exact                      ? "Exact"
            : shape.calendar != Calendar::None ? "Today"
            : shape.tile.count() > 0           ? "InAWindow"
                                               : "ForEver");
}

INSTANTIATE_TEST_SUITE_P(Shapes, EveryAggregate, testing::ValuesIn(shapes()), shape_name);

TEST_P(EveryAggregate, AgreesWithAnOracleThatKeepsAllEvents) {
    const FeatureShape shape = GetParam();
    const Oracle oracle(shape);
    EXPECT_TRUE(rc::check([&] {
        const std::vector<Seen> events = *any_events();
        const std::int64_t now = newest_of(events) + *rc::gen::inRange<std::int64_t>(0, 20'000);
        const Blob blob = folded(shape, events);
        RC_ASSERT(read_text(shape, blob, now) == oracle.read(events, now));
        RC_ASSERT(blob.section(kFeatures).size() <= section_bytes_max(shape));
    }));
}

TEST_P(EveryAggregate, DoesNotDependOnTheOrderInWhichEventsArrive) {
    const FeatureShape shape = GetParam();
    EXPECT_TRUE(rc::check([&] {
        const std::vector<Seen> events = *any_events();
        std::vector<Seen> other = events;
        const auto turns = *rc::gen::container<std::vector<std::size_t>>(
            events.size(), rc::gen::inRange<std::size_t>(0, 1'000)
        );
        for (std::size_t i = 0; i < other.size(); ++i) {
            std::swap(other[i], other[turns[i] % other.size()]);
        }
        const Blob lhs = folded(shape, events);
        const Blob rhs = folded(shape, other);
        const std::int64_t now = newest_of(events);
        RC_ASSERT(read_text(shape, lhs, now) == read_text(shape, rhs, now));
        // Candidates of Top stand in the order in which they came; all others are sorted.
        if (shape.aggregate != Aggregate::Top) {
            RC_ASSERT(lhs.bytes() == rhs.bytes());
        }
    }));
}

TEST_P(EveryAggregate, MergesAsIfOneCustomerHadSeenItAll) {
    const FeatureShape shape = GetParam();
    EXPECT_TRUE(rc::check([&] {
        const std::vector<Seen> events = *any_events();
        std::vector<Seen> parts[2];
        for (const Seen& seen : events) {
            parts[*rc::gen::inRange(0, 2)].push_back(seen);
        }
        const Blob whole = folded(shape, events);
        Blob one = folded(shape, parts[0]);
        Blob other = folded(shape, parts[1]);
        const Blob kept = folded(shape, parts[0]);
        merge(shape, one, kFeatures, std::as_const(other).section(kFeatures));
        merge(shape, other, kFeatures, kept.section(kFeatures));
        const std::int64_t now = newest_of(events) + 1'500;
        RC_ASSERT(read_text(shape, one, now) == read_text(shape, whole, now));
        RC_ASSERT(read_text(shape, other, now) == read_text(shape, whole, now));
        if (shape.aggregate != Aggregate::Top) {
            RC_ASSERT(one.bytes() == whole.bytes());
            RC_ASSERT(other.bytes() == whole.bytes());
        }
    }));
}

TEST_P(EveryAggregate, ChangesByTimeAloneOnlyWhenItSaidSo) {
    const FeatureShape shape = GetParam();
    if (shape.aggregate == Aggregate::Since) {
        GTEST_SKIP() << "an age changes all the time";
    }
    EXPECT_TRUE(rc::check([&] {
        const std::vector<Seen> events = *any_events();
        const Blob blob = folded(shape, events);
        // Also from before the newest event: a sender's clock may be ahead.
        std::int64_t now = newest_of(events) - *rc::gen::inRange<std::int64_t>(0, 8'000);
        for (int i = 0; i < 40; ++i) {
            const auto next = next_change(shape, blob.section(kFeatures), Timestamp(now));
            const std::int64_t until = next ? next->ms() - 1 : now + 1'000'000;
            RC_ASSERT(until >= now);
            RC_ASSERT(read_text(shape, blob, now) == read_text(shape, blob, until));
            if (!next) {
                break;
            }
            now = next->ms();
        }
    }));
}

TEST_P(EveryAggregate, IgnoresNullWhereItNeedsAValue) {
    const FeatureShape shape = GetParam();
    if (shape.aggregate == Aggregate::Count || shape.aggregate == Aggregate::Rate ||
        shape.aggregate == Aggregate::Since || shape.aggregate == Aggregate::Session) {
        GTEST_SKIP() << "needs no value";
    }
    Blob blob(1, kFeatures + 1);
    apply(shape, blob, kFeatures, Timestamp(1'000'000), Value());
    EXPECT_EQ(std::as_const(blob).section(kFeatures), "");
}

}  // namespace
}  // namespace attune::customer
