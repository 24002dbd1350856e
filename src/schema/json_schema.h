#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/arena.h"
#include "base/result.h"
#include "value/value.h"

namespace attune::schema {

/// What is wrong with a schema document, and where in it.
struct SchemaProblem {
    std::string pointer;  ///< JSON Pointer into the schema: "/properties/price/minimun"
    std::string message;  ///< `unknown keyword "minimun"`
    std::string hint;     ///< `did you mean "minimum"?`; may be empty
};

/// A JSON Schema of draft 2020-12 or draft 7, compiled: immutable, safe to share between threads.
///
/// Checked are: type, enum, const, the bounds of numbers, texts, lists and objects, multipleOf,
/// pattern, format (asserted), items, prefixItems, additionalItems, contains, minContains,
/// maxContains, uniqueItems, properties, patternProperties, additionalProperties, propertyNames,
/// required, dependentRequired, dependentSchemas, dependencies, allOf, anyOf, oneOf, not,
/// if/then/else, and $ref inside the document. Every other keyword is a problem, except annotations
/// (title, description, default, examples, deprecated, readOnly, writeOnly, $comment, $schema,
/// $id).
class JsonSchema {
public:
    struct Options {
        std::size_t bytes_max = 1'000'000;
        std::size_t nodes_max = 10'000;
        std::size_t depth_max = 64;
    };

    /// Compiles a document; every problem at once in `problems`, and nothing if there are any.
    [[nodiscard]] static std::shared_ptr<const JsonSchema> compile(
        std::string_view document, std::vector<SchemaProblem>& problems, const Options& options
    );
    [[nodiscard]] static std::shared_ptr<const JsonSchema> compile(
        std::string_view document, std::vector<SchemaProblem>& problems
    ) {
        return compile(document, problems, Options{});
    }

    /// Whether `value` fits; if not, `why` (where given) names the path and the reason:
    /// `properties.items[2].price must be a number, got "12,5"`. `root` names the value itself.
    [[nodiscard]] bool accepts(
        const Value& value, std::string_view root = "value", std::string* why = nullptr
    ) const;

    /// A property that the root schema declares, as far as the compiler of expressions can use it.
    struct Property {
        std::string name;
        std::string type;  ///< "string", "number", …; empty if several or unknown.
        bool required = false;
    };
    [[nodiscard]] const std::vector<Property>& properties() const { return properties_; }

    struct Node;

    JsonSchema(
        std::vector<Node> nodes, std::vector<Property> properties, std::unique_ptr<Arena> arena
    );
    ~JsonSchema();
    JsonSchema(const JsonSchema&) = delete;
    JsonSchema& operator=(const JsonSchema&) = delete;
    JsonSchema(JsonSchema&&) = delete;
    JsonSchema& operator=(JsonSchema&&) = delete;

private:
    std::vector<Node> nodes_;  ///< The root is the first.
    std::vector<Property> properties_;
    std::unique_ptr<Arena> arena_;  ///< Of the values of enum and const.
};

}  // namespace attune::schema
