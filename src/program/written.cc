#include "program/written.h"

#include <string>

namespace attune::program {
namespace {

/// Takes what the value comes to from `left`; false when that is not enough.
bool take(const Value& value, std::uint64_t& left) {
    const std::uint64_t own =
        1 + (value.is(Value::Kind::String) ? std::uint64_t{value.as_string().size()} : 0);
    if (own > left) {
        return false;
    }
    left -= own;
    if (value.is(Value::Kind::List)) {
        for (const Value& item : value.as_list()) {
            if (!take(item, left)) {
                return false;
            }
        }
    }
    if (value.is(Value::Kind::Context)) {
        for (const Entry& entry : value.as_context()) {
            if (entry.key.size() > left) {
                return false;
            }
            left -= entry.key.size();
            if (!take(entry.value, left)) {
                return false;
            }
        }
    }
    return true;
}

}  // namespace

bool may_be_written(const Value& value) {
    std::uint64_t left = kWrittenSizeMax;
    return take(value, left);
}

Value evaluate_to_write(const feel::Expression& expression, feel::Evaluation& evaluation) {
    const Value value = expression.evaluate(evaluation);
    if (may_be_written(value)) {
        return value;
    }
    if (evaluation.warnings != nullptr) {
        feel::Warning warning;
        warning.source = std::string(expression.text());
        warning.length = warning.source.size();
        warning.cause = "the value is too large to write: more than " +
                        std::to_string(kWrittenSizeMax) + " items and bytes";
        evaluation.warnings->add(std::move(warning));
    }
    return {};
}

}  // namespace attune::program
