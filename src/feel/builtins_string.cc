#include <array>
#include <string>

#include "feel/builtin_call.h"
#include "feel/case_mapping.h"
#include "feel/chars.h"

namespace attune::feel {

namespace {

Value run_substring(BuiltinCall& call) {
    const std::string_view text = call.text(0);
    const std::optional<std::int64_t> start = call.whole(1);
    const auto size = static_cast<std::int64_t>(code_point_count(text));
    if (!start || *start == 0 || *start > size || *start < -size) {
        return call.fail("the start position is outside of the text", {call[0], call[1]});
    }
    const std::int64_t first = *start > 0 ? *start - 1 : size + *start;
    std::int64_t length = size - first;
    if (call.has(2)) {
        const std::optional<std::int64_t> wanted = call.whole(2);
        if (!wanted || *wanted < 1) {
            return call.fail("the length must be at least 1", {call[2]});
        }
        length = std::min(length, *wanted);
    }
    const std::size_t from = code_point_offset(text, static_cast<std::size_t>(first));
    const std::string_view rest = text.substr(from);
    return Value::string(rest.substr(0, code_point_offset(rest, static_cast<std::size_t>(length))));
}

Value run_string_length(BuiltinCall& call) {
    return Value::integer(static_cast<std::int64_t>(code_point_count(call.text(0))));
}

Value run_upper_case(BuiltinCall& call) {
    return call.reserve_text(call.text(0).size()) ? call.keep(to_upper(call.text(0))) : Value();
}

Value run_lower_case(BuiltinCall& call) {
    return call.reserve_text(call.text(0).size()) ? call.keep(to_lower(call.text(0))) : Value();
}

Value run_substring_before(BuiltinCall& call) {
    const std::size_t at = call.text(0).find(call.text(1));
    return Value::string(at == std::string_view::npos ? "" : call.text(0).substr(0, at));
}

Value run_substring_after(BuiltinCall& call) {
    const std::size_t at = call.text(0).find(call.text(1));
    return Value::string(
        at == std::string_view::npos ? "" : call.text(0).substr(at + call.text(1).size())
    );
}

Value run_contains(BuiltinCall& call) {
    return Value::boolean(call.text(0).find(call.text(1)) != std::string_view::npos);
}

Value run_starts_with(BuiltinCall& call) {
    return Value::boolean(call.text(0).starts_with(call.text(1)));
}

Value run_ends_with(BuiltinCall& call) {
    return Value::boolean(call.text(0).ends_with(call.text(1)));
}

Value run_string_join(BuiltinCall& call) {
    const std::string_view delimiter = call.has(1) && !call[1].null() ? call.text(1) : "";
    std::string joined;
    bool first = true;
    for (const Value& item : call.list(0)) {
        if (item.null()) {
            continue;
        }
        if (!item.is(Value::Kind::String)) {
            return call.fail("only texts can be joined", {item});
        }
        joined += first ? "" : delimiter;
        joined += item.as_string();
        first = false;
        if (joined.size() > call.evaluation.limits.string_bytes_max) {
            break;  // `keep` reports it.
        }
    }
    return call.spend(call.list(0).size()) ? call.keep(joined) : Value();
}

constexpr std::array kEntries{
    BuiltinEntry{
        "substring",
        "1.1",
        "The part of a text from a position, counted from 1, or from -1 backwards.",
        {"string: string, start position: number, [length: number] -> string"},
        {{"substring(\"foobar\", 3)", "\"obar\""},
         {"substring(\"foobar\", -2, 1)", "\"a\""},
         {"substring(\"foobar\", 0)", "null"}},
        run_substring},
    BuiltinEntry{
        "string length",
        "1.1",
        "The number of characters (code points).",
        {"string: string -> number"},
        {{"string length(\"tes\")", "3"}, {"string length(\"\\U01F40Eab\")", "3"}},
        run_string_length},
    BuiltinEntry{
        "upper case",
        "1.1",
        "The text in capital letters, in no particular language.",
        {"string: string -> string"},
        {{"upper case(\"aBc4\")", "\"ABC4\""}},
        run_upper_case},
    BuiltinEntry{
        "lower case",
        "1.1",
        "The text in small letters, in no particular language.",
        {"string: string -> string"},
        {{"lower case(\"aBc4\")", "\"abc4\""}},
        run_lower_case},
    BuiltinEntry{
        "substring before",
        "1.1",
        "What stands before the first occurrence; empty if there is none.",
        {"string: string, match: string -> string"},
        {{"substring before(\"foobar\", \"bar\")", "\"foo\""},
         {"substring before(\"foobar\", \"xyz\")", "\"\""}},
        run_substring_before},
    BuiltinEntry{
        "substring after",
        "1.1",
        "What stands after the first occurrence; empty if there is none.",
        {"string: string, match: string -> string"},
        {{"substring after(\"foobar\", \"ob\")", "\"ar\""},
         {"substring after(\"\", \"a\")", "\"\""}},
        run_substring_after},
    BuiltinEntry{
        "contains",
        "1.1",
        "Whether a text occurs in another.",
        {"string: string, match: string -> boolean"},
        {{"contains(\"foobar\", \"of\")", "false"}, {"contains(\"foobar\", \"ob\")", "true"}},
        run_contains},
    BuiltinEntry{
        "starts with",
        "1.1",
        "Whether a text begins with another.",
        {"string: string, match: string -> boolean"},
        {{"starts with(\"foobar\", \"fo\")", "true"}},
        run_starts_with},
    BuiltinEntry{
        "ends with",
        "1.1",
        "Whether a text ends with another.",
        {"string: string, match: string -> boolean"},
        {{"ends with(\"foobar\", \"r\")", "true"}},
        run_ends_with},
    BuiltinEntry{
        "string join",
        "1.4",
        "The texts of a list in one, with a delimiter between; nulls are left out.",
        {"list: list, [delimiter: string?] -> string"},
        {{"string join([\"a\", \"b\", null, \"c\"], \", \")", "\"a, b, c\""},
         {"string join([])", "\"\""}},
        run_string_join},
};

}  // namespace

std::span<const BuiltinEntry> string_builtins() {
    return kEntries;
}

}  // namespace attune::feel
