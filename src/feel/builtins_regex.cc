#include <array>
#include <string>

#include "feel/builtin_call.h"
#include "feel/chars.h"
#include "feel/regex.h"

namespace attune::feel {

namespace {

/// The compiled pattern of the call, or null with a warning.
Regex* pattern_of(BuiltinCall& call, std::size_t pattern, std::size_t flags_at, RegexFlags& flags) {
    const bool given = call.has(flags_at) && !call[flags_at].null();
    const std::optional<RegexFlags> parsed = RegexFlags::parse(given ? call.text(flags_at) : "");
    if (!parsed) {
        call.fail("the flags are s, m, i, x and q", {call[flags_at]});
        return nullptr;
    }
    flags = *parsed;
    Regex* regex = cached_regex(call.text(pattern), flags);
    if (regex == nullptr) {
        call.fail("the pattern is no regular expression", {call[pattern]});
    }
    return regex;
}

/// Searches, and counts what that may have cost.
Regex::Outcome find(BuiltinCall& call, Regex& regex, std::string_view text, std::size_t from) {
    const Regex::Outcome outcome = regex.find(text, from, call.evaluation.limits.regex_steps_max);
    if (outcome == Regex::Outcome::LimitReached) {
        exceed(call.evaluation, call.site, "regex_steps_max");
    }
    return outcome;
}

Value run_matches(BuiltinCall& call) {
    RegexFlags flags;
    Regex* regex = pattern_of(call, 1, 2, flags);
    if (regex == nullptr || !call.spend(1 + call.text(0).size() / 64)) {
        return {};
    }
    const Regex::Outcome outcome = find(call, *regex, call.text(0), 0);
    return outcome == Regex::Outcome::LimitReached
               ? Value()
               : Value::boolean(outcome == Regex::Outcome::Match);
}

/// A replacement taken apart: text, and numbers of groups.
struct Replacement {
    struct Piece {
        std::string text;
        std::int64_t group = -1;
    };
    std::vector<Piece> pieces;

    /// Nothing where `\` or `$` stands alone (F&O 3.1, 5.6.4: FORX0004).
    static std::optional<Replacement> parse(std::string_view text, std::size_t group_count);

