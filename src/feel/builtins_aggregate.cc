#include <algorithm>
#include <array>
#include <vector>

#include "feel/builtin_call.h"
#include "feel/equality.h"

namespace attune::feel {

namespace {

using Kind = Value::Kind;

/// The items of `sum([1, 2])` and of `sum(1, 2)`.
std::span<const Value> items_of(const BuiltinCall& call) {
    return call.signature == 0 ? call.list(0) : call.arguments;
}

/// The items as numbers, in the arena; nothing, with a warning, if one is no number.
std::optional<std::span<Decimal>> numbers_of(BuiltinCall& call) {
    const std::span<const Value> items = items_of(call);
    const std::span<Decimal> numbers = call.arena().array<Decimal>(items.size());
    for (std::size_t at = 0; at < items.size(); ++at) {
        if (!items[at].is(Kind::Number)) {
            call.fail("all items must be numbers", {items[at]});
            return std::nullopt;
        }
        numbers[at] = items[at].as_number();
    }
    if (!call.spend(numbers.size())) {
        return std::nullopt;
    }
    return numbers;
}

std::optional<Decimal> total(std::span<const Decimal> numbers) {
    std::optional<Decimal> sum = Decimal(0);
    for (const Decimal number : numbers) {
        sum = sum ? Decimal::add(*sum, number) : std::nullopt;
    }
    return sum;
}

std::optional<Decimal> mean_of(std::span<const Decimal> numbers) {
    const std::optional<Decimal> sum = total(numbers);
    return sum ? Decimal::divide(*sum, Decimal(static_cast<std::int64_t>(numbers.size())))
               : std::nullopt;
}

template <bool largest>
Value run_extreme(BuiltinCall& call) {
    const std::span<const Value> items = items_of(call);
    if (items.empty() || !call.spend(items.size())) {
        return {};
    }
    Value best = items.front();
    for (const Value& item : items) {
        const auto order = compare(item, best);
        if (!order) {
            return call.fail("the items do not compare", {best, item});
        }
        if (largest ? *order > 0 : *order < 0) {
            best = item;
        }
    }
    return best;
}

Value run_sum(BuiltinCall& call) {
    const auto numbers = numbers_of(call);
    return numbers && !numbers->empty() ? call.number_or_fail(total(*numbers)) : Value();
}

Value run_mean(BuiltinCall& call) {
    const auto numbers = numbers_of(call);
    return numbers && !numbers->empty() ? call.number_or_fail(mean_of(*numbers)) : Value();
}

Value run_product(BuiltinCall& call) {
    const auto numbers = numbers_of(call);
    if (!numbers || numbers->empty()) {
        return {};
    }
    std::optional<Decimal> product = Decimal(1);
    for (const Decimal number : *numbers) {
        product = product ? Decimal::multiply(*product, number) : std::nullopt;
    }
    return call.number_or_fail(product);
}

Value run_median(BuiltinCall& call) {
    auto numbers = numbers_of(call);
    if (!numbers || numbers->empty()) {
        return {};
    }
    std::sort(numbers->begin(), numbers->end());
    const std::size_t middle = numbers->size() / 2;
    if (numbers->size() % 2 == 1) {
        return Value::number((*numbers)[middle], call.arena());
    }
    const std::array<Decimal, 2> pair{(*numbers)[middle - 1], (*numbers)[middle]};
    return call.number_or_fail(mean_of(pair));
}

/// The deviation of a sample: the squares are divided by one less than their count (Table 75).
Value run_stddev(BuiltinCall& call) {
    const auto numbers = numbers_of(call);
    if (!numbers || numbers->size() < 2) {
        return numbers && numbers->size() == 1 ? call.fail("one item has no deviation") : Value();
    }
    const std::optional<Decimal> mean = mean_of(*numbers);
    std::optional<Decimal> squares = mean ? std::optional(Decimal(0)) : std::nullopt;
    for (const Decimal number : *numbers) {
        const auto difference = squares ? Decimal::subtract(number, *mean) : std::nullopt;
        const auto square = difference ? Decimal::multiply(*difference, *difference) : std::nullopt;
        squares = square ? Decimal::add(*squares, *square) : std::nullopt;
    }
    const Decimal count(static_cast<std::int64_t>(numbers->size()) - 1);
    const auto variance = squares ? Decimal::divide(*squares, count) : std::nullopt;
    return call.number_or_fail(variance ? Decimal::square_root(*variance) : std::nullopt);
}

/// The most frequent numbers, in ascending order.
Value run_mode(BuiltinCall& call) {
    auto numbers = numbers_of(call);
    if (!numbers) {
        return {};
    }
    std::sort(numbers->begin(), numbers->end());
    std::ptrdiff_t most = 0;
    ListBuilder modes(call.arena());
    for (auto run = numbers->begin(); run != numbers->end();) {
        const auto end = std::upper_bound(run, numbers->end(), *run);
        if (end - run > most) {
            most = end - run;
            modes = ListBuilder(call.arena());
        }
        if (end - run == most) {
            modes.add(Value::number(*run, call.arena()));
        }
        run = end;
    }
    return modes.list();
}

/// `all` and `any`: `decisive` decides alone; else anything but booleans makes the result null.
template <bool decisive>
Value run_decision(BuiltinCall& call) {
    const std::span<const Value> items = items_of(call);
    bool unknown = false;
    for (const Value& item : items) {
        if (item.is(Kind::Boolean) && item.as_boolean() == decisive) {
            return item;
        }
        if (!item.is(Kind::Boolean)) {
            if (!item.null()) {
                call.fail("all items must be booleans", {item});
            }
            unknown = true;
        }
    }
    return unknown ? Value() : Value::boolean(!decisive);
}

constexpr std::array kEntries{
    BuiltinEntry{
        "min",
        "1.1",
        "The least item; null of an empty list.",
        {"list: list -> Any", "...list: Any -> Any"},
        {{"min([1, 2, 3])", "1"}, {"min(\"b\", \"a\")", "\"a\""}, {"min([])", "null"}},
        run_extreme<false>},
    BuiltinEntry{
        "max",
        "1.1",
        "The greatest item; null of an empty list.",
        {"list: list -> Any", "...list: Any -> Any"},
        {{"max([1, 2, 3])", "3"}, {"max(1, 2, 3)", "3"}},
        run_extreme<true>},
    BuiltinEntry{
        "sum",
        "1.1",
        "The sum of the numbers; null of an empty list.",
        {"list: list -> number", "...list: Any -> number"},
        {{"sum([1, 2, 3])", "6"}, {"sum(1, 2)", "3"}, {"sum([])", "null"}},
        run_sum},
    BuiltinEntry{
        "mean",
        "1.1",
        "The average of the numbers; null of an empty list.",
        {"list: list -> number", "...list: Any -> number"},
        {{"mean([1, 2, 6])", "3"}},
        run_mean},
    BuiltinEntry{
        "all",
        "1.1",
        "False if any item is false, true if all are true; true of an empty list.",
        {"list: list -> boolean", "...list: Any -> boolean"},
        {{"all([true, true])", "true"}, {"all([false, null])", "false"}, {"all([])", "true"}},
        run_decision<false>},
    BuiltinEntry{
        "any",
        "1.1",
        "True if any item is true, false if all are false; false of an empty list.",
        {"list: list -> boolean", "...list: Any -> boolean"},
        {{"any([false, true])", "true"}, {"any([])", "false"}},
        run_decision<true>},
    BuiltinEntry{
        "product",
        "1.2",
        "The product of the numbers; null of an empty list.",
        {"list: list -> number", "...list: Any -> number"},
        {{"product([2, 3, 4])", "24"}},
        run_product},
    BuiltinEntry{
        "median",
        "1.2",
        "The middle number, or the average of the two in the middle.",
        {"list: list -> number", "...list: Any -> number"},
        {{"median([8, 2, 5, 3, 4])", "4"}, {"median(6, 1, 2, 3)", "2.5"}},
        run_median},
    BuiltinEntry{
        "stddev",
        "1.2",
        "The standard deviation of a sample; null of fewer than two numbers.",
        {"list: list -> number", "...list: Any -> number"},
        {{"stddev([47])", "null"}, {"stddev([2, 4, 6])", "2"}},
        run_stddev},
    BuiltinEntry{
        "mode",
        "1.2",
        "The most frequent numbers, in ascending order.",
        {"list: list -> list<number>", "...list: Any -> list<number>"},
        {{"mode([6, 3, 9, 6, 6])", "[6]"}, {"mode([6, 1, 9, 6, 1])", "[1, 6]"}},
        run_mode},
};

}  // namespace

std::span<const BuiltinEntry> aggregate_builtins() {
    return kEntries;
}

}  // namespace attune::feel
