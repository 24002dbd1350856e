#include "feel/regex_class.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include <unicode/uchar.h>
#include <unicode/uniset.h>

namespace attune::feel {

namespace {

constexpr std::array<std::string_view, 36> kCategories{
    "L",  "Lu", "Ll", "Lt", "Lm", "Lo", "M",  "Mn", "Mc", "Me", "N",  "Nd",
    "Nl", "No", "P",  "Pc", "Pd", "Ps", "Pe", "Pi", "Pf", "Po", "Z",  "Zs",
    "Zl", "Zp", "S",  "Sm", "Sc", "Sk", "So", "C",  "Cc", "Cf", "Co", "Cn"};

// XML 1.0, fifth edition: NameStartChar and NameChar.
constexpr std::string_view kNameStart =
    R"(:A-Z_a-z\x{C0}-\x{D6}\x{D8}-\x{F6}\x{F8}-\x{2FF}\x{370}-\x{37D}\x{37F}-\x{1FFF})"
    R"(\x{200C}-\x{200D}\x{2070}-\x{218F}\x{2C00}-\x{2FEF}\x{3001}-\x{D7FF}\x{F900}-\x{FDCF})"
    R"(\x{FDF0}-\x{FFFD}\x{10000}-\x{EFFFF})";
constexpr std::string_view kNameRest = R"(\-.0-9\x{B7}\x{300}-\x{36F}\x{203F}-\x{2040})";

std::optional<std::string> block(std::string_view name) {
    const std::string key(name);
    const std::int32_t code = u_getPropertyValueEnum(UCHAR_BLOCK, key.c_str());
    if (code == UCHAR_INVALID_CODE || code == UBLOCK_NO_BLOCK) {
        return std::nullopt;
    }
    UErrorCode status = U_ZERO_ERROR;
    icu::UnicodeSet members;
    members.applyIntPropertyValue(UCHAR_BLOCK, code, status);
    if (U_FAILURE(status) != 0 || members.isEmpty() != 0) {
        return std::nullopt;
    }
    std::string inside;
    for (std::int32_t i = 0; i < members.getRangeCount(); ++i) {
        inside += literal_character(static_cast<char32_t>(members.getRangeStart(i))) + "-" +
                  literal_character(static_cast<char32_t>(members.getRangeEnd(i)));
    }
    return inside;
}

}  // namespace

std::string literal_character(char32_t code_point) {
    std::array<char, 16> text{};
    std::snprintf(text.data(), text.size(), "\\x{%X}", static_cast<unsigned>(code_point));
    return text.data();
}

std::optional<ClassPiece> property_class(std::string_view name, bool negated) {
    if (std::find(kCategories.begin(), kCategories.end(), name) != kCategories.end()) {
        return ClassPiece{std::string(negated ? "\\P{" : "\\p{") + std::string(name) + "}", false};
    }
    if (!name.starts_with("Is")) {
        return std::nullopt;
    }
    std::optional<std::string> inside = block(name.substr(2));
    return inside ? std::optional(ClassPiece{std::move(*inside), negated}) : std::nullopt;
}

std::optional<ClassPiece> letter_class(char letter) {
    switch (letter) {
    case 's':
        return ClassPiece{R"( \t\n\r)", false};
    case 'S':
        return ClassPiece{R"( \t\n\r)", true};
    case 'd':
        return ClassPiece{R"(\p{Nd})", false};
    case 'D':
        return ClassPiece{R"(\P{Nd})", false};
    case 'w':
        return ClassPiece{R"(\p{P}\p{Z}\p{C})", true};
    case 'W':
        return ClassPiece{R"(\p{P}\p{Z}\p{C})", false};
    case 'i':
    case 'I':
        return ClassPiece{std::string(kNameStart), letter == 'I'};
    case 'c':
    case 'C':
        return ClassPiece{std::string(kNameStart) + std::string(kNameRest), letter == 'C'};
    default:
        return std::nullopt;
    }
}

}  // namespace attune::feel