    void append(const Regex& match, std::string_view input, std::string& out) const {
        for (const Piece& piece : pieces) {
            out += piece.text;
            if (piece.group < 0) {
                continue;
            }
            const Regex::Part part = match.part(static_cast<std::size_t>(piece.group));
            if (part.from >= 0) {
                out += input.substr(
                    static_cast<std::size_t>(part.from),
                    static_cast<std::size_t>(part.to - part.from)
                );
            }
        }
    }
};

std::optional<Replacement> Replacement::parse(std::string_view text, std::size_t group_count) {
    Replacement result;
    result.pieces.emplace_back();
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char next = i + 1 < text.size() ? text[i + 1] : '\0';
        if (text[i] == '\\') {
            if (next != '\\' && next != '$') {
                return std::nullopt;
            }
            result.pieces.back().text += next;
            ++i;
        } else if (text[i] == '$') {
            if (next < '0' || next > '9') {
                return std::nullopt;
            }
            // The longest number that names a group; a first digit beyond them stands for nothing.
            std::size_t number = static_cast<std::size_t>(next - '0');
            ++i;
            while (i + 1 < text.size() && text[i + 1] >= '0' && text[i + 1] <= '9' &&
                   number * 10 + static_cast<std::size_t>(text[i + 1] - '0') <= group_count) {
                number = number * 10 + static_cast<std::size_t>(text[++i] - '0');
            }
            result.pieces.back().group =
                number <= group_count ? static_cast<std::int64_t>(number) : -1;
            result.pieces.emplace_back();
        } else {
            result.pieces.back().text += text[i];
        }
    }
    return result;
}

/// Calls `each(from, to)` for every match, left to right, and gives false when over a limit.
template <typename Each>
bool for_each_match(BuiltinCall& call, Regex& regex, std::string_view input, const Each& each) {
    std::size_t from = 0;
    while (from <= input.size()) {
        if (!call.spend(1)) {
            return false;
        }
        const Regex::Outcome outcome = find(call, regex, input, from);
        if (outcome != Regex::Outcome::Match) {
            return outcome == Regex::Outcome::None;
        }
        const Regex::Part whole = regex.part(0);
        const auto start = static_cast<std::size_t>(whole.from);
        const auto end = static_cast<std::size_t>(whole.to);
        if (!each(start, end)) {
            return false;
        }
        from = end > start ? end : end + std::max<std::size_t>(1, code_point_at(input, end).bytes);
    }
    return true;
}

bool matches_nothing(BuiltinCall& call, Regex& regex) {
    return find(call, regex, "", 0) == Regex::Outcome::Match;
}

Value run_replace(BuiltinCall& call) {
    RegexFlags flags;
    Regex* regex = pattern_of(call, 1, 3, flags);
    if (regex == nullptr) {
        return {};
    }
    std::optional<Replacement> replacement;
    if (flags.literal) {
        replacement = Replacement{{{std::string(call.text(2)), -1}}};
    } else {
        replacement = Replacement::parse(call.text(2), regex->group_count());
    }
    if (!replacement) {
        return call.fail(
            "`\\` and `$` of the replacement must be `\\\\`, `\\$` or `$N`", {call[2]}
        );
    }
    if (matches_nothing(call, *regex)) {
        return call.fail("the pattern matches the empty text", {call[1]});
    }
    const std::string_view input = call.text(0);
    std::string result;
    std::size_t done = 0;
    const bool finished =
        for_each_match(call, *regex, input, [&](std::size_t from, std::size_t to) {
            result += input.substr(done, from - done);
            replacement->append(*regex, input, result);
            done = to;
            return result.size() <= call.evaluation.limits.string_bytes_max ||
                   call.reserve_text(result.size());
        });
    result += input.substr(std::min(done, input.size()));
    return finished ? call.keep(result) : Value();
}

Value run_split(BuiltinCall& call) {
    RegexFlags flags;
    Regex* regex = pattern_of(call, 1, 2, flags);
    if (regex == nullptr) {
        return {};
    }
    if (matches_nothing(call, *regex)) {
        return call.fail("the delimiter matches the empty text", {call[1]});
    }
    const std::string_view input = call.text(0);
    ListBuilder parts(call.arena());
    std::size_t done = 0;
    const bool finished =
        for_each_match(call, *regex, input, [&](std::size_t from, std::size_t to) {
            parts.add(Value::string(input.substr(done, from - done)));
            done = to;
            return call.reserve_items(1);
        });
    parts.add(Value::string(input.substr(std::min(done, input.size()))));
    return finished ? parts.list() : Value();
}

constexpr std::array kEntries{
    BuiltinEntry{
        "matches",
        "1.1",
        "Whether a part of the text matches a regular expression; flags are s, m, i, x, q.",
        {"input: string, pattern: string, [flags: string?] -> boolean"},
        {{"matches(\"foobar\", \"^fo*b\")", "true"},
         {"matches(\"FOO\", \"foo\", \"i\")", "true"},
         {"matches(\"hello\", \"^[a-z-[xyz]]+$\")", "true"}},
        run_matches},
    BuiltinEntry{
        "replace",
        "1.1",
        "The text with each match replaced; `$1` is what the first group matched.",
        {"input: string, pattern: string, replacement: string, [flags: string?] -> string"},
        {{"replace(\"abcd\", \"(ab)|(a)\", \"[1=$1][2=$2]\")", "\"[1=ab][2=]cd\""}},
        run_replace},
    BuiltinEntry{
        "split",
        "1.1",
        "The parts of the text between the matches of a delimiter, a regular expression.",
        {"string: string, delimiter: string -> list<string>"},
        {{"split(\"John Doe\", \"\\\\s\")", "[\"John\", \"Doe\"]"},
         {"split(\"a;b;c;;\", \";\")", "[\"a\", \"b\", \"c\", \"\", \"\"]"}},
        run_split},
};

}  // namespace

std::span<const BuiltinEntry> regex_builtins() {
    return kEntries;
}

}  // namespace attune::feel
