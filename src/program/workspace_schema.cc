#include "program/workspace_schema.h"

#include <map>
#include <string_view>

#include "program/workspace_shape.h"
#include "value/json.h"

namespace attune::program {

namespace {

using Kind = Shape::Kind;

std::string quoted(std::string_view text) {
    std::string out;
    json::write_string(text, out);
    return out;
}

/// A number without trailing zeros: the bounds in the tables are whole.
std::string whole(double number) {
    return std::to_string(static_cast<std::int64_t>(number));
}

/// Prints shapes as JSON Schema; those with a name become definitions.
class SchemaPrinter {
public:
    std::string print();

private:
    std::string shape(const Shape& shape);
    std::string body(const Shape& shape);
    std::string scalar(const Shape& shape);
    std::string object(const Shape& shape);
    std::string described(const Key& key);

    std::map<std::string, std::string, std::less<>> definitions_;
};

std::string SchemaPrinter::shape(const Shape& shape) {
    if (shape.name.empty()) {
        return body(shape);
    }
    const std::string name(shape.name);
    if (definitions_.find(name) == definitions_.end()) {
        definitions_[name];  // Taken, should the shape hold itself.
        definitions_[name] = body(shape);
    }
    return "{\"$ref\": \"#/$defs/" + name + "\"}";
}

std::string SchemaPrinter::scalar(const Shape& shape) {
    // YAML reads `5` as a number and `true` as a boolean; here both are texts where text is wanted.
    constexpr std::string_view kScalar = R"({"type": ["string", "number", "boolean"]})";
    constexpr std::string_view kShare =
        R"({"anyOf": [{"type": "number", "minimum": 0, "maximum": 1}, {"type": "string", "pattern": "^[0-9.]+%$"}]})";
    switch (shape.kind) {
    case Kind::Boolean:
        return R"({"type": "boolean"})";
    case Kind::Integer:
        return "{\"type\": \"integer\", \"minimum\": " + whole(shape.minimum) +
               ", \"maximum\": " + whole(shape.maximum) + "}";
    case Kind::Number:
        return R"({"type": "number"})";
    case Kind::Percent:
        return std::string(kShare);
    case Kind::Duration: {
        std::string words;
        for (const std::string_view choice : shape.choices) {
            words.append("|").append(choice);
        }
        return "{\"type\": \"string\", \"pattern\": \"^([0-9]+(ms|s|m|h|d|w)" + words + ")$\"}";
    }
    case Kind::Timestamp:
        return R"({"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}"})";
    case Kind::Choice: {
        std::string all;
        for (const std::string_view choice : shape.choices) {
            all += (all.empty() ? "" : ", ") + quoted(choice);
        }
        return "{\"enum\": [" + all + "]}";
    }
    default:
        return shape.syntax.empty()
                   ? std::string(kScalar)
                   : "{\"type\": \"string\", \"pattern\": " + quoted(shape.syntax) + "}";
    }
}

std::string SchemaPrinter::described(const Key& key) {
    // A $ref may have siblings since 2019-09, so each use has its own description.
    std::string text = shape(*key.shape);
    text.pop_back();
    const std::string separator = text == "{" ? "" : ", ";
    return text + separator + "\"description\": " + quoted(key.doc) + "}";
}

std::string SchemaPrinter::object(const Shape& shape) {
    std::string properties;
    std::string required;
    for (const Key& key : shape.keys) {
        properties += (properties.empty() ? "" : ", ") + quoted(key.name) + ": " + described(key);
        if (key.required) {
            required += (required.empty() ? "" : ", ") + quoted(key.name);
        }
    }
    std::string text = "{\"type\": \"object\", \"properties\": {" + properties + "}";
    text += ", \"additionalProperties\": " +
            (shape.item == nullptr ? "false" : this->shape(*shape.item));
    if (!required.empty()) {
        text += ", \"required\": [" + required + "]";
    }
    if (!shape.exactly_one.empty()) {
        std::string all;
        for (const std::string_view name : shape.exactly_one) {
            all += (all.empty() ? "" : ", ") + ("{\"required\": [" + quoted(name) + "]}");
        }
        text += ", \"oneOf\": [" + all + "]";
    }
    return text + "}";
}

std::string SchemaPrinter::body(const Shape& shape) {
    switch (shape.kind) {
    case Kind::Data:
        return "{}";
    case Kind::DataMap:
        return R"({"type": "object"})";
    case Kind::List:
        return "{\"type\": \"array\", \"items\": " + this->shape(*shape.item) + "}";
    case Kind::Map:
        return "{\"type\": \"object\", \"additionalProperties\": " + this->shape(*shape.item) + "}";
    case Kind::Object:
        return object(shape);
    case Kind::Either: {
        std::string all;
        for (const Shape* alternative : shape.alternatives) {
            all += (all.empty() ? "" : ", ") + this->shape(*alternative);
        }
        return "{\"anyOf\": [" + all + "]}";
    }
    default:
        return scalar(shape);
    }
}

std::string SchemaPrinter::print() {
    std::string properties;
    for (const Key& key : file_shape().keys) {
        // A section may be there with nothing below it yet.
        std::string text = key.shape->kind == Kind::Map
                               ? "{\"type\": [\"object\", \"null\"], \"additionalProperties\": " +
                                     shape(*key.shape->item) + "}"
                               : shape(*key.shape);
        text.pop_back();
        properties += (properties.empty() ? "" : ", ") + quoted(key.name) + ": " + text +
                      ", \"description\": " + quoted(key.doc) + "}";
    }
    std::string definitions;
    for (const auto& [name, text] : definitions_) {
        definitions += (definitions.empty() ? "" : ", ") + quoted(name) + ": " + text;
    }
    const std::string json =
        "{\"$schema\": \"https://json-schema.org/draft/2020-12/schema\", \"title\": \"Attune "
        "workspace\", "
        "\"type\": [\"object\", \"null\"], \"properties\": {" +
        properties + "}, \"additionalProperties\": false, \"$defs\": {" + definitions + "}}";
    Arena arena;
    const Result<Value> parsed = json::parse(json, arena);
    ATTUNE_ASSERT(parsed.ok());
    return json::to_pretty_json(parsed.value()) + "\n";
}

/// Prints shapes as tables of keys.
class ReferencePrinter {
public:
    std::string print();

private:
    void print_keys(const std::string& path, const Shape& shape);
    static std::string type_text(const Shape& shape);
    /// The object that a key leads to, through lists and alternatives; null if there is none.
    static const Shape* inner_object(const Shape& shape);

