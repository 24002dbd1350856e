#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "schema/format.h"
#include "schema/json_schema.h"
#include "schema/pattern.h"
#include "value/decimal.h"

namespace attune::schema {

/// JSON's types as bits; an integer is a number too.
enum JsonType : std::uint8_t {
    kJsonNull = 1,
    kJsonBoolean = 2,
    kJsonInteger = 4,
    kJsonNumber = 8,
    kJsonString = 16,
    kJsonArray = 32,
    kJsonObject = 64,
};

/// Where a sub-schema stands in the list of nodes.
using NodeIndex = std::uint32_t;
using MaybeNode = std::optional<NodeIndex>;

/// One schema, with its keywords taken apart.
struct JsonSchema::Node {
    std::optional<bool> always;  ///< The schemas `true` and `false`.
    std::uint8_t types = 0;      ///< Of JsonType; 0 for any.
    std::optional<std::vector<Value>> enumeration;
    std::optional<Value> constant;

    std::optional<Decimal> minimum;
    std::optional<Decimal> maximum;
    std::optional<Decimal> above;
    std::optional<Decimal> below;
    std::optional<Decimal> multiple_of;

    std::optional<std::uint64_t> length_min;
    std::optional<std::uint64_t> length_max;
    std::optional<Pattern> pattern;
    std::optional<Format> format;

    std::vector<NodeIndex> prefix_items;
    MaybeNode items;  ///< Of the items behind the prefix.
    MaybeNode contains;
    std::uint64_t contains_min = 1;
    std::optional<std::uint64_t> contains_max;
    std::optional<std::uint64_t> items_min;
    std::optional<std::uint64_t> items_max;
    bool unique = false;

    std::vector<std::pair<std::string, NodeIndex>> properties;
    std::vector<std::pair<Pattern, NodeIndex>> pattern_properties;
    MaybeNode additional;
    MaybeNode property_names;
    std::vector<std::string> required;
    std::vector<std::pair<std::string, std::vector<std::string>>> dependent_required;
    std::vector<std::pair<std::string, NodeIndex>> dependent_schemas;
    std::optional<std::uint64_t> members_min;
    std::optional<std::uint64_t> members_max;

    std::vector<NodeIndex> all_of;
    std::vector<NodeIndex> any_of;
    std::vector<NodeIndex> one_of;
    MaybeNode negated;
    MaybeNode condition;
    MaybeNode then;
    MaybeNode otherwise;
    MaybeNode reference;
};

/// "string", "integer" …; nothing for any other text.
[[nodiscard]] std::optional<JsonType> parse_json_type(std::string_view name);
[[nodiscard]] std::string describe_types(std::uint8_t types);

}  // namespace attune::schema
