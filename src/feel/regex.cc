#include "feel/regex.h"

#include <algorithm>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

namespace attune::feel {

namespace {

// Longer patterns are machine-made, and their cost is not bounded by matching limits alone.
constexpr std::size_t kPatternBytesMax = 20'000;
// PCRE2 keeps its backtracking points on the heap; in kibibytes.
constexpr std::uint32_t kHeapKibMax = 64 * 1024;
constexpr std::size_t kCacheMax = 64;

std::uint32_t options_of(const RegexFlags& flags) {
    std::uint32_t options = PCRE2_UTF | PCRE2_UCP | PCRE2_MATCH_INVALID_UTF |
                            PCRE2_MATCH_UNSET_BACKREF | PCRE2_NEVER_BACKSLASH_C;
    options |= flags.case_insensitive ? PCRE2_CASELESS : 0U;
    if (flags.literal) {
        options = PCRE2_UTF | PCRE2_MATCH_INVALID_UTF | PCRE2_LITERAL |
                  (flags.case_insensitive ? PCRE2_CASELESS : 0U);
    }
    return options;
}

PCRE2_SPTR units(std::string_view text) {
    return reinterpret_cast<PCRE2_SPTR>(text.data());
}

struct Freer {
    void operator()(pcre2_code* code) const { pcre2_code_free(code); }
    void operator()(pcre2_match_data* match) const { pcre2_match_data_free(match); }
    void operator()(pcre2_match_context* context) const { pcre2_match_context_free(context); }
    void operator()(pcre2_compile_context* context) const { pcre2_compile_context_free(context); }
};

}  // namespace

struct Regex::Handles {
    std::unique_ptr<pcre2_code, Freer> code;
    std::unique_ptr<pcre2_match_data, Freer> match;
    std::unique_ptr<pcre2_match_context, Freer> context;
};

Regex::Regex(std::unique_ptr<Handles> handles) : handles_(std::move(handles)) {
    std::uint32_t count = 0;
    pcre2_pattern_info(handles_->code.get(), PCRE2_INFO_CAPTURECOUNT, &count);
    group_count_ = count;
}

Regex::~Regex() = default;

std::unique_ptr<Regex> Regex::compile(std::string_view pattern, const RegexFlags& flags) {
    if (pattern.size() > kPatternBytesMax) {
        return nullptr;
    }
    const std::optional<std::string> translated =
        flags.literal ? std::optional(std::string(pattern)) : translate_regex(pattern, flags);
    if (!translated) {
        return nullptr;
    }
    const std::unique_ptr<pcre2_compile_context, Freer> settings(
        pcre2_compile_context_create(nullptr)
    );
    pcre2_set_newline(settings.get(), PCRE2_NEWLINE_LF);
    int error = 0;
    PCRE2_SIZE where = 0;
    auto handles = std::make_unique<Handles>();
    handles->code.reset(pcre2_compile(
        units(*translated), translated->size(), options_of(flags), &error, &where, settings.get()
    ));
    if (!handles->code) {
        return nullptr;
    }
    handles->match.reset(pcre2_match_data_create_from_pattern(handles->code.get(), nullptr));
    handles->context.reset(pcre2_match_context_create(nullptr));
    pcre2_set_heap_limit(handles->context.get(), kHeapKibMax);
    return std::unique_ptr<Regex>(new Regex(std::move(handles)));
}

Regex::Outcome Regex::find(std::string_view text, std::size_t from, std::uint32_t steps_max) {
    pcre2_set_match_limit(handles_->context.get(), steps_max);
    const int found = pcre2_match(
        handles_->code.get(),
        units(text),
        text.size(),
        from,
        0,
        handles_->match.get(),
        handles_->context.get()
    );
    if (found >= 0) {
        return Outcome::Match;
    }
    return found == PCRE2_ERROR_NOMATCH ? Outcome::None : Outcome::LimitReached;
}

Regex::Part Regex::part(std::size_t group) const {
    const PCRE2_SIZE* offsets = pcre2_get_ovector_pointer(handles_->match.get());
    if (offsets[2 * group] == PCRE2_UNSET) {
        return {};
    }
    return {
        static_cast<std::int64_t>(offsets[2 * group]),
        static_cast<std::int64_t>(offsets[2 * group + 1])};
}

Regex* cached_regex(std::string_view pattern, const RegexFlags& flags) {
    struct Entry {
        std::string pattern;
        RegexFlags flags;
        std::unique_ptr<Regex> regex;
    };
    thread_local std::vector<Entry> recent;
    const auto found = std::find_if(recent.begin(), recent.end(), [&](const Entry& entry) {
        return entry.flags == flags && entry.pattern == pattern;
    });
    if (found != recent.end()) {
        return found->regex.get();
    }
    std::unique_ptr<Regex> compiled = Regex::compile(pattern, flags);
    if (!compiled) {
        return nullptr;
    }
    if (recent.size() == kCacheMax) {
        recent.erase(recent.begin());
    }
    recent.push_back({std::string(pattern), flags, std::move(compiled)});
    return recent.back().regex.get();
}

}  // namespace attune::feel
