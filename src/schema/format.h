#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace attune::schema {

/// The formats of JSON Schema 2020-12 that are checked.
enum class Format : std::uint8_t {
    Date,
    Time,
    DateTime,
    Duration,
    Email,
    Hostname,
    Ipv4,
    Ipv6,
    Uri,
    UriReference,
    Uuid,
    JsonPointer,
    Regex,
};

[[nodiscard]] std::optional<Format> parse_format(std::string_view name);
[[nodiscard]] std::string_view to_string(Format format);
/// Every name, for error texts and completion.
[[nodiscard]] std::span<const std::string_view> format_names();

[[nodiscard]] bool matches(Format format, std::string_view text);

}  // namespace attune::schema
