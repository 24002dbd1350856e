#include <algorithm>
#include <array>
#include <vector>

#include "feel/builtin_call.h"
#include "feel/equality.h"

namespace attune::feel {

namespace {

/// Equality as lists use it: null is found by null, and other kinds are simply different.
bool same(const BuiltinCall& call, const Value& lhs, const Value& rhs) {
    const auto compare = [&](std::uint64_t& items_left) { return equal(lhs, rhs, items_left); };
    return count_items(call.evaluation, call.site, compare).is_true();
}

bool holds(const BuiltinCall& call, std::span<const Value> items, const Value& wanted) {
    return std::any_of(items.begin(), items.end(), [&](const Value& item) {
        return same(call, item, wanted);
    });
}

Value run_list_contains(BuiltinCall& call) {
    return call.spend(call.list(0).size()) ? Value::boolean(holds(call, call.list(0), call[1]))
                                           : Value();
}

Value run_count(BuiltinCall& call) {
    return Value::integer(static_cast<std::int64_t>(call.list(0).size()));
}

/// The parts, one after the other.
Value joined(BuiltinCall& call, std::initializer_list<std::span<const Value>> parts) {
    std::size_t size = 0;
    for (const std::span<const Value> part : parts) {
        size += part.size();
    }
    if (!call.reserve_items(size)) {
        return {};
    }
    const std::span<Value> items = call.arena().array<Value>(size);
    auto at = items.begin();
    for (const std::span<const Value> part : parts) {
        at = std::copy(part.begin(), part.end(), at);
    }
    return Value::list(items);
}

Value run_sublist(BuiltinCall& call) {
    const std::span<const Value> items = call.list(0);
    const auto size = static_cast<std::int64_t>(items.size());
    const std::optional<std::int64_t> start = call.whole(1);
    if (!start || *start == 0 || *start > size || *start < -size) {
        return call.fail("the start position is outside of the list", {call[1]});
    }
    const std::int64_t first = *start > 0 ? *start - 1 : size + *start;
    std::int64_t length = size - first;
    if (call.has(2)) {
        const std::optional<std::int64_t> wanted = call.whole(2);
        if (!wanted || *wanted < 1 || *wanted > length) {
            return call.fail("the length must be from 1 to the end of the list", {call[2]});
        }
        length = *wanted;
    }
    return Value::list(
        items.subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(length))
    );
}

Value run_append(BuiltinCall& call) {
    return joined(call, {call.list(0), call.arguments.subspan(1)});
}

Value run_concatenate(BuiltinCall& call) {
    ListBuilder all(call.arena());
    for (const Value& list : call.arguments) {
        if (!call.reserve_items(list.as_list().size())) {
            return {};
        }
        for (const Value& item : list.as_list()) {
            all.add(item);
        }
    }
    return all.list();
}

/// A position as an offset; nothing outside of the list (`beyond` more are allowed at the end).
std::optional<std::size_t> offset_of(BuiltinCall& call, std::size_t argument, std::int64_t beyond) {
    const auto size = static_cast<std::int64_t>(call.list(0).size());
    const std::optional<std::int64_t> position = call.whole(argument);
    if (!position || *position == 0 || *position > size + beyond || *position < -size) {
        call.fail("the position is outside of the list", {call[argument]});
        return std::nullopt;
    }
    return static_cast<std::size_t>(*position > 0 ? *position - 1 : size + *position);
}

Value run_insert_before(BuiltinCall& call) {
    const std::span<const Value> items = call.list(0);
    const std::optional<std::size_t> at = offset_of(call, 1, 0);
    return at ? joined(call, {items.first(*at), {&call[2], 1}, items.subspan(*at)}) : Value();
}

Value run_remove(BuiltinCall& call) {
    const std::span<const Value> items = call.list(0);
    const std::optional<std::size_t> at = offset_of(call, 1, 0);
    return at ? joined(call, {items.first(*at), items.subspan(*at + 1)}) : Value();
}

Value replace_matching(BuiltinCall& call) {
    const std::span<const Value> items = call.list(0);
    if (!call.reserve_items(items.size())) {
        return {};
    }
    const std::span<Value> replaced = call.arena().array<Value>(items.size());
    for (std::size_t i = 0; i < items.size(); ++i) {
        const std::array<Value, 2> pair{items[i], call[2]};
        const Value matches = invoke_at(call.evaluation, call.site, call[1], pair);
        if (!matches.is(Value::Kind::Boolean)) {
            return call.fail("\"match\" must give a boolean", {matches});
        }
        replaced[i] = matches.is_true() ? call[2] : items[i];
    }
    return Value::list(replaced);
}

Value run_list_replace(BuiltinCall& call) {
    if (call.signature == 1) {
        return replace_matching(call);
    }
    const std::span<const Value> items = call.list(0);
    const std::optional<std::size_t> at = offset_of(call, 1, 0);
    return at ? joined(call, {items.first(*at), {&call[2], 1}, items.subspan(*at + 1)}) : Value();
}

Value run_reverse(BuiltinCall& call) {
    const std::span<const Value> items = call.list(0);
    if (!call.reserve_items(items.size())) {
        return {};
    }
    const std::span<Value> reversed = call.arena().array<Value>(items.size());
    std::copy(items.rbegin(), items.rend(), reversed.begin());
    return Value::list(reversed);
}

Value run_index_of(BuiltinCall& call) {
    const std::span<const Value> items = call.list(0);
    if (!call.spend(items.size())) {
        return {};
    }
    ListBuilder found(call.arena());
    for (std::size_t i = 0; i < items.size(); ++i) {
        if (same(call, items[i], call[1])) {
            found.add(Value::integer(static_cast<std::int64_t>(i) + 1));
        }
    }
    return found.list();
}

/// Adds what is not there yet; false when out of steps.
bool add_distinct(BuiltinCall& call, ListBuilder& distinct, std::span<const Value> items) {
    for (const Value& item : items) {
        if (!call.spend(1 + distinct.size() / 8)) {
            return false;
        }
        if (!holds(call, distinct.items(), item)) {
            distinct.add(item);
        }
    }
    return true;
}

Value run_union(BuiltinCall& call) {
    ListBuilder distinct(call.arena());
    for (const Value& list : call.arguments) {
        if (!add_distinct(call, distinct, list.as_list())) {
            return {};
        }
    }
    return distinct.list();
}

Value run_distinct_values(BuiltinCall& call) {
    ListBuilder distinct(call.arena());
    return add_distinct(call, distinct, call.list(0)) ? distinct.list() : Value();
}

bool flatten_into(BuiltinCall& call, ListBuilder& flat, std::span<const Value> items) {
    for (const Value& item : items) {
        if (!call.reserve_items(1)) {
            return false;
        }
        if (item.is(Value::Kind::List)) {
            if (!flatten_into(call, flat, item.as_list())) {
                return false;
            }
        } else {
            flat.add(item);
        }
    }
    return true;
}

Value run_flatten(BuiltinCall& call) {
    ListBuilder flat(call.arena());
    return flatten_into(call, flat, call.list(0)) ? flat.list() : Value();
}

/// Merges two sorted runs; `precedes` decides, equal items keep their order. False if `precedes`
/// gives no boolean.
bool merge(
    BuiltinCall& call,
    std::span<const Value> left,
    std::span<const Value> right,
    std::span<Value> merged
) {
    std::size_t i = 0;
    std::size_t j = 0;
    for (Value& slot : merged) {
        bool take_right = i == left.size();
        if (!take_right && j < right.size()) {
            const std::array<Value, 2> pair{right[j], left[i]};
            const Value before = invoke_at(call.evaluation, call.site, call[1], pair);
            if (!before.is(Value::Kind::Boolean)) {
                call.fail("\"precedes\" must give a boolean", {pair[0], pair[1], before});
                return false;
            }
            take_right = before.is_true();
        }
        slot = take_right ? right[j++] : left[i++];
    }
    return true;
}

/// A merge sort from the bottom up: any function will do as `precedes`, even one that is no order.
Value run_sort(BuiltinCall& call) {
    const std::size_t size = call.list(0).size();
    if (!call.reserve_items(2 * size)) {
        return {};
    }
    std::span<Value> from = call.arena().array<Value>(size);
    std::span<Value> to = call.arena().array<Value>(size);
    std::copy(call.list(0).begin(), call.list(0).end(), from.begin());
    for (std::size_t width = 1; width < size; width *= 2) {
        for (std::size_t start = 0; start < size; start += 2 * width) {
            const std::size_t middle = std::min(start + width, size);
            const std::size_t end = std::min(start + 2 * width, size);
            if (!merge(
                    call,
                    from.subspan(start, middle - start),
                    from.subspan(middle, end - middle),
                    to.subspan(start, end - start)
                )) {
                return {};
            }
        }
        std::swap(from, to);
    }
    return Value::list(from);
}

constexpr std::array kEntries{
    BuiltinEntry{
        "list contains",
        "1.1",
        "Whether the list holds the element; null is found too.",
        {"list: list, element: Any -> boolean"},
        {{"list contains([1, 2, 3], 2)", "true"}, {"list contains([1, null], null)", "true"}},
        run_list_contains},
    BuiltinEntry{
        "count",
        "1.1",
        "The number of items.",
        {"list: list -> number"},
        {{"count([1, 2, 3])", "3"}, {"count([])", "0"}},
        run_count},
    BuiltinEntry{
        "sublist",
        "1.1",
        "The part of a list from a position, counted from 1, or from -1 backwards.",
        {"list: list, start position: number, [length: number] -> list"},
        {{"sublist([4, 5, 6], 1, 2)", "[4, 5]"}, {"sublist([4, 5, 6], -2)", "[5, 6]"}},
        run_sublist},
    BuiltinEntry{
        "append",
        "1.1",
        "The list with items added at the end.",
        {"list: list, ...item: Any -> list"},
        {{"append([1], 2, 3)", "[1, 2, 3]"}},
        run_append},
    BuiltinEntry{
        "concatenate",
        "1.1",
        "The items of all lists in one.",
        {"...list: list -> list"},
        {{"concatenate([1, 2], [3])", "[1, 2, 3]"}},
        run_concatenate},
    BuiltinEntry{
        "insert before",
        "1.1",
        "The list with an item put in at a position.",
        {"list: list, position: number, newItem: Any -> list"},
        {{"insert before([1, 3], 1, 2)", "[2, 1, 3]"}},
        run_insert_before},
    BuiltinEntry{
        "remove",
        "1.1",
        "The list without the item at a position.",
        {"list: list, position: number -> list"},
        {{"remove([1, 2, 3], 2)", "[1, 3]"}},
        run_remove},
    BuiltinEntry{
        "list replace",
        "1.5",
        "The list with a new item at a position, or in place of all that match.",
        {"list: list, position: number, newItem: Any -> list",
         "list: list, match: function, newItem: Any -> list"},
        {{"list replace([2, 4, 7, 8], 3, 6)", "[2, 4, 6, 8]"},
         {"list replace([2, 4, 7, 8], function(item, newItem) item < newItem, 5)", "[5, 5, 7, 8]"}},
        run_list_replace},
    BuiltinEntry{
        "reverse",
        "1.1",
        "The items from the last to the first.",
        {"list: list -> list"},
        {{"reverse([1, 2, 3])", "[3, 2, 1]"}},
        run_reverse},
    BuiltinEntry{
        "index of",
        "1.1",
        "The positions at which the list holds a value.",
        {"list: list, match: Any -> list<number>"},
        {{"index of([1, 2, 3, 2], 2)", "[2, 4]"}},
        run_index_of},
    BuiltinEntry{
        "union",
        "1.1",
        "The items of all lists, each once.",
        {"...list: list -> list"},
        {{"union([1, 2], [2, 3])", "[1, 2, 3]"}},
        run_union},
    BuiltinEntry{
        "distinct values",
        "1.1",
        "The items, each once.",
        {"list: list -> list"},
        {{"distinct values([1, 2, 3, 2, 1])", "[1, 2, 3]"}},
        run_distinct_values},
    BuiltinEntry{
        "flatten",
        "1.1",
        "The items of the list and of all lists inside it.",
        {"list: list -> list"},
        {{"flatten([[1, 2], [[3]], 4])", "[1, 2, 3, 4]"}},
        run_flatten},
    BuiltinEntry{
        "sort",
        "1.1",
        "The items in the order that a function gives: whether its first argument comes first.",
        {"list: list, precedes: function -> list"},
        {{"sort([3, 1, 4, 5, 2], function(x, y) x < y)", "[1, 2, 3, 4, 5]"}},
        run_sort},
};

}  // namespace

std::span<const BuiltinEntry> list_builtins() {
    return kEntries;
}

}  // namespace attune::feel
