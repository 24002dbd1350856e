#include "dmn/writer.h"

#include <algorithm>
#include <array>
#include <sstream>

#include "dmn/reader.h"

namespace attune::dmn {
namespace {

struct Renamed {
    std::string_view from;
    std::string_view to;
};

/// What earlier versions call the namespaces of 1.5. The interchange of plain shapes (DC, DI) is
/// still that of 2018.
constexpr std::array kNamespaces{
    Renamed{"http://www.omg.org/spec/DMN/20151101/dmn.xsd", "MODEL/"},
    Renamed{"http://www.omg.org/spec/DMN/20180521/MODEL/", "MODEL/"},
    Renamed{"http://www.omg.org/spec/DMN/20191111/MODEL/", "MODEL/"},
    Renamed{"https://www.omg.org/spec/DMN/20191111/MODEL/", "MODEL/"},
    Renamed{"https://www.omg.org/spec/DMN/20211108/MODEL/", "MODEL/"},
    Renamed{"https://www.omg.org/spec/DMN/20240513/MODEL/", "MODEL/"},
    Renamed{"http://www.omg.org/spec/FEEL/20140401", "FEEL/"},
    Renamed{"http://www.omg.org/spec/DMN/20180521/FEEL/", "FEEL/"},
    Renamed{"https://www.omg.org/spec/DMN/20191111/FEEL/", "FEEL/"},
    Renamed{"https://www.omg.org/spec/DMN/20211108/FEEL/", "FEEL/"},
    Renamed{"https://www.omg.org/spec/DMN/20240513/FEEL/", "FEEL/"},
    Renamed{"http://www.omg.org/spec/DMN/20180521/DMNDI/", "DMNDI/"},
    Renamed{"https://www.omg.org/spec/DMN/20191111/DMNDI/", "DMNDI/"},
    Renamed{"https://www.omg.org/spec/DMN/20211108/DMNDI/", "DMNDI/"},
};

constexpr std::string_view kVersion15 = "https://www.omg.org/spec/DMN/20230324/";

std::string renamed(std::string_view uri) {
    for (const Renamed& each : kNamespaces) {
        if (each.from == uri) {
            return std::string(kVersion15) + std::string(each.to);
        }
    }
    return std::string(uri);
}

bool names_a_namespace(std::string_view attribute) {
    return attribute == "xmlns" || attribute.starts_with("xmlns:") ||
           attribute == "expressionLanguage" || attribute == "typeLanguage" ||
           attribute == "importType";
}

bool needs_16(pugi::xml_node node) {
    const std::string_view language = node.attribute("expressionLanguage").value();
    if (language.ends_with("/B-FEEL/") ||
        std::string_view(node.attribute("kind").value()) == "ONNX") {
        return true;
    }
    const auto children = node.children();
    return std::any_of(children.begin(), children.end(), [](const pugi::xml_node& each) {
        return needs_16(each);
    });
}

/// DMN 1.1's "feel:number" and "own:tLoan" become plain names, which later versions have. Types of
/// imported files keep the prefix of their import, so they become "prefix.name".
std::string plain_type(pugi::xml_node node, std::string_view name, const Definitions& definitions) {
    const std::size_t colon = name.find(':');
    if (colon == std::string_view::npos) {
        return std::string(name);
    }
    const std::string_view uri = namespace_of(node, name.substr(0, colon));
    const std::string local(name.substr(colon + 1));
    for (const Import& import : definitions.imports) {
        if (import.namespace_ == uri && !import.name.empty()) {
            return import.name + "." + local;
        }
    }
    const bool known = uri == definitions.namespace_ || uri.find("omg.org/spec") != uri.npos;
    return known ? local : std::string(name);
}

class Writer {
public:
    explicit Writer(const Definitions& definitions) : definitions_(definitions) {}

    void rewrite(pugi::xml_node node) {
        for (pugi::xml_attribute& attribute : node.attributes()) {
            if (std::string_view(attribute.name()) == "typeRef" ||
                std::string_view(attribute.name()) == "outputTypeRef") {
                attribute.set_value(plain_type(node, attribute.value(), definitions_).c_str());
            }
        }
        if (local_name(node.name()) == "typeRef" && node.type() == pugi::node_element) {
            const std::string type = plain_type(node, trimmed(text_of(node)), definitions_);
            if (type != trimmed(text_of(node))) {
                node.text().set(type.c_str());
            }
        }
        for (const pugi::xml_node& each : node.children()) {
            rewrite(each);
        }
        // Only now: the prefixes of type names had to be looked up first.
        for (pugi::xml_attribute& attribute : node.attributes()) {
            if (names_a_namespace(attribute.name())) {
                attribute.set_value(renamed(attribute.value()).c_str());
            }
        }
    }

private:
    const Definitions& definitions_;
};

}  // namespace

std::string write_definitions(const Definitions& definitions) {
    pugi::xml_document copy;
    copy.reset(definitions.document->document());
    const bool keep = definitions.version == "1.6" && needs_16(copy.document_element());
    if (!keep && definitions.version != "1.5") {
        Writer(definitions).rewrite(copy.document_element());
    }
    std::ostringstream out;
    // Line ends outside of the root element are all that a parsed document does not hold.
    for (const pugi::xml_node& each : copy.children()) {
        each.print(out, "", pugi::format_raw, pugi::encoding_utf8);
        out << '\n';
    }
    return out.str();
}

}  // namespace attune::dmn
