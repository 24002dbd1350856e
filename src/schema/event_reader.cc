#include "schema/event_reader.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "base/hash.h"
#include "schema/json_cursor.h"
#include "schema/key_order.h"
#include "schema/property_check.h"
#include "schema/time_reader.h"

namespace attune::schema {

namespace {

using Kind = Rejected::Kind;

/// The members of a call that mean something here, in the order in which the SDKs write them.
enum class Member : std::uint8_t {
    Type,
    MessageId,
    UserId,
    AnonymousId,
    EventName,
    Timestamp,
    OriginalTimestamp,
    SentAt,
    Properties,
    Traits,
    Context,
    PreviousId,
    GroupId,
    Name,
    Category,
    // Known, and of no use: named so that they are expected.
    Integrations,
    Channel,
    WriteKey,
};

constexpr std::array<std::string_view, 18> kMemberNames{
    "type",
    "messageId",
    "userId",
    "anonymousId",
    "event",
    "timestamp",
    "originalTimestamp",
    "sentAt",
    "properties",
    "traits",
    "context",
    "previousId",
    "groupId",
    "name",
    "category",
    "integrations",
    "channel",
    "writeKey"};

std::optional<Call> parse_call(std::string_view text) {
    for (int i = 0; i <= static_cast<int>(Call::Alias); ++i) {
        if (to_string(static_cast<Call>(i)) == text) {
            return static_cast<Call>(i);
        }
    }
    return std::nullopt;
}

bool exceeds(const Decimal& number, const Decimal& bound, bool less) {
    if (number.small() && bound.small()) {
        if (bound.coefficient() == 0) {
            return less ? number.coefficient() < 0 : number.coefficient() > 0;
        }
    }
    return less ? number < bound : number > bound;
}

/// A property with what its fast path needs to know.
struct PropertyState {
    const Property* property;
    /// A string or number with no rule but its type, or a number with simple bounds only.
    bool plain;

    explicit PropertyState(const Property& declared)
        : property(&declared),
          plain(
              declared.values.empty() && !declared.pattern && !declared.format &&
              !declared.length_max && (!declared.length_min || *declared.length_min <= 1)
          ) {}

    /// Whether a text needs no further look.
    [[nodiscard]] bool takes(std::string_view text) const {
        return plain && property->type == PropertyType::String &&
               (!property->length_min || text.size() >= *property->length_min);
    }

    [[nodiscard]] bool takes(const Decimal& number) const {
        const PropertyType type = property->type;
        if (!plain ||
            (type != PropertyType::Number &&
             (type != PropertyType::Integer || !number.small() || number.exponent() != 0))) {
            return false;
        }
        return !property->minimum_exclusive && !property->maximum_exclusive &&
               (!property->minimum || !exceeds(number, *property->minimum, true)) &&
               (!property->maximum || !exceeds(number, *property->maximum, false));
    }
};

/// A set of a type's properties.
class PropertySet {
public:
    void add(std::uint32_t index) { words_[index / 64] |= 1ULL << (index % 64); }
    [[nodiscard]] bool has(std::uint32_t index) const {
        return (words_[index / 64] >> (index % 64) & 1U) != 0;
    }
    /// The first that is here and not there.
    [[nodiscard]] std::optional<std::uint32_t> first_not_in(const PropertySet& other) const {
        for (std::uint32_t i = 0; i < words_.size(); ++i) {
            if (const std::uint64_t missing = words_[i] & ~other.words_[i]) {
                return i * 64 + static_cast<std::uint32_t>(__builtin_ctzll(missing));
            }
        }
        return std::nullopt;
    }

private:
    std::array<std::uint64_t, 4> words_{};
};

struct TypeState {
    const EventType* type;
    KeyOrder order;
    std::vector<PropertyState> properties;
    PropertySet required;
    bool whole = false;  ///< Somebody wants the properties as one context.
};

std::vector<std::string_view> names_of(const EventType& type) {
    std::vector<std::string_view> names;
    for (const Property& property : type.properties) {
        names.emplace_back(property.name);
    }
    return names;
}

TypeState make_type_state(const EventType& type, bool whole) {
    TypeState state{&type, KeyOrder(names_of(type)), {}, {}, whole || type.schema != nullptr};
    for (const Property& property : type.properties) {
        if (property.required) {
            state.required.add(static_cast<std::uint32_t>(state.properties.size()));
        }
        state.properties.emplace_back(property);
    }
    return state;
}

}  // namespace

struct EventReader::State {
    State(const EventTypes& declared, Wants wanted, ReaderLimits bounds)
        : types(declared), wants(std::move(wanted)), limits(bounds), members(kMemberNames) {
        for (std::size_t i = 0; i < types.size(); ++i) {
            const bool whole =
                wants.properties || (i < wants.properties_of.size() && wants.properties_of[i]);
            by_type.push_back(make_type_state(types[static_cast<TypeIndex>(i)], whole));
        }
    }

