#include "dmn/show.h"

#include <algorithm>
#include <functional>
#include <map>
#include <set>

#include <fmt/format.h>

#include "dmn/grid.h"

namespace attune::dmn {
namespace {

/// The graph of one file, by id.
class Graph {
public:
    struct Vertex {
        std::string label;
        std::string_view shape;  ///< For the SVG.
        std::vector<std::string> requires_;
        bool required = false;
        std::size_t level = 0;
    };

    explicit Graph(const Definitions& definitions) {
        for (const InputData& each : definitions.inputs) {
            add(each, each.name, "input", {});
        }
        for (const KnowledgeModel& each : definitions.knowledge_models) {
            add(each, each.name + "()", "knowledge", {&each.required_knowledge});
        }
        for (const DecisionService& each : definitions.services) {
            add(each, each.name + "()", "service", {&each.output_decisions});
        }
        for (const Decision& each : definitions.decisions) {
            add(each,
                each.name + kind_of(each),
                "decision",
                {&each.required_decisions, &each.required_inputs, &each.required_knowledge});
        }
        mark_required();
    }

    [[nodiscard]] const std::map<std::string, Vertex>& vertices() const { return vertices_; }
    [[nodiscard]] const std::vector<std::string>& order() const { return order_; }

private:
    static std::string kind_of(const Decision& decision) {
        if (!decision.logic) {
            return " (no logic)";
        }
        if (const auto* table = std::get_if<DecisionTable>(&decision.logic->body)) {
            return fmt::format(
                " (table {}, {} rows)",
                letter(table->hit_policy, table->aggregation),
                table->rules.size()
            );
        }
        return "";
    }

    void add(
        const Element& element,
        std::string label,
        std::string_view shape,
        std::initializer_list<const std::vector<Reference>*> references
    ) {
        Vertex vertex;
        vertex.label = std::move(label);
        vertex.shape = shape;
        for (const std::vector<Reference>* each : references) {
            for (const Reference& reference : *each) {
                const bool foreign = !reference.namespace_.empty();
                vertex.requires_.push_back(
                    foreign ? reference.namespace_ + "#" + reference.id : reference.id
                );
            }
        }
        const std::string key = element.id.empty() ? element.name : element.id;
        order_.push_back(key);
        vertices_.emplace(key, std::move(vertex));
    }

    void mark_required() {
        for (const std::string& key : order_) {
            for (const std::string& each : vertices_.at(key).requires_) {
                if (!vertices_.count(each)) {
                    Vertex foreign;
                    foreign.label = each;
                    foreign.shape = "input";
                    vertices_.emplace(each, std::move(foreign));
                }
                vertices_.at(each).required = true;
            }
        }
        std::set<std::string> open;
        for (const auto& [key, vertex] : vertices_) {
            level_of(key, open);
        }
    }

    std::size_t level_of(const std::string& key, std::set<std::string>& open) {
        Vertex& vertex = vertices_.at(key);
        if (vertex.level != 0 || !open.insert(key).second) {
            return vertex.level;
        }
        std::size_t level = 1;
        for (const std::string& each : vertex.requires_) {
            level = std::max(level, level_of(each, open) + 1);
        }
        vertex.level = level;
        open.erase(key);
        return level;
    }

