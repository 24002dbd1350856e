#include "dmn/xml.h"

#include <algorithm>

#include <fmt/format.h>

namespace attune::dmn {
namespace {

/// The deepest level of elements, walked without recursion.
std::size_t depth_of(const pugi::xml_document& document) {
    std::size_t depth = 0;
    std::size_t deepest = 0;
    pugi::xml_node node = document.first_child();
    while (node) {
        deepest = std::max(deepest, depth + 1);
        if (node.first_child()) {
            node = node.first_child();
            ++depth;
            continue;
        }
        while (node && !node.next_sibling()) {
            node = node.parent();
            if (depth == 0) {
                return deepest;
            }
            --depth;
        }
        node = node.next_sibling();
    }
    return deepest;
}

/// How many bytes of the file make the next byte, or reference, of a parsed text, and how many
/// bytes of text come out of it.
struct Step {
    std::size_t in_file;
    std::size_t in_text;
};

std::size_t utf8_bytes(unsigned long code) {
    if (code < 0x80) {
        return 1;
    }
    if (code < 0x800) {
        return 2;
    }
    return code < 0x10000 ? 3 : 4;
}

Step step_at(std::string_view file, std::size_t at) {
    if (file[at] == '\r' && at + 1 < file.size() && file[at + 1] == '\n') {
        return {2, 1};
    }
    const std::size_t end = file[at] == '&' ? file.find(';', at) : std::string_view::npos;
    if (end == std::string_view::npos || end - at > 12) {
        return {1, 1};
    }
    const std::string name(file.substr(at + 1, end - at - 1));
    if (name.size() < 2 || name[0] != '#') {
        return {end - at + 1, 1};
    }
    const bool hex = name[1] == 'x';
    const unsigned long code = std::strtoul(name.c_str() + (hex ? 2 : 1), nullptr, hex ? 16 : 10);
    return {end - at + 1, utf8_bytes(code)};
}

bool is_text(const pugi::xml_node& node) {
    return node.type() == pugi::node_pcdata || node.type() == pugi::node_cdata;
}

}  // namespace

Result<XmlDocument> XmlDocument::parse(std::string_view text, const XmlLimits& limits) {
    if (text.size() > limits.bytes_max) {
        return Error{
            Error::Kind::LimitExceeded,
            fmt::format("{} bytes of XML are over the limit of {}", text.size(), limits.bytes_max)};
    }
    XmlDocument parsed;
    parsed.text_ = text;
    parsed.line_starts_ = {0};
    for (std::size_t at = text.find('\n'); at != std::string_view::npos;
         at = text.find('\n', at + 1)) {
        parsed.line_starts_.push_back(at + 1);
    }
    parsed.document_ = std::make_unique<pugi::xml_document>();
    // Everything is kept (comments, instructions, blank text), so that a file can be written back.
    constexpr unsigned kOptions = pugi::parse_full | pugi::parse_ws_pcdata;
    const pugi::xml_parse_result outcome =
        parsed.document_->load_buffer(text.data(), text.size(), kOptions);
    if (!outcome) {
        const Place place = parsed.place_at(static_cast<std::size_t>(outcome.offset));
        return Error{
            Error::Kind::InvalidInput,
            fmt::format("{}:{}: {}", place.line, place.column, outcome.description())};
    }
    for (const pugi::xml_node& node : parsed.document_->children()) {
        if (node.type() == pugi::node_doctype) {
            const Place place = parsed.place(node);
            return Error{
                Error::Kind::InvalidInput,
                fmt::format(
                    "{}:{}: document types (DTD) are not accepted; remove <!DOCTYPE ...>",
                    place.line,
                    place.column
                )};
        }
    }
    if (depth_of(*parsed.document_) > limits.depth_max) {
        return Error{
            Error::Kind::LimitExceeded,
            fmt::format("elements are nested deeper than {}", limits.depth_max)};
    }
    return parsed;
}

Place XmlDocument::place_at(std::size_t offset) const {
    const auto after = std::upper_bound(line_starts_.begin(), line_starts_.end(), offset);
    const auto line = static_cast<std::size_t>(after - line_starts_.begin());
    return {
        static_cast<std::uint32_t>(line),
        static_cast<std::uint32_t>(offset - line_starts_[line - 1] + 1)};
}

Place XmlDocument::place(const pugi::xml_node& node) const {
    const std::ptrdiff_t offset = node.offset_debug();
    return offset < 0 ? Place{} : place_at(static_cast<std::size_t>(offset));
}

Place XmlDocument::place_in_text(const pugi::xml_node& element, std::size_t offset) const {
    std::size_t left = offset;
    for (const pugi::xml_node& node : element.children()) {
        if (!is_text(node)) {
            continue;
        }
        const std::size_t bytes = std::string_view(node.value()).size();
        if (left > bytes) {
            left -= bytes;
            continue;
        }
        auto at = static_cast<std::size_t>(std::max<std::ptrdiff_t>(node.offset_debug(), 0));
        while (left > 0 && at < text_.size()) {
            const Step step = node.type() == pugi::node_cdata ? Step{1, 1} : step_at(text_, at);
            at += step.in_file;
            left -= std::min(left, step.in_text);
        }
        return place_at(at);
    }
    return place(element);
}

std::string text_of(const pugi::xml_node& element) {
    std::string text;
    for (const pugi::xml_node& node : element.children()) {
        if (is_text(node)) {
            text += node.value();
        }
    }
    return text;
}

std::string trimmed(std::string_view text) {
    std::string result;
    for (const char c : text) {
        const bool space = c == ' ' || c == '\t' || c == '\n' || c == '\r';
        if (!space) {
            result += c;
        } else if (!result.empty() && result.back() != ' ') {
            result += ' ';
        }
    }
    if (!result.empty() && result.back() == ' ') {
        result.pop_back();
    }
    return result;
}

std::string_view local_name(std::string_view name) {
    const std::size_t colon = name.find(':');
    return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

std::string_view namespace_of(const pugi::xml_node& node, std::string_view prefix) {
    const std::string name = prefix.empty() ? "xmlns" : "xmlns:" + std::string(prefix);
    for (pugi::xml_node at = node; at; at = at.parent()) {
        if (const pugi::xml_attribute attribute = at.attribute(name.c_str())) {
            return attribute.value();
        }
    }
    return {};
}

}  // namespace attune::dmn
