#include <algorithm>
#include <array>

#include "schema/event_reading.h"
#include "schema/property_check.h"

// Properties: read one by one or whole, and checked against their type.

namespace attune::schema {

namespace {

using Kind = Rejected::Kind;

}  // namespace

TypeIndex EventReader::Reading::find_type(std::string_view name) {
    if (state_.type_guess < state_.types.size() && state_.types[state_.type_guess].name == name) {
        return state_.type_guess;
    }
    return state_.types.find(name);
}

void EventReader::Reading::make_room(const TypeState* type) {
    seen_ = {};
    properties_ =
        type == nullptr ? std::span<Value>() : arena_.array<Value>(type->properties.size());
    std::fill(properties_.begin(), properties_.end(), Value());
}

bool EventReader::Reading::read_property(TypeState& type, std::uint32_t index) {
    const PropertyState& property = type.properties[index];
    const char first = cursor_.peek();
    Value value;
    bool fits = false;
    if (first == '"') {
        std::string_view text;
        if (!cursor_.string(text, arena_)) {
            return malformed();
        }
        value = Value::string(text);
        fits = property.takes(text);
    } else if (first == '-' || (first >= '0' && first <= '9')) {
        if (!cursor_.number(value, arena_)) {
            return malformed();
        }
        fits = property.takes(value.as_number());
    } else if (!cursor_.value(value, arena_)) {
        return malformed();
    }
    if (seen_.has(index)) {
        return reject(
            Kind::Malformed,
            "",
            "cannot read the JSON: \"" + property.property->name + "\" stands twice"
        );
    }
    if (fits) {
        seen_.add(index);
        properties_[index] = value;
    } else {
        take_property(type, index, value, "properties");
    }
    return true;
}

void EventReader::Reading::take_property(
    TypeState& type, std::uint32_t index, Value value, std::string_view place
) {
    if (value.null()) {
        return;  // As absent as if it were not there.
    }
    const Property& property = *type.properties[index].property;
    std::string why;
    if (!check_property(property, value, arena_, why)) {
        reject(
            Kind::Schema,
            std::string(place) + "." + property.name,
            (place == "traits" ? "trait \"" : "property \"") + property.name + "\" " + why
        );
    }
    seen_.add(index);
    properties_[index] = value;
}

/// The members of `properties`, one by one: what is not declared is skipped.
bool EventReader::Reading::read_declared(TypeState& type) {
    if (!cursor_.open()) {
        return malformed();
    }
    std::uint32_t place = 0;
    std::size_t count = 0;
    bool done = false;
    for (bool first = true; cursor_.next_member(first, done); first = false) {
        if (done) {
            return true;
        }
        std::uint32_t index = 0;
        std::string_view name;
        if (!type.order.read(cursor_, arena_, place, index, name)) {
            return malformed();
        }
        if (++count > state_.limits.properties_max) {
            reject(
                Kind::TooLarge,
                "properties",
                "\"properties\" has more than " + std::to_string(state_.limits.properties_max) +
                    " members"
            );
        }
        if (index != KeyOrder::kUnknown) {
            if (!read_property(type, index)) {
                return false;
            }
            continue;
        }
        if (!type.type->additional) {
            reject(
                Kind::Schema,
                "properties." + std::string(name),
                "property " + shown(Value::string(name)) + " is not declared"
            );
        }
        if (!cursor_.skip(arena_)) {
            return malformed();
        }
    }
    return malformed();
}

/// The same from a context that has been read whole.
void EventReader::Reading::take_declared(
    TypeState& type, const Value& whole, std::string_view place
) {
    if (!whole.is(Value::Kind::Context)) {
        return;
    }
    for (const Entry& entry : whole.as_context()) {
        const std::uint32_t index = type.order.find(entry.key);
        if (index != KeyOrder::kUnknown) {
            take_property(type, index, entry.value, place);
        } else if (!type.type->additional) {
            reject(
                Kind::Schema,
                std::string(place) + "." + std::string(entry.key),
                "property " + shown(Value::string(entry.key)) + " is not declared"
            );
        }
    }
}

bool EventReader::Reading::read_properties() {
    properties_at_ = cursor_.here();
    const Call call = call_.value_or(Call::Track);
    const std::string_view name = call == Call::Track ? event_name_ : to_string(call);
    if (name.empty()) {  // Whose properties they are is not known yet.
        return cursor_.skip(arena_) || malformed();
    }
    const TypeIndex index = find_type(name);
    properties_as_ = index;
    TypeState* type = type_state(index);
    make_room(type);
    const bool whole = type == nullptr ? state_.wants.properties : type->whole;
    if (type != nullptr && !whole && cursor_.peek() == '{') {
        return read_declared(*type);
    }
    if (type == nullptr && !whole && cursor_.peek() == '{') {
        return cursor_.skip(arena_) || malformed();
    }
    if (!read_whole(event_.all_properties, Member::Properties)) {
        return false;
    }
    if (type != nullptr && call != Call::Identify && call != Call::Group) {
        take_declared(*type, event_.all_properties, "properties");
    }
    return true;
}

void EventReader::Reading::check_required(const TypeState& type, std::string_view place) {
    if (const auto missing = type.required.first_not_in(seen_)) {
        const std::string& name = type.properties[*missing].property->name;
        reject(
            Kind::Schema,
            std::string(place) + "." + name,
            (place == "traits" ? "trait \"" : "property \"") + name + "\" is missing"
        );
    }
}

/// A page or screen call has its name and category beside its properties; they belong to them.
void EventReader::Reading::take_page_members(TypeState* type) {
    const std::array<std::pair<std::string_view, Value>, 2> members{
        {{"name", page_name_}, {"category", page_category_}}};
    for (const auto& [name, value] : members) {
        const std::uint32_t index = type == nullptr ? KeyOrder::kUnknown : type->order.find(name);
        if (index != KeyOrder::kUnknown && !seen_.has(index)) {
            take_property(*type, index, value, "properties");
        }
    }
    const bool whole = type == nullptr ? state_.wants.properties : type->whole;
    if (!whole) {
        return;
    }
    const std::span<const Entry> given = event_.all_properties.is(Value::Kind::Context)
                                             ? event_.all_properties.as_context()
                                             : std::span<const Entry>();
    const std::span<Entry> all = arena_.array<Entry>(given.size() + members.size());
    auto end = std::copy(given.begin(), given.end(), all.begin());
    for (const auto& [name, value] : members) {
        if (!value.null() && !event_.all_properties.has(name)) {
            *end++ = Entry{name, value};
        }
    }
    event_.all_properties = Value::context(all.first(static_cast<std::size_t>(end - all.begin())));
}

/// Once the call is known: reads the properties if that had to wait, and checks what is missing.
bool EventReader::Reading::finish_properties() {
    const bool track = *call_ == Call::Track;
    event_.name = track ? event_name_ : to_string(*call_);
    event_.type = find_type(event_.name);
    if (track && event_.type != kUndeclared) {
        state_.type_guess = event_.type;
    }
    TypeState* type = type_state(event_.type);
    if (properties_at_ != nullptr && properties_as_ != event_.type) {
        cursor_.rewind(properties_at_, 1);
        event_name_ = event_.name;
        event_.all_properties = Value();
        if (!read_properties()) {
            return false;
        }
    } else if (properties_at_ == nullptr) {
        make_room(type);
    }
    if (*call_ == Call::Page || *call_ == Call::Screen) {
        take_page_members(type);
    }
    if (type == nullptr) {
        if (track && state_.types.undeclared() == Undeclared::Quarantine) {
            reject(
                Kind::Undeclared,
                "event",
                "event type " + shown(Value::string(event_.name)) + " is not declared"
            );
        }
        return true;
    }
    const bool traits = *call_ == Call::Identify || *call_ == Call::Group;
    const std::string_view place = traits ? "traits" : "properties";
    if (traits) {
        make_room(type);
        take_declared(*type, event_.traits, place);
    }
    check_required(*type, place);
    event_.properties = properties_;
    if (type->type->schema != nullptr && !rejected_) {
        const Value& whole = traits ? event_.traits : event_.all_properties;
        std::string why;
        if (!type->type->schema->accepts(whole.null() ? Value::context({}) : whole, place, &why)) {
            reject(Kind::Schema, place, std::move(why));
        }
    }
    return true;
}

}  // namespace attune::schema
