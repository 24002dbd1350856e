#include "schema/pattern.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <array>

#include <pcre2.h>

namespace attune::schema {

namespace {

std::string message_of(int code) {
    std::array<PCRE2_UCHAR, 128> text{};
    pcre2_get_error_message(code, text.data(), text.size());
    return reinterpret_cast<const char*>(text.data());  // NOLINT: PCRE2's bytes are ours
}

/// What one thread needs to match; PCRE2 allocates it, so it is kept.
struct Matching {
    pcre2_match_context* context = pcre2_match_context_create(nullptr);
    pcre2_match_data* match = pcre2_match_data_create(1, nullptr);

    Matching() {
        pcre2_set_match_limit(context, Pattern::kMatchStepsMax);
        pcre2_set_depth_limit(context, Pattern::kMatchStepsMax);
    }
    Matching(const Matching&) = delete;
    Matching& operator=(const Matching&) = delete;
    Matching(Matching&&) = delete;
    Matching& operator=(Matching&&) = delete;
    ~Matching() {
        pcre2_match_data_free(match);
        pcre2_match_context_free(context);
    }
};

}  // namespace

Result<Pattern> Pattern::compile(std::string_view text) {
    if (text.size() > kPatternBytesMax) {
        return Error{
            Error::Kind::LimitExceeded,
            "pattern is longer than " + std::to_string(kPatternBytesMax) + " bytes"};
    }
    int code = 0;
    PCRE2_SIZE offset = 0;
    // ECMA-262's \u and its empty classes; \d and \w stay ASCII, as they are there.
    constexpr std::uint32_t kOptions = PCRE2_UTF | PCRE2_ALT_BSUX | PCRE2_ALLOW_EMPTY_CLASS |
                                       PCRE2_MATCH_UNSET_BACKREF | PCRE2_NEVER_BACKSLASH_C |
                                       PCRE2_DOLLAR_ENDONLY;
    pcre2_code* compiled = pcre2_compile(
        reinterpret_cast<PCRE2_SPTR>(text.data()),  // NOLINT: PCRE2's bytes are ours
        text.size(),
        kOptions,
        &code,
        &offset,
        nullptr
    );
    if (compiled == nullptr) {
        return Error{
            Error::Kind::InvalidInput,
            "pattern \"" + std::string(text) + "\" is wrong at byte " + std::to_string(offset + 1) +
                ": " + message_of(code)};
    }
    return Pattern(std::string(text), std::shared_ptr<const void>(compiled, [](const void* owned) {
                       pcre2_code_free(static_cast<pcre2_code*>(const_cast<void*>(owned)));
                   }));
}

bool Pattern::found_in(std::string_view subject) const {
    thread_local Matching matching;
    const int found = pcre2_match(
        static_cast<const pcre2_code*>(code_.get()),
        reinterpret_cast<PCRE2_SPTR>(subject.data()),  // NOLINT: PCRE2's bytes are ours
        subject.size(),
        0,
        PCRE2_NO_UTF_CHECK,  // All text has been checked when it was read.
        matching.match,
        matching.context
    );
    return found >= 0;
}

}  // namespace attune::schema
