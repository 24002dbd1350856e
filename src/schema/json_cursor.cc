#include "schema/json_cursor.h"

#include <algorithm>

#include <simdjson.h>

namespace attune::schema {

namespace {

bool digit(char byte) {
    return byte >= '0' && byte <= '9';
}

/// Appends a code point that is no surrogate as UTF-8.
void append_utf8(std::uint32_t point, char*& out) {
    const auto put = [&out](std::uint32_t byte) { *out++ = static_cast<char>(byte); };
    if (point < 0x80) {
        put(point);
    } else if (point < 0x800) {
        put(0xc0U | (point >> 6U));
        put(0x80U | (point & 0x3fU));
    } else if (point < 0x10000) {
        put(0xe0U | (point >> 12U));
        put(0x80U | ((point >> 6U) & 0x3fU));
        put(0x80U | (point & 0x3fU));
    } else {
        put(0xf0U | (point >> 18U));
        put(0x80U | ((point >> 12U) & 0x3fU));
        put(0x80U | ((point >> 6U) & 0x3fU));
        put(0x80U | (point & 0x3fU));
    }
}

/// Items of lists and entries of objects that are still being read, innermost last. One a thread:
/// it keeps its room.
struct Unfinished {
    std::vector<Value> items;
    std::vector<Entry> entries;
};

Unfinished& unfinished() {
    thread_local Unfinished stack;
    return stack;
}

}  // namespace

ExpectedKey::ExpectedKey(std::string_view name) {
    const bool plain = std::all_of(name.begin(), name.end(), [](char letter) {
        return static_cast<unsigned char>(letter) >= 0x20 && letter != '"' && letter != '\\';
    });
    if (!plain || name.size() + 2 > kBytesMax) {
        return;
    }
    std::memcpy(bytes, name.data(), name.size());
    bytes[name.size()] = '"';
    bytes[name.size() + 1] = ':';
    length = static_cast<std::uint8_t>(name.size() + 2);
}

bool JsonCursor::fail_depth() {
    too_large_ = true;
    return fail("nested too deep");
}

bool JsonCursor::check_utf8(std::string_view text) {
    return simdjson::validate_utf8(text.data(), text.size()) || fail("text is not UTF-8");
}

bool JsonCursor::code_unit(std::uint32_t& unit) {
    if (end_ - at_ < 4) {
        return fail("an escape is cut off");
    }
    unit = 0;
    for (int i = 0; i < 4; ++i, ++at_) {
        const char byte = *at_;
        const int value = digit(byte)                  ? byte - '0'
                          : byte >= 'a' && byte <= 'f' ? byte - 'a' + 10
                          : byte >= 'A' && byte <= 'F' ? byte - 'A' + 10
                                                       : -1;
        if (value < 0) {
            return fail("an escape is not four hex digits");
        }
        unit = unit * 16 + static_cast<std::uint32_t>(value);
    }
    return true;
}

/// Reads what follows a backslash.
bool JsonCursor::escape(char*& out) {
    if (at_ >= end_) {
        return fail("a string has no end");
    }
    const char letter = *at_++;
    constexpr std::string_view kLetters = "\"\\/bfnrt";
    constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
    if (const std::size_t index = kLetters.find(letter); index != std::string_view::npos) {
        *out++ = kMeanings[index];
        return true;
    }
    std::uint32_t unit = 0;
    if (letter != 'u') {
        return fail("an escape is unknown");
    }
    if (!code_unit(unit)) {
        return false;
    }
    if (unit >= 0xd800 && unit < 0xdc00) {
        std::uint32_t low = 0;
        if (end_ - at_ < 6 || at_[0] != '\\' || at_[1] != 'u') {
            return fail("half of a surrogate pair is missing");
        }
        at_ += 2;
        if (!code_unit(low)) {
            return false;
        }
        if (low < 0xdc00 || low > 0xdfff) {
            return fail("half of a surrogate pair is missing");
        }
        unit = 0x10000 + ((unit - 0xd800) << 10U) + (low - 0xdc00);
    } else if (unit >= 0xdc00 && unit < 0xe000) {
        return fail("half of a surrogate pair is missing");
    }
    append_utf8(unit, out);
    return true;
}

bool JsonCursor::escaped_string(
    const char* start, const char* stop, std::string_view& text, Arena& arena
) {
    // First to the end, to know how much room is needed at most.
    bool ascii = true;
    const char* close = stop;
    while (close < end_ && *close == '\\') {
        close = scan(std::min(close + 2, end_), ascii);
    }
    at_ = close;
    if (close >= end_) {
        return fail("a string has no end");
    }
    if (*close != '"') {
        return fail("a control character stands in a string");
    }
    const std::span<char> room = arena.array<char>(static_cast<std::size_t>(close - start));
    char* out = room.data();
    at_ = start;
    while (at_ < close) {
        if (*at_ != '\\') {
            *out++ = *at_++;
            continue;
        }
        ++at_;
        if (!escape(out)) {
            return false;
        }
    }
    at_ = close + 1;
    text = {room.data(), static_cast<std::size_t>(out - room.data())};
    return check_utf8(text);
}

bool JsonCursor::literal(std::string_view word) {
    if (!std::string_view(at_, static_cast<std::size_t>(end_ - at_)).starts_with(word)) {
        return fail("a value is none of JSON's");
    }
    at_ += word.size();
    return true;
}

bool JsonCursor::slow_number(const char* start, Value& number, Arena& arena) {
    at_ = start;
    if (*at_ == '-') {
        ++at_;
    }
    const auto digits = [this] {
        const char* first = at_;
        while (at_ < end_ && digit(*at_)) {
            ++at_;
        }
        return at_ > first;
    };
    const char* whole = at_;
    if (!digits() || (*whole == '0' && at_ > whole + 1)) {
        return fail("a number is none of JSON's");
    }
    if (at_ < end_ && *at_ == '.') {
        ++at_;
        if (!digits()) {
            return fail("a number has no digits behind its point");
        }
    }
    if (at_ < end_ && (*at_ == 'e' || *at_ == 'E')) {
        ++at_;
        at_ += at_ < end_ && (*at_ == '-' || *at_ == '+') ? 1 : 0;
        if (!digits()) {
            return fail("a number's exponent has no digits");
        }
    }
    const auto parsed = Decimal::parse({start, static_cast<std::size_t>(at_ - start)});
    if (!parsed) {
        return fail("a number is out of range");
    }
    number = Value::number(*parsed, arena);
    return true;
}

bool JsonCursor::number(Value& number, Arena& arena) {
    constexpr std::ptrdiff_t kDigitsMax = 18;
    const char* start = at_;
    const bool negative = *at_ == '-';
    const char* first = at_ + (negative ? 1 : 0);
    const char* at = first;
    // Nineteen digits fit; what has more than eighteen is left to the slow path, because an int64
    // holds them only in part.
    std::uint64_t coefficient = 0;
    const char* last = std::min(end_, first + kDigitsMax + 1);
    for (; at < last && digit(*at); ++at) {
        coefficient = coefficient * 10 + static_cast<std::uint64_t>(*at - '0');
    }
    const std::ptrdiff_t whole = at - first;
    if (whole == 0 || whole > kDigitsMax || (*first == '0' && whole > 1)) {
        return slow_number(start, number, arena);
    }
    std::ptrdiff_t fraction = 0;
    if (at < end_ && *at == '.') {
        const char* point = at;
        last = std::min(end_, point + 1 + (kDigitsMax - whole));
        for (++at; at < last && digit(*at); ++at) {
            coefficient = coefficient * 10 + static_cast<std::uint64_t>(*at - '0');
        }
        fraction = at - point - 1;
        if (fraction == 0) {
            return slow_number(start, number, arena);
        }
    }
    if (at < end_ && (digit(*at) || *at == 'e' || *at == 'E')) {
        return slow_number(start, number, arena);
    }
    at_ = at;
    const auto magnitude = static_cast<std::int64_t>(coefficient);
    number = Value::number(
        Decimal::scaled(negative ? -magnitude : magnitude, -static_cast<int>(fraction))
    );
    return true;
}

bool JsonCursor::list(Value& value, Arena& arena) {
    if (!open()) {
        return false;
    }
    std::vector<Value>& stack = unfinished().items;
    const std::size_t base = stack.size();
    bool done = false;
    for (bool first = true; next_item(first, done); first = false) {
        if (done) {
            const std::size_t count = stack.size() - base;
            const std::span<Value> items = arena.array<Value>(count);
            std::copy_n(stack.begin() + static_cast<std::ptrdiff_t>(base), count, items.begin());
            stack.resize(base);
            value = Value::list(items);
            return true;
        }
        Value item;
        if (!this->value(item, arena)) {
            break;
        }
        stack.push_back(item);
    }
    stack.resize(base);
    return false;
}

bool JsonCursor::object(Value& value, Arena& arena) {
    if (!open()) {
        return false;
    }
    std::vector<Entry>& stack = unfinished().entries;
    const std::size_t base = stack.size();
    bool done = false;
    for (bool first = true; next_member(first, done); first = false) {
        if (done) {
            const std::size_t count = stack.size() - base;
            const std::span<Entry> entries = arena.array<Entry>(count);
            std::copy_n(stack.begin() + static_cast<std::ptrdiff_t>(base), count, entries.begin());
            stack.resize(base);
            value = Value::context(entries);
            return true;
        }
        if (stack.size() - base >= kMembersMax) {
            too_large_ = true;
            fail("an object has more than 1000 members");
            break;
        }
        Entry entry{};
        if (!key(entry.key, arena) || !this->value(entry.value, arena)) {
            break;
        }
        const auto repeated = [&entry](const Entry& other) { return other.key == entry.key; };
        if (std::any_of(stack.begin() + static_cast<std::ptrdiff_t>(base), stack.end(), repeated)) {
            fail("a name stands twice in one object");
            break;
        }
        stack.push_back(entry);
    }
    stack.resize(base);
    return false;
}

bool JsonCursor::value(Value& value, Arena& arena) {
    switch (peek()) {
    case '"': {
        std::string_view text;
        if (!string(text, arena)) {
            return false;
        }
        value = Value::string(text);
        return true;
    }
    case '{':
        return object(value, arena);
    case '[':
        return list(value, arena);
    case 't':
        value = Value::boolean(true);
        return literal("true");
    case 'f':
        value = Value::boolean(false);
        return literal("false");
    case 'n':
        value = Value();
        return literal("null");
    default:
        if (at_ >= end_) {
            return fail("it ends in the middle");
        }
        return number(value, arena);
    }
}

bool JsonCursor::skip(Arena& arena) {
    bool done = false;
    switch (peek()) {
    case '{':
        if (!open()) {
            return false;
        }
        for (bool first = true; next_member(first, done); first = false) {
            std::string_view name;
            if (done) {
                return true;
            }
            if (!key(name, arena) || !skip(arena)) {
                return false;
            }
        }
        return false;
    case '[':
        if (!open()) {
            return false;
        }
        for (bool first = true; next_item(first, done); first = false) {
            if (done) {
                return true;
            }
            if (!skip(arena)) {
                return false;
            }
        }
        return false;
    default: {
        Value ignored;
        return value(ignored, arena);
    }
    }
}

}  // namespace attune::schema
