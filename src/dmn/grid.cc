#include "dmn/grid.h"

#include <algorithm>

#include <fmt/format.h>

namespace attune::dmn {
namespace {

std::string label(const TableInput& input) {
    return input.label.empty() ? trimmed(input.expression.text) : input.label;
}

std::string label(const TableOutput& output, const DecisionTable& table) {
    if (!output.label.empty()) {
        return output.label;
    }
    if (!output.name.empty()) {
        return output.name;
    }
    return table.output_label.empty() ? "result" : table.output_label;
}

Grid transposed(const Grid& grid) {
    Grid result = grid;
    result.rules_as_rows = false;
    result.rows.assign(grid.rows[0].size(), std::vector<std::string>(grid.rows.size()));
    for (std::size_t row = 0; row < grid.rows.size(); ++row) {
        for (std::size_t column = 0; column < grid.rows[row].size(); ++column) {
            result.rows[column][row] = grid.rows[row][column];
        }
    }
    return result;
}

/// Two inputs, one output, one rule for each pair of conditions: rows by the first input, columns
/// by the second. Nothing if the rules do not have that form.
std::optional<Grid> crosstab(const DecisionTable& table) {
    if (table.inputs.size() != 2 || table.outputs.size() != 1) {
        return std::nullopt;
    }
    std::vector<std::string> down;
    std::vector<std::string> across;
    const auto index = [](std::vector<std::string>& all, const std::string& text) {
        const auto at = std::find(all.begin(), all.end(), text);
        if (at == all.end()) {
            all.push_back(text);
            return all.size() - 1;
        }
        return static_cast<std::size_t>(at - all.begin());
    };
    Grid grid;
    grid.rows = {{label(table.inputs[0]) + " \\ " + label(table.inputs[1])}};
    for (const TableRule& rule : table.rules) {
        if (rule.tests.size() != 2 || rule.outputs.size() != 1) {
            return std::nullopt;
        }
        const std::size_t row = index(down, trimmed(rule.tests[0].text)) + 1;
        const std::size_t column = index(across, trimmed(rule.tests[1].text)) + 1;
        grid.rows.resize(std::max(grid.rows.size(), row + 1));
        std::vector<std::string>& cells = grid.rows[row];
        cells.resize(std::max(cells.size(), column + 1));
        if (!cells[column].empty()) {
            return std::nullopt;
        }
        cells[column] = trimmed(rule.outputs[0].text);
    }
    for (const std::string& each : across) {
        grid.rows[0].push_back(each);
    }
    for (std::size_t row = 0; row < down.size(); ++row) {
        grid.rows[row + 1].resize(across.size() + 1);
        grid.rows[row + 1][0] = down[row];
    }
    grid.outputs_at = 1;
    return grid;
}

std::string repeated(std::string_view text, std::size_t times) {
    std::string result;
    for (std::size_t at = 0; at < times; ++at) {
        result += text;
    }
    return result;
}

std::vector<std::size_t> widths_of(const Grid& grid) {
    std::vector<std::size_t> widths;
    for (const std::vector<std::string>& row : grid.rows) {
        widths.resize(std::max(widths.size(), row.size()), 1);
        for (std::size_t column = 0; column < row.size(); ++column) {
            widths[column] = std::max(widths[column], width_of(row[column]));
        }
    }
    return widths;
}

}  // namespace

Grid grid_of(const DecisionTable& table) {
    if (table.orientation == Orientation::CrossTable) {
        if (std::optional<Grid> grid = crosstab(table)) {
            return *grid;
        }
    }
    Grid grid;
    std::vector<std::string> header{letter(table.hit_policy, table.aggregation)};
    for (const TableInput& input : table.inputs) {
        header.push_back(label(input));
    }
    grid.outputs_at = header.size();
    for (const TableOutput& output : table.outputs) {
        header.push_back(label(output, table));
    }
    for (const std::string& annotation : table.annotations) {
        header.push_back(annotation);
    }
    grid.rows.push_back(header);
    for (std::size_t number = 0; number < table.rules.size(); ++number) {
        const TableRule& rule = table.rules[number];
        std::vector<std::string> row{std::to_string(number + 1)};
        for (const std::vector<Text>* cells : {&rule.tests, &rule.outputs, &rule.annotations}) {
            for (const Text& cell : *cells) {
                row.push_back(trimmed(cell.text));
            }
        }
        row.resize(header.size());
        grid.rows.push_back(std::move(row));
    }
    return table.orientation == Orientation::RuleAsColumn ? transposed(grid) : grid;
}

std::size_t width_of(std::string_view text) {
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
        return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U;
    }));
}

