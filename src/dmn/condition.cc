#include "dmn/condition.h"

#include "base/same_text.h"
#include "feel/equality.h"
#include "value/decimal.h"

namespace attune::dmn {
namespace {

using feel::SimpleTest;
using feel::SimpleTests;

/// Reads plain tests from left to right; every function leaves nothing behind when it returns
/// nothing, because the caller then gives the whole text to FEEL.
class PlainReader {
public:
    PlainReader(std::string_view text, Arena& arena) : rest_(text), arena_(&arena) {}

    std::optional<SimpleTests> tests() {
        SimpleTests result;
        skip_space();
        if (rest_.empty() || rest_ == "-") {
            result.any = true;
            return result;
        }
        if (rest_.starts_with("not")) {
            rest_.remove_prefix(3);
            result.negated = true;
            if (!take('(')) {
                return std::nullopt;
            }
        }
        do {
            std::optional<SimpleTest> next = test();
            if (!next) {
                return std::nullopt;
            }
            result.tests.push_back(*next);
        } while (take(','));
        if (result.negated && !take(')')) {
            return std::nullopt;
        }
        return at_end() ? std::optional(std::move(result)) : std::nullopt;
    }

    std::optional<Value> only_value() {
        std::optional<Value> result = value();
        return result && at_end() ? result : std::nullopt;
    }

private:
    void skip_space() {
        while (!rest_.empty() && (rest_.front() == ' ' || rest_.front() == '\t' ||
                                  rest_.front() == '\n' || rest_.front() == '\r')) {
            rest_.remove_prefix(1);
        }
        while (!rest_.empty() && (rest_.back() == ' ' || rest_.back() == '\t' ||
                                  rest_.back() == '\n' || rest_.back() == '\r')) {
            rest_.remove_suffix(1);
        }
    }

    bool at_end() {
        skip_space();
        return rest_.empty();
    }

    bool take(char c) {
        skip_space();
        if (!rest_.starts_with(c)) {
            return false;
        }
        rest_.remove_prefix(1);
        return true;
    }

    std::optional<SimpleTest> test() {
        skip_space();
        if (rest_.empty()) {
            return std::nullopt;
        }
        switch (rest_.front()) {
        case '<':
        case '>':
            return comparison();
        case '[':
        case ']':
        case '(':
            return interval();
        default:
            break;
        }
        const std::optional<Value> equal = value();
        if (!equal) {
            return std::nullopt;
        }
        SimpleTest result;
        result.start = *equal;
        return result;
    }

    std::optional<SimpleTest> comparison() {
        const bool less = rest_.front() == '<';
        rest_.remove_prefix(1);
        const bool or_equal = rest_.starts_with('=');
        if (or_equal) {
            rest_.remove_prefix(1);
        }
        const std::optional<Value> end = number();
        if (!end) {
            return std::nullopt;
        }
        SimpleTest result;
        result.kind = SimpleTest::Kind::Interval;
        (less ? result.end : result.start) = *end;
        (less ? result.end_included : result.start_included) = or_equal;
        return result;
    }

    std::optional<SimpleTest> interval() {
        SimpleTest result;
        result.kind = SimpleTest::Kind::Interval;
        result.start_included = rest_.front() == '[';
        rest_.remove_prefix(1);
        const std::optional<Value> start = number();
        if (!start || !take('.') || !rest_.starts_with('.')) {
            return std::nullopt;
        }
        rest_.remove_prefix(1);
        const std::optional<Value> end = number();
        skip_space();
        // Ends in the wrong order are left to FEEL, which says so.
        if (!end || end->as_number() < start->as_number() || rest_.empty()) {
            return std::nullopt;
        }
        const char close = rest_.front();
        if (close != ']' && close != ')' && close != '[') {
            return std::nullopt;
        }
        rest_.remove_prefix(1);
        result.start = *start;
        result.end = *end;
        result.end_included = close == ']';
        return result;
    }

    std::optional<Value> value() {
        skip_space();
        if (rest_.empty()) {
            return std::nullopt;
        }
        if (rest_.front() == '"') {
            return string();
        }
        for (const auto& [word, meaning] :
             {std::pair<std::string_view, Value>{"true", Value::boolean(true)},
              {"false", Value::boolean(false)},
              {"null", Value()}}) {
            if (rest_.starts_with(word)) {
                rest_.remove_prefix(word.size());
                return ends_value() ? std::optional(meaning) : std::nullopt;
            }
        }
        return number();
    }

