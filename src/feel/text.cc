#include "feel/text.h"

#include <array>
#include <cstdio>

#include "feel/function.h"
#include "value/temporal_text.h"

namespace attune::feel {

namespace {

constexpr std::size_t kUnbounded = static_cast<std::size_t>(-1);

void append_escaped(std::string_view text, std::string& out) {
    for (const char byte : text) {
        switch (byte) {
        case '"':
            out += "\\\"";
            break;
        case '\\':
            out += "\\\\";
            break;
        case '\n':
            out += "\\n";
            break;
        case '\r':
            out += "\\r";
            break;
        case '\t':
            out += "\\t";
            break;
        default:
            if (static_cast<unsigned char>(byte) < 0x20) {
                std::array<char, 8> code{};
                std::snprintf(code.data(), code.size(), "\\u%04X", static_cast<unsigned>(byte));
                out += code.data();
            } else {
                out.push_back(byte);
            }
        }
    }
}

std::string temporal_text(const Value& value) {
    switch (value.kind()) {
    case Value::Kind::Date:
        return to_string(value.as_date());
    case Value::Kind::Time:
        return to_string(value.as_time());
    case Value::Kind::DateTime:
        return to_string(value.as_date_time());
    case Value::Kind::YearsMonthsDuration:
        return to_string(value.as_years_months());
    case Value::Kind::DaysTimeDuration:
        return to_string(value.as_days_time());
    default:
        return {};
    }
}

/// Inside lists, contexts and ranges, string() quotes text, and a literal marks temporal values.
void append(const Value& value, bool literal, std::string& out, std::size_t bytes_max = kUnbounded);

void append_range(const RangeValue& range, bool literal, std::string& out, std::size_t bytes_max) {
    if (range.start_undefined || range.end_undefined) {
        const bool single = range.start_undefined && range.end_undefined;
        const bool upper = range.start_undefined;
        const bool included = upper ? range.end_included : range.start_included;
        out += single ? "(" : (upper ? "(<" : "(>");
        out += included ? "=" : (single ? "!=" : "");
        append(upper ? range.end : range.start, literal, out, bytes_max);
        out += ")";
        return;
    }
    out += range.start_included ? "[" : "(";
    append(range.start, literal, out, bytes_max);
    out += "..";
    append(range.end, literal, out, bytes_max);
    out += range.end_included ? "]" : ")";
}

bool plain_key(std::string_view key) {
    if (key.empty() || (key.front() >= '0' && key.front() <= '9')) {
        return false;
    }
    for (const char byte : key) {
        const bool plain = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
                           (byte >= '0' && byte <= '9') || byte == '_' || byte == ' ';
        if (!plain) {
            return false;
        }
    }
    return key.front() != ' ' && key.back() != ' ' && key.find("  ") == std::string_view::npos;
}

void append_context(const Value& value, bool literal, std::string& out, std::size_t bytes_max) {
    out += "{";
    std::string_view separator;
    for (const Entry& entry : value.as_context()) {
        out += separator;
        out += plain_key(entry.key) ? std::string(entry.key) : quoted(entry.key);
        out += ": ";
        append(entry.value, literal, out, bytes_max);
        separator = ", ";
        if (out.size() > bytes_max) {
            break;
        }
    }
    out += "}";
}

void append_list(const Value& value, bool literal, std::string& out, std::size_t bytes_max) {
    out += "[";
    std::string_view separator;
    for (const Value& item : value.as_list()) {
        out += separator;
        append(item, literal, out, bytes_max);
        separator = ", ";
        if (out.size() > bytes_max) {
            break;
        }
    }
    out += "]";
}

void append_function(const Function& function, std::string& out) {
    out += "function(";
    std::string_view separator;
    for (const Parameter& parameter : function.signature().parameters) {
        out += separator;
        out += parameter.name;
        separator = ", ";
    }
    out += ")";
}

void append(const Value& value, bool literal, std::string& out, std::size_t bytes_max) {
    switch (value.kind()) {
    case Value::Kind::Null:
        out += "null";
        break;
    case Value::Kind::Boolean:
        out += value.as_boolean() ? "true" : "false";
        break;
    case Value::Kind::Number:
        out += value.as_number().to_string();
        break;
    case Value::Kind::String:
        out += quoted(value.as_string().substr(0, bytes_max));
        break;
    case Value::Kind::List:
        append_list(value, literal, out, bytes_max);
        break;
    case Value::Kind::Context:
        append_context(value, literal, out, bytes_max);
        break;
    case Value::Kind::Range:
        append_range(value.as_range(), literal, out, bytes_max);
        break;
    case Value::Kind::Function:
        append_function(value.as_function(), out);
        break;
    default:
        out += literal ? "@" + quoted(temporal_text(value)) : temporal_text(value);
    }
}

/// Counts down from `items_left`; false when there are none left.
bool count_items(const Value& value, std::uint64_t& items_left) {
    const bool list = value.is(Value::Kind::List);
    const std::size_t size = list
                                 ? value.as_list().size()
                                 : (value.is(Value::Kind::Context) ? value.as_context().size() : 0);
    for (std::size_t at = 0; at < size; ++at) {
        if (items_left == 0) {
            return false;
        }
        --items_left;
        if (!count_items(list ? value.as_list()[at] : value.as_context()[at].value, items_left)) {
            return false;
        }
    }
    return true;
}

}  // namespace

bool larger_than(const Value& value, std::uint64_t items_max) {
    return !count_items(value, items_max);
}

std::string quoted(std::string_view text) {
    std::string out = "\"";
    append_escaped(text, out);
    out += '"';
    return out;
}

std::string to_feel_string(const Value& value) {
    return to_feel_string(value, kUnbounded);
}

std::string to_feel_string(const Value& value, std::size_t bytes_max) {
    if (value.is(Value::Kind::String)) {
        return std::string(value.as_string());
    }
    std::string out;
    append(value, false, out, bytes_max);
    return out;
}

std::string to_literal(const Value& value) {
    std::string out;
    append(value, true, out);
    return out;
}

std::string to_short_literal(const Value& value, std::size_t bytes_max) {
    std::string out;
    append(value, true, out, bytes_max);
    if (out.size() > bytes_max) {
        std::size_t end = bytes_max;
        while (end > 0 && (static_cast<unsigned char>(out[end]) & 0xc0U) == 0x80U) {
            --end;
        }
        out.resize(end);
        out += "…";
    }
    return out;
}

}  // namespace attune::feel
