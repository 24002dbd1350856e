#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace attune {

/// A span of time in milliseconds; may be negative.
using Duration = std::chrono::duration<std::int64_t, std::milli>;

/// A moment in UTC, in milliseconds since 1970-01-01. Whether it is an event's own time or the time
/// at which a batch was taken is said by the name of the variable, not by the type: the fold
/// compares both.
class Timestamp {
public:
    constexpr Timestamp() = default;
    constexpr explicit Timestamp(std::int64_t ms) : ms_(ms) {}

    [[nodiscard]] constexpr std::int64_t ms() const { return ms_; }

    friend constexpr auto operator<=>(Timestamp, Timestamp) = default;
    friend constexpr bool operator==(Timestamp, Timestamp) = default;
    friend constexpr Timestamp operator+(Timestamp at, Duration by) {
        return Timestamp(at.ms_ + by.count());
    }
    friend constexpr Timestamp operator-(Timestamp at, Duration by) {
        return Timestamp(at.ms_ - by.count());
    }
    friend constexpr Duration operator-(Timestamp to, Timestamp from) {
        return Duration(to.ms_ - from.ms_);
    }

private:
    std::int64_t ms_ = 0;
};

/// The last moment that an event may carry, 9999-12-31T23:59:59.999Z: the end of RFC 3339's
/// four-digit years.
constexpr Timestamp kTimestampMax{253'402'300'799'999};

/// Reads an RFC 3339 timestamp ("2026-03-01T12:00:00.123+01:00"); fractions beyond milliseconds are
/// cut off. Returns nothing for any other text, a day that does not exist, or a year outside 0000
/// to 9999.
[[nodiscard]] std::optional<Timestamp> parse_timestamp(std::string_view text);

/// Writes RFC 3339 in UTC with milliseconds: "2026-03-01T11:00:00.123Z".
[[nodiscard]] std::string to_string(Timestamp at);

/// Reads a workspace's time span: a positive whole number and one of `ms s m h d w` ("30m", "90d").
[[nodiscard]] std::optional<Duration> parse_duration(std::string_view text);

/// Writes a span in the largest unit that divides it: "30m", "1d".
[[nodiscard]] std::string to_string(Duration span);

}  // namespace attune
