#include "feel/case_mapping.h"

#include <algorithm>

#include <unicode/bytestream.h>
#include <unicode/casemap.h>

namespace attune::feel {

namespace {

bool ascii(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char byte) {
        return static_cast<unsigned char>(byte) < 0x80;
    });
}

std::string ascii_mapped(std::string_view text, char first, char last) {
    std::string mapped(text);
    for (char& byte : mapped) {
        byte = byte >= first && byte <= last ? static_cast<char>(byte ^ 0x20) : byte;
    }
    return mapped;
}

icu::StringPiece piece(std::string_view text) {
    return {text.data(), static_cast<int32_t>(text.size())};
}

}  // namespace

std::string to_upper(std::string_view text) {
    if (ascii(text)) {
        return ascii_mapped(text, 'a', 'z');
    }
    std::string mapped;
    icu::StringByteSink<std::string> sink(&mapped);
    UErrorCode status = U_ZERO_ERROR;
    icu::CaseMap::utf8ToUpper("", 0, piece(text), sink, nullptr, status);
    return U_SUCCESS(status) != 0 ? mapped : std::string(text);
}

std::string to_lower(std::string_view text) {
    if (ascii(text)) {
        return ascii_mapped(text, 'A', 'Z');
    }
    std::string mapped;
    icu::StringByteSink<std::string> sink(&mapped);
    UErrorCode status = U_ZERO_ERROR;
    icu::CaseMap::utf8ToLower("", 0, piece(text), sink, nullptr, status);
    return U_SUCCESS(status) != 0 ? mapped : std::string(text);
}

}  // namespace attune::feel