    const EventTypes& types;
    Wants wants;
    ReaderLimits limits;
    KeyOrder members;
    std::vector<TypeState> by_type;
    TimeReader times;
    Rejected rejected;
    TypeIndex type_guess = 0;  ///< Of the last track call.
};

/// The reading of one call.
class EventReader::Reading {
public:
    Reading(
        State& state, std::string_view json, const Envelope& envelope, Arena& arena, Event& event
    )
        : state_(state),
          json_(json),
          envelope_(envelope),
          arena_(arena),
          event_(event),
          cursor_(json, state.limits.depth_max),
          call_(envelope.call) {}

    bool read();

private:
    // Each of these returns false when reading cannot go on; what is merely wrong with the event is
    // put down by reject(), and the rest is read all the same, for the quarantine's sake.
    bool read_members();
    bool read_member(Member member);
    bool read_type();
    bool read_id(std::string_view& id, Member member);
    bool read_time(std::optional<Timestamp>& time, Member member);
    bool read_properties();
    bool read_declared(TypeState& type);
    bool read_property(TypeState& type, std::uint32_t index);
    bool read_whole(Value& value, Member member);
    bool read_context();
    bool read_external_ids();
    bool finish_properties();

    void take_declared(TypeState& type, const Value& whole, std::string_view place);
    void take_property(TypeState& type, std::uint32_t index, Value value, std::string_view place);
    void take_page_members(TypeState* type);
    void check_required(const TypeState& type, std::string_view place);
    void finish_identity();
    void finish_time();
    void finish_id();
    void finish_context();

    [[nodiscard]] TypeIndex find_type(std::string_view name);
    [[nodiscard]] TypeState* type_state(TypeIndex index) {
        return index == kUndeclared ? nullptr : &state_.by_type[index];
    }
    void make_room(const TypeState* type);

    bool reject(Kind kind, std::string_view field, std::string reason);
    bool malformed();