    std::string out_;
};

std::string ReferencePrinter::type_text(const Shape& shape) {
    switch (shape.kind) {
    case Kind::Text:
        return "text";
    case Kind::Expression:
        return "FEEL";
    case Kind::Template:
        return "template";
    case Kind::Reference:
    case Kind::Trigger:
        return "name";
    case Kind::Boolean:
        return "true, false";
    case Kind::Integer:
        return whole(shape.minimum) + "–" + whole(shape.maximum);
    case Kind::Number:
        return "number";
    case Kind::Percent:
        return "share";
    case Kind::Duration: {
        std::string all = "time span";
        for (const std::string_view choice : shape.choices) {
            all += ", `" + std::string(choice) + "`";
        }
        return all;
    }
    case Kind::Timestamp:
        return "time";
    case Kind::Choice: {
        std::string all;
        for (const std::string_view choice : shape.choices) {
            all += (all.empty() ? "" : ", ") + ("`" + std::string(choice) + "`");
        }
        return all;
    }
    case Kind::Data:
        return "any";
    case Kind::DataMap:
    case Kind::Object:
    case Kind::Map:
        return "mapping";
    case Kind::List:
        return "list of " + type_text(*shape.item);
    case Kind::Either: {
        std::string all;
        for (const Shape* alternative : shape.alternatives) {
            all += (all.empty() ? "" : " or ") + type_text(*alternative);
        }
        return all;
    }
    }
    return {};
}

const Shape* ReferencePrinter::inner_object(const Shape& shape) {
    if (shape.kind == Kind::Object) {
        return &shape;
    }
    if (shape.kind == Kind::List || shape.kind == Kind::Map) {
        return inner_object(*shape.item);
    }
    for (const Shape* alternative : shape.alternatives) {
        if (const Shape* found = inner_object(*alternative)) {
            return found;
        }
    }
    return nullptr;
}

void ReferencePrinter::print_keys(const std::string& path, const Shape& shape) {
    if (shape.keys.empty()) {
        return;
    }
    out_ += "\n| " + path + " | value | |\n|---|---|---|\n";
    for (const Key& key : shape.keys) {
        std::string type = type_text(*key.shape);
        std::string doc(key.doc);
        for (std::string* text : {&type, &doc}) {
            for (std::size_t at = text->find('|'); at != std::string::npos;
                 at = text->find('|', at + 2)) {
                text->insert(at, "\\");
            }
        }
        out_ += "| `" + std::string(key.name) + "`" + (key.required ? " (required)" : "") + " | " +
                type + " | " + doc + " |\n";
    }
    for (const Key& key : shape.keys) {
        if (const Shape* inner = inner_object(*key.shape)) {
            print_keys(path + " → `" + std::string(key.name) + "`", *inner);
        }
    }
}

std::string ReferencePrinter::print() {
    for (std::size_t i = 0; i < kSectionCount; ++i) {
        const auto section = static_cast<Section>(i);
        out_ +=
            "## `" + std::string(key_of(section)) + ":`\n\n" + std::string(doc_of(section)) + "\n";
        const Shape* object = inner_object(shape_of(section));
        const std::string path =
            section == Section::Workspace ? "`workspace`" : std::string(one_of(section));
        if (object != nullptr) {
            print_keys(path, *object);
        }
        out_ += "\n";
    }
    out_.pop_back();
    return out_;
}

}  // namespace

std::string workspace_json_schema() {
    return SchemaPrinter().print();
}

std::string workspace_reference() {
    return ReferencePrinter().print();
}

}  // namespace attune::program
