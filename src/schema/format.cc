#include "schema/format.h"

#include <algorithm>
#include <array>

#include "base/time.h"
#include "schema/pattern.h"

namespace attune::schema {

namespace {

constexpr std::array<std::string_view, 13> kNames{
    "date",
    "time",
    "date-time",
    "duration",
    "email",
    "hostname",
    "ipv4",
    "ipv6",
    "uri",
    "uri-reference",
    "uuid",
    "json-pointer",
    "regex"};

bool digit(char letter) {
    return letter >= '0' && letter <= '9';
}
bool alpha(char letter) {
    return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z');
}
bool hex(char letter) {
    return digit(letter) || (letter >= 'a' && letter <= 'f') || (letter >= 'A' && letter <= 'F');
}

bool all(std::string_view text, bool (*fits)(char)) {
    return std::all_of(text.begin(), text.end(), fits);
}

bool is_date(std::string_view text) {
    return text.size() == 10 && parse_timestamp(std::string(text) + "T00:00:00Z").has_value();
}

bool is_time(std::string_view text) {
    return parse_timestamp("2000-01-01T" + std::string(text)).has_value();
}

/// Takes "12D3H" apart: true if every number has one of `units`, each later in `units` than the one
/// before.
bool is_amounts(std::string_view text, std::string_view units) {
    while (!text.empty()) {
        const std::size_t end = static_cast<std::size_t>(
            std::find_if_not(text.begin(), text.end(), digit) - text.begin()
        );
        const std::size_t unit =
            end == 0 || end == text.size() ? std::string_view::npos : units.find(text[end]);
        if (unit == std::string_view::npos) {
            return false;
        }
        units.remove_prefix(unit + 1);
        text.remove_prefix(end + 1);
    }
    return true;
}

/// RFC 3339, appendix A: P1Y2M3DT4H5M6S or P7W.
bool is_duration(std::string_view text) {
    if (text.size() < 3 || text.front() != 'P') {
        return false;
    }
    text.remove_prefix(1);
    const std::size_t split = text.find('T');
    const std::string_view date = text.substr(0, split);
    if (split == std::string_view::npos) {
        return is_amounts(date, "YMD") || is_amounts(date, "W");
    }
    const std::string_view time = text.substr(split + 1);
    return !time.empty() && is_amounts(date, "YMD") && is_amounts(time, "HMS");
}

bool is_label(std::string_view label) {
    return !label.empty() && label.size() <= 63 && label.front() != '-' && label.back() != '-' &&
           all(label, [](char letter) { return digit(letter) || alpha(letter) || letter == '-'; });
}

/// RFC 1123.
bool is_hostname(std::string_view text) {
    if (text.empty() || text.size() > 253) {
        return false;
    }
    while (true) {
        const std::size_t dot = text.find('.');
        if (!is_label(text.substr(0, dot))) {
            return false;
        }
        if (dot == std::string_view::npos) {
            return true;
        }
        text.remove_prefix(dot + 1);
    }
}

bool is_ipv4(std::string_view text) {
    for (int part = 0; part < 4; ++part) {
        const std::size_t end = part == 3 ? text.size() : text.find('.');
        if (end == std::string_view::npos || end == 0 || end > 3 || (text[0] == '0' && end > 1) ||
            !all(text.substr(0, end), digit)) {
            return false;
        }
        int number = 0;
        for (const char letter : text.substr(0, end)) {
            number = number * 10 + (letter - '0');
        }
        if (number > 255) {
            return false;
        }
        text.remove_prefix(std::min(text.size(), end + 1));
    }
    return text.empty();
}

/// RFC 4291, 2.2.
bool is_ipv6(std::string_view text) {
    int groups = 0;
    bool gap = false;
    if (text.starts_with(':') && !text.starts_with("::")) {
        return false;
    }
    while (!text.empty()) {
        if (text.starts_with("::")) {
            if (gap) {
                return false;
            }
            gap = true;
            text.remove_prefix(2);
            continue;
        }
        const std::size_t end = std::min(text.find(':'), text.size());
        const std::string_view group = text.substr(0, end);
        if (group.find('.') != std::string_view::npos) {
            groups += 2;
            return is_ipv4(text) && (gap ? groups < 8 : groups == 8);
        }
        if (group.empty() || group.size() > 4 || !all(group, hex)) {
            return false;
        }
        ++groups;
        text.remove_prefix(end);
        if (text.size() == 1 || (text.starts_with(':') && !text.starts_with("::"))) {
            text.remove_prefix(1);
            if (text.empty()) {
                return false;
            }
        }
    }
    return gap ? groups < 8 : groups == 8;
}

/// The addr-spec of RFC 5321 without quoted local parts, which nobody has.
bool is_email(std::string_view text) {
    const std::size_t at = text.rfind('@');
    if (at == std::string_view::npos || at == 0 || at > 64) {
        return false;
    }
    const std::string_view local = text.substr(0, at);
    const auto atext = [](char letter) {
        constexpr std::string_view kMarks = "!#$%&'*+-/=?^_`{|}~.";
        return digit(letter) || alpha(letter) || kMarks.find(letter) != std::string_view::npos ||
               static_cast<unsigned char>(letter) >= 0x80;
    };
    const std::string_view domain = text.substr(at + 1);
    const bool address = domain.starts_with('[') && domain.ends_with(']');
    return all(local, atext) && local.front() != '.' && local.back() != '.' &&
           local.find("..") == std::string_view::npos &&
           (is_hostname(domain) || (address && is_ipv4(domain.substr(1, domain.size() - 2))));
}

/// RFC 3986: no spaces, no controls, none of the delimiters that it leaves out, and whole escapes.
bool is_uri_text(std::string_view text) {
    constexpr std::string_view kNever = "\"<>\\^`{|}";
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        if (byte <= ' ' || byte >= 0x7f || kNever.find(text[i]) != std::string_view::npos) {
            return false;
        }
        if (text[i] == '%' && (i + 2 >= text.size() || !hex(text[i + 1]) || !hex(text[i + 2]))) {
            return false;
        }
    }
    return true;
}

bool is_uri(std::string_view text) {
    const std::size_t colon = text.find(':');
    return colon != std::string_view::npos && colon > 0 && alpha(text.front()) &&
           all(text.substr(0, colon),
               [](char letter) {
                   return alpha(letter) || digit(letter) || letter == '+' || letter == '-' ||
                          letter == '.';
               }) &&
           is_uri_text(text);
}

bool is_uuid(std::string_view text) {
    if (text.size() != 36) {
        return false;
    }
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash ? text[i] != '-' : !hex(text[i])) {
            return false;
        }
    }
    return true;
}

