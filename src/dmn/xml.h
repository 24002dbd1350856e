#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <pugixml.hpp>

#include "base/result.h"

namespace attune::dmn {

/// A place in a file: lines and columns from 1, columns in bytes.
struct Place {
    std::uint32_t line = 0;
    std::uint32_t column = 0;
};

struct XmlLimits {
    std::size_t bytes_max = 64'000'000;
    std::size_t depth_max = 256;
};

/// An XML file read from outside: without document types and external entities, which are refused,
/// and within limits of size and depth. Knows where in the file each node and character stood.
class XmlDocument {
public:
    [[nodiscard]] static Result<XmlDocument> parse(
        std::string_view text, const XmlLimits& limits = {}
    );

    [[nodiscard]] pugi::xml_node root() const { return document_->document_element(); }
    [[nodiscard]] pugi::xml_document& document() const { return *document_; }

    /// Where the element's name, or the characters of a text node, begin.
    [[nodiscard]] Place place(const pugi::xml_node& node) const;

    /// Where the byte `offset` of `text_of(element)` stood: references such as `&lt;` and line ends
    /// are longer in the file than in the text.
    [[nodiscard]] Place place_in_text(const pugi::xml_node& element, std::size_t offset) const;

private:
    XmlDocument() = default;

    [[nodiscard]] Place place_at(std::size_t offset) const;

    std::string text_;
    std::unique_ptr<pugi::xml_document> document_;
    std::vector<std::size_t> line_starts_;
};

/// All character data directly inside `element`, comments and CDATA marks left out.
[[nodiscard]] std::string text_of(const pugi::xml_node& element);

/// A text with its white space collapsed.
[[nodiscard]] std::string trimmed(std::string_view text);

/// The name without its prefix.
[[nodiscard]] std::string_view local_name(std::string_view name);

/// The namespace that `prefix` (empty: the default one) stands for at `node`; empty if none.
[[nodiscard]] std::string_view namespace_of(const pugi::xml_node& node, std::string_view prefix);

}  // namespace attune::dmn
