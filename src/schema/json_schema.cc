#include "schema/json_schema.h"

#include <algorithm>
#include <unordered_set>

#include "schema/json_schema_node.h"
#include "schema/property_check.h"

namespace attune::schema {

namespace {

using Kind = Value::Kind;
using Node = JsonSchema::Node;

/// Where in the checked value we are; built on the stack, written down only for an error.
struct Place {
    const Place* outer = nullptr;
    std::string_view key;
    std::size_t index = 0;
    bool item = false;
};

std::string to_text(const Place& place) {
    if (place.outer == nullptr) {
        return std::string(place.key);
    }
    const std::string outer = to_text(*place.outer);
    return place.item ? outer + "[" + std::to_string(place.index) + "]"
                      : outer + "." + std::string(place.key);
}

std::uint8_t type_of(const Value& value) {
    switch (value.kind()) {
    case Kind::Null:
        return kJsonNull;
    case Kind::Boolean:
        return kJsonBoolean;
    case Kind::Number:
        return value.as_number().whole() ? kJsonInteger | kJsonNumber : kJsonNumber;
    case Kind::String:
        return kJsonString;
    case Kind::List:
        return kJsonArray;
    case Kind::Context:
        return kJsonObject;
    default:
        return 0;
    }
}

/// Equal as JSON: the order of members does not count, nor how a number was written.
bool equal(const Value& lhs, const Value& rhs) {
    if (lhs.kind() != rhs.kind()) {
        return false;
    }
    if (lhs.is(Kind::List)) {
        const auto left = lhs.as_list();
        const auto right = rhs.as_list();
        return std::equal(left.begin(), left.end(), right.begin(), right.end(), equal);
    }
    if (lhs.is(Kind::Context)) {
        const auto left = lhs.as_context();
        return left.size() == rhs.as_context().size() &&
               std::all_of(left.begin(), left.end(), [&rhs](const Entry& entry) {
                   return rhs.has(entry.key) && equal(entry.value, rhs.get(entry.key));
               });
    }
    return lhs.is(Kind::Number) ? lhs.as_number() == rhs.as_number() : identical(lhs, rhs);
}

/// One check of one value. Sub-schemas that may fail (anyOf, not, if) are tried without a text.
class Checking {
public:
    explicit Checking(const std::vector<Node>& nodes) : nodes_(nodes) {}

    bool check(NodeIndex index, const Value& value, const Place& place, std::string* why);
    /// Whether it was given up; then the answer is no, whatever a `not` made of it.
    [[nodiscard]] bool exceeded() const { return exceeded_; }

private:
    // Against schemas that refer to themselves, or multiply by anyOf in each other.
    static constexpr std::size_t kStepsMax = 200'000;
    static constexpr std::size_t kDepthMax = 256;

    bool check_node(const Node& node, const Value& value, const Place& place, std::string* why);
    bool check_type(const Node& node, const Value& value, const Place& place, std::string* why);
    bool check_number(const Node& node, const Value& value, const Place& place, std::string* why);
    bool check_text(const Node& node, const Value& value, const Place& place, std::string* why);
    bool check_list(const Node& node, const Value& value, const Place& place, std::string* why);
    bool check_contains(const Node& node, const Value& value, const Place& place, std::string* why);
    bool check_unique(const Value& value, const Place& place, std::string* why);
    bool check_object(const Node& node, const Value& value, const Place& place, std::string* why);
    bool check_member(const Node& node, const Entry& entry, const Place& place, std::string* why);
    bool check_dependent(
        const Node& node, const Value& value, const Place& place, std::string* why
    );
    bool check_logic(const Node& node, const Value& value, const Place& place, std::string* why);
    bool try_node(NodeIndex index, const Value& value, const Place& place) {
        return check(index, value, place, nullptr);
    }

    template <typename Reason>
    static bool fail(const Place& place, std::string* why, Reason&& reason) {
        if (why != nullptr) {
            *why = to_text(place) + " " + reason();
        }
        return false;
    }

    static bool in_range(
        std::uint64_t count,
        const std::optional<std::uint64_t>& least,
        const std::optional<std::uint64_t>& most
    ) {
        return (!least || count >= *least) && (!most || count <= *most);
    }

    static bool fail_range(
        const Place& place,
        std::string* why,
        std::uint64_t count,
        const std::optional<std::uint64_t>& least,
        std::string_view unit,
        const std::optional<std::uint64_t>& most
    ) {
        return fail(place, why, [&] {
            const bool few = least && count < *least;
            return std::string("must have at ") + (few ? "least " : "most ") +
                   std::to_string(few ? *least : *most) + " " + std::string(unit) + ", got " +
                   std::to_string(count);
        });
    }

