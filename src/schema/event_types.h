#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "schema/event.h"
#include "schema/format.h"
#include "schema/json_schema.h"
#include "schema/pattern.h"
#include "value/decimal.h"
#include "value/value.h"

namespace attune::schema {

enum class PropertyType : std::uint8_t {
    Any,
    String,
    Number,
    Integer,
    Boolean,
    Object,
    Array,
    Timestamp,  ///< RFC 3339 text in JSON; a FEEL date and time as a Value.
};

[[nodiscard]] std::string_view to_string(PropertyType type);

/// What a property may be. Lengths count code points.
struct Property {
    std::string name;
    PropertyType type = PropertyType::Any;
    bool required = false;
    std::optional<Decimal> minimum;
    std::optional<Decimal> maximum;
    bool minimum_exclusive = false;
    bool maximum_exclusive = false;
    std::optional<std::uint32_t> length_min;  ///< Of a text, or items of an array.
    std::optional<std::uint32_t> length_max;
    std::optional<Pattern> pattern;
    std::optional<Format> format;
    std::vector<std::shared_ptr<const OwnedValue>> values;  ///< The enumeration; empty: any value.
};

/// What events of one name look like. `properties` are those of a track, page or screen call, and
/// the traits of an identify or group call.
struct EventType {
    std::string name;
    std::vector<Property> properties;
    bool additional = true;                    ///< Properties that are not declared are allowed.
    std::shared_ptr<const JsonSchema> schema;  ///< Checked besides the properties; may be null.

    [[nodiscard]] std::optional<std::uint32_t> index_of(std::string_view property) const;
};

/// What happens to events whose type is not declared.
enum class Undeclared : std::uint8_t { Accept, Quarantine };

/// The declared event types of a program, by dense index. Immutable once built; safe to share
/// between threads.
class EventTypes {
public:
    EventTypes() = default;
    /// Names must be unique; properties at most kPropertiesMax a type.
    EventTypes(std::vector<EventType> types, Undeclared undeclared);

    static constexpr std::size_t kPropertiesMax = 255;

    [[nodiscard]] std::size_t size() const { return types_.size(); }
    [[nodiscard]] const EventType& operator[](TypeIndex index) const { return types_[index]; }
    [[nodiscard]] std::span<const EventType> all() const { return types_; }
    /// kUndeclared if there is none.
    [[nodiscard]] TypeIndex find(std::string_view name) const;
    [[nodiscard]] Undeclared undeclared() const { return undeclared_; }
    /// The most properties that one type declares.
    [[nodiscard]] std::size_t properties_max() const { return properties_max_; }

private:
    std::vector<EventType> types_;
    std::unordered_map<std::string_view, TypeIndex> by_name_;
    Undeclared undeclared_ = Undeclared::Accept;
    std::size_t properties_max_ = 0;
};

}  // namespace attune::schema
