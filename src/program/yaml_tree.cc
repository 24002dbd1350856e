#include "program/yaml_tree.h"

#include <map>
#include <sstream>

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

namespace attune::program::yaml {

namespace {

/// Thrown through yaml-cpp to stop it at a limit.
struct Stop {};

/// Builds the tree from yaml-cpp's events: its own node graph loses the places of keys, and whether
/// a scalar was quoted.
class Builder final : public YAML::EventHandler {
public:
    Builder(std::uint32_t file, Tree& tree, Diagnostics& diagnostics, const Limits& limits)
        : file_(file), tree_(tree), diagnostics_(diagnostics), limits_(limits) {}

    void OnDocumentStart(const YAML::Mark& /*mark*/) override {
        root_ = nullptr;
        anchors_.clear();
    }
    void OnDocumentEnd() override {
        if (root_ != nullptr) {
            tree_.add_document(root_);
        }
    }
    void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
        Node& node = add(mark, Node::Kind::Null, anchor);
        place(node);
    }
    void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override;
    void OnScalar(
        const YAML::Mark& mark,
        const std::string& tag,
        YAML::anchor_t anchor,
        const std::string& value
    ) override;
    void OnSequenceStart(
        const YAML::Mark& mark,
        const std::string& /*tag*/,
        YAML::anchor_t anchor,
        YAML::EmitterStyle::value /*style*/
    ) override {
        open(add(mark, Node::Kind::List, anchor));
    }
    void OnSequenceEnd() override { close(); }
    void OnMapStart(
        const YAML::Mark& mark,
        const std::string& /*tag*/,
        YAML::anchor_t anchor,
        YAML::EmitterStyle::value /*style*/
    ) override {
        open(add(mark, Node::Kind::Map, anchor));
    }
    void OnMapEnd() override { close(); }

private:
    struct Level {
        Node* node = nullptr;
        const Node* key = nullptr;  ///< Of a map: read, and waiting for its value.
    };

    [[nodiscard]] Location at(const YAML::Mark& mark) const {
        return {
            file_,
            static_cast<std::uint32_t>(mark.line + 1),
            static_cast<std::uint32_t>(mark.column + 1)};
    }
    [[noreturn]] void stop(Location where, std::string message) {
        diagnostics_.error(where, std::move(message));
        throw Stop{};
    }

    Node& add(const YAML::Mark& mark, Node::Kind kind, YAML::anchor_t anchor);
    void open(Node& node);
    void close();
    void place(Node& node);
    void place_entry(Level& level, const Node& node);

    std::uint32_t file_;
    Tree& tree_;
    Diagnostics& diagnostics_;
    const Limits& limits_;
    std::vector<Level> levels_;
    const Node* root_ = nullptr;
    std::map<YAML::anchor_t, const Node*> anchors_;
    std::size_t count_ = 0;
};

Node& Builder::add(const YAML::Mark& mark, Node::Kind kind, YAML::anchor_t anchor) {
    if (++count_ > limits_.nodes_max) {
        stop(
            at(mark),
            "cannot read the file: more than " + std::to_string(limits_.nodes_max) + " values"
        );
    }
    Node& node = tree_.add();
    node.kind = kind;
    node.text.at = at(mark);
    if (anchor != 0) {
        anchors_[anchor] = &node;
    }
    return node;
}

void Builder::OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) {
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end()) {
        stop(at(mark), "cannot read an alias: it stands for nothing above it");
    }
    for (const Level& level : levels_) {
        if (level.node == found->second) {
            stop(at(mark), "cannot read an alias: it stands for something that it is part of");
        }
    }
    // A shallow copy has a place of its own and shares what lies below.
    Node& node = add(mark, found->second->kind, 0);
    const Location here = node.text.at;
    node = *found->second;
    if (node.kind != Node::Kind::Scalar) {
        node.text.at = here;
    }
    place(node);
}

void Builder::OnScalar(
    const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, const std::string& value
) {
    Node& node = add(mark, Node::Kind::Scalar, anchor);
    node.text.text = value;
    node.quoted = tag == "!";
    place(node);
}

void Builder::open(Node& node) {
    if (levels_.size() >= limits_.depth_max) {
        stop(
            node.text.at,
            "cannot read the file: nested more than " + std::to_string(limits_.depth_max) + " deep"
        );
    }
    levels_.push_back({&node, nullptr});
}

void Builder::close() {
    Node& node = *levels_.back().node;
    levels_.pop_back();
    place(node);
}

/// Puts a finished node where it belongs.
void Builder::place(Node& node) {
    if (levels_.empty()) {
        root_ = &node;
        return;
    }
    Level& level = levels_.back();
    level.node->weight += node.weight;
    if (level.node->weight > limits_.nodes_max) {
        stop(
            node.text.at,
            "cannot read the file: its aliases stand for more than " +
                std::to_string(limits_.nodes_max) + " values"
        );
    }
    if (level.node->kind == Node::Kind::List) {
        level.node->items.push_back(&node);
    } else if (level.key == nullptr) {
        level.key = &node;
    } else {
        place_entry(level, node);
    }
}

void Builder::place_entry(Level& level, const Node& node) {
    const Node& key = *std::exchange(level.key, nullptr);
    if (key.kind == Node::Kind::List || key.kind == Node::Kind::Map) {
        diagnostics_.error(key.text.at, "cannot use " + std::string(describe(key)) + " as a key");
        return;
    }
    Text name = key.text;
    if (key.kind == Node::Kind::Null) {
        name.text = "null";
    }
    for (const auto& [existing, value] : level.node->entries) {
        if (existing.text == name.text) {
            diagnostics_.error(
                name.at,
                "cannot use key \"" + name.text + "\" twice in one mapping: it stands at " +
                    diagnostics_.to_string(existing.at) + " already"
            );
            return;
        }
    }
    level.node->entries.emplace_back(std::move(name), &node);
}

}  // namespace

const Node* Node::find(std::string_view key) const {
    for (const auto& [name, value] : entries) {
        if (name.text == key) {
            return value;
        }
    }
    return nullptr;
}

std::string_view describe(const Node& node) {
    switch (node.kind) {
    case Node::Kind::Null:
        return "nothing";
    case Node::Kind::Scalar:
        return "text";
    case Node::Kind::List:
        return "a list";
    case Node::Kind::Map:
        return "a mapping";
    }
    return "";
}

Tree parse(std::uint32_t file, Diagnostics& diagnostics, const Limits& limits) {
    Tree tree;
    Builder builder(file, tree, diagnostics, limits);
    std::istringstream text{std::string(diagnostics.source(file))};
    try {
        YAML::Parser parser(text);
        while (parser.HandleNextDocument(builder)) {
        }
    } catch (const Stop&) {
        tree.mark_broken();  // Why has been said.
    } catch (const YAML::Exception& error) {
        tree.mark_broken();
        const bool somewhere = !error.mark.is_null();
        const Location at{
            file,
            somewhere ? static_cast<std::uint32_t>(error.mark.line + 1) : 0,
            somewhere ? static_cast<std::uint32_t>(error.mark.column + 1) : 0};
        diagnostics.error(
            at,
            "cannot read the file as YAML: " + error.msg,
            "an expression that holds \": \", \" #\", or begins with one of [ { \" ' * & ! | > % @ "
            "must stand in quotes"
        );
    }
    return tree;
}

}  // namespace attune::program::yaml
