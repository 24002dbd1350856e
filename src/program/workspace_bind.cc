#include "program/workspace_bind.h"

namespace attune::program {

const yaml::Node* Fields::scalar(std::string_view key) const {
    const yaml::Node* node = find(key);
    return node != nullptr && node->kind == yaml::Node::Kind::Scalar ? node : nullptr;
}

Text Fields::text(std::string_view key) const {
    const yaml::Node* node = scalar(key);
    return node == nullptr ? Text{} : node->text;
}

std::optional<Text> Fields::optional_text(std::string_view key) const {
    const yaml::Node* node = scalar(key);
    return node == nullptr ? std::nullopt : std::optional(node->text);
}

std::optional<Duration> Fields::duration(std::string_view key) const {
    return parse_duration(text(key).text);
}

std::optional<Timestamp> Fields::moment(std::string_view key) const {
    return parse_moment(text(key).text);
}

std::optional<bool> Fields::boolean(std::string_view key) const {
    return parse_boolean(text(key).text);
}

std::optional<std::int64_t> Fields::integer(std::string_view key) const {
    return parse_integer(text(key).text);
}

std::optional<double> Fields::number(std::string_view key) const {
    return parse_number(text(key).text);
}

std::optional<double> Fields::share(std::string_view key) const {
    return parse_share(text(key).text);
}

Data Fields::data(std::string_view key) const {
    const yaml::Node* node = find(key);
    return node == nullptr ? Data{} : to_data(*node);
}

std::vector<Text> Fields::texts(std::string_view key) const {
    std::vector<Text> all;
    if (const yaml::Node* one = scalar(key)) {
        all.push_back(one->text);
    }
    for (const yaml::Node* item : items(key)) {
        if (item->kind == yaml::Node::Kind::Scalar) {
            all.push_back(item->text);
        }
    }
    return all;
}

std::vector<const yaml::Node*> Fields::items(std::string_view key) const {
    const yaml::Node* node = find(key);
    return node == nullptr ? std::vector<const yaml::Node*>{} : node->items;
}

std::optional<LimitSpec> Fields::limit(std::string_view key) const {
    const yaml::Node* node = find(key);
    if (node == nullptr) {
        return std::nullopt;
    }
    const Fields fields(*node);
    return LimitSpec{
        static_cast<std::uint32_t>(fields.integer("times").value_or(1)),
        fields.duration("per"),
        parse_calendar(fields.text("per").text),
        node->text.at};
}

}  // namespace attune::program
