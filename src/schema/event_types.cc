#include "schema/event_types.h"

#include <algorithm>
#include <array>

#include "base/assert.h"

namespace attune::schema {

std::string_view to_string(PropertyType type) {
    constexpr std::array<std::string_view, 8> kNames{
        "any", "string", "number", "integer", "boolean", "object", "array", "timestamp"};
    return kNames[static_cast<std::size_t>(type)];
}

std::optional<std::uint32_t> EventType::index_of(std::string_view property) const {
    for (std::uint32_t i = 0; i < properties.size(); ++i) {
        if (properties[i].name == property) {
            return i;
        }
    }
    return std::nullopt;
}

EventTypes::EventTypes(std::vector<EventType> types, Undeclared undeclared)
    : types_(std::move(types)), undeclared_(undeclared) {
    for (std::size_t i = 0; i < types_.size(); ++i) {
        ATTUNE_ASSERT(types_[i].properties.size() <= kPropertiesMax);
        const bool added = by_name_.emplace(types_[i].name, static_cast<TypeIndex>(i)).second;
        ATTUNE_ASSERT(added);
        properties_max_ = std::max(properties_max_, types_[i].properties.size());
    }
}

TypeIndex EventTypes::find(std::string_view name) const {
    const auto found = by_name_.find(name);
    return found == by_name_.end() ? kUndeclared : found->second;
}

}  // namespace attune::schema