    const std::vector<Node>& nodes_;
    std::size_t steps_ = 0;
    std::size_t depth_ = 0;
    bool exceeded_ = false;
};

bool Checking::check(NodeIndex index, const Value& value, const Place& place, std::string* why) {
    if (++steps_ > kStepsMax || depth_ >= kDepthMax) {
        exceeded_ = true;
        return fail(place, why, [] { return "takes more steps to check than are allowed"; });
    }
    ++depth_;
    const bool fits = check_node(nodes_[index], value, place, why);
    --depth_;
    return fits;
}

bool Checking::check_node(
    const Node& node, const Value& value, const Place& place, std::string* why
) {
    if (node.always) {
        return *node.always || fail(place, why, [] { return "is not allowed"; });
    }
    if (!check_type(node, value, place, why)) {
        return false;
    }
    switch (value.kind()) {
    case Kind::Number:
        if (!check_number(node, value, place, why)) {
            return false;
        }
        break;
    case Kind::String:
        if (!check_text(node, value, place, why)) {
            return false;
        }
        break;
    case Kind::List:
        if (!check_list(node, value, place, why)) {
            return false;
        }
        break;
    case Kind::Context:
        if (!check_object(node, value, place, why)) {
            return false;
        }
        break;
    default:
        break;
    }
    return check_logic(node, value, place, why);
}

bool Checking::check_type(
    const Node& node, const Value& value, const Place& place, std::string* why
) {
    if (node.types != 0 && (node.types & type_of(value)) == 0) {
        return fail(place, why, [&] {
            return "must be " + describe_types(node.types) + ", got " + shown(value);
        });
    }
    if (node.constant && !equal(*node.constant, value)) {
        return fail(place, why, [&] {
            return "must be " + shown(*node.constant) + ", got " + shown(value);
        });
    }
    const auto same = [&value](const Value& allowed) { return equal(allowed, value); };
    if (node.enumeration &&
        std::none_of(node.enumeration->begin(), node.enumeration->end(), same)) {
        return fail(place, why, [&] {
            return "must be one of " + shown(Value::list(*node.enumeration)) + ", got " +
                   shown(value);
        });
    }
    return true;
}

bool Checking::check_number(
    const Node& node, const Value& value, const Place& place, std::string* why
) {
    const Decimal number = value.as_number();
    const auto bound = [&](bool fits, std::string_view words, const std::optional<Decimal>& limit) {
        return fits || fail(place, why, [&] {
                   return "must be " + std::string(words) + " " + limit->to_string() + ", got " +
                          shown(value);
               });
    };
    if (!bound(!node.minimum || number >= *node.minimum, "at least", node.minimum) ||
        !bound(!node.maximum || number <= *node.maximum, "at most", node.maximum) ||
        !bound(!node.above || number > *node.above, "greater than", node.above) ||
        !bound(!node.below || number < *node.below, "less than", node.below)) {
        return false;
    }
    if (!node.multiple_of) {
        return true;
    }
    const std::optional<Decimal> rest = Decimal::modulo(number, *node.multiple_of);
    return bound(rest && rest->sign() == 0, "a multiple of", node.multiple_of);
}

bool Checking::check_text(
    const Node& node, const Value& value, const Place& place, std::string* why
) {
    const std::string_view text = value.as_string();
    if (node.length_min || node.length_max) {
        const std::size_t length = code_points(text);
        if (!in_range(length, node.length_min, node.length_max)) {
            return fail_range(place, why, length, node.length_min, "characters", node.length_max);
        }
    }
    if (node.pattern && !node.pattern->found_in(text)) {
        return fail(place, why, [&] {
            return "must match the pattern \"" + node.pattern->text() + "\", got " + shown(value);
        });
    }
    return !node.format || matches(*node.format, text) || fail(place, why, [&] {
        return "must have the format " + std::string(to_string(*node.format)) + ", got " +
               shown(value);
    });
}

bool Checking::check_unique(const Value& value, const Place& place, std::string* why) {
    const std::span<const Value> items = value.as_list();
    // Each with each, as equality knows no order; the steps bound what it may cost.
    for (std::size_t i = 0; i < items.size(); ++i) {
        for (std::size_t j = 0; j < i; ++j) {
            if (++steps_ > kStepsMax || equal(items[i], items[j])) {
                return fail(place, why, [&] {
                    return steps_ > kStepsMax
                               ? std::string("has too many items to compare each with each")
                               : "must not hold an item twice, but holds " + shown(items[i]) +
                                     " twice";
                });
            }
        }
    }
    return true;
}

bool Checking::check_contains(
    const Node& node, const Value& value, const Place& place, std::string* why
) {
    std::uint64_t count = 0;
    const std::span<const Value> items = value.as_list();
    for (std::size_t i = 0; i < items.size(); ++i) {
        const Place inner{&place, {}, i, true};
        count += try_node(*node.contains, items[i], inner) ? 1U : 0U;
    }
    if (in_range(count, node.contains_min, node.contains_max)) {
        return true;
    }
    return fail_range(
        place, why, count, node.contains_min, "items of the kind it must contain", node.contains_max
    );
}

bool Checking::check_list(
    const Node& node, const Value& value, const Place& place, std::string* why
) {
    const std::span<const Value> items = value.as_list();
    if (!in_range(items.size(), node.items_min, node.items_max)) {
        return fail_range(place, why, items.size(), node.items_min, "items", node.items_max);
    }
    for (std::size_t i = 0; i < items.size(); ++i) {
        const bool in_prefix = i < node.prefix_items.size();
        const MaybeNode schema = in_prefix ? MaybeNode(node.prefix_items[i]) : node.items;
        const Place inner{&place, {}, i, true};
        if (schema && !check(*schema, items[i], inner, why)) {
            return false;
        }
    }
    return (!node.contains || check_contains(node, value, place, why)) &&
           (!node.unique || check_unique(value, place, why));
}

bool Checking::check_member(
    const Node& node, const Entry& entry, const Place& place, std::string* why
) {
    const Place inner{&place, entry.key, 0, false};
    if (node.property_names && !check(*node.property_names, Value::string(entry.key), inner, why)) {
        return false;
    }
    bool known = false;
    for (const auto& [name, schema] : node.properties) {
        if (name == entry.key) {
            known = true;
            if (!check(schema, entry.value, inner, why)) {
                return false;
            }
        }
    }
    for (const auto& [pattern, schema] : node.pattern_properties) {
        if (pattern.found_in(entry.key)) {
            known = true;
            if (!check(schema, entry.value, inner, why)) {
                return false;
            }
        }
    }
    return known || !node.additional || check(*node.additional, entry.value, inner, why);
}

bool Checking::check_dependent(
    const Node& node, const Value& value, const Place& place, std::string* why
) {
    for (const auto& dependency : node.dependent_required) {
        if (!value.has(dependency.first)) {
            continue;
        }
        for (const std::string& other : dependency.second) {
            if (!value.has(other)) {
                return fail(place, why, [&] {
                    return "must have \"" + other + "\" where it has \"" + dependency.first + "\"";
                });
            }
        }
    }
    for (const auto& [name, schema] : node.dependent_schemas) {
        if (value.has(name) && !check(schema, value, place, why)) {
            return false;
        }
    }
    return true;
}

bool Checking::check_object(
    const Node& node, const Value& value, const Place& place, std::string* why
) {
    for (const std::string& name : node.required) {
        if (!value.has(name)) {
            const Place inner{&place, name, 0, false};
            return fail(inner, why, [] { return "is missing"; });
        }
    }
    const std::size_t count = value.as_context().size();
    if (!in_range(count, node.members_min, node.members_max)) {
        return fail_range(place, why, count, node.members_min, "members", node.members_max);
    }
    for (const Entry& entry : value.as_context()) {
        if (!check_member(node, entry, place, why)) {
            return false;
        }
    }
    return check_dependent(node, value, place, why);
}

bool Checking::check_logic(
    const Node& node, const Value& value, const Place& place, std::string* why
) {
    if (node.reference && !check(*node.reference, value, place, why)) {
        return false;
    }
    for (const NodeIndex schema : node.all_of) {
        if (!check(schema, value, place, why)) {
            return false;
        }
    }
    const auto fits = [&](NodeIndex schema) { return try_node(schema, value, place); };
    if (!node.any_of.empty() && std::none_of(node.any_of.begin(), node.any_of.end(), fits)) {
        return fail(place, why, [&] {
            return "fits none of the alternatives (anyOf), got " + shown(value);
        });
    }
    if (!node.one_of.empty()) {
        const auto count = std::count_if(node.one_of.begin(), node.one_of.end(), fits);
        if (count != 1) {
            return fail(place, why, [&] {
                return "must fit exactly one alternative (oneOf), but fits " +
                       std::to_string(count) + ", got " + shown(value);
            });
        }
    }
    if (node.negated && fits(*node.negated)) {
        return fail(place, why, [&] {
            return "must not be what it is (not), got " + shown(value);
        });
    }
    if (node.condition) {
        const MaybeNode& branch = fits(*node.condition) ? node.then : node.otherwise;
        return !branch || check(*branch, value, place, why);
    }
    return true;
}

}  // namespace

JsonSchema::JsonSchema(
    std::vector<Node> nodes, std::vector<Property> properties, std::unique_ptr<Arena> arena
)
    : nodes_(std::move(nodes)), properties_(std::move(properties)), arena_(std::move(arena)) {}

JsonSchema::~JsonSchema() = default;

bool JsonSchema::accepts(const Value& value, std::string_view root, std::string* why) const {
    Checking checking(nodes_);
    const Place place{nullptr, root, 0, false};
    const bool fits = checking.check(0, value, place, why);
    if (checking.exceeded() && fits && why != nullptr) {
        *why = std::string(root) + " takes more steps to check than are allowed";
    }
    return fits && !checking.exceeded();
}

}  // namespace attune::schema
