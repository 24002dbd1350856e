#include "program/frame.h"

#include <algorithm>
#include <charconv>

#include "customer/attributes.h"
#include "customer/identifiers.h"
#include "customer/memberships.h"
#include "customer/sections.h"
#include "feel/temporal.h"

namespace attune::program {

std::string customer_text(std::uint64_t customer) {
    return "c" + hash_text(customer);
}

std::optional<std::uint64_t> customer_number(std::string_view text) {
    if (text.size() != 17 || text.front() != 'c') {
        return std::nullopt;
    }
    std::uint64_t number = 0;
    const char* const end = text.data() + text.size();
    const auto [read, error] = std::from_chars(text.data() + 1, end, number, 16);
    return error == std::errc() && read == end ? std::optional(number) : std::nullopt;
}

Frame::Frame(const Program& program)
    : program_(program),
      slots_(program.slot_count),
      filled_(program.slot_count, 0),
      answers_(program.answer_count),
      evaluation_(arena_) {
    evaluation_.warnings = &warnings_;
    evaluation_.zone = program.workspace.settings.zone.text;
    evaluation_.slots = slots_;
    filled_[kNullSlot] = kKept;
}

void Frame::bind(
    std::uint64_t customer, const customer::Blob& blob, Timestamp at, const schema::Event* event
) {
    arena_.reset();
    for (const feel::Slot slot : given_) {
        filled_[slot] = 0;
    }
    given_.clear();
    customer_ = customer;
    blob_ = &blob;
    event_ = event;
    at_ = at;
    evaluation_.now = at;
    ++epoch_;
    if (event != nullptr) {
        const auto base = program_.property_slot_base;
        for (std::uint32_t i = 0; i < event->properties.size(); ++i) {
            slots_[base + i] = event->properties[i];
            filled_[base + i] = epoch_;
        }
    }
}

void Frame::state_changed() {
    ++epoch_;
    if (event_ != nullptr) {
        const auto base = program_.property_slot_base;
        std::fill_n(filled_.begin() + base, event_->properties.size(), epoch_);
    }
}

void Frame::state_changed(Timestamp at) {
    at_ = at;
    evaluation_.now = at;
    state_changed();
}

void Frame::own(feel::Slot slot, const Value& value) {
    slots_[slot] = value;
    if (filled_[slot] != kKept) {
        filled_[slot] = kKept;
        given_.push_back(slot);
    }
}

void Frame::set(feel::Slot slot, const Value& value) {
    own(slot, value);
}

Value Frame::value(feel::Slot slot) {
    if (filled_[slot] < epoch_) {
        read(slot);
    }
    return slots_[slot];
}

void Frame::read(feel::Slot slot) {
    slots_[slot] = read_value(slot);
    filled_[slot] = epoch_;
}

Value Frame::read_value(feel::Slot slot) {
    if (slot >= program_.property_slot_base) {
        return {};  // A property that the event at hand does not have.
    }
    if (slot >= program_.feature_slot_base) {
        return read_feature(slot - program_.feature_slot_base);
    }
    switch (slot) {
    case kEventSlot:
        return event_ != nullptr ? Value::string(event_->name) : Value();
    case kPropertiesSlot:
        return event_ != nullptr ? event_->all_properties : Value();
    case kContextSlot:
        return event_ != nullptr ? event_->context : Value();
    case kTraitsSlot:
        return customer::read_attributes(blob_->section(customer::kTraits), arena_).clone(arena_);
    case kConsentSlot:
        return customer::read_attributes(blob_->section(customer::kConsent), arena_).clone(arena_);
    case kSegmentsSlot:
        return read_segments();
    case kExperimentsSlot:
        return read_experiments();
    case kCustomerSlot:
        return Value::string(arena_.copy(std::string_view(customer_text(customer_))));
    case kUserIdSlot:
        return read_user_id();
    case kTimeSlot:
        return Value::date_time(feel::to_date_time(at_, Zone{Zone::Kind::Offset, 0, {}}), arena_);
    default:
        return {};
    }
}

Value Frame::read_feature(std::uint32_t number) {
    const Feature& feature = program_.features[number];
    if (feature.ratio) {
        const Value over = value(program_.feature_slot_base + feature.numerator);
        const Value under = value(program_.feature_slot_base + feature.denominator);
        if (!over.is(Value::Kind::Number) || !under.is(Value::Kind::Number)) {
            return {};
        }
        const auto ratio = Decimal::divide(over.as_number(), under.as_number());
        return ratio ? Value::number(*ratio, arena_) : Value();
    }
    return customer::read(
        feature.shape, blob_->section(customer::kFeatures + feature.section), at_, arena_
    );
}

Value Frame::read_user_id() {
    for (const customer::Identifier& identifier : customer::identifiers(*blob_)) {
        if (identifier.kind == customer::Identifier::Kind::UserId) {
            return Value::string(arena_.copy(identifier.text));
        }
    }
    return {};
}

Value Frame::read_experiments() {
    const std::span<Entry> entries = arena_.array<Entry>(program_.experiments.size());
    std::size_t count = 0;
    for (const Experiment& experiment : program_.experiments) {
        if (const auto variant = variant_of(experiment, customer_)) {
            entries[count++] = {experiment.name, Value::string(*variant)};
        }
    }
    return Value::context(entries.first(count));
}

Value Frame::read_segments() {
    std::vector<Value> names;
    for (const Segment& segment : program_.segments) {
        if (customer::is_member(*blob_, segment.id)) {
            names.push_back(Value::string(segment.name));
        }
    }
    const std::span<Value> items = arena_.array<Value>(names.size());
    std::copy(names.begin(), names.end(), items.begin());
    return Value::list(items);
}

}  // namespace attune::program
