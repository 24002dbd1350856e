#include <algorithm>

#include "feel/equality.h"
#include "feel/vm.h"

namespace attune::feel {

Value run_list(const Code& code, Frame& frame) {
    Evaluation& evaluation = frame.evaluation;
    if (!charge_memory(evaluation, code.count * sizeof(Value))) {
        return exceed_memory(evaluation, site_of(code, frame));
    }
    const std::span<Value> items = evaluation.arena.array<Value>(code.count);
    for (std::uint32_t i = 0; i < code.count; ++i) {
        items[i] = operand(*code.list[i], frame);
    }
    return Value::list(items);
}

Value run_context(const Code& code, Frame& frame) {
    Evaluation& evaluation = frame.evaluation;
    const Entries& entries = *static_cast<const Entries*>(code.extra);
    if (!charge_memory(evaluation, code.count * sizeof(Entry))) {
        return exceed_memory(evaluation, site_of(code, frame));
    }
    const std::span<Entry> built = evaluation.arena.array<Entry>(code.count);
    for (std::uint32_t i = 0; i < code.count; ++i) {
        const Value value = operand(*code.list[i], frame);
        frame.locals[entries.locals[i]] = value;
        built[i] = {entries.keys[i], value};
    }
    return Value::context(built);
}

namespace {

bool may_end_range(const Value& value) {
    switch (value.kind()) {
    case Value::Kind::Null:
    case Value::Kind::Number:
    case Value::Kind::String:
    case Value::Kind::Date:
    case Value::Kind::Time:
    case Value::Kind::DateTime:
    case Value::Kind::YearsMonthsDuration:
    case Value::Kind::DaysTimeDuration:
        return true;
    default:
        return false;
    }
}

}  // namespace

Value make_range(
    Evaluation& evaluation,
    const Site& site,
    const RangeForm& form,
    const Value& start,
    const Value& end
) {
    if (!may_end_range(start) || !may_end_range(end)) {
        return warn(evaluation, site, "such values have no order", {start, end});
    }
    if (start.null() && end.null()) {
        return warn(evaluation, site, "a range needs an end that is not null", {start, end});
    }
    if (!start.null() && !end.null()) {
        const auto order = compare(start, end);
        if (!order) {
            return warn(evaluation, site, "the ends of the range do not compare", {start, end});
        }
        if (*order > 0) {
            return warn(evaluation, site, "the range starts after its end", {start, end});
        }
    }
    RangeValue range;
    range.start = start;
    range.end = end;
    range.start_included = form.start_included && !start.null();
    range.end_included = form.end_included && !end.null();
    range.start_undefined = form.start_undefined;
    range.end_undefined = form.end_undefined;
    return Value::range(range, evaluation.arena);
}

Value run_range(const Code& code, Frame& frame) {
    const RangeForm& form = *static_cast<const RangeForm*>(code.extra);
    const Value start = code.a == nullptr ? Value() : operand(*code.a, frame);
    const Value end = code.b == nullptr ? Value() : operand(*code.b, frame);
    if (form.start_undefined && form.end_undefined) {
        return make_range(frame.evaluation, site_of(code, frame), form, end, end);
    }
    return make_range(frame.evaluation, site_of(code, frame), form, start, end);
}

}  // namespace attune::feel
