#include "dmn/item_type.h"

#include <algorithm>
#include <array>

#include "base/same_text.h"
#include "dmn/condition.h"
#include "feel/conversion.h"

namespace attune::dmn {
namespace {

struct Alias {
    std::string_view name;
    std::string_view feel;
};

/// Names that DMN 1.1 and editors use beside FEEL's own.
constexpr std::array kAliases{
    Alias{"dateTime", "date and time"},
    Alias{"dayTimeDuration", "days and time duration"},
    Alias{"daysAndTimeDuration", "days and time duration"},
    Alias{"yearMonthDuration", "years and months duration"},
    Alias{"yearsAndMonthsDuration", "years and months duration"},
    Alias{"integer", "number"},
    Alias{"long", "number"},
    Alias{"double", "number"},
    Alias{"any", "Any"},
    Alias{"<Undefined>", "Any"},
};

/// Whether `value` passes tests that need no evaluation; lists are left to those.
bool passes_plainly(const std::optional<feel::Expression>& tests, Value value) {
    return !tests || (tests->simple_tests() && !value.is(Value::Kind::List) &&
                      outcome(*tests->simple_tests(), value).is_true());
}

}  // namespace

bool ItemType::conforms_plainly(Value value) const {
    if (value.null()) {
        return true;
    }
    // What narrows another definition has its type.
    const bool fits = base ? base->conforms_plainly(value)
                           : same_kind(type.kind(), value.kind()) || contains_plainly(value);
    return fits && passes_plainly(allowed_values, value) && passes_plainly(constraint, value);
}

bool ItemType::contains_plainly(Value context) const {
    if (!context.is(Value::Kind::Context) || components.empty()) {
        return false;
    }
    // Most contexts are written in the order of their type.
    const std::span<const Entry> entries = context.as_context();
    for (std::size_t at = 0; at < components.size(); ++at) {
        const Component& component = components[at];
        const Entry* entry = at < entries.size() && same_text(entries[at].key, component.name)
                                 ? &entries[at]
                                 : nullptr;
        for (std::size_t other = 0; entry == nullptr && other < entries.size(); ++other) {
            entry = same_text(entries[other].key, component.name) ? &entries[other] : nullptr;
        }
        if (entry == nullptr) {
            return false;
        }
        const ItemType& wanted = *component.type;
        if (!wanted.constrained && same_kind(wanted.type.kind(), entry->value.kind())) {
            continue;
        }
        if (!wanted.conforms_plainly(entry->value)) {
            return false;
        }
    }
    return true;
}

std::optional<Value> ItemType::convert_slowly(Value value, feel::Evaluation& evaluation) const {
    std::optional<Value> converted = value;
    if (!same_kind(type.kind(), value.kind())) {
        converted = feel::convert(value, type, evaluation.arena);
    }
    if (!converted || (constrained && !keeps_constraints(*converted, evaluation))) {
        return std::nullopt;
    }
    return converted;
}

bool ItemType::keeps_constraints(Value value, feel::Evaluation& evaluation) const {
    if (value.null() || !constrained) {
        return true;
    }
    if (base && !base->keeps_constraints(value, evaluation)) {
        return false;
    }
    if (item && value.is(Value::Kind::List)) {
        const std::span<const Value> items = value.as_list();
        return std::all_of(
                   items.begin(),
                   items.end(),
                   [&](const Value& each) { return item->keeps_constraints(each, evaluation); }
               ) &&
               (!constraint || constraint->test(evaluation, value, {}).is_true());
    }
    for (const Component& component : components) {
        if (!component.type->keeps_constraints(value.get(component.name), evaluation)) {
            return false;
        }
    }
    return (!allowed_values || allowed_values->test(evaluation, value, {}).is_true()) &&
           (!constraint || constraint->test(evaluation, value, {}).is_true());
}

const TypePtr& any_type() {
    static const TypePtr any = built_in_type("Any");
    return any;
}

TypePtr built_in_type(std::string_view name) {
    const auto* alias = std::find_if(kAliases.begin(), kAliases.end(), [&](const Alias& each) {
        return each.name == name;
    });
    const std::string_view feel_name = alias == kAliases.end() ? name : alias->feel;
    std::optional<feel::Type> type = feel::Type::parse(feel_name);
    if (!type) {
        return nullptr;
    }
    ItemType result;
    result.name = feel_name;
    result.type = std::move(*type);
    return std::make_shared<const ItemType>(std::move(result));
}

}  // namespace attune::dmn