    std::optional<Value> string() {
        const std::size_t end = rest_.find('"', 1);
        if (end == std::string_view::npos) {
            return std::nullopt;
        }
        const std::string_view text = rest_.substr(1, end - 1);
        if (text.find('\\') != std::string_view::npos ||
            text.find('\n') != std::string_view::npos) {
            return std::nullopt;
        }
        rest_.remove_prefix(end + 1);
        return ends_value() ? std::optional(Value::string(arena_->copy(text))) : std::nullopt;
    }

    std::optional<Value> number() {
        skip_space();
        std::size_t size = rest_.starts_with('-') ? 1 : 0;
        bool point = false;
        std::size_t digits = 0;
        for (; size < rest_.size(); ++size) {
            const char c = rest_[size];
            if (c >= '0' && c <= '9') {
                ++digits;
            } else if (c == '.' && !point && size + 1 < rest_.size() && rest_[size + 1] >= '0' && rest_[size + 1] <= '9') {
                point = true;
            } else {
                break;
            }
        }
        if (digits == 0) {
            return std::nullopt;
        }
        const std::optional<Decimal> parsed = Decimal::parse(rest_.substr(0, size));
        rest_.remove_prefix(size);
        if (!parsed || !ends_value()) {
            return std::nullopt;
        }
        return Value::number(*parsed, *arena_);
    }

    /// Whether a value may end here: anything else, such as `5 + 1`, is an expression.
    bool ends_value() {
        skip_space();
        if (rest_.empty()) {
            return true;
        }
        const char c = rest_.front();
        return c == ',' || c == ')' || c == ']' || c == '[' ||
               (c == '.' && rest_.starts_with(".."));
    }

    std::string_view rest_;
    Arena* arena_;
};

Value negated(const Value& truth) {
    return truth.null() ? Value() : Value::boolean(truth.is_false());
}

/// The usual equalities, without going through every kind of value; nothing for others.
std::optional<bool> same_plainly(Value lhs, Value rhs) {
    if (lhs.kind() != rhs.kind()) {
        return std::nullopt;
    }
    if (lhs.is(Value::Kind::String)) {
        return same_text(lhs.as_string(), rhs.as_string());
    }
    if (lhs.is(Value::Kind::Boolean)) {
        return lhs.as_boolean() == rhs.as_boolean();
    }
    return std::nullopt;
}

Value outcome(const SimpleTest& test, Value input) {
    if (test.kind != SimpleTest::Kind::Interval) {
        if (const std::optional<bool> same = same_plainly(input, test.start)) {
            return Value::boolean(*same == (test.kind == SimpleTest::Kind::Equal));
        }
    }
    switch (test.kind) {
    case SimpleTest::Kind::Equal:
        return feel::in(input, test.start);
    case SimpleTest::Kind::NotEqual:
        return negated(feel::equal(input, test.start));
    case SimpleTest::Kind::Interval:
        break;
    }
    RangeValue range;
    range.start = test.start;
    range.end = test.end;
    range.start_included = test.start_included;
    range.end_included = test.end_included;
    range.start_undefined = test.start.null();
    range.end_undefined = test.end.null();
    return feel::in_range(input, range);
}

}  // namespace

bool Condition::passes(feel::Evaluation& evaluation, Value input, std::span<const Value> slots)
    const {
    if (simple && !input.is(Value::Kind::List)) {
        return outcome(*simple, input).is_true();
    }
    if (expression) {
        return expression->test(evaluation, input, slots).is_true();
    }
    return simple && outcome(*simple, input).is_true();
}

std::optional<SimpleTests> read_plain_tests(std::string_view text, Arena& arena) {
    return PlainReader(text, arena).tests();
}

std::optional<Value> read_plain_value(std::string_view text, Arena& arena) {
    return PlainReader(text, arena).only_value();
}

Value outcome(const SimpleTests& tests, Value input) {
    if (tests.any) {
        return Value::boolean(true);
    }
    bool unknown = false;
    for (const SimpleTest& test : tests.tests) {
        if (test.kind == SimpleTest::Kind::Equal && input.is(Value::Kind::String) &&
            test.start.is(Value::Kind::String)) {
            if (same_text(input.as_string(), test.start.as_string())) {
                return Value::boolean(!tests.negated);
            }
            continue;
        }
        const Value each = outcome(test, input);
        if (each.is_true()) {
            return Value::boolean(!tests.negated);
        }
        unknown |= each.null();
    }
    return unknown ? Value() : Value::boolean(tests.negated);
}

}  // namespace attune::dmn
