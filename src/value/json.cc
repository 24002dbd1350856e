#include "value/json.h"

#include <algorithm>
#include <array>
#include <unordered_set>
#include <vector>

#include <simdjson.h>

#include "value/temporal_text.h"

namespace attune::json {

namespace {

namespace ondemand = simdjson::ondemand;

/// Above this many members a hash set looks for repeated keys; below it comparing each with each is
/// faster.
constexpr std::size_t kFewKeys = 16;

class Reader {
public:
    Reader(Arena& arena, const Limits& limits) : arena_(arena), limits_(limits) {}

    Result<Value> read(std::string_view text);

private:
    Result<Value> value(ondemand::value element, std::size_t depth);
    Result<Value> object(ondemand::object members, std::size_t depth);
    Result<Value> array(ondemand::array elements, std::size_t depth);
    Result<Value> number(std::string_view token);
    Status count_entry();

    Arena& arena_;
    const Limits& limits_;
    std::size_t entries_ = 0;
};

Error malformed(simdjson::error_code code) {
    if (code == simdjson::DEPTH_ERROR) {
        return {Error::Kind::LimitExceeded, "cannot read JSON: nested too deep for the parser"};
    }
    return {
        Error::Kind::InvalidInput,
        std::string("cannot read JSON: ") + simdjson::error_message(code)};
}

/// Cuts the token that on-demand hands over (it may have trailing spaces) to the number itself.
std::string_view trim(std::string_view token) {
    const std::size_t end = token.find_last_not_of(" \t\r\n");
    return end == std::string_view::npos ? std::string_view() : token.substr(0, end + 1);
}

/// RFC 8259's grammar of a number, which is narrower than Decimal::parse.
bool json_number(std::string_view token) {
    std::size_t at = token.starts_with('-') ? 1 : 0;
    const auto digits = [&] {
        const std::size_t start = at;
        while (at < token.size() && token[at] >= '0' && token[at] <= '9') {
            ++at;
        }
        return at > start;
    };
    const bool zero_first = at < token.size() && token[at] == '0';
    const std::size_t start = at;
    if (!digits() || (zero_first && at > start + 1)) {
        return false;
    }
    if (at < token.size() && token[at] == '.') {
        ++at;
        if (!digits()) {
            return false;
        }
    }
    if (at < token.size() && (token[at] == 'e' || token[at] == 'E')) {
        ++at;
        at += at < token.size() && (token[at] == '+' || token[at] == '-') ? 1 : 0;
        if (!digits()) {
            return false;
        }
    }
    return at == token.size();
}

std::optional<std::string_view> repeated_key(std::span<const Entry> entries) {
    if (entries.size() <= kFewKeys) {
        for (std::size_t i = 0; i < entries.size(); ++i) {
            for (std::size_t j = 0; j < i; ++j) {
                if (entries[i].key == entries[j].key) {
                    return entries[i].key;
                }
            }
        }
        return std::nullopt;
    }
    std::unordered_set<std::string_view> seen;
    for (const Entry& entry : entries) {
        if (!seen.insert(entry.key).second) {
            return entry.key;
        }
    }
    return std::nullopt;
}

Status Reader::count_entry() {
    if (++entries_ > limits_.entries_max) {
        return Error{
            Error::Kind::LimitExceeded,
            "cannot read JSON: more than " + std::to_string(limits_.entries_max) +
                " members and items"};
    }
    return Done{};
}

Result<Value> Reader::number(std::string_view token) {
    token = trim(token);
    if (!json_number(token)) {
        return Error{
            Error::Kind::InvalidInput,
            "cannot read JSON: \"" + std::string(token.substr(0, 40)) + "\" is no number"};
    }
    const std::optional<Decimal> parsed = Decimal::parse(token);
    if (!parsed) {
        return Error{
            Error::Kind::InvalidInput,
            "cannot read JSON: number out of range: " + std::string(token.substr(0, 40))};
    }
    return Value::number(*parsed, arena_);
}

Result<Value> Reader::value(ondemand::value element, std::size_t depth) {
    ondemand::json_type type{};
    if (const auto error = element.type().get(type)) {
        return malformed(error);
    }
    switch (type) {
    case ondemand::json_type::object: {
        ondemand::object members;
        if (const auto error = element.get_object().get(members)) {
            return malformed(error);
        }
        return object(members, depth + 1);
    }
    case ondemand::json_type::array: {
        ondemand::array elements;
        if (const auto error = element.get_array().get(elements)) {
            return malformed(error);
        }
        return array(elements, depth + 1);
    }
    case ondemand::json_type::string: {
        std::string_view text;
        if (const auto error = element.get_string().get(text)) {
            return malformed(error);
        }
        return Value::string(arena_.copy(text));
    }
    case ondemand::json_type::number:
        return number(element.raw_json_token());
    case ondemand::json_type::boolean: {
        bool truth = false;
        if (const auto error = element.get_bool().get(truth)) {
            return malformed(error);
        }
        return Value::boolean(truth);
    }
    case ondemand::json_type::null:
        break;
    }
    bool null = false;
    if (const auto error = simdjson::simdjson_result<bool>(element.is_null()).get(null)) {
        return malformed(error);
    }
    return null ? Result<Value>(Value()) : malformed(simdjson::N_ATOM_ERROR);
}

Result<Value> Reader::object(ondemand::object members, std::size_t depth) {
    if (depth > limits_.depth_max) {
        return Error{
            Error::Kind::LimitExceeded,
            "cannot read JSON: nested deeper than " + std::to_string(limits_.depth_max)};
    }
    std::vector<Entry> entries;
    for (auto member : members) {
        ondemand::field field;
        std::string_view key;
        auto error = std::move(member).get(field);
        error = error != simdjson::SUCCESS ? error : field.unescaped_key().get(key);
        if (error != simdjson::SUCCESS) {
            return malformed(error);
        }
        key = arena_.copy(key);
        if (Status counted = count_entry(); !counted) {
            return counted.error();
        }
        Result<Value> read = value(field.value(), depth);
        if (!read) {
            return read;
        }
        entries.push_back({key, read.value()});
    }
    if (const auto key = repeated_key(entries)) {
        return Error{
            Error::Kind::InvalidInput,
            "cannot read JSON: key \"" + std::string(*key) + "\" occurs twice in one object"};
    }
    const std::span<Entry> stored = arena_.array<Entry>(entries.size());
    std::copy(entries.begin(), entries.end(), stored.begin());
    return Value::context(stored);
}

Result<Value> Reader::array(ondemand::array elements, std::size_t depth) {
    if (depth > limits_.depth_max) {
        return Error{
            Error::Kind::LimitExceeded,
            "cannot read JSON: nested deeper than " + std::to_string(limits_.depth_max)};
    }
    std::vector<Value> items;
    for (auto element : elements) {
        ondemand::value item;
        if (const auto error = std::move(element).get(item)) {
            return malformed(error);
        }
        if (Status counted = count_entry(); !counted) {
            return counted.error();
        }
        Result<Value> read = value(item, depth);
        if (!read) {
            return read;
        }
        items.push_back(read.value());
    }
    const std::span<Value> stored = arena_.array<Value>(items.size());
    std::copy(items.begin(), items.end(), stored.begin());
    return Value::list(stored);
}

Result<Value> Reader::read(std::string_view text) {
    static thread_local ondemand::parser parser;
    // On-demand cannot tell where a bare scalar ends, so the text is read as the one item of an
    // array.
    const simdjson::padded_string padded("[" + std::string(text) + "]");
    ondemand::document document;
    if (const auto error = parser.iterate(padded).get(document)) {
        return malformed(error);
    }
    ondemand::array wrapper;
    if (const auto error = document.get_array().get(wrapper)) {
        return malformed(error);
    }
    Result<Value> read = array(wrapper, 0);
    const char* unread = nullptr;
    if (read && document.current_location().get(unread) == simdjson::SUCCESS) {
        return malformed(simdjson::TAPE_ERROR);
    }
    if (!read) {
        return read;
    }
    const std::span<const Value> items = read.value().as_list();
    if (items.size() != 1) {
        return Error{
            Error::Kind::InvalidInput,
            items.empty() ? "cannot read JSON: the text is empty"
                          : "cannot read JSON: more text after the first value"};
    }
    return items.front();
}

void write_scalar(const Value& value, std::string& out) {
    switch (value.kind()) {
    case Value::Kind::Boolean:
        out += value.as_boolean() ? "true" : "false";
        return;
    case Value::Kind::Number:
        out += value.as_number().to_string();
        return;
    case Value::Kind::String:
        write_string(value.as_string(), out);
        return;
    case Value::Kind::Date:
        write_string(to_string(value.as_date()), out);
        return;
    case Value::Kind::Time:
        write_string(to_string(value.as_time()), out);
        return;
    case Value::Kind::DateTime:
        write_string(to_string(value.as_date_time()), out);
        return;
    case Value::Kind::YearsMonthsDuration:
        write_string(to_string(value.as_years_months()), out);
        return;
    case Value::Kind::DaysTimeDuration:
        write_string(to_string(value.as_days_time()), out);
        return;
    default:
        out += "null";
        return;
    }
}

/// Writes lists and contexts; `indent` is the current depth, or negative for one line.
class Writer {
public:
    Writer(std::string& out, bool pretty) : out_(out), pretty_(pretty) {}