    State& state_;
    std::string_view json_;
    const Envelope& envelope_;
    Arena& arena_;
    Event& event_;
    JsonCursor cursor_;
    std::optional<Call> call_;
    std::optional<Timestamp> timestamp_;
    std::optional<Timestamp> original_;
    std::optional<Timestamp> sent_;
    std::string_view event_name_;
    Value page_name_;
    Value page_category_;
    const char* properties_at_ = nullptr;
    /// As which type `properties` have been read, if they have.
    std::optional<TypeIndex> properties_as_;
    std::span<Value> properties_;
    PropertySet seen_;
    bool rejected_ = false;
};

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

void EventReader::Reading::finish_identity() {
    if (event_.user_id.empty() && event_.anonymous_id.empty()) {
        reject(Kind::NotACall, "userId", "it has neither \"userId\" nor \"anonymousId\"");
    }
    if (*call_ == Call::Track && event_name_.empty()) {
        reject(Kind::NotACall, "event", "a track call needs \"event\"");
    }
    if (*call_ == Call::Group && event_.group_id.empty()) {
        reject(Kind::NotACall, "groupId", "a group call needs \"groupId\"");
    }
    if (*call_ == Call::Alias && event_.previous_id.empty()) {
        reject(Kind::NotACall, "previousId", "an alias call needs \"previousId\"");
    }
}

/// timestamp = receivedAt - (sentAt - originalTimestamp): the sender's clock may be wrong, the time
/// between its two readings is not (Segment, "Spec: Common Fields").
void EventReader::Reading::finish_time() {
    const std::optional<Timestamp> own = original_ ? original_ : timestamp_;
    const std::optional<Timestamp> sent = sent_ ? sent_ : envelope_.sent_at;
    event_.received = envelope_.received;
    event_.at = own.value_or(envelope_.received);
    if (own && sent) {
        event_.at = envelope_.received - (*sent - *own);
    }
    if (event_.at > kTimestampMax) {
        reject(Kind::NotACall, "timestamp", "its time lies behind the year 9999");
    }
    const std::optional<Duration> future_max = state_.limits.future_max;
    if (future_max && event_.at - envelope_.received > *future_max) {
        reject(
            Kind::NotACall,
            "timestamp",
            "its time, " + attune::to_string(event_.at) + ", lies more than " +
                attune::to_string(*future_max) + " ahead of its reception"
        );
    }
}

void EventReader::Reading::finish_id() {
    constexpr std::size_t kMessageIdBytesMax = 99;  // "Less than 100 characters", says Segment.
    if (event_.id.size() > kMessageIdBytesMax) {
        reject(Kind::TooLarge, "messageId", "\"messageId\" is longer than 99 bytes");
        return;
    }
    if (!event_.id.empty()) {
        return;
    }
    // The same bytes are the same event, unless they do not say when it happened.
    const std::uint64_t first = hash_bytes(json_);
    const bool timed = timestamp_ || original_;
    const auto when = timed ? 0 : static_cast<std::uint64_t>(envelope_.received.ms());
    const std::uint64_t second = hash_combine(hash_combine(first, json_.size()), when);
    constexpr std::string_view kHex = "0123456789abcdef";
    const std::span<char> id = arena_.array<char>(32);
    for (unsigned i = 0; i < 16; ++i) {
        id[i] = kHex[hash_combine(first, when) >> (60U - 4 * i) & 0xfU];
        id[i + 16] = kHex[second >> (60U - 4 * i) & 0xfU];
    }
    event_.id = {id.data(), id.size()};
}

/// Adds the entries of the batch's context that the call's own lacks.
void EventReader::Reading::finish_context() {
    if (envelope_.context.empty() || !state_.wants.context) {
        return;
    }
    // The bytes lie in a log entry or a body; a copy has the padding that the cursor needs.
    const std::span<char> copy = arena_.array<char>(envelope_.context.size() + kPadding);
    std::memcpy(copy.data(), envelope_.context.data(), envelope_.context.size());
    std::memset(copy.data() + envelope_.context.size(), 0, kPadding);
    JsonCursor cursor({copy.data(), envelope_.context.size()}, state_.limits.depth_max);
    Value shared;
    if (!cursor.value(shared, arena_) || !shared.is(Value::Kind::Context)) {
        return;  // It was checked when the batch was taken apart.
    }
    const std::span<const Entry> own = event_.context.is(Value::Kind::Context)
                                           ? event_.context.as_context()
                                           : std::span<const Entry>();
    const std::span<Entry> all = arena_.array<Entry>(own.size() + shared.as_context().size());
    auto end = std::copy(own.begin(), own.end(), all.begin());
    for (const Entry& entry : shared.as_context()) {
        if (!event_.context.has(entry.key)) {
            *end++ = entry;
        }
    }
    event_.context = Value::context(all.first(static_cast<std::size_t>(end - all.begin())));
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
    return Reading(*state_, call_json, envelope, arena, event).read();
}

const Rejected& EventReader::rejected() const {
    return state_->rejected;
}

}  // namespace attune::schema
