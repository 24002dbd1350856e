#include "schema/json_schema_compiler.h"

// Which keywords there are, and how each is read.

namespace attune::schema {

namespace {

using Node = JsonSchema::Node;
// The lambdas below share their parameters; the type says what they are.
using Self = JsonSchemaCompiler&;
using At = const std::string&;

}  // namespace

std::vector<JsonSchemaCompiler::Keyword> JsonSchemaCompiler::value_keywords() {
    return {
        {"type",
         [](Self self, Node& node, const Value& value, At at) { self.read_type(node, value, at); }},
        {"enum",
         [](Self self, Node& node, const Value& value, At at) { self.read_enum(node, value, at); }},
        {"const", [](Self, Node& node, const Value& value, At) { node.constant = value; }},
        {"minimum",
         [](Self self, Node& node, const Value& value, At at) {
             node.minimum = self.number(value, at);
         }},
        {"maximum",
         [](Self self, Node& node, const Value& value, At at) {
             node.maximum = self.number(value, at);
         }},
        {"exclusiveMinimum",
         [](Self self, Node& node, const Value& value, At at) {
             node.above = self.number(value, at);
         }},
        {"exclusiveMaximum",
         [](Self self, Node& node, const Value& value, At at) {
             node.below = self.number(value, at);
         }},
        {"multipleOf",
         [](Self self, Node& node, const Value& value, At at) {
             node.multiple_of = self.number(value, at);
             if (node.multiple_of && node.multiple_of->sign() <= 0) {
                 self.problem(at, "must be greater than 0");
             }
         }},
        {"minLength",
         [](Self self, Node& node, const Value& value, At at) {
             node.length_min = self.size(value, at);
         }},
        {"maxLength",
         [](Self self, Node& node, const Value& value, At at) {
             node.length_max = self.size(value, at);
         }},
        {"pattern",
         [](Self self, Node& node, const Value& value, At at) {
             node.pattern = self.pattern(value, at);
         }},
        {"format",
         [](Self self, Node& node, const Value& value, At at) {
             self.read_format(node, value, at);
         }},
    };
}

std::vector<JsonSchemaCompiler::Keyword> JsonSchemaCompiler::container_keywords() {
    return {
        {"items",
         [](Self self, Node& node, const Value& value, At at) {
             self.read_items(node, value, at);
         }},
        {"prefixItems",
         [](Self self, Node& node, const Value& value, At at) {
             node.prefix_items = self.schemas(value, at);
         }},
        {"additionalItems",
         [](Self self, Node& node, const Value& value, At at) {
             const MaybeNode rest = self.schema(value, at);
             node.items = node.items ? node.items : rest;
         }},
        {"contains",
         [](Self self, Node& node, const Value& value, At at) {
             node.contains = self.schema(value, at);
         }},
        {"minContains",
         [](Self self, Node& node, const Value& value, At at) {
             node.contains_min = self.size(value, at).value_or(1);
         }},
        {"maxContains",
         [](Self self, Node& node, const Value& value, At at) {
             node.contains_max = self.size(value, at);
         }},
        {"minItems",
         [](Self self, Node& node, const Value& value, At at) {
             node.items_min = self.size(value, at);
         }},
        {"maxItems",
         [](Self self, Node& node, const Value& value, At at) {
             node.items_max = self.size(value, at);
         }},
        {"uniqueItems",
         [](Self self, Node& node, const Value& value, At at) {
             self.read_unique(node, value, at);
         }},
        {"properties",
         [](Self self, Node& node, const Value& value, At at) {
             node.properties = self.schema_map(value, at);
         }},
        {"patternProperties",
         [](Self self, Node& node, const Value& value, At at) {
             self.read_pattern_properties(node, value, at);
         }},
        {"additionalProperties",
         [](Self self, Node& node, const Value& value, At at) {
             node.additional = self.schema(value, at);
         }},
        {"propertyNames",
         [](Self self, Node& node, const Value& value, At at) {
             node.property_names = self.schema(value, at);
         }},
        {"required",
         [](Self self, Node& node, const Value& value, At at) {
             node.required = self.names(value, at);
         }},
        {"minProperties",
         [](Self self, Node& node, const Value& value, At at) {
             node.members_min = self.size(value, at);
         }},
        {"maxProperties",
         [](Self self, Node& node, const Value& value, At at) {
             node.members_max = self.size(value, at);
         }},
    };
}

std::vector<JsonSchemaCompiler::Keyword> JsonSchemaCompiler::logic_keywords() {
    return {
        {"dependentRequired",
         [](Self self, Node& node, const Value& value, At at) {
             self.read_dependent_required(node, value, at);
         }},
        {"dependentSchemas",
         [](Self self, Node& node, const Value& value, At at) {
             node.dependent_schemas = self.schema_map(value, at);
         }},
        {"dependencies",
         [](Self self, Node& node, const Value& value, At at) {
             self.read_dependencies(node, value, at);
         }},
        {"allOf",
         [](Self self, Node& node, const Value& value, At at) {
             node.all_of = self.schemas(value, at);
         }},
        {"anyOf",
         [](Self self, Node& node, const Value& value, At at) {
             node.any_of = self.schemas(value, at);
         }},
        {"oneOf",
         [](Self self, Node& node, const Value& value, At at) {
             node.one_of = self.schemas(value, at);
         }},
        {"not",
         [](Self self, Node& node, const Value& value, At at) {
             node.negated = self.schema(value, at);
         }},
        {"if",
         [](Self self, Node& node, const Value& value, At at) {
             node.condition = self.schema(value, at);
         }},
        {"then",
         [](Self self, Node& node, const Value& value, At at) {
             node.then = self.schema(value, at);
         }},
        {"else",
         [](Self self, Node& node, const Value& value, At at) {
             node.otherwise = self.schema(value, at);
         }},
        {"$ref",
         [](Self self, Node& node, const Value& value, At at) {
             self.read_reference(node, value, at);
         }},
    };
}

const std::vector<JsonSchemaCompiler::Keyword>& JsonSchemaCompiler::keywords() {
    static const std::vector<Keyword> all = [] {
        std::vector<Keyword> joined = value_keywords();
        for (const std::vector<Keyword>& more : {container_keywords(), logic_keywords()}) {
            joined.insert(joined.end(), more.begin(), more.end());
        }
        return joined;
    }();
    return all;
}

}  // namespace attune::schema
