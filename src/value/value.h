#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/arena.h"
#include "base/assert.h"
#include "value/decimal.h"
#include "value/temporal.h"

namespace attune {

class Value;
struct Entry;
struct RangeValue;

namespace feel {
class Function;  // Closures and built-ins; only feel/ looks inside.
}  // namespace feel

/// The one value of events, profiles, rules and models: everything that FEEL knows, in 16 bytes.
///
/// A Value is a view, trivially copyable. What does not fit into 16 bytes (text, lists, contexts,
/// large numbers, times) lives in an Arena, or in other memory that outlives the Value, such as the
/// bytes of the batch that an event was parsed from. `clone()` copies a value with all it refers to
/// into another arena. Values are never changed.
class Value {
public:
    enum class Kind : std::uint8_t {
        Null,
        Boolean,
        Number,
        String,
        Date,
        Time,
        DateTime,
        YearsMonthsDuration,
        DaysTimeDuration,
        List,
        Context,
        Range,
        Function,
    };

    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-member-init): the other half of a union
    constexpr Value() : word_(0) {}  ///< null

    static constexpr Value boolean(bool truth) { return {Kind::Boolean, 0, truth ? 1 : 0}; }
    static constexpr Value integer(std::int64_t whole) { return {Kind::Number, 0, whole}; }
    static Value number(Decimal number, Arena& arena);
    /// A number that is known to be small, without an arena.
    static constexpr Value number(Decimal small) {
        ATTUNE_ASSERT(small.small());
        return {
            Kind::Number,
            static_cast<std::uint32_t>(static_cast<std::uint8_t>(small.exponent())),
            small.coefficient()};
    }
    /// Refers to `text`, UTF-8, without copying it. At most 4 GiB.
    static Value string(std::string_view text) {
        return {Kind::String, static_cast<std::uint32_t>(text.size()), text.data()};
    }
    static constexpr Value date(Date date) { return {Kind::Date, 0, date.days}; }
    static Value time(const TimeOfDay& time, Arena& arena) {
        return {Kind::Time, 0, arena.copy(time)};
    }
    static Value date_time(const DateTime& moment, Arena& arena) {
        return {Kind::DateTime, 0, arena.copy(moment)};
    }
    static constexpr Value duration(YearsMonthsDuration span) {
        return {Kind::YearsMonthsDuration, 0, span.months};
    }
    static constexpr Value duration(DaysTimeDuration span) {
        return {Kind::DaysTimeDuration, static_cast<std::uint32_t>(span.nanoseconds), span.seconds};
    }
    /// Refers to the items, in order, without copying them.
    static Value list(std::span<const Value> items) {
        return {Kind::List, static_cast<std::uint32_t>(items.size()), items.data()};
    }
    /// Refers to the entries, in the order in which they were written; keys are unique.
    static Value context(std::span<const Entry> entries);
    static Value range(const RangeValue& range, Arena& arena);
    static Value function(const feel::Function& function) { return {Kind::Function, 0, &function}; }

    [[nodiscard]] constexpr Kind kind() const { return static_cast<Kind>(head_ & 0xffU); }
    [[nodiscard]] constexpr bool null() const { return kind() == Kind::Null; }
    [[nodiscard]] constexpr bool is(Kind kind) const { return this->kind() == kind; }
    [[nodiscard]] constexpr bool is_true() const { return kind() == Kind::Boolean && word_ != 0; }
    [[nodiscard]] constexpr bool is_false() const { return kind() == Kind::Boolean && word_ == 0; }

