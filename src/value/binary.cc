#include "value/binary.h"

#include <algorithm>

#include "value/stored_decimal.h"

namespace attune {

namespace {

constexpr int kDepthMax = 64;

void write_zone(const Zone& zone, ByteWriter& out) {
    out.fixed(static_cast<std::uint8_t>(zone.kind));
    out.signed_varint(zone.offset_seconds);
    out.text(zone.name);
}

Zone read_zone(ByteReader& reader) {
    Zone zone;
    const auto kind = reader.fixed<std::uint8_t>();
    zone.kind = kind <= static_cast<std::uint8_t>(Zone::Kind::Named) ? static_cast<Zone::Kind>(kind)
                                                                     : Zone::Kind::None;
    zone.offset_seconds = static_cast<std::int32_t>(reader.signed_varint());
    zone.name = reader.text();
    return zone;
}

void write_number(Decimal number, ByteWriter& out) {
    out.fixed(static_cast<std::uint8_t>(number.small() ? 1 : 0));
    if (number.small()) {
        out.fixed(static_cast<std::int8_t>(number.exponent()));
        out.signed_varint(number.coefficient());
        return;
    }
    out.fixed(number.low_word());
    out.fixed(number.high_word());
}

Value read_number(ByteReader& reader, Arena& arena) {
    if (reader.fixed<std::uint8_t>() == 1) {
        const int exponent = std::clamp<int>(reader.fixed<std::int8_t>(), -18, 18);
        return Value::number(Decimal::scaled(reader.signed_varint(), exponent));
    }
    const auto low = reader.fixed<std::uint64_t>();
    return Value::number(stored_decimal(low, reader.fixed<std::uint64_t>()), arena);
}

bool storable(Value::Kind kind) {
    return kind != Value::Kind::Range && kind != Value::Kind::Function;
}

void write_to(const Value& value, ByteWriter& out) {
    if (!storable(value.kind())) {
        return out.fixed(static_cast<std::uint8_t>(Value::Kind::Null));
    }
    out.fixed(static_cast<std::uint8_t>(value.kind()));
    switch (value.kind()) {
    case Value::Kind::Boolean:
        return out.fixed(static_cast<std::uint8_t>(value.as_boolean() ? 1 : 0));
    case Value::Kind::Number:
        return write_number(value.as_number(), out);
    case Value::Kind::String:
        return out.text(value.as_string());
    case Value::Kind::Date:
        return out.signed_varint(value.as_date().days);
    case Value::Kind::Time:
        out.signed_varint(value.as_time().nanoseconds);
        return write_zone(value.as_time().zone, out);
    case Value::Kind::DateTime:
        out.signed_varint(value.as_date_time().date.days);
        out.signed_varint(value.as_date_time().nanoseconds);
        return write_zone(value.as_date_time().zone, out);
    case Value::Kind::YearsMonthsDuration:
        return out.signed_varint(value.as_years_months().months);
    case Value::Kind::DaysTimeDuration:
        out.signed_varint(value.as_days_time().seconds);
        return out.signed_varint(value.as_days_time().nanoseconds);
    case Value::Kind::List:
        out.varint(value.as_list().size());
        for (const Value& item : value.as_list()) {
            write_to(item, out);
        }
        return;
    case Value::Kind::Context:
        out.varint(value.as_context().size());
        for (const Entry& entry : value.as_context()) {
            out.text(entry.key);
            write_to(entry.value, out);
        }
        return;
    default:
        return;
    }
}

class Reader {
public:
    Reader(ByteReader& bytes, Arena& arena) : bytes_(bytes), arena_(arena) {}

    Value value(int depth);

private:
    Value list(int depth);
    Value context(int depth);
    Value temporal(Value::Kind kind);

    /// A count that the bytes left can hold at all, so that a forged one allocates nothing.
    std::size_t count() {
        const std::uint64_t stated = bytes_.varint();
        if (stated > bytes_.rest().size()) {
            static_cast<void>(bytes_.raw(stated));
            return 0;
        }
        return static_cast<std::size_t>(stated);
    }

    ByteReader& bytes_;
    Arena& arena_;
};

Value Reader::list(int depth) {
    const std::span<Value> items = arena_.array<Value>(count());
    for (Value& item : items) {
        item = value(depth + 1);
    }
    return Value::list(items);
}

Value Reader::context(int depth) {
    const std::span<Entry> entries = arena_.array<Entry>(count());
    for (Entry& entry : entries) {
        entry.key = bytes_.text();
        entry.value = value(depth + 1);
    }
    return Value::context(entries);
}

Value Reader::temporal(Value::Kind kind) {
    const std::int64_t first = bytes_.signed_varint();
    switch (kind) {
    case Value::Kind::Date:
        return Value::date(Date{first});
    case Value::Kind::Time:
        return Value::time({first, read_zone(bytes_)}, arena_);
    case Value::Kind::DateTime: {
        const std::int64_t nanoseconds = bytes_.signed_varint();
        return Value::date_time({Date{first}, nanoseconds, read_zone(bytes_)}, arena_);
    }
    case Value::Kind::YearsMonthsDuration:
        return Value::duration(YearsMonthsDuration{first});
    default:
        return Value::duration(DaysTimeDuration{
            first, static_cast<std::int32_t>(bytes_.signed_varint())});
    }
}

Value Reader::value(int depth) {
    if (depth > kDepthMax || !bytes_.ok()) {
        static_cast<void>(bytes_.raw(bytes_.rest().size() + 1));
        return {};
    }
    const auto kind = static_cast<Value::Kind>(bytes_.fixed<std::uint8_t>());
    switch (kind) {
    case Value::Kind::Boolean:
        return Value::boolean(bytes_.fixed<std::uint8_t>() != 0);
    case Value::Kind::Number:
        return read_number(bytes_, arena_);
    case Value::Kind::String:
        return Value::string(bytes_.text());
    case Value::Kind::Date:
    case Value::Kind::Time:
    case Value::Kind::DateTime:
    case Value::Kind::YearsMonthsDuration:
    case Value::Kind::DaysTimeDuration:
        return temporal(kind);
    case Value::Kind::List:
        return list(depth);
    case Value::Kind::Context:
        return context(depth);
    default:
        return {};
    }
}

}  // namespace

void write_binary(const Value& value, std::string& out) {
    ByteWriter writer(out);
    write_to(value, writer);
}

Value read_binary(ByteReader& reader, Arena& arena) {
    return Reader(reader, arena).value(0);
}

}  // namespace attune
