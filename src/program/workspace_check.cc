#include "program/workspace_check.h"

#include <algorithm>

#include "base/closest.h"
#include "program/workspace_scalars.h"

namespace attune::program {

namespace {

using Kind = Shape::Kind;

std::string quoted(std::string_view text) {
    constexpr std::size_t kShownMax = 60;
    const bool cut = text.size() > kShownMax;
    return "\"" + std::string(text.substr(0, kShownMax)) + (cut ? "…\"" : "\"");
}

std::string joined(std::span<const std::string_view> names) {
    std::string all;
    for (const std::string_view name : names) {
        all.append(all.empty() ? "" : ", ").append(name);
    }
    return all;
}

std::string shown(double number) {
    std::string text = std::to_string(static_cast<std::int64_t>(number));
    return text;
}

std::vector<std::string_view> key_names(const Shape& shape) {
    std::vector<std::string_view> names;
    for (const Key& key : shape.keys) {
        names.push_back(key.name);
    }
    return names;
}

const Key* find_key(const Shape& shape, std::string_view name) {
    const auto found = std::find_if(shape.keys.begin(), shape.keys.end(), [&](const Key& key) {
        return key.name == name;
    });
    return found == shape.keys.end() ? nullptr : &*found;
}

yaml::Node::Kind yaml_kind(const Shape& shape) {
    switch (shape.kind) {
    case Kind::List:
        return yaml::Node::Kind::List;
    case Kind::Map:
    case Kind::Object:
    case Kind::DataMap:
        return yaml::Node::Kind::Map;
    default:
        return yaml::Node::Kind::Scalar;
    }
}

bool within(std::optional<double> number, const Shape& shape) {
    return number && *number >= shape.minimum && *number <= shape.maximum;
}

bool scalar_fits(std::string_view text, const Shape& shape) {
    switch (shape.kind) {
    case Kind::Boolean:
        return parse_boolean(text).has_value();
    case Kind::Integer: {
        const std::optional<std::int64_t> number = parse_integer(text);
        return number && within(static_cast<double>(*number), shape);
    }
    case Kind::Number:
        return within(parse_number(text), shape);
    case Kind::Percent:
        return parse_share(text).has_value();
    case Kind::Duration:
        return parse_duration(text).has_value() ||
               std::find(shape.choices.begin(), shape.choices.end(), text) != shape.choices.end();
    case Kind::Timestamp:
        return parse_moment(text).has_value();
    case Kind::Choice:
        return std::find(shape.choices.begin(), shape.choices.end(), text) != shape.choices.end();
    default:
        return true;
    }
}

bool takes_text(const Shape& shape) {
    return shape.kind == Kind::Expression || shape.kind == Kind::Template ||
           shape.kind == Kind::Text ||
           std::any_of(shape.alternatives.begin(), shape.alternatives.end(), [](const Shape* one) {
               return takes_text(*one);
           });
}

std::string hint_for(std::string_view text, const Shape& shape) {
    if (!shape.choices.empty()) {
        const std::string_view near = closest(text, shape.choices);
        return near.empty() ? "" : "did you mean " + quoted(near) + "?";
    }
    if (shape.kind == Kind::Boolean &&
        (text == "yes" || text == "no" || text == "on" || text == "off")) {
        return std::string("write ") + (text == "yes" || text == "on" ? "true" : "false");
    }
    return {};
}

}  // namespace

Subject Subject::key(std::string_view name) const {
    return {whole, path.empty() ? std::string(name) : path + "." + std::string(name)};
}

Subject Subject::item(std::size_t index) const {
    return {whole, path + "[" + std::to_string(index) + "]"};
}

std::string Subject::text() const {
    return path.empty() ? whole : quoted(path) + " of " + whole;
}

std::string demand(const Shape& shape) {
    switch (shape.kind) {
    case Kind::Text:
    case Kind::Template:
        return "must be text";
    case Kind::Expression:
        return "must be an expression";
    case Kind::Reference:
    case Kind::Trigger:
        return "must be a name";
    case Kind::Boolean:
        return "must be true or false";
    case Kind::Integer:
        return "must be a whole number from " + shown(shape.minimum) + " to " +
               shown(shape.maximum);
    case Kind::Number:
        return "must be a number";
    case Kind::Percent:
        return "must be a share such as 5% or 0.05";
    case Kind::Duration:
        return "must be a time span such as 30m or 7d (ms, s, m, h, d, w)" +
               (shape.choices.empty() ? "" : ", or one of " + joined(shape.choices));
    case Kind::Timestamp:
        return "must be a day or a time such as 2026-03-01 or 2026-03-01T12:00:00Z";
    case Kind::Choice:
        return "must be one of " + joined(shape.choices);
    case Kind::Data:
        return "must be a value";
    case Kind::DataMap:
    case Kind::Map:
    case Kind::Object:
        return "must be a mapping";
    case Kind::List:
        return "must be a list";
    case Kind::Either: {
        std::string all;
        for (const Shape* alternative : shape.alternatives) {
            const std::string one = demand(*alternative);
            all += all.empty() ? one : " or " + one.substr(std::string_view("must be ").size());
        }
        return all;
    }
    }
    return {};
}

bool ShapeChecker::refuse(const yaml::Node& node, const Shape& shape, const Subject& subject) {
    const bool scalar = node.kind == yaml::Node::Kind::Scalar;
    std::string hint = scalar ? hint_for(node.text.text, shape) : std::string();
    const bool text_wanted = takes_text(shape);
    if (text_wanted && !scalar && node.kind != yaml::Node::Kind::Null) {
        hint = "put it in quotes: YAML reads [ ] and { } as its own";
    }
    diagnostics_.error(
        node.text.at,
        "cannot read " + subject.text() + ": " + demand(shape) + ", got " +
            (scalar ? quoted(node.text.text) : std::string(yaml::describe(node))),
        std::move(hint)
    );
    return false;
}

void ShapeChecker::refuse_key(const Text& name, const Shape& shape, const Subject& subject) {
    std::string hint;
    const std::vector<std::string_view> known = key_names(shape);
    const std::string_view near = closest(name.text, known);
    if (!near.empty()) {
        hint = "did you mean " + quoted(near) + "?";
    } else if (&shape != &file_shape() && find_key(file_shape(), name.text) != nullptr) {
        hint = quoted(name.text) + " is a section: it begins at the left margin";
    } else {
        hint = "known are " + joined(known);
    }
    diagnostics_.error(
        name.at,
        "cannot read " + subject.text() + ": unknown key " + quoted(name.text),
        std::move(hint)
    );
}

bool ShapeChecker::check_scalar(
    const yaml::Node& node, const Shape& shape, const Subject& subject
) {
    if (node.kind != yaml::Node::Kind::Scalar || !scalar_fits(node.text.text, shape)) {
        return refuse(node, shape, subject);
    }
    const bool blank = node.text.text.find_first_not_of(" \t\r\n") == std::string::npos;
    if (blank && (shape.kind == Kind::Expression || shape.kind == Kind::Reference ||
                  shape.kind == Kind::Trigger)) {
        return refuse(node, shape, subject);
    }
    if (shape.kind == Kind::Reference) {
        references_.push_back({node.text, shape.sections, subject.text()});
    }
    if (shape.kind == Kind::Expression || shape.kind == Kind::Template) {
        fragments_.push_back({node.text, shape.kind == Kind::Template});
    }
    return true;
}

/// The texts of free data that hold expressions.
void ShapeChecker::keep_templates(const yaml::Node& node) {
    if (node.kind == yaml::Node::Kind::Scalar && node.text.text.find("{{") != std::string::npos) {
        fragments_.push_back({node.text, true});
    }
    for (const yaml::Node* item : node.items) {
        keep_templates(*item);
    }
    for (const auto& [name, value] : node.entries) {
        keep_templates(*value);
    }
}

bool ShapeChecker::check_entry(
    const Text& name, const yaml::Node& node, const Shape& shape, const Subject& subject
) {
    if (const Key* key = find_key(shape, name.text)) {
        return check(node, *key->shape, subject.key(name.text));
    }
    if (shape.item == nullptr) {
        refuse_key(name, shape, subject);
        return false;
    }
    if (shape.sections != 0) {
        references_.push_back({name, shape.sections, subject.text()});
    }
    return check(node, *shape.item, subject.key(name.text));
}

bool ShapeChecker::check_keys_needed(
    const yaml::Node& node, const Shape& shape, const Subject& subject
) {
    bool fits = true;
    for (const Key& key : shape.keys) {
        if (key.required && node.find(key.name) == nullptr) {
            diagnostics_.error(
                node.text.at,
                "cannot read " + subject.text() + ": key " + quoted(key.name) + " is missing"
            );
            fits = false;
        }
    }
    if (shape.exactly_one.empty()) {
        return fits;
    }
    const auto count = std::count_if(
        shape.exactly_one.begin(),
        shape.exactly_one.end(),
        [&](std::string_view name) { return node.find(name) != nullptr; }
    );
    if (count != 1) {
        diagnostics_.error(
            node.text.at,
            "cannot read " + subject.text() + ": it needs " +
                (count == 0 ? "one of " : "only one of ") + joined(shape.exactly_one)
        );
    }
    return fits && count == 1;
}

bool ShapeChecker::check_object(
    const yaml::Node& node, const Shape& shape, const Subject& subject
) {
    bool fits = true;
    bool unknown = false;
    for (const auto& [name, value] : node.entries) {
        fits = check_entry(name, *value, shape, subject) && fits;
        unknown = unknown || (shape.item == nullptr && find_key(shape, name.text) == nullptr);
    }
    // A slip in a key is one mistake: that the right key is missing would be a second message.
    return (unknown || check_keys_needed(node, shape, subject)) && fits;
}

bool ShapeChecker::check(const yaml::Node& node, const Shape& shape, const Subject& subject) {
    if (shape.kind == Kind::Data || shape.kind == Kind::DataMap) {
        keep_templates(node);
    }
    if (shape.kind == Kind::Data) {
        return true;
    }
    if (shape.kind == Kind::Either) {
        for (const Shape* alternative : shape.alternatives) {
            if (yaml_kind(*alternative) == node.kind) {
                return check(node, *alternative, subject);
            }
        }
        return refuse(node, shape, subject);
    }
    const yaml::Node::Kind wanted = yaml_kind(shape);
    if (wanted == yaml::Node::Kind::Scalar) {
        return check_scalar(node, shape, subject);
    }
    if (node.kind != wanted) {
        return refuse(node, shape, subject);
    }
    if (shape.kind == Kind::Object || shape.kind == Kind::Map) {
        return check_object(node, shape, subject);
    }
    bool fits = true;
    for (std::size_t i = 0; shape.kind == Kind::List && i < node.items.size(); ++i) {
        fits = check(*node.items[i], *shape.item, subject.item(i)) && fits;
    }
    return fits;
}

}  // namespace attune::program
