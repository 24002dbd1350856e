#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "program/diagnostics.h"

namespace attune::program::yaml {

/// A value of a YAML file, with its place.
struct Node {
    enum class Kind : std::uint8_t { Null, Scalar, List, Map };

    Kind kind = Kind::Null;
    bool quoted = false;  ///< A scalar that is text whatever it looks like.
    Text text;            ///< A scalar's text; for all others only the place.
    std::vector<const Node*> items;
    std::vector<std::pair<Text, const Node*>> entries;
    /// Values in this tree, itself included, each alias counted as what it stands for.
    std::size_t weight = 1;

    [[nodiscard]] const Node* find(std::string_view key) const;
};

/// "a list", "a mapping", "text" …, as messages name it.
[[nodiscard]] std::string_view describe(const Node& node);

/// The values of one file; they stay where they are.
class Tree {
public:
    Node& add() { return nodes_.emplace_back(); }
    [[nodiscard]] const std::vector<const Node*>& documents() const { return documents_; }
    void add_document(const Node* root) { documents_.push_back(root); }
    /// False if something is wrong with the file: then documents, or parts of them, are missing.
    [[nodiscard]] bool whole() const { return whole_; }
    void mark_broken() { whole_ = false; }

private:
    std::deque<Node> nodes_;
    std::vector<const Node*> documents_;
    bool whole_ = true;
};

struct Limits {
    std::size_t nodes_max = 500'000;
    std::size_t depth_max = 32;
};

/// Reads all documents of a file that `diagnostics` holds as source `file`. What is wrong goes to
/// `diagnostics`; documents before the fault are kept.
[[nodiscard]] Tree parse(std::uint32_t file, Diagnostics& diagnostics, const Limits& limits);

}  // namespace attune::program::yaml
