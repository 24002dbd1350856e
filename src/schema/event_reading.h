#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "schema/event_reader.h"
#include "schema/json_cursor.h"
#include "schema/key_order.h"
#include "schema/time_reader.h"

// What EventReader is made of; only its own files include this.

namespace attune::schema {

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

inline constexpr std::array<std::string_view, 18> kMemberNames{
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

inline std::optional<Call> parse_call(std::string_view text) {
    for (int i = 0; i <= static_cast<int>(Call::Alias); ++i) {
        if (to_string(static_cast<Call>(i)) == text) {
            return static_cast<Call>(i);
        }
    }
    return std::nullopt;
}

inline bool exceeds(const Decimal& number, const Decimal& bound, bool less) {
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

inline std::vector<std::string_view> names_of(const EventType& type) {
    std::vector<std::string_view> names;
    for (const Property& property : type.properties) {
        names.emplace_back(property.name);
    }
    return names;
}

inline TypeState make_type_state(const EventType& type, bool whole) {
    TypeState state{&type, KeyOrder(names_of(type)), {}, {}, whole || type.schema != nullptr};
    for (const Property& property : type.properties) {
        if (property.required) {
            state.required.add(static_cast<std::uint32_t>(state.properties.size()));
        }
        state.properties.emplace_back(property);
    }
    return state;
}

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

    bool reject(Rejected::Kind kind, std::string_view field, std::string reason);
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

}  // namespace attune::schema
