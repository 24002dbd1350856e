#include <algorithm>
#include <array>
#include <map>

#include "base/closest.h"
#include "schema/json_schema_compiler.h"
#include "schema/json_schema_node.h"
#include "value/json.h"

namespace attune::schema {

namespace {

using Kind = Value::Kind;

constexpr std::array<std::pair<std::string_view, JsonType>, 7> kTypes{{
    {"null", kJsonNull},
    {"boolean", kJsonBoolean},
    {"integer", kJsonInteger},
    {"number", kJsonNumber},
    {"string", kJsonString},
    {"array", kJsonArray},
    {"object", kJsonObject},
}};

constexpr std::array<std::string_view, 13> kAnnotations{
    "$schema",
    "$id",
    "$comment",
    "$anchor",
    "$defs",
    "definitions",
    "title",
    "description",
    "default",
    "examples",
    "deprecated",
    "readOnly",
    "writeOnly"};

/// Keywords that exist and would change the answer if they were ignored.
constexpr std::array<std::string_view, 9> kNotSupported{
    "unevaluatedProperties",
    "unevaluatedItems",
    "$dynamicRef",
    "$dynamicAnchor",
    "$recursiveRef",
    "$recursiveAnchor",
    "$vocabulary",
    "contentSchema",
    "dynamicRef"};

/// A key as part of a JSON Pointer (RFC 6901).
std::string escaped(std::string_view key) {
    std::string text;
    for (const char letter : key) {
        text += letter == '~' ? "~0" : letter == '/' ? "~1" : std::string(1, letter);
    }
    return text;
}

std::string unescaped(std::string_view part) {
    std::string text;
    for (std::size_t i = 0; i < part.size(); ++i) {
        const bool tilde = part[i] == '~' && i + 1 < part.size();
        text += tilde && part[i + 1] == '0' ? '~' : tilde && part[i + 1] == '1' ? '/' : part[i];
        i += tilde ? 1 : 0;
    }
    return text;
}

}  // namespace

std::optional<JsonType> parse_json_type(std::string_view name) {
    for (const auto& [known, type] : kTypes) {
        if (known == name) {
            return type;
        }
    }
    return std::nullopt;
}

std::string describe_types(std::uint8_t types) {
    std::string text;
    for (const auto& [name, type] : kTypes) {
        if ((types & type) != 0) {
            const bool vowel = name.front() == 'a' || name.front() == 'i' || name.front() == 'o';
            text += text.empty() ? "" : " or ";
            text += type == kJsonNull ? "" : vowel ? "an " : "a ";
            text.append(name);
        }
    }
    return text;
}

std::vector<JsonSchema::Node> JsonSchemaCompiler::compile() {
    node(root_, "", 0);
    return std::move(nodes_);
}

NodeIndex JsonSchemaCompiler::node(
    const Value& schema, const std::string& pointer, std::size_t depth
) {
    const auto [entry, fresh] =
        by_pointer_.try_emplace(pointer, static_cast<NodeIndex>(nodes_.size()));
    const NodeIndex index = entry->second;
    if (!fresh) {
        return index;
    }
    nodes_.emplace_back();
    if (depth > options_.depth_max || nodes_.size() > options_.nodes_max) {
        if (problems_.empty() || problems_.back().message != "the schema is too large") {
            problem(pointer, "the schema is too large");
        }
        return index;
    }
    Node made;
    if (schema.is(Kind::Boolean)) {
        made.always = schema.as_boolean();
    } else if (!schema.is(Kind::Context)) {
        problem(pointer, "a schema must be an object, true or false");
    } else {
        const std::size_t outer = std::exchange(depth_, depth);
        const bool alone = draft7_ && schema.has("$ref");
        for (const Entry& keyword : schema.as_context()) {
            if (!alone || keyword.key == "$ref") {  // In draft 7 a $ref's siblings do not count.
                read_keyword(made, keyword, pointer);
            }
        }
        depth_ = outer;
    }
    nodes_[index] = std::move(made);
    return index;
}

void JsonSchemaCompiler::read_keyword(Node& node, const Entry& entry, const std::string& pointer) {
    const std::string at = pointer + "/" + escaped(entry.key);
    for (const Keyword& keyword : keywords()) {
        if (keyword.name == entry.key) {
            keyword.read(*this, node, entry.value, at);
            return;
        }
    }
    if (entry.key == "$defs" || entry.key == "definitions") {
        check_definitions(entry.value, at);
    } else if (std::find(kAnnotations.begin(), kAnnotations.end(), entry.key) == kAnnotations.end()) {
        unknown(entry.key, at);
    }
}

void JsonSchemaCompiler::unknown(std::string_view keyword, const std::string& pointer) {
    if (std::find(kNotSupported.begin(), kNotSupported.end(), keyword) != kNotSupported.end()) {
        problem(pointer, "keyword \"" + std::string(keyword) + "\" is not supported");
        return;
    }
    std::vector<std::string_view> known(kAnnotations.begin(), kAnnotations.end());
    for (const Keyword& one : keywords()) {
        known.push_back(one.name);
    }
    const std::string_view found = closest(keyword, known);
    problem(
        pointer,
        "unknown keyword \"" + std::string(keyword.substr(0, 60)) + "\"",
        found.empty() ? "" : "did you mean \"" + std::string(found) + "\"?"
    );
}

void JsonSchemaCompiler::check_definitions(const Value& definitions, const std::string& pointer) {
    if (!definitions.is(Kind::Context)) {
        problem(pointer, "must be an object of schemas");
        return;
    }
    for (const Entry& entry : definitions.as_context()) {  // Also those that nobody refers to.
        node(entry.value, pointer + "/" + escaped(entry.key), depth_ + 1);
    }
}

std::vector<NodeIndex> JsonSchemaCompiler::schemas(const Value& value, const std::string& at) {
    std::vector<NodeIndex> all;
    if (!value.is(Kind::List) || value.as_list().empty()) {
        problem(at, "must be a list of schemas that is not empty");
        return all;
    }
    for (std::size_t i = 0; i < value.as_list().size(); ++i) {
        all.push_back(node(value.as_list()[i], at + "/" + std::to_string(i), depth_ + 1));
    }
    return all;
}

std::vector<std::pair<std::string, NodeIndex>> JsonSchemaCompiler::schema_map(
    const Value& value, const std::string& at
) {
    std::vector<std::pair<std::string, NodeIndex>> all;
    if (!value.is(Kind::Context)) {
        problem(at, "must be an object of schemas");
        return all;
    }
    for (const Entry& entry : value.as_context()) {
        all.emplace_back(entry.key, node(entry.value, at + "/" + escaped(entry.key), depth_ + 1));
    }
    return all;
}

std::optional<Decimal> JsonSchemaCompiler::number(const Value& value, const std::string& at) {
    if (!value.is(Kind::Number)) {
        problem(at, "must be a number");
        return std::nullopt;
    }
    return value.as_number();
}

std::optional<std::uint64_t> JsonSchemaCompiler::size(const Value& value, const std::string& at) {
    const std::optional<std::int64_t> whole =
        value.is(Kind::Number) ? value.as_number().to_int64() : std::nullopt;
    if (!whole || *whole < 0) {
        problem(at, "must be a whole number that is not negative");
        return std::nullopt;
    }
    return static_cast<std::uint64_t>(*whole);
}

std::vector<std::string> JsonSchemaCompiler::names(const Value& value, const std::string& at) {
    std::vector<std::string> all;
    const bool list = value.is(Kind::List);
    for (const Value& item : list ? value.as_list() : std::span<const Value>()) {
        if (item.is(Kind::String)) {
            all.emplace_back(item.as_string());
        }
    }
    if (!list || all.size() != value.as_list().size()) {
        problem(at, "must be a list of names");
    }
    return all;
}

std::optional<Pattern> JsonSchemaCompiler::pattern(const Value& value, const std::string& at) {
    if (!value.is(Kind::String)) {
        problem(at, "must be a regular expression");
        return std::nullopt;
    }
    Result<Pattern> compiled = Pattern::compile(value.as_string());
    if (!compiled) {
        problem(at, compiled.error().message);
        return std::nullopt;
    }
    return std::move(compiled).value();
}

void JsonSchemaCompiler::read_type(Node& node, const Value& value, const std::string& at) {
    const std::span<const Value> all =
        value.is(Kind::List) ? value.as_list() : std::span<const Value>(&value, 1);
    for (const Value& item : all) {
        const auto type = item.is(Kind::String) ? parse_json_type(item.as_string()) : std::nullopt;
        if (!type) {
            problem(at, "must be null, boolean, integer, number, string, array or object");
            continue;
        }
        node.types = static_cast<std::uint8_t>(node.types | *type);
    }
}

void JsonSchemaCompiler::read_enum(Node& node, const Value& value, const std::string& at) {
    if (!value.is(Kind::List)) {
        problem(at, "must be a list");
        return;
    }
    node.enumeration.emplace(value.as_list().begin(), value.as_list().end());
}

void JsonSchemaCompiler::read_format(Node& node, const Value& value, const std::string& at) {
    node.format = value.is(Kind::String) ? parse_format(value.as_string()) : std::nullopt;
    if (!node.format) {
        std::string known;
        for (const std::string_view name : format_names()) {
            known.append(known.empty() ? "" : ", ").append(name);
        }
        problem(at, "unknown format", "known are " + known);
    }
}

void JsonSchemaCompiler::read_items(Node& node, const Value& value, const std::string& at) {
    if (!value.is(Kind::List)) {
        node.items = schema(value, at);
    } else if (draft7_) {
        node.prefix_items = schemas(value, at);
    } else {
        problem(
            at, "must be a schema", "a list of schemas is called \"prefixItems\" since 2020-12"
        );
    }
}

void JsonSchemaCompiler::read_pattern_properties(
    Node& node, const Value& value, const std::string& at
) {
    if (!value.is(Kind::Context)) {
        problem(at, "must be an object of schemas");
        return;
    }
    for (const Entry& entry : value.as_context()) {
        const std::string inner = at + "/" + escaped(entry.key);
        const NodeIndex index = *schema(entry.value, inner);
        if (auto compiled = pattern(Value::string(entry.key), inner)) {
            node.pattern_properties.emplace_back(std::move(*compiled), index);
        }
    }
}

void JsonSchemaCompiler::read_dependent_required(
    Node& node, const Value& value, const std::string& at
) {
    if (!value.is(Kind::Context)) {
        problem(at, "must be an object of lists of names");
        return;
    }
    for (const Entry& entry : value.as_context()) {
        node.dependent_required.emplace_back(
            entry.key, names(entry.value, at + "/" + escaped(entry.key))
        );
    }
}

/// Draft 7 has both kinds under one name.
void JsonSchemaCompiler::read_dependencies(Node& node, const Value& value, const std::string& at) {
    if (!value.is(Kind::Context)) {
        problem(at, "must be an object");
        return;
    }
    for (const Entry& entry : value.as_context()) {
        const std::string inner = at + "/" + escaped(entry.key);
        if (entry.value.is(Kind::List)) {
            node.dependent_required.emplace_back(entry.key, names(entry.value, inner));
        } else {
            node.dependent_schemas.emplace_back(entry.key, *schema(entry.value, inner));
        }
    }
}

void JsonSchemaCompiler::read_unique(Node& node, const Value& value, const std::string& at) {
    if (!value.is(Kind::Boolean)) {
        problem(at, "must be true or false");
        return;
    }
    node.unique = value.as_boolean();
}

/// What `#/a/b` leads to; `pointer` becomes its place.
const Value* JsonSchemaCompiler::resolve(std::string_view reference, std::string& pointer) const {
    reference.remove_prefix(1);
    const Value* found = &root_;
    pointer = std::string(reference);
    while (!reference.empty()) {
        if (reference.front() != '/') {
            return nullptr;
        }
        reference.remove_prefix(1);
        const std::string part = unescaped(reference.substr(0, reference.find('/')));
        reference.remove_prefix(std::min(reference.find('/'), reference.size()));
        const Value* next = nullptr;
        if (found->is(Kind::Context)) {
            for (const Entry& entry : found->as_context()) {
                next = entry.key == part ? &entry.value : next;
            }
        } else if (found->is(Kind::List)) {
            const auto index = Decimal::parse(part);
            const auto whole = index ? index->to_int64() : std::nullopt;
            const std::span<const Value> items = found->as_list();
            next = whole && *whole >= 0 && static_cast<std::size_t>(*whole) < items.size()
                       ? &items[static_cast<std::size_t>(*whole)]
                       : nullptr;
        }
        if (next == nullptr) {
            return nullptr;
        }
        found = next;
    }
    return found;
}

void JsonSchemaCompiler::read_reference(Node& node, const Value& value, const std::string& at) {
    if (!value.is(Kind::String) || !value.as_string().starts_with('#')) {
        problem(at, "must lead into the same file, as in \"#/$defs/price\"");
        return;
    }
    std::string pointer;
    const Value* found = resolve(value.as_string(), pointer);
    if (found == nullptr) {
        problem(at, "\"" + std::string(value.as_string()) + "\" leads nowhere");
        return;
    }
    node.reference = this->node(*found, pointer, depth_ + 1);
}

namespace {

/// The properties that the root lists, with their types where there is one.
std::vector<JsonSchema::Property> root_properties(const Value& root) {
    std::vector<JsonSchema::Property> all;
    const Value properties = root.get("properties");
    const Value required = root.get("required");
    for (const Entry& entry :
         properties.is(Kind::Context) ? properties.as_context() : std::span<const Entry>()) {
        const Value type = entry.value.get("type");
        const std::span<const Value> names =
            required.is(Kind::List) ? required.as_list() : std::span<const Value>();
        const bool needed = std::any_of(names.begin(), names.end(), [&](const Value& name) {
            return name.is(Kind::String) && name.as_string() == entry.key;
        });
        all.push_back(
            {std::string(entry.key),
             type.is(Kind::String) ? std::string(type.as_string()) : "",
             needed}
        );
    }
    return all;
}

}  // namespace

std::shared_ptr<const JsonSchema> JsonSchema::compile(
    std::string_view document, std::vector<SchemaProblem>& problems, const Options& options
) {
    const auto fail = [&problems](std::string message) {
        problems.push_back({"", std::move(message), ""});
        return nullptr;
    };
    if (document.size() > options.bytes_max) {
        return fail("it is larger than " + std::to_string(options.bytes_max) + " bytes");
    }
    auto arena = std::make_unique<Arena>();
    const json::Limits limits{options.depth_max * 2, options.nodes_max * 4};
    const Result<Value> root = json::parse(document, *arena, limits);
    if (!root) {
        return fail(root.error().message);
    }
    const std::size_t before = problems.size();
    std::vector<Node> nodes = JsonSchemaCompiler(root.value(), problems, options).compile();
    if (problems.size() > before) {
        return nullptr;
    }
    return std::make_shared<const JsonSchema>(
        std::move(nodes), root_properties(root.value()), std::move(arena)
    );
}

}  // namespace attune::schema
