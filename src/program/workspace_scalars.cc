#include "program/workspace_scalars.h"

#include <charconv>

#include "value/decimal.h"

namespace attune::program {

namespace {

bool digit(char letter) {
    return letter >= '0' && letter <= '9';
}

/// The position behind the digits that begin at `at`.
std::size_t skip_digits(std::string_view text, std::size_t at) {
    while (at < text.size() && digit(text[at])) {
        ++at;
    }
    return at;
}

Data::Kind kind_of(const yaml::Node& node) {
    if (node.quoted) {
        return Data::Kind::String;
    }
    if (parse_boolean(node.text.text)) {
        return Data::Kind::Boolean;
    }
    return looks_like_number(node.text.text) && Decimal::parse(node.text.text) ? Data::Kind::Number
                                                                               : Data::Kind::String;
}

}  // namespace

std::optional<bool> parse_boolean(std::string_view text) {
    if (text == "true" || text == "false") {
        return text == "true";
    }
    return std::nullopt;
}

std::optional<std::int64_t> parse_integer(std::string_view text) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size()) {
        return std::nullopt;
    }
    return number;
}

std::optional<double> parse_number(std::string_view text) {
    const std::optional<Decimal> number =
        looks_like_number(text) ? Decimal::parse(text) : std::nullopt;
    return number ? std::optional(number->to_double()) : std::nullopt;
}

std::optional<double> parse_share(std::string_view text) {
    const bool percent = text.ends_with('%');
    if (percent) {
        text.remove_suffix(1);
    }
    const std::optional<double> number = parse_number(text);
    const double most = percent ? 100 : 1;
    if (!number || *number < 0 || *number > most) {
        return std::nullopt;
    }
    return *number / most;
}

std::optional<Timestamp> parse_moment(std::string_view text) {
    constexpr std::size_t kDayBytes = 10;
    if (text.size() == kDayBytes) {
        return parse_timestamp(std::string(text) + "T00:00:00Z");
    }
    return parse_timestamp(text);
}

std::optional<std::uint16_t> parse_time_of_day(std::string_view text) {
    if (text.size() != 5 || text[2] != ':' || skip_digits(text, 0) != 2 ||
        skip_digits(text, 3) != 5) {
        return std::nullopt;
    }
    const int hours = (text[0] - '0') * 10 + (text[1] - '0');
    const int minutes = (text[3] - '0') * 10 + (text[4] - '0');
    if (hours > 23 || minutes > 59) {
        return std::nullopt;
    }
    return static_cast<std::uint16_t>(hours * 60 + minutes);
}

customer::Calendar parse_calendar(std::string_view text) {
    using customer::Calendar;
    if (text == "today" || text == "day") {
        return Calendar::Day;
    }
    constexpr std::string_view kThis = "this ";
    text.remove_prefix(text.starts_with(kThis) ? kThis.size() : 0);
    return text == "week"    ? Calendar::Week
           : text == "month" ? Calendar::Month
           : text == "year"  ? Calendar::Year
                             : Calendar::None;
}

std::optional<std::uint32_t> parse_parallel(std::string_view text) {
    constexpr std::string_view kBegin = "parallel up to ";
    constexpr std::int64_t kParallelMax = 1'000;
    if (!text.starts_with(kBegin)) {
        return std::nullopt;
    }
    const std::optional<std::int64_t> count = parse_integer(text.substr(kBegin.size()));
    if (!count || *count < 1 || *count > kParallelMax) {
        return std::nullopt;
    }
    return static_cast<std::uint32_t>(*count);
}

bool looks_like_number(std::string_view text) {
    std::size_t at = text.starts_with('-') ? 1 : 0;
    const std::size_t whole = at;
    at = skip_digits(text, at);
    if (at == whole || (text[whole] == '0' && at > whole + 1)) {
        return false;
    }
    if (at < text.size() && text[at] == '.') {
        const std::size_t fraction = at + 1;
        at = skip_digits(text, fraction);
        if (at == fraction) {
            return false;
        }
    }
    if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
        ++at;
        at += at < text.size() && (text[at] == '-' || text[at] == '+') ? 1 : 0;
        const std::size_t exponent = at;
        at = skip_digits(text, exponent);
        if (at == exponent) {
            return false;
        }
    }
    return at == text.size();
}

Data to_data(const yaml::Node& node) {
    Data data;
    data.text = node.text;
    switch (node.kind) {
    case yaml::Node::Kind::Null:
        break;
    case yaml::Node::Kind::Scalar:
        data.kind = kind_of(node);
        break;
    case yaml::Node::Kind::List:
        data.kind = Data::Kind::List;
        for (const yaml::Node* item : node.items) {
            data.items.push_back(to_data(*item));
        }
        break;
    case yaml::Node::Kind::Map:
        data.kind = Data::Kind::Map;
        for (const auto& [name, item] : node.entries) {
            data.entries.push_back({name, to_data(*item)});
        }
        break;
    }
    return data;
}

}  // namespace attune::program
