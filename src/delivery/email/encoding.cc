#include "delivery/email/encoding.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>

namespace attune::delivery {

namespace {

constexpr std::string_view kHexDigits = "0123456789ABCDEF";
constexpr std::string_view kBase64Digits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Bytes of text in one encoded word: 45 become 60 in base64, and 72 with the frame, below the 75
/// that RFC 2047 allows.
constexpr std::size_t kWordBytesMax = 45;
constexpr std::size_t kQuotedLineMax = 76;

bool is_continuation(char byte) {
    return (static_cast<unsigned char>(byte) & 0xc0U) == 0x80U;
}

std::string base64(std::string_view bytes) {
    std::string text;
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        std::uint32_t group = 0;
        for (std::size_t j = 0; j < 3; ++j) {
            group = group << 8U |
                    (i + j < bytes.size() ? static_cast<unsigned char>(bytes[i + j]) : 0U);
        }
        for (unsigned j = 0; j < 4; ++j) {
            text += i + j <= bytes.size() ? kBase64Digits[group >> (18 - 6 * j) & 0x3fU] : '=';
        }
    }
    return text;
}

std::string without_controls(std::string_view text) {
    std::string clean(text);
    std::replace_if(
        clean.begin(),
        clean.end(),
        [](char byte) { return static_cast<unsigned char>(byte) < 0x20 || byte == 0x7f; },
        ' '
    );
    return clean;
}

std::string encoded_words(std::string_view text) {
    std::string words;
    while (!text.empty()) {
        std::size_t length = std::min(text.size(), kWordBytesMax);
        // A word holds whole characters; a character has at most three continuation bytes.
        for (int i = 0;
             i < 3 && length < text.size() && length > 1 && is_continuation(text[length]);
             ++i) {
            --length;
        }
        words += words.empty() ? "=?UTF-8?B?" : "\r\n =?UTF-8?B?";
        words += base64(text.substr(0, length));
        words += "?=";
        text.remove_prefix(length);
    }
    return words;
}

void append_hex(std::string& out, char byte) {
    const auto value = static_cast<unsigned char>(byte);
    out += '=';
    out += kHexDigits[value >> 4U];
    out += kHexDigits[value & 0xfU];
}

/// One line of text, without its end, as lines of quoted-printable.
void append_quoted_line(std::string& out, std::string_view line) {
    std::size_t column = 0;
    for (std::size_t i = 0; i < line.size(); ++i) {
        const char byte = line[i];
        const bool last = i + 1 == line.size();
        const bool blank = byte == ' ' || byte == '\t';
        const bool plain = byte > 0x20 && byte < 0x7f && byte != '=';
        const bool delicate = column == 0 && (byte == '.' || byte == '-');
        const bool literal = (plain && !delicate) || (blank && !last);
        const std::size_t width = literal ? 1 : 3;
        if (column + width > kQuotedLineMax - 1) {
            out += "=\r\n";
            column = 0;
            // At the start of the new line the same byte may be delicate: look at it again.
            --i;
            continue;
        }
        if (literal) {
            out += byte;
        } else {
            append_hex(out, byte);
        }
        column += width;
    }
}

}  // namespace

std::string mail_date(Timestamp at) {
    using std::chrono::days;
    using std::chrono::sys_days;
    static constexpr std::array<const char*, 7> kDays{
        "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static constexpr std::array<const char*, 12> kMonths{
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const std::chrono::sys_seconds moment(std::chrono::floor<std::chrono::seconds>(Duration(at.ms())
    ));
    const auto day = std::chrono::floor<days>(moment);
    const std::chrono::year_month_day date{sys_days(day)};
    const std::chrono::hh_mm_ss time(moment - day);
    std::array<char, 64> text{};
    std::snprintf(
        text.data(),
        text.size(),
        "%s, %02u %s %04d %02d:%02d:%02d +0000",
        kDays[std::chrono::weekday(sys_days(day)).c_encoding()],
        static_cast<unsigned>(date.day()),
        kMonths[static_cast<unsigned>(date.month()) - 1],
        static_cast<int>(date.year()),
        static_cast<int>(time.hours().count()),
        static_cast<int>(time.minutes().count()),
        static_cast<int>(time.seconds().count())
    );
    return text.data();
}

std::string header_text(std::string_view text, std::size_t plain_max) {
    const std::string clean = without_controls(text);
    const bool ascii = std::all_of(clean.begin(), clean.end(), [](char byte) {
        return static_cast<unsigned char>(byte) < 0x80;
    });
    const bool plain = ascii && clean.size() <= plain_max && clean.find("=?") == std::string::npos;
    return plain ? clean : encoded_words(clean);
}

std::string quoted_printable(std::string_view text) {
    std::string out;
    out.reserve(text.size() + text.size() / 16 + 2);
    for (std::size_t start = 0; start < text.size();) {
        const std::size_t end = std::min(text.find('\n', start), text.size());
        std::string_view line = text.substr(start, end - start);
        if (!line.empty() && line.back() == '\r') {
            line.remove_suffix(1);
        }
        append_quoted_line(out, line);
        out += "\r\n";
        start = end + 1;
    }
    return out;
}

}  // namespace attune::delivery