/// RFC 6901.
bool is_json_pointer(std::string_view text) {
    if (!text.empty() && text.front() != '/') {
        return false;
    }
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '~' &&
            (i + 1 == text.size() || (text[i + 1] != '0' && text[i + 1] != '1'))) {
            return false;
        }
    }
    return true;
}

}  // namespace

std::optional<Format> parse_format(std::string_view name) {
    const auto found = std::find(kNames.begin(), kNames.end(), name);
    return found == kNames.end() ? std::nullopt
                                 : std::optional(static_cast<Format>(found - kNames.begin()));
}

std::string_view to_string(Format format) {
    return kNames[static_cast<std::size_t>(format)];
}

std::span<const std::string_view> format_names() {
    return kNames;
}

bool matches(Format format, std::string_view text) {
    switch (format) {
    case Format::Date:
        return is_date(text);
    case Format::Time:
        return is_time(text);
    case Format::DateTime:
        return parse_timestamp(text).has_value();
    case Format::Duration:
        return is_duration(text);
    case Format::Email:
        return is_email(text);
    case Format::Hostname:
        return is_hostname(text);
    case Format::Ipv4:
        return is_ipv4(text);
    case Format::Ipv6:
        return is_ipv6(text);
    case Format::Uri:
        return is_uri(text);
    case Format::UriReference:
        return is_uri_text(text);
    case Format::Uuid:
        return is_uuid(text);
    case Format::JsonPointer:
        return is_json_pointer(text);
    case Format::Regex:
        return Pattern::compile(text).ok();
    }
    return false;
}

}  // namespace attune::schema