namespace {

/// The lines between and around cells; a double one stands before the outputs.
class Lines {
public:
    Lines(const Grid& grid, std::vector<std::size_t> widths)
        : grid_(grid), widths_(std::move(widths)) {}

    struct Style {
        std::string_view left;
        std::string_view cross;
        std::string_view double_cross;
        std::string_view right;
        std::string_view dash;
    };

    [[nodiscard]] std::string line(const Style& style) const {
        std::string text(style.left);
        for (std::size_t column = 0; column < widths_.size(); ++column) {
            text += repeated(style.dash, widths_[column] + 2);
            const bool last = column + 1 == widths_.size();
            text += last ? style.right : doubled(column + 1) ? style.double_cross : style.cross;
        }
        return text + "\n";
    }

    [[nodiscard]] std::string cells(const std::vector<std::string>& row) const {
        std::string text = "│";
        for (std::size_t column = 0; column < widths_.size(); ++column) {
            const std::string& cell = row[column];
            text += " " + cell + std::string(widths_[column] - width_of(cell) + 1, ' ');
            text += doubled(column + 1) && column + 1 < widths_.size() ? "║" : "│";
        }
        return text + "\n";
    }

private:
    [[nodiscard]] bool doubled(std::size_t column) const {
        return grid_.rules_as_rows && column == grid_.outputs_at;
    }

    const Grid& grid_;
    std::vector<std::size_t> widths_;
};

}  // namespace

std::string to_text(const Grid& grid) {
    const Lines lines(grid, widths_of(grid));
    std::string text = lines.line({"┌", "┬", "╥", "┐", "─"});
    for (std::size_t row = 0; row < grid.rows.size(); ++row) {
        text += lines.cells(grid.rows[row]);
        const bool outputs = !grid.rules_as_rows && row + 1 == grid.outputs_at;
        if (row + 1 == grid.rows.size()) {
            break;
        }
        if (outputs) {
            text += lines.line({"╞", "╪", "╬", "╡", "═"});
        } else if (row + 1 == grid.header_rows) {
            text += lines.line({"├", "┼", "╫", "┤", "─"});
        }
    }
    return text + lines.line({"└", "┴", "╨", "┘", "─"});
}

std::string escaped(std::string_view text) {
    std::string result;
    for (const char c : text) {
        switch (c) {
        case '&':
            result += "&amp;";
            break;
        case '<':
            result += "&lt;";
            break;
        case '>':
            result += "&gt;";
            break;
        case '"':
            result += "&quot;";
            break;
        default:
            result += c;
        }
    }
    return result;
}

std::string to_svg(const Grid& grid, std::string_view title) {
    constexpr std::size_t kCharacter = 8;
    constexpr std::size_t kRow = 26;
    constexpr std::size_t kTop = 34;
    const std::vector<std::size_t> widths = widths_of(grid);
    std::size_t total = 20;
    for (const std::size_t width : widths) {
        total += width * kCharacter + 20;
    }
    std::string svg = fmt::format(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{}\" height=\"{}\" "
        "font-family=\"monospace\" font-size=\"13\">\n<text x=\"10\" y=\"22\" "
        "font-weight=\"bold\">{}</text>\n",
        total,
        kTop + grid.rows.size() * kRow + 10,
        escaped(title)
    );
    for (std::size_t row = 0; row < grid.rows.size(); ++row) {
        std::size_t x = 10;
        for (std::size_t column = 0; column < widths.size(); ++column) {
            const std::size_t width = widths[column] * kCharacter + 20;
            const std::size_t rule_axis = grid.rules_as_rows ? column : row;
            const bool header = row < grid.header_rows || column < grid.header_columns;
            const std::string_view fill = header                         ? "#e8edf3"
                                          : rule_axis >= grid.outputs_at ? "#f2f8ee"
                                                                         : "#ffffff";
            svg += fmt::format(
                "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" fill=\"{}\" "
                "stroke=\"#7a8794\"/><text x=\"{}\" y=\"{}\">{}</text>\n",
                x,
                kTop + row * kRow,
                width,
                kRow,
                fill,
                x + 10,
                kTop + row * kRow + 17,
                escaped(grid.rows[row][column])
            );
            x += width;
        }
    }
    return svg + "</svg>\n";
}

}  // namespace attune::dmn
