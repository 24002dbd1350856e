#include <array>

#include "feel/builtin_call.h"
#include "feel/equality.h"

namespace attune::feel {

namespace {

using Kind = Value::Kind;

/// One end of a range, or a point, which is a range from itself to itself.
struct End {
    Value value;
    bool included = true;
    int infinite = 0;  ///< -1 and 1 for a missing start and end.
};

struct Span {
    End start;
    End end;
};

Span span_of(const Value& value) {
    if (!value.is(Kind::Range)) {
        return {{value, true, 0}, {value, true, 0}};
    }
    const RangeValue& range = value.as_range();
    return {
        {range.start, range.start_included, range.start.null() ? -1 : 0},
        {range.end, range.end_included, range.end.null() ? 1 : 0}};
}

/// Two spans side by side, with the comparisons of Table 78; remembers whether all ends compared.
class Pair {
public:
    Pair(const Value& lhs, const Value& rhs) : a(span_of(lhs)), b(span_of(rhs)) {}

    bool less(const End& lhs, const End& rhs) { return order(lhs, rhs) < 0; }
    bool same(const End& lhs, const End& rhs) { return order(lhs, rhs) == 0; }
    /// `less`, or the same point where the flags say that it counts.
    bool less_or(const End& lhs, const End& rhs, bool counts) {
        const int sign = order(lhs, rhs);
        return sign < 0 || (sign == 0 && counts);
    }

    [[nodiscard]] bool compared() const { return compared_; }

    Span a;
    Span b;

private:
    int order(const End& lhs, const End& rhs) {
        if (lhs.infinite != 0 || rhs.infinite != 0) {
            return lhs.infinite < rhs.infinite ? -1 : (lhs.infinite > rhs.infinite ? 1 : 0);
        }
        const auto result = compare(lhs.value, rhs.value);
        compared_ = compared_ && result.has_value();
        return !result ? 0 : (*result < 0 ? -1 : (*result > 0 ? 1 : 0));
    }

