#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"
#include "customer/calendar.h"
#include "program/data.h"
#include "program/yaml_tree.h"

// How single values of a workspace file are written. Checking and reading share these, so a value
// that has been found right is read as what it was found to be.

namespace attune::program {

[[nodiscard]] std::optional<bool> parse_boolean(std::string_view text);
[[nodiscard]] std::optional<std::int64_t> parse_integer(std::string_view text);
[[nodiscard]] std::optional<double> parse_number(std::string_view text);
/// "5%" or "0.05": a share between 0 and 1.
[[nodiscard]] std::optional<double> parse_share(std::string_view text);
/// RFC 3339, or a day, which stands for its first moment in UTC.
[[nodiscard]] std::optional<Timestamp> parse_moment(std::string_view text);
/// "22:30" in minutes of the day.
[[nodiscard]] std::optional<std::uint16_t> parse_time_of_day(std::string_view text);
/// "today", "this week", "day", "week"…; None for anything else.
[[nodiscard]] customer::Calendar parse_calendar(std::string_view text);
/// "parallel up to 4": 4.
[[nodiscard]] std::optional<std::uint32_t> parse_parallel(std::string_view text);

/// A JSON number (RFC 8259): what an unquoted scalar must look like to be one.
[[nodiscard]] bool looks_like_number(std::string_view text);

[[nodiscard]] Data to_data(const yaml::Node& node);

}  // namespace attune::program
