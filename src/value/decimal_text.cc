#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <string>

#include "base/assert.h"
#include "value/decimal_parts.h"

namespace attune {

namespace {

using detail::from_bid;
using detail::kHalfEven;
using detail::Parts;
using detail::parts_of;
using detail::small_exponent;
using detail::strip_zeros;
using detail::UnsignedWide;

/// The digits of `text` without the point, and where the point was; nothing if it is no number.
struct Digits {
    std::string digits;
    std::int64_t exponent = 0;
    bool negative = false;
};

std::optional<std::int64_t> parse_exponent(std::string_view text) {
    if (!text.empty() && text.front() == '+') {
        text.remove_prefix(1);
    }
    std::int64_t exponent = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), exponent);
    if (error != std::errc() || end != text.data() + text.size() ||
        std::abs(exponent) > 1'000'000'000) {
        return std::nullopt;
    }
    return exponent;
}

std::optional<Digits> scan(std::string_view text) {
    Digits scanned;
    std::size_t at = 0;
    if (!text.empty() && (text[0] == '-' || text[0] == '+')) {
        scanned.negative = text[0] == '-';
        at = 1;
    }
    bool point = false;
    for (; at < text.size(); ++at) {
        if (text[at] == '.' && !point) {
            point = true;
        } else if (text[at] >= '0' && text[at] <= '9') {
            scanned.digits.push_back(text[at]);
            scanned.exponent -= point ? 1 : 0;
        } else {
            break;
        }
    }
    if (scanned.digits.empty() || text[at - 1] == '.') {
        return std::nullopt;
    }
    if (at < text.size()) {
        const bool exponent_sign = text[at] == 'e' || text[at] == 'E';
        const auto exponent = exponent_sign ? parse_exponent(text.substr(at + 1)) : std::nullopt;
        if (!exponent) {
            return std::nullopt;
        }
        scanned.exponent += *exponent;
    }
    return scanned;
}

}  // namespace

std::optional<Decimal> Decimal::parse(std::string_view text) {
    std::optional<Digits> scanned = scan(text);
    if (!scanned) {
        return std::nullopt;
    }
    if (scanned->digits.size() <= 18 &&
        small_exponent(static_cast<int>(std::clamp<std::int64_t>(scanned->exponent, -99, 99)))) {
        std::int64_t coefficient = 0;
        for (const char digit : scanned->digits) {
            coefficient = coefficient * 10 + (digit - '0');
        }
        return Decimal(
            scanned->negative ? -coefficient : coefficient, static_cast<int>(scanned->exponent)
        );
    }
    // The library rounds half to even and knows the range.
    std::string normal =
        (scanned->negative ? "-" : "") + scanned->digits + "E" + std::to_string(scanned->exponent);
    _IDEC_flags flags = 0;
    return from_bid(bid128_from_string(normal.data(), kHalfEven, &flags));
}

std::optional<Decimal> Decimal::from_double(double number) {
    if (!std::isfinite(number)) {
        return std::nullopt;
    }
    std::array<char, 64> text{};
    const auto [end, error] = std::to_chars(text.data(), text.data() + text.size(), number);
    ATTUNE_ASSERT(error == std::errc());
    return parse({text.data(), static_cast<std::size_t>(end - text.data())});
}
double Decimal::to_double() const {
    const std::string text = to_string();
    return std::strtod(text.c_str(), nullptr);
}

std::string Decimal::to_string() const {
    Parts parts = parts_of(*this);
    if (parts.coefficient == 0) {
        return "0";
    }
    strip_zeros(parts);
    std::string digits;
    for (UnsignedWide rest = parts.coefficient; rest != 0; rest /= 10) {
        digits.push_back(static_cast<char>('0' + static_cast<int>(rest % 10)));
    }
    std::reverse(digits.begin(), digits.end());
    const auto count = static_cast<int>(digits.size());
    const int point = count + parts.exponent;  // Digits before the point.
    if (parts.exponent >= 0 && point <= 40) {
        digits.append(static_cast<std::size_t>(parts.exponent), '0');
    } else if (parts.exponent < 0 && point > 0) {
        digits.insert(static_cast<std::size_t>(point), ".");
    } else if (parts.exponent < 0 && point > -6) {
        digits.insert(0, "0." + std::string(static_cast<std::size_t>(-point), '0'));
    } else {
        if (count > 1) {
            digits.insert(1, ".");
        }
        digits += (point > 0 ? "E+" : "E") + std::to_string(point - 1);
    }
    return parts.negative ? "-" + digits : digits;
}

}  // namespace attune