    bool compared_ = true;
};

bool before(Pair& p) {
    return p.less_or(p.a.end, p.b.start, !p.a.end.included || !p.b.start.included);
}

bool after(Pair& p) {
    return p.less_or(p.b.end, p.a.start, !p.b.end.included || !p.a.start.included);
}

bool meets(Pair& p) {
    return p.same(p.a.end, p.b.start) && p.a.end.included && p.b.start.included;
}

bool met_by(Pair& p) {
    return p.same(p.a.start, p.b.end) && p.a.start.included && p.b.end.included;
}

bool overlaps(Pair& p) {
    const bool from = p.less_or(p.b.start, p.a.end, p.a.end.included && p.b.start.included);
    const bool to = p.less_or(p.a.start, p.b.end, p.a.start.included && p.b.end.included);
    return from && to;
}

bool overlaps_before_of(Pair& p, const Span& first, const Span& second) {
    const bool starts_earlier =
        p.less_or(first.start, second.start, first.start.included && !second.start.included);
    const bool reaches =
        p.less_or(second.start, first.end, first.end.included && second.start.included);
    const bool ends_earlier =
        p.less_or(first.end, second.end, !first.end.included || second.end.included);
    return starts_earlier && reaches && ends_earlier;
}

bool overlaps_before(Pair& p) {
    return overlaps_before_of(p, p.a, p.b);
}

bool overlaps_after(Pair& p) {
    return overlaps_before_of(p, p.b, p.a);
}

bool finishes_of(Pair& p, const Span& part, const Span& whole) {
    const bool same_end = p.same(part.end, whole.end) && part.end.included == whole.end.included;
    const bool inside =
        p.less_or(whole.start, part.start, !part.start.included || whole.start.included);
    return same_end && inside;
}

bool finishes(Pair& p) {
    return finishes_of(p, p.a, p.b);
}

bool finished_by(Pair& p) {
    return finishes_of(p, p.b, p.a);
}

bool includes_of(Pair& p, const Span& whole, const Span& part) {
    const bool from =
        p.less_or(whole.start, part.start, whole.start.included || !part.start.included);
    const bool to = p.less_or(part.end, whole.end, whole.end.included || !part.end.included);
    return from && to;
}

bool includes(Pair& p) {
    return includes_of(p, p.a, p.b);
}

bool during(Pair& p) {
    return includes_of(p, p.b, p.a);
}

bool starts_of(Pair& p, const Span& part, const Span& whole) {
    const bool same_start =
        p.same(part.start, whole.start) && part.start.included == whole.start.included;
    const bool inside = p.less_or(part.end, whole.end, !part.end.included || whole.end.included);
    return same_start && inside;
}

bool starts(Pair& p) {
    return starts_of(p, p.a, p.b);
}

bool started_by(Pair& p) {
    return starts_of(p, p.b, p.a);
}

bool coincides(Pair& p) {
    const bool same_start =
        p.same(p.a.start, p.b.start) && p.a.start.included == p.b.start.included;
    const bool same_end = p.same(p.a.end, p.b.end) && p.a.end.included == p.b.end.included;
    return same_start && same_end;
}

/// Which of the arguments must be ranges.
enum class Shape : std::uint8_t { Any, First, Second, Both, Alike };

template <bool (*relation)(Pair&), Shape shape>
Value run_relation(BuiltinCall& call) {
    const bool first = call[0].is(Kind::Range);
    const bool second = call[1].is(Kind::Range);
    const bool fits = shape == Shape::Any || (shape == Shape::First && first) ||
                      (shape == Shape::Second && second) ||
                      (shape == Shape::Both && first && second) ||
                      (shape == Shape::Alike && first == second);
    if (!fits || call[0].null() || call[1].null()) {
        return call.fail("the arguments must be ranges or points", {call[0], call[1]});
    }
    Pair pair(call[0], call[1]);
    const bool holds = relation(pair);
    return pair.compared() ? Value::boolean(holds)
                           : call.fail("the arguments do not compare", {call[0], call[1]});
}

constexpr std::string_view kSince = "1.3";
constexpr std::string_view kPoints = "point1: Any, point2: Any -> boolean";
constexpr std::string_view kPointRange = "point: Any, range: range -> boolean";
constexpr std::string_view kRangePoint = "range: range, point: Any -> boolean";
constexpr std::string_view kRanges = "range1: range, range2: range -> boolean";

constexpr std::array kEntries{
    BuiltinEntry{
        "before",
        kSince,
        "The first ends before the second starts.",
        {kRanges, kPointRange, kRangePoint, kPoints},
        {{"before(1, 10)", "true"}, {"before([1..5), [5..10])", "true"}},
        run_relation<before, Shape::Any>},
    BuiltinEntry{
        "after",
        kSince,
        "The first starts after the second ends.",
        {kRanges, kPointRange, kRangePoint, kPoints},
        {{"after(10, 5)", "true"}, {"after([11..20], [1..10])", "true"}},
        run_relation<after, Shape::Any>},
    BuiltinEntry{
        "meets",
        kSince,
        "The first ends where the second starts, and both include that point.",
        {kRanges},
        {{"meets([1..5], [5..10])", "true"}, {"meets([1..5), [5..10])", "false"}},
        run_relation<meets, Shape::Both>},
    BuiltinEntry{
        "met by",
        kSince,
        "The first starts where the second ends, and both include that point.",
        {kRanges},
        {{"met by([5..10], [1..5])", "true"}},
        run_relation<met_by, Shape::Both>},
    BuiltinEntry{
        "overlaps",
        kSince,
        "The two have a point in common.",
        {kRanges},
        {{"overlaps([1..5], [3..8])", "true"}, {"overlaps([1..5), [5..8])", "false"}},
        run_relation<overlaps, Shape::Both>},
    BuiltinEntry{
        "overlaps before",
        kSince,
        "The first starts earlier, and ends inside the second.",
        {kRanges},
        {{"overlaps before([1..5], [3..8])", "true"}},
        run_relation<overlaps_before, Shape::Both>},
    BuiltinEntry{
        "overlaps after",
        kSince,
        "The first starts inside the second, and ends later.",
        {kRanges},
        {{"overlaps after([3..8], [1..5])", "true"}},
        run_relation<overlaps_after, Shape::Both>},
    BuiltinEntry{
        "finishes",
        kSince,
        "The first ends with the second, and starts no earlier.",
        {kRanges, kPointRange},
        {{"finishes(10, [1..10])", "true"}, {"finishes([5..10], [1..10])", "true"}},
        run_relation<finishes, Shape::Second>},
    BuiltinEntry{
        "finished by",
        kSince,
        "The second ends with the first, and starts no earlier.",
        {kRanges, kRangePoint},
        {{"finished by([1..10], 10)", "true"}},
        run_relation<finished_by, Shape::First>},
    BuiltinEntry{
        "includes",
        kSince,
        "The first contains the second.",
        {kRanges, kRangePoint},
        {{"includes([1..10], 5)", "true"}, {"includes([1..10), 10)", "false"}},
        run_relation<includes, Shape::First>},
    BuiltinEntry{
        "during",
        kSince,
        "The second contains the first.",
        {kRanges, kPointRange},
        {{"during(5, [1..10])", "true"}},
        run_relation<during, Shape::Second>},
    BuiltinEntry{
        "starts",
        kSince,
        "The first starts with the second, and ends no later.",
        {kRanges, kPointRange},
        {{"starts(1, [1..10])", "true"}, {"starts([1..5], [1..10])", "true"}},
        run_relation<starts, Shape::Second>},
    BuiltinEntry{
        "started by",
        kSince,
        "The second starts with the first, and ends no later.",
        {kRanges, kRangePoint},
        {{"started by([1..10], 1)", "true"}},
        run_relation<started_by, Shape::First>},
    BuiltinEntry{
        "coincides",
        kSince,
        "Both are the same point, or the same range.",
        {kRanges, kPoints},
        {{"coincides([1..5], [1..5])", "true"}, {"coincides(3, 4)", "false"}},
        run_relation<coincides, Shape::Alike>},
};

}  // namespace

std::span<const BuiltinEntry> range_builtins() {
    return kEntries;
}

}  // namespace attune::feel
