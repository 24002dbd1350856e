#include "feel/chars.h"

#include <algorithm>
#include <array>

namespace attune::feel {

namespace {

struct Span {
    char32_t first;
    char32_t last;
};

// DMN 1.5, 10.3.1.2, rule 28 (name start char).
constexpr std::array<Span, 15> kNameStart{
    {{'?', '?'},
     {'A', 'Z'},
     {'_', '_'},
     {'a', 'z'},
     {0xc0, 0xd6},
     {0xd8, 0xf6},
     {0xf8, 0x2ff},
     {0x370, 0x37d},
     {0x37f, 0x1fff},
     {0x200c, 0x200d},
     {0x2070, 0x218f},
     {0x2c00, 0x2fef},
     {0x3001, 0xd7ff},
     {0xf900, 0xfdcf},
     {0xfdf0, 0xfffd}}};

constexpr char32_t kReplacement = 0xfffd;

bool continuation(unsigned char byte) {
    return (byte & 0xc0U) == 0x80U;
}

/// How many bytes the sequence that starts with `lead` has; zero if none may start so.
std::size_t sequence_bytes(unsigned char lead) {
    if (lead < 0x80) {
        return 1;
    }
    if (lead >= 0xc2 && lead < 0xe0) {
        return 2;
    }
    if (lead >= 0xe0 && lead < 0xf0) {
        return 3;
    }
    return lead >= 0xf0 && lead < 0xf5 ? 4 : 0;
}

}  // namespace

CodePoint code_point_at(std::string_view text, std::size_t offset) {
    if (offset >= text.size()) {
        return {};
    }
    const auto lead = static_cast<unsigned char>(text[offset]);
    if (lead < 0x80) {
        return {lead, 1};
    }
    const std::size_t bytes = sequence_bytes(lead);
    if (bytes == 0 || offset + bytes > text.size()) {
        return {kReplacement, 1};
    }
    char32_t value = lead & (0x7fU >> bytes);
    for (std::size_t i = 1; i < bytes; ++i) {
        const auto byte = static_cast<unsigned char>(text[offset + i]);
        if (!continuation(byte)) {
            return {kReplacement, 1};
        }
        value = (value << 6U) | (byte & 0x3fU);
    }
    return {value, bytes};
}

void append_utf8(char32_t code_point, std::string& out) {
    const auto put = [&out](char32_t bits) { out.push_back(static_cast<char>(bits)); };
    if (code_point < 0x80) {
        put(code_point);
    } else if (code_point < 0x800) {
        put(0xc0U | (code_point >> 6U));
        put(0x80U | (code_point & 0x3fU));
    } else if (code_point < 0x10000) {
        put(0xe0U | (code_point >> 12U));
        put(0x80U | ((code_point >> 6U) & 0x3fU));
        put(0x80U | (code_point & 0x3fU));
    } else {
        put(0xf0U | (code_point >> 18U));
        put(0x80U | ((code_point >> 12U) & 0x3fU));
        put(0x80U | ((code_point >> 6U) & 0x3fU));
        put(0x80U | (code_point & 0x3fU));
    }
}

std::size_t code_point_count(std::string_view text) {
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char byte) {
        return !continuation(static_cast<unsigned char>(byte));
    }));
}

std::size_t code_point_offset(std::string_view text, std::size_t index) {
    std::size_t offset = 0;
    while (index > 0 && offset < text.size()) {
        ++offset;
        while (offset < text.size() && continuation(static_cast<unsigned char>(text[offset]))) {
            ++offset;
        }
        --index;
    }
    return offset;
}

bool name_start(char32_t code_point) {
    if (code_point < 0x80) {
        return (code_point >= 'a' && code_point <= 'z') ||
               (code_point >= 'A' && code_point <= 'Z') || code_point == '_' || code_point == '?';
    }
    if (code_point >= 0x10000) {
        return code_point <= 0xeffff;
    }
    // The standard's table has a space of the Mongolian script inside; white space wins.
    return !white_space(code_point) &&
           std::any_of(kNameStart.begin(), kNameStart.end(), [code_point](const Span& span) {
               return code_point >= span.first && code_point <= span.last;
           });
}

bool name_part(char32_t code_point) {
    return name_start(code_point) || (code_point >= '0' && code_point <= '9') ||
           code_point == 0xb7 || (code_point >= 0x300 && code_point <= 0x36f) ||
           (code_point >= 0x203f && code_point <= 0x2040);
}

bool white_space(char32_t code_point) {
    return (code_point >= 0x09 && code_point <= 0x0d) || code_point == 0x20 || code_point == 0x85 ||
           code_point == 0xa0 || code_point == 0x1680 || code_point == 0x180e ||
           (code_point >= 0x2000 && code_point <= 0x200b) || code_point == 0x2028 ||
           code_point == 0x2029 || code_point == 0x202f || code_point == 0x205f ||
           code_point == 0x3000 || code_point == 0xfeff;
}

bool name_symbol(char32_t code_point) {
    return code_point == '.' || code_point == '/' || code_point == '-' || code_point == '\'' ||
           code_point == '+' || code_point == '*' || code_point == 0x2019;
}

NamePart name_part_at(std::string_view text, std::size_t offset) {
    CodePoint at = code_point_at(text, offset);
    while (at.bytes != 0 && white_space(at.value)) {
        offset += at.bytes;
        at = code_point_at(text, offset);
    }
    if (at.bytes != 0 && name_symbol(at.value)) {
        const bool comment = at.value == '/' && offset + 1 < text.size() &&
                             (text[offset + 1] == '/' || text[offset + 1] == '*');
        return comment ? NamePart{offset, 0, false} : NamePart{offset, at.bytes, true};
    }
    std::size_t end = offset;
    while (at.bytes != 0 && name_part(at.value)) {
        end += at.bytes;
        at = code_point_at(text, end);
    }
    return {offset, end - offset, false};
}

std::size_t skip_space(std::string_view text, std::size_t offset) {
    while (offset < text.size()) {
        const CodePoint at = code_point_at(text, offset);
        if (white_space(at.value)) {
            offset += at.bytes;
        } else if (text.substr(offset, 2) == "//") {
            offset = std::min(text.find('\n', offset), text.size());
        } else if (text.substr(offset, 2) == "/*") {
            const std::size_t end = text.find("*/", offset + 2);
            offset = end == std::string_view::npos ? text.size() : end + 2;
        } else {
            break;
        }
    }
    return offset;
}

}  // namespace attune::feel