    std::map<std::string, Vertex> vertices_;
    std::vector<std::string> order_;
};

void draw_tree(
    const Graph& graph,
    const std::string& key,
    const std::string& indent,
    bool last,
    std::set<std::string>& drawn,
    std::string& text
) {
    const Graph::Vertex& vertex = graph.vertices().at(key);
    const bool again = !drawn.insert(key).second && !vertex.requires_.empty();
    text += indent + (last ? "└─ " : "├─ ") + vertex.label + (again ? " (above)" : "") + "\n";
    if (again) {
        return;
    }
    const std::string inner = indent + (last ? "   " : "│  ");
    for (std::size_t at = 0; at < vertex.requires_.size(); ++at) {
        draw_tree(
            graph, vertex.requires_[at], inner, at + 1 == vertex.requires_.size(), drawn, text
        );
    }
}

std::string indented(const std::string& text) {
    std::string result = "  ";
    for (const char c : text) {
        result += c;
        if (c == '\n') {
            result += "  ";
        }
    }
    while (!result.empty() && (result.back() == ' ' || result.back() == '\n')) {
        result.pop_back();
    }
    return result + "\n";
}

std::string text_of_logic(const ExpressionPtr& expression);

struct ShowBody {
    std::string operator()(const LiteralExpression& body) const {
        return trimmed(body.text.text) + "\n";
    }
    std::string operator()(const DecisionTable& body) const { return to_text(grid_of(body)); }
    std::string operator()(const BoxedContext& body) const {
        std::string text;
        for (const ContextEntry& each : body.entries) {
            text += (each.variable ? each.variable->name : std::string("result")) + ":\n" +
                    indented(text_of_logic(each.value));
        }
        return text;
    }
    std::string operator()(const Relation& body) const {
        Grid grid;
        grid.header_columns = 0;
        std::vector<std::string> header;
        for (const Variable& column : body.columns) {
            header.push_back(column.name);
        }
        grid.rows.push_back(std::move(header));
        for (const auto& row : body.rows) {
            std::vector<std::string> cells;
            for (const ExpressionPtr& cell : row) {
                cells.push_back(trimmed(text_of_logic(cell)));
            }
            grid.rows.push_back(std::move(cells));
        }
        return to_text(grid);
    }
    std::string operator()(const BoxedList& body) const {
        std::string text;
        for (const ExpressionPtr& each : body.items) {
            text += "- " + text_of_logic(each);
        }
        return text;
    }
    std::string operator()(const Invocation& body) const {
        std::string text = "call " + text_of_logic(body.callee);
        for (const Binding& each : body.bindings) {
            text += "  " + each.parameter.name + ": " + text_of_logic(each.value);
        }
        return text;
    }
    std::string operator()(const FunctionDefinition& body) const {
        std::string text;
        for (const Variable& each : body.parameters) {
            text += (text.empty() ? "" : ", ") + each.name;
        }
        return "function(" + text + ")\n" + indented(text_of_logic(body.body));
    }
    std::string operator()(const Conditional& body) const {
        return "if " + text_of_logic(body.condition) + "then " + text_of_logic(body.then_value) +
               "else " + text_of_logic(body.else_value);
    }
    std::string operator()(const Filter& body) const {
        return text_of_logic(body.list) + "where " + text_of_logic(body.match);
    }
    std::string operator()(const Iteration& body) const {
        const std::string_view word = body.kind == Iteration::Kind::For    ? "for"
                                      : body.kind == Iteration::Kind::Some ? "some"
                                                                           : "every";
        return fmt::format(
            "{} {} in {}{} {}",
            word,
            body.variable,
            text_of_logic(body.list),
            body.kind == Iteration::Kind::For ? "return" : "satisfies",
            text_of_logic(body.body)
        );
    }
};

std::string text_of_logic(const ExpressionPtr& expression) {
    return expression ? std::visit(ShowBody{}, expression->body) : std::string("null\n");
}

/// The logic of a decision or knowledge model by name; null if there is none.
const Expression* find_logic(const Definitions& definitions, std::string_view name) {
    for (const Decision& each : definitions.decisions) {
        if (each.name == name) {
            return each.logic.get();
        }
    }
    for (const KnowledgeModel& each : definitions.knowledge_models) {
        if (each.name == name && each.logic) {
            return &*each.logic;
        }
    }
    return nullptr;
}

}  // namespace

std::string graph_text(const Definitions& definitions) {
    const Graph graph(definitions);
    std::string text = definitions.name + "\n";
    std::vector<std::string> roots;
    for (const std::string& key : graph.order()) {
        if (!graph.vertices().at(key).required) {
            roots.push_back(key);
        }
    }
    std::set<std::string> drawn;
    for (std::size_t at = 0; at < roots.size(); ++at) {
        draw_tree(graph, roots[at], "", at + 1 == roots.size(), drawn, text);
    }
    return text;
}

std::string logic_text(const Definitions& definitions, std::string_view name) {
    const Expression* const logic = find_logic(definitions, name);
    return logic == nullptr ? std::string() : std::visit(ShowBody{}, logic->body);
}

std::string graph_svg(const Definitions& definitions) {
    constexpr std::size_t kWidth = 200;
    constexpr std::size_t kHeight = 44;
    constexpr std::size_t kStepX = 230;
    constexpr std::size_t kStepY = 90;
    const Graph graph(definitions);
    std::map<std::string, std::pair<std::size_t, std::size_t>> places;
    std::map<std::size_t, std::size_t> used;
    std::size_t levels = 1;
    std::size_t widest = 1;
    for (const auto& [key, vertex] : graph.vertices()) {
        levels = std::max(levels, vertex.level);
    }
    for (const auto& [key, vertex] : graph.vertices()) {
        const std::size_t column = used[vertex.level]++;
        widest = std::max(widest, column + 1);
        places[key] = {20 + column * kStepX, 20 + (levels - vertex.level) * kStepY};
    }
    std::string svg = fmt::format(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{}\" height=\"{}\" "
        "font-family=\"sans-serif\" font-size=\"12\">\n",
        widest * kStepX + 20,
        levels * kStepY + 20
    );
    for (const auto& [key, vertex] : graph.vertices()) {
        for (const std::string& each : vertex.requires_) {
            const auto [from_x, from_y] = places.at(each);
            const auto [to_x, to_y] = places.at(key);
            svg += fmt::format(
                "<line x1=\"{}\" y1=\"{}\" x2=\"{}\" y2=\"{}\" stroke=\"#7a8794\"/>\n",
                from_x + kWidth / 2,
                from_y,
                to_x + kWidth / 2,
                to_y + kHeight
            );
        }
    }
    for (const auto& [key, vertex] : graph.vertices()) {
        const auto [x, y] = places.at(key);
        const std::size_t radius = vertex.shape == "input" ? kHeight / 2 : 4;
        svg += fmt::format(
            "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"{}\" fill=\"{}\" "
            "stroke=\"#3d4a57\"/><text x=\"{}\" y=\"{}\" text-anchor=\"middle\">{}</text>\n",
            x,
            y,
            kWidth,
            kHeight,
            radius,
            vertex.shape == "decision" ? "#ffffff" : "#eef2f6",
            x + kWidth / 2,
            y + kHeight / 2 + 4,
            escaped(vertex.label)
        );
    }
    return svg + "</svg>\n";
}

std::string logic_svg(const Definitions& definitions, std::string_view name) {
    const Expression* const logic = find_logic(definitions, name);
    if (logic == nullptr) {
        return {};
    }
    if (const auto* table = std::get_if<DecisionTable>(&logic->body)) {
        return to_svg(grid_of(*table), name);
    }
    Grid grid;
    grid.header_columns = 0;
    grid.rows = {{std::string(name)}, {trimmed(std::visit(ShowBody{}, logic->body))}};
    return to_svg(grid, name);
}

}  // namespace attune::dmn
