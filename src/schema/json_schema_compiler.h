#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "schema/json_schema_node.h"

namespace attune::schema {

/// Takes one schema document apart into nodes, collecting every problem on the way.
class JsonSchemaCompiler {
public:
    JsonSchemaCompiler(
        const Value& root, std::vector<SchemaProblem>& problems, const JsonSchema::Options& options
    )
        : root_(root), problems_(problems), options_(options) {
        const Value draft = root.get("$schema");
        draft7_ = draft.is(Value::Kind::String) &&
                  draft.as_string().find("draft-07") != std::string_view::npos;
    }

    std::vector<JsonSchema::Node> compile();

private:
    using Node = JsonSchema::Node;
    /// How one keyword's value is read into a node.
    struct Keyword {
        std::string_view name;
        void (*read
        )(JsonSchemaCompiler& self, Node& node, const Value& value, const std::string& at);
    };
    static std::vector<Keyword> value_keywords();
    static std::vector<Keyword> container_keywords();
    static std::vector<Keyword> logic_keywords();
    static const std::vector<Keyword>& keywords();

    void problem(const std::string& pointer, std::string message, std::string hint = {}) {
        problems_.push_back({pointer, std::move(message), std::move(hint)});
    }
    NodeIndex node(const Value& schema, const std::string& pointer, std::size_t depth);
    void read_keyword(Node& node, const Entry& entry, const std::string& pointer);
    void unknown(std::string_view keyword, const std::string& pointer);
    void check_definitions(const Value& definitions, const std::string& pointer);

    MaybeNode schema(const Value& value, const std::string& at) {
        return node(value, at, depth_ + 1);
    }
    std::vector<NodeIndex> schemas(const Value& value, const std::string& at);
    std::vector<std::pair<std::string, NodeIndex>> schema_map(
        const Value& value, const std::string& at
    );
    std::optional<Decimal> number(const Value& value, const std::string& at);
    std::optional<std::uint64_t> size(const Value& value, const std::string& at);
    std::vector<std::string> names(const Value& value, const std::string& at);
    std::optional<Pattern> pattern(const Value& value, const std::string& at);

    void read_type(Node& node, const Value& value, const std::string& at);
    void read_enum(Node& node, const Value& value, const std::string& at);
    void read_format(Node& node, const Value& value, const std::string& at);
    void read_items(Node& node, const Value& value, const std::string& at);
    void read_pattern_properties(Node& node, const Value& value, const std::string& at);
    void read_dependencies(Node& node, const Value& value, const std::string& at);
    void read_dependent_required(Node& node, const Value& value, const std::string& at);
    void read_reference(Node& node, const Value& value, const std::string& at);
    void read_unique(Node& node, const Value& value, const std::string& at);

    const Value* resolve(std::string_view reference, std::string& pointer) const;

    const Value& root_;
    std::vector<SchemaProblem>& problems_;
    const JsonSchema::Options& options_;
    bool draft7_ = false;
    std::vector<Node> nodes_;
    std::map<std::string, NodeIndex> by_pointer_;
    std::size_t depth_ = 0;
};

}  // namespace attune::schema