    // Each may be called only on a value of its kind.
    [[nodiscard]] constexpr bool as_boolean() const { return expect(Kind::Boolean), word_ != 0; }
    [[nodiscard]] Decimal as_number() const {
        expect(Kind::Number);
        if (is_small_number()) {
            return Decimal::scaled(word_, static_cast<std::int8_t>(size()));
        }
        return *static_cast<const Decimal*>(pointer_);
    }
    /// A number held without memory of its own: `small_coefficient` times ten to `small_exponent`.
    /// For code that is to be fast; `as_number` does for all.
    [[nodiscard]] constexpr bool is_small_number() const {
        return (head_ & kSmallNumberMask) == static_cast<std::uint64_t>(Kind::Number);
    }
    [[nodiscard]] constexpr std::int64_t small_coefficient() const { return word_; }
    [[nodiscard]] constexpr int small_exponent() const {
        return static_cast<std::int8_t>(static_cast<std::uint8_t>(head_ >> 32U));
    }
    /// The number with this coefficient, which is not the least int64, and exponent in -18..18.
    static constexpr Value small_number(std::int64_t coefficient, int exponent) {
        return {
            Kind::Number,
            static_cast<std::uint32_t>(static_cast<std::uint8_t>(exponent)),
            coefficient};
    }
    [[nodiscard]] std::string_view as_string() const {
        return expect(Kind::String), std::string_view(static_cast<const char*>(pointer_), size());
    }
    [[nodiscard]] constexpr Date as_date() const { return expect(Kind::Date), Date{word_}; }
    [[nodiscard]] const TimeOfDay& as_time() const {
        return expect(Kind::Time), *static_cast<const TimeOfDay*>(pointer_);
    }
    [[nodiscard]] const DateTime& as_date_time() const {
        return expect(Kind::DateTime), *static_cast<const DateTime*>(pointer_);
    }
    [[nodiscard]] constexpr YearsMonthsDuration as_years_months() const {
        return expect(Kind::YearsMonthsDuration), YearsMonthsDuration{word_};
    }
    [[nodiscard]] constexpr DaysTimeDuration as_days_time() const {
        return expect(Kind::DaysTimeDuration),
               DaysTimeDuration{word_, static_cast<std::int32_t>(size())};
    }
    [[nodiscard]] std::span<const Value> as_list() const {
        return expect(Kind::List),
               std::span<const Value>(static_cast<const Value*>(pointer_), size());
    }
    [[nodiscard]] std::span<const Entry> as_context() const;
    [[nodiscard]] const RangeValue& as_range() const;
    [[nodiscard]] const feel::Function& as_function() const {
        return expect(Kind::Function), *static_cast<const feel::Function*>(pointer_);
    }

    /// The entry of a context by key; null if there is none or this is no context.
    [[nodiscard]] Value get(std::string_view key) const;
    [[nodiscard]] bool has(std::string_view key) const;

    /// A copy with everything it refers to in `arena`. Functions keep referring to their own
    /// memory.
    [[nodiscard]] Value clone(Arena& arena) const;

private:
    // NOLINTBEGIN(cppcoreguidelines-pro-type-member-init): the other half of a union
    constexpr Value(Kind kind, std::uint32_t size, std::int64_t word)
        : head_(head_of(kind, size)), word_(word) {}
    constexpr Value(Kind kind, std::uint32_t size, const void* pointer)
        : head_(head_of(kind, size)), pointer_(pointer) {}
    // NOLINTEND(cppcoreguidelines-pro-type-member-init)

    static constexpr std::uint32_t kLargeNumber = 0x100;  // Above every exponent byte.
    // Everything but the exponent byte.
    static constexpr std::uint64_t kSmallNumberMask = 0xffff'ff00'0000'00ffU;

    static constexpr std::uint64_t head_of(Kind kind, std::uint32_t size) {
        return static_cast<std::uint64_t>(kind) | (static_cast<std::uint64_t>(size) << 32U);
    }
    [[nodiscard]] constexpr std::uint32_t size() const {
        return static_cast<std::uint32_t>(head_ >> 32U);
    }
    constexpr void expect(Kind kind) const { ATTUNE_ASSERT(this->kind() == kind); }

    // Kind in the low byte; in the upper half bytes, items or entries, a number's exponent, or a
    // duration's nanoseconds. One word rather than two fields, so that a Value is built and passed
    // in registers.
    std::uint64_t head_ = 0;
    union {
        std::int64_t word_;
        const void* pointer_;
    };
};

static_assert(sizeof(Value) == 16 && std::is_trivially_copyable_v<Value>);

/// One entry of a context.
struct Entry {
    std::string_view key;
    Value value;
};

/// FEEL's range, as `[1..5)`, `(<10)` or `(>=2)`. A missing end is null and not included
/// (DMN 1.5, 10.3.2.7).
struct RangeValue {
    Value start;
    Value end;
    bool start_included = false;
    bool end_included = false;
    /// Written with an operator, as `<10`, rather than with brackets: `(<=10)` and `(null..10]`
    /// differ.
    bool start_undefined = false;
    bool end_undefined = false;
};

/// "number", "string", "date and time" …, FEEL's name of a kind.
[[nodiscard]] std::string_view to_string(Value::Kind kind);

/// True if both are the same value to the last detail: kind, order of entries, zone as written.
/// This is identity of data, for tests, caches and change detection; FEEL's `=` is feel::equal().
[[nodiscard]] bool identical(const Value& lhs, const Value& rhs);

/// A value together with the memory it lives in; copies share both, which never change.
class OwnedValue {
public:
    OwnedValue() = default;
    explicit OwnedValue(const Value& value) {
        auto arena = std::make_shared<Arena>(256);
        value_ = value.clone(*arena);
        arena_ = std::move(arena);
    }

    [[nodiscard]] const Value& get() const { return value_; }

private:
    std::shared_ptr<const Arena> arena_;
    Value value_;
};

}  // namespace attune
