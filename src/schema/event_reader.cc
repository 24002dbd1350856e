#include "schema/event_reader.h"

#include "schema/event_reading.h"
#include "schema/property_check.h"

namespace attune::schema {

namespace {

using Kind = Rejected::Kind;

}  // namespace

bool EventReader::Reading::reject(Kind kind, std::string_view field, std::string reason) {
    if (!rejected_ || kind == Kind::Malformed) {
        state_.rejected = {kind, std::string(field), std::move(reason)};
    }
    rejected_ = true;
    return false;
}

bool EventReader::Reading::malformed() {
    const std::string where = " (byte " + std::to_string(cursor_.offset() + 1) + ")";
    return reject(
        cursor_.too_large() ? Kind::TooLarge : Kind::Malformed,
        "",
        "cannot read the JSON: " + std::string(cursor_.problem()) + where
    );
}

bool EventReader::Reading::read_type() {
    std::string_view text;
    if (cursor_.peek() != '"') {
        reject(Kind::NotACall, "type", "\"type\" must be a string");
        return cursor_.skip(arena_) || malformed();
    }
    if (!cursor_.string(text, arena_)) {
        return malformed();
    }
    const std::optional<Call> call = parse_call(text);
    if (!call) {
        reject(
            Kind::NotACall,
            "type",
            "\"type\" must be track, identify, page, screen, group or alias, got " +
                shown(Value::string(text))
        );
    } else if (envelope_.call && *envelope_.call != *call) {
        reject(
            Kind::NotACall,
            "type",
            "\"type\" is " + std::string(text) + " on the path of " +
                std::string(to_string(*envelope_.call))
        );
    } else {
        call_ = call;
    }
    return true;
}

bool EventReader::Reading::read_id(std::string_view& id, Member member) {
    const char first = cursor_.peek();
    const char* start = cursor_.here();
    const std::string_view name = kMemberNames[static_cast<std::size_t>(member)];
    Value value;
    if (first == '"') {
        if (!cursor_.string(id, arena_)) {
            return malformed();
        }
    } else if (!cursor_.value(value, arena_)) {
        return malformed();
    } else if (value.is(Value::Kind::Number)) {
        id = {start, static_cast<std::size_t>(cursor_.here() - start)};  // Numeric keys are common.
    } else if (!value.null()) {
        reject(
            Kind::NotACall,
            name,
            "\"" + std::string(name) + "\" must be a string, got " + shown(value)
        );
    }
    if (id.size() > state_.limits.id_bytes_max) {
        reject(
            Kind::TooLarge,
            name,
            "\"" + std::string(name) + "\" is longer than " +
                std::to_string(state_.limits.id_bytes_max) + " bytes"
        );
        id = {};
    }
    return true;
}

bool EventReader::Reading::read_time(std::optional<Timestamp>& time, Member member) {
    Value value;
    if (cursor_.peek() == '"') {
        std::string_view text;
        if (!cursor_.string(text, arena_)) {
            return malformed();
        }
        time = state_.times.read(text);
        value = Value::string(text);
    } else if (!cursor_.value(value, arena_)) {
        return malformed();
    }
    if (!time && !value.null()) {
        const std::string_view name = kMemberNames[static_cast<std::size_t>(member)];
        reject(
            Kind::NotACall,
            name,
            "\"" + std::string(name) +
                "\" must be an RFC 3339 time such as 2026-03-01T12:00:00Z, got " + shown(value)
        );
    }
    return true;
}

/// An object as one value; null counts as none.
bool EventReader::Reading::read_whole(Value& value, Member member) {
    if (!cursor_.value(value, arena_)) {
        return malformed();
    }
    const std::string_view name = kMemberNames[static_cast<std::size_t>(member)];
    if (value.is(Value::Kind::Context)) {
        if (value.as_context().size() > state_.limits.properties_max) {
            reject(
                Kind::TooLarge,
                name,
                "\"" + std::string(name) + "\" has more than " +
                    std::to_string(state_.limits.properties_max) + " members"
            );
        }
        return true;
    }
    if (!value.null()) {
        reject(
            Kind::NotACall,
            name,
            "\"" + std::string(name) + "\" must be an object, got " + shown(value)
        );
    }
    value = Value();
    return true;
}

bool EventReader::Reading::read_external_ids() {
    Value ids;
    if (!cursor_.value(ids, arena_)) {
        return malformed();
    }
    if (!ids.is(Value::Kind::List)) {
        return true;
    }
    const std::span<ExternalId> found = arena_.array<ExternalId>(ids.as_list().size());
    std::size_t count = 0;
    for (const Value& item : ids.as_list()) {
        const Value type = item.get("type");
        const Value id = item.get("id");
        if (type.is(Value::Kind::String) && id.is(Value::Kind::String) &&
            id.as_string().size() <= state_.limits.id_bytes_max) {
            found[count++] = {type.as_string(), id.as_string()};
        }
    }
    event_.external_ids = found.first(count);
    return true;
}

bool EventReader::Reading::read_context() {
    const char* start = cursor_.here();
    if (cursor_.peek() != '{') {
        return read_whole(event_.context, Member::Context);
    }
    if (state_.wants.context) {
        if (!read_whole(event_.context, Member::Context)) {
            return false;
        }
        if (!event_.context.has("externalIds")) {
            return true;
        }
        cursor_.rewind(start, 1);
        cursor_.peek();
    }
    if (!cursor_.open()) {
        return malformed();
    }
    bool done = false;
    for (bool first = true; cursor_.next_member(first, done); first = false) {
        std::string_view name;
        if (done) {
            return true;
        }
        if (!cursor_.key(name, arena_)) {
            return malformed();
        }
        if (name == "externalIds") {
            if (!read_external_ids()) {
                return false;
            }
        } else if (!cursor_.skip(arena_)) {
            return malformed();
        }
    }
    return malformed();
}

bool EventReader::Reading::read_member(Member member) {
    switch (member) {
    case Member::Type:
        return read_type();
    case Member::MessageId:
        return read_id(event_.id, member);
    case Member::UserId:
        return read_id(event_.user_id, member);
    case Member::AnonymousId:
        return read_id(event_.anonymous_id, member);
    case Member::PreviousId:
        return read_id(event_.previous_id, member);
    case Member::GroupId:
        return read_id(event_.group_id, member);
    case Member::EventName:
        return read_id(event_name_, member);
    case Member::Timestamp:
        return read_time(timestamp_, member);
    case Member::OriginalTimestamp:
        return read_time(original_, member);
    case Member::SentAt:
        return read_time(sent_, member);
    case Member::Properties:
        return read_properties();
    case Member::Traits:
        return read_whole(event_.traits, member);
    case Member::Context:
        return read_context();
    case Member::Name:
        return cursor_.value(page_name_, arena_) || malformed();
    case Member::Category:
        return cursor_.value(page_category_, arena_) || malformed();
    default:
        return cursor_.skip(arena_) || malformed();
    }
}

bool EventReader::Reading::read_members() {
    if (cursor_.peek() != '{') {
        return reject(Kind::Malformed, "", "cannot read the JSON: a call is an object");
    }
    if (!cursor_.open()) {
        return malformed();
    }
    std::uint32_t place = 0;
    std::uint32_t seen = 0;
    bool done = false;
    for (bool first = true; cursor_.next_member(first, done); first = false) {
        if (done) {
            return cursor_.at_end() ||
                   reject(Kind::Malformed, "", "cannot read the JSON: something follows its end");
        }
        std::uint32_t index = 0;
        std::string_view name;
        if (!state_.members.read(cursor_, arena_, place, index, name)) {
            return malformed();
        }
        if (index == KeyOrder::kUnknown) {
            if (!cursor_.skip(arena_)) {
                return malformed();
            }
            continue;
        }
        if ((seen >> index & 1U) != 0) {
            return reject(
                Kind::Malformed,
                "",
                "cannot read the JSON: \"" + std::string(kMemberNames[index]) + "\" stands twice"
            );
        }
        seen |= 1U << index;
        if (!read_member(static_cast<Member>(index))) {
            return false;
        }
    }
    return malformed();
}

bool EventReader::Reading::read() {
    if (json_.size() > state_.limits.bytes_max) {
        return reject(
            Kind::TooLarge,
            "",
            "it has " + std::to_string(json_.size()) + " bytes, more than " +
                std::to_string(state_.limits.bytes_max)
        );
    }
    if (!read_members()) {
        event_.name = event_name_;
        return false;
    }
    if (!call_) {
        event_.name = event_name_;
        return reject(Kind::NotACall, "type", "\"type\" is missing");
    }
    event_.call = *call_;
    finish_identity();
    if (!finish_properties()) {
        return false;
    }
    finish_time();
    finish_id();
    finish_context();
    return !rejected_;
}

EventReader::EventReader(const EventTypes& types, Wants wants, ReaderLimits limits)
    : state_(std::make_unique<State>(types, std::move(wants), limits)) {}

EventReader::~EventReader() = default;
EventReader::EventReader(EventReader&&) noexcept = default;
EventReader& EventReader::operator=(EventReader&&) noexcept = default;

bool EventReader::read(
    std::string_view call_json, const Envelope& envelope, Arena& arena, Event& event
) {
    event = Event{};
    event.received = envelope.received;
    if (!envelope.problem.empty()) {
        state_->rejected = {Rejected::Kind::NotACall, "", std::string(envelope.problem)};
        return false;
    }
    return Reading(*state_, call_json, envelope, arena, event).read();
}

const Rejected& EventReader::rejected() const {
    return state_->rejected;
}

}  // namespace attune::schema