    void value(const Value& value) {
        if (value.is(Value::Kind::List)) {
            sequence('[', ']', value.as_list(), [this](const Value& item) { this->value(item); });
        } else if (value.is(Value::Kind::Context)) {
            sequence('{', '}', value.as_context(), [this](const Entry& entry) {
                write_string(entry.key, out_);
                out_ += pretty_ ? ": " : ":";
                this->value(entry.value);
            });
        } else {
            write_scalar(value, out_);
        }
    }

private:
    template <typename Items, typename Write>
    void sequence(char open, char close, const Items& items, Write write) {
        out_ += open;
        ++depth_;
        bool first = true;
        for (const auto& item : items) {
            out_ += first ? "" : ",";
            first = false;
            line_break();
            write(item);
        }
        --depth_;
        if (!first) {
            line_break();
        }
        out_ += close;
    }

    void line_break() {
        if (pretty_) {
            out_ += '\n';
            out_.append(2 * depth_, ' ');
        }
    }

    std::string& out_;
    bool pretty_;
    std::size_t depth_ = 0;
};

/// The length of the UTF-8 sequence at the front of `text`, or 0 if it is none (RFC 3629, section
/// 4).
std::size_t sequence_length(std::string_view text) {
    const auto byte = [&](std::size_t i) {
        return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
    };
    const auto tail = [&](std::size_t i) { return (byte(i) & 0xc0U) == 0x80U; };
    const unsigned first = byte(0);
    if (first < 0x80) {
        return 1;
    }
    if (first >= 0xc2 && first < 0xe0) {
        return tail(1) ? 2 : 0;
    }
    if (first >= 0xe0 && first < 0xf0) {
        const bool overlong_or_surrogate =
            (first == 0xe0 && byte(1) < 0xa0) || (first == 0xed && byte(1) > 0x9f);
        return tail(1) && tail(2) && !overlong_or_surrogate ? 3 : 0;
    }
    if (first >= 0xf0 && first < 0xf5) {
        const bool overlong_or_beyond =
            (first == 0xf0 && byte(1) < 0x90) || (first == 0xf4 && byte(1) > 0x8f);
        return tail(1) && tail(2) && tail(3) && !overlong_or_beyond ? 4 : 0;
    }
    return 0;
}

void write_escaped(unsigned char byte, std::string& out) {
    static constexpr std::string_view kHex = "0123456789abcdef";
    switch (byte) {
    case '"':
        out += "\\\"";
        return;
    case '\\':
        out += "\\\\";
        return;
    case '\n':
        out += "\\n";
        return;
    case '\r':
        out += "\\r";
        return;
    case '\t':
        out += "\\t";
        return;
    default:
        out += "\\u00";
        out += kHex[byte >> 4U];
        out += kHex[byte & 0xfU];
    }
}

}  // namespace

Result<Value> parse(std::string_view text, Arena& arena, const Limits& limits) {
    return Reader(arena, limits).read(text);
}

void write(const Value& value, std::string& out) {
    Writer(out, false).value(value);
}

std::string to_json(const Value& value) {
    std::string out;
    write(value, out);
    return out;
}

std::string to_pretty_json(const Value& value) {
    std::string out;
    Writer(out, true).value(value);
    return out;
}

void write_string(std::string_view text, std::string& out) {
    out += '"';
    while (!text.empty()) {
        const auto byte = static_cast<unsigned char>(text.front());
        if (byte < 0x20 || byte == '"' || byte == '\\') {
            write_escaped(byte, out);
            text.remove_prefix(1);
            continue;
        }
        const std::size_t length = sequence_length(text);
        out += length == 0 ? std::string_view("\xef\xbf\xbd") : text.substr(0, length);
        text.remove_prefix(length == 0 ? 1 : length);
    }
    out += '"';
}

}  // namespace attune::json
