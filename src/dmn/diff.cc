#include "dmn/diff.h"

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <set>

#include <fmt/format.h>

#include "dmn/partition.h"
#include "feel/text.h"

namespace attune::dmn {
namespace {

/// The text that makes a row what it is.
std::string content(const TableRule& rule) {
    std::string text;
    for (const std::vector<Text>* cells : {&rule.tests, &rule.outputs}) {
        for (const Text& cell : *cells) {
            text += trimmed(cell.text) + '\x1f';
        }
        text += '\x1e';
    }
    return text;
}

std::string column_name(const DecisionTable& table, std::size_t cell) {
    if (cell < table.inputs.size()) {
        const TableInput& input = table.inputs[cell];
        return input.label.empty() ? trimmed(input.expression.text) : input.label;
    }
    const TableOutput& output = table.outputs[cell - table.inputs.size()];
    return output.name.empty() ? "output" : output.name;
}

std::string cell_text(const TableRule& rule, const DecisionTable& table, std::size_t cell) {
    const bool input = cell < table.inputs.size();
    const std::vector<Text>& cells = input ? rule.tests : rule.outputs;
    const std::size_t at = input ? cell : cell - table.inputs.size();
    return at < cells.size() ? trimmed(cells[at].text) : std::string();
}

std::string row_text(const TableRule& rule) {
    std::string text;
    for (const Text& cell : rule.tests) {
        text += (text.empty() ? "" : " | ") + trimmed(cell.text);
    }
    text += " ->";
    for (const Text& cell : rule.outputs) {
        text += " " + trimmed(cell.text);
    }
    return text;
}

/// Compares what was written: elements by name, rows by id or else by content.
class SourceDiff {
public:
    SourceDiff(const Definitions& before, const Definitions& after, std::vector<Difference>& found)
        : before_(before), after_(after), found_(found) {}

    void run() {
        compare(
            before_.decisions,
            after_.decisions,
            "decision",
            [this](const Decision& old, const Decision& now, const std::string& element) {
                compare_logic(old.logic.get(), now.logic.get(), element);
            }
        );
        compare(
            before_.knowledge_models,
            after_.knowledge_models,
            "business knowledge model",
            [this](
                const KnowledgeModel& old, const KnowledgeModel& now, const std::string& element
            ) { compare_logic(body(old), body(now), element); }
        );
        compare(
            before_.inputs,
            after_.inputs,
            "input data",
            [](const auto&, const auto&, const auto&) {}
        );
        compare(
            before_.services,
            after_.services,
            "decision service",
            [](const auto&, const auto&, const auto&) {}
        );
    }

private:
    static const Expression* body(const KnowledgeModel& model) {
        return model.logic ? std::get<FunctionDefinition>(model.logic->body).body.get() : nullptr;
    }

    void add(Difference::Kind kind, const std::string& element, std::string message) {
        found_.push_back({kind, element, std::move(message)});
    }

    template <typename T, typename Compare>
    void compare(
        const std::vector<T>& old,
        const std::vector<T>& now,
        const char* what,
        const Compare& compare_both
    ) {
        const auto find = [](const std::vector<T>& all, const std::string& name) {
            return std::find_if(all.begin(), all.end(), [&](const T& each) {
                return each.name == name;
            });
        };
        for (const T& each : old) {
            const std::string element = fmt::format("{} \"{}\"", what, each.name);
            const auto other = find(now, each.name);
            if (other == now.end()) {
                add(Difference::Kind::Removed, element, "removed");
            } else {
                compare_both(each, *other, element);
            }
        }
        for (const T& each : now) {
            if (find(old, each.name) == old.end()) {
                add(Difference::Kind::Added, fmt::format("{} \"{}\"", what, each.name), "added");
            }
        }
    }

    void compare_logic(const Expression* old, const Expression* now, const std::string& element) {
        if (old == nullptr || now == nullptr) {
            if (old != now) {
                add(Difference::Kind::Changed,
                    element,
                    old == nullptr ? "has logic now" : "has no logic any more");
            }
            return;
        }
        const auto* old_table = std::get_if<DecisionTable>(&old->body);
        const auto* new_table = std::get_if<DecisionTable>(&now->body);
        if (old_table != nullptr && new_table != nullptr) {
            compare_tables(*old_table, *new_table, element);
            return;
        }
        const auto* old_text = std::get_if<LiteralExpression>(&old->body);
        const auto* new_text = std::get_if<LiteralExpression>(&now->body);
        if (old_text != nullptr && new_text != nullptr) {
            if (trimmed(old_text->text.text) != trimmed(new_text->text.text)) {
                add(Difference::Kind::Changed,
                    element,
                    fmt::format(
                        "{} became {}", trimmed(old_text->text.text), trimmed(new_text->text.text)
                    ));
            }
            return;
        }
        if (old->body.index() != now->body.index()) {
            add(Difference::Kind::Changed, element, "is another kind of expression now");
        } else if (old->source != now->source) {
            add(Difference::Kind::Changed, element, "its expression changed");
        }
    }

    void compare_tables(
        const DecisionTable& old, const DecisionTable& now, const std::string& element
    ) {
        if (old.hit_policy != now.hit_policy || old.aggregation != now.aggregation) {
            add(Difference::Kind::Changed,
                element,
                fmt::format(
                    "hit policy {} became {}",
                    letter(old.hit_policy, old.aggregation),
                    letter(now.hit_policy, now.aggregation)
                ));
        }
        if (columns(old) != columns(now)) {
            add(Difference::Kind::Changed,
                element,
                fmt::format("columns {} became {}", columns(old), columns(now)));
            return;
        }
        compare_rows(old, now, element);
    }

    static std::string columns(const DecisionTable& table) {
        std::string text;
        for (std::size_t at = 0; at < table.inputs.size() + table.outputs.size(); ++at) {
            text += (text.empty() ? "" : ", ") + column_name(table, at);
        }
        return text;
    }

    void compare_rows(
        const DecisionTable& old, const DecisionTable& now, const std::string& element
    ) {
        std::multimap<std::string, std::size_t> by_content;
        std::map<std::string, std::size_t> by_id;
        for (std::size_t at = 0; at < now.rules.size(); ++at) {
            by_content.emplace(content(now.rules[at]), at);
            if (!now.rules[at].id.empty()) {
                by_id.emplace(now.rules[at].id, at);
            }
        }
        std::set<std::size_t> taken;
        std::vector<std::size_t> left;
        for (std::size_t at = 0; at < old.rules.size(); ++at) {
            const auto same = by_content.find(content(old.rules[at]));
            if (same == by_content.end()) {
                left.push_back(at);
            } else {
                taken.insert(same->second);
                by_content.erase(same);
            }
        }
        for (const std::size_t at : left) {
            const TableRule& rule = old.rules[at];
            const auto same_id = by_id.find(rule.id);
            if (same_id != by_id.end() && taken.insert(same_id->second).second) {
                compare_cells(old, now, at, same_id->second, element);
            } else {
                add(Difference::Kind::Removed,
                    element,
                    fmt::format("row {} removed: {}", at + 1, row_text(rule)));
            }
        }
        for (std::size_t at = 0; at < now.rules.size(); ++at) {
            if (taken.count(at) == 0) {
                add(Difference::Kind::Added,
                    element,
                    fmt::format("row {} added: {}", at + 1, row_text(now.rules[at])));
            }
        }
    }

    void compare_cells(
        const DecisionTable& old,
        const DecisionTable& now,
        std::size_t old_row,
        std::size_t new_row,
        const std::string& element
    ) {
        std::string changes;
        for (std::size_t at = 0; at < old.inputs.size() + old.outputs.size(); ++at) {
            const std::string was = cell_text(old.rules[old_row], old, at);
            const std::string is = cell_text(now.rules[new_row], now, at);
            if (was != is) {
                changes += fmt::format(
                    "{}{} {} became {}", changes.empty() ? "" : ", ", column_name(old, at), was, is
                );
            }
        }
        add(Difference::Kind::Changed,
            element,
            fmt::format("row {} changed: {}", new_row + 1, changes));
    }

    const Definitions& before_;
    const Definitions& after_;
    std::vector<Difference>& found_;
};

/// Looks for inputs to which two versions of a table answer differently.
class AnswerDiff {
public:
    AnswerDiff(
        const Table& before,
        const Table& after,
        const DiffLimits& limits,
        std::vector<Difference>& found
    )
        : before_(before), after_(after), limits_(limits), found_(found) {}

    void run() {
        if (!same_columns()) {
            return;
        }
        for (std::size_t column = 0; column < before_.column_count(); ++column) {
            const Table* const tables[] = {&before_, &after_};
            const std::size_t columns[] = {column, column};
            const Table* const reversed[] = {&after_, &before_};
            old_.emplace_back(tables, columns, arena_);
            new_.emplace_back(reversed, columns, arena_);
        }
        for (std::size_t row = 0; row <= before_.row_count(); ++row) {
            for (std::size_t other = 0; other <= after_.row_count(); ++other) {
                if (reported_.size() >= limits_.answers_max || ++pairs_ > limits_.pairs_max) {
                    return;
                }
                try_pair(row, other);
            }
        }
    }

private:
    [[nodiscard]] bool same_columns() const {
        if (before_.column_count() != after_.column_count()) {
            return false;
        }
        for (std::size_t column = 0; column < before_.column_count(); ++column) {
            if (before_.column_expression(column) != after_.column_expression(column)) {
                return false;
            }
        }
        return true;
    }

    /// An input in which `row` of the one and `other` of the other may match; a number behind the
    /// last row stands for any row.
    void try_pair(std::size_t row, std::size_t other) {
        std::vector<Value> inputs;
        for (std::size_t column = 0; column < before_.column_count(); ++column) {
            const std::optional<Value> example = meeting(column, row, other);
            if (!example) {
                return;
            }
            inputs.push_back(*example);
        }
        compare(inputs);
    }

    [[nodiscard]] std::optional<Value> meeting(
        std::size_t column, std::size_t row, std::size_t other
    ) const {
        for (const Partition::Part& part : old_[column].parts()) {
            if (row < before_.row_count() && !has(part.maybe_rows, row)) {
                continue;
            }
            if (other == after_.row_count()) {
                return part.example;
            }
            for (const Partition::Part& counterpart : new_[column].parts()) {
                if (has(counterpart.maybe_rows, other) &&
                    identical(counterpart.example, part.example)) {
                    return part.example;
                }
            }
        }
        return std::nullopt;
    }

    void compare(const std::vector<Value>& inputs) {
        Arena arena;
        feel::Evaluation evaluation(arena);
        const Value old = before_.evaluate_inputs(inputs, evaluation, nullptr);
        const Value now = after_.evaluate_inputs(inputs, evaluation, nullptr);
        if (identical(old, now)) {
            return;
        }
        std::string given;
        for (std::size_t column = 0; column < inputs.size(); ++column) {
            given += fmt::format(
                "{}{} = {}",
                given.empty() ? "" : ", ",
                before_.column_name(column),
                feel::to_literal(inputs[column])
            );
        }
        if (reported_.insert(given).second) {
            found_.push_back(
                {Difference::Kind::Answer,
                 std::string(before_.element()),
                 fmt::format(
                     "{}: {} became {}", given, feel::to_literal(old), feel::to_literal(now)
                 )}
            );
        }
    }

    const Table& before_;
    const Table& after_;
    DiffLimits limits_;
    std::vector<Difference>& found_;
    Arena arena_;
    std::vector<Partition> old_;
    std::vector<Partition> new_;
    std::set<std::string> reported_;
    std::size_t pairs_ = 0;
};

}  // namespace

std::vector<Difference> diff(
    const Definitions& before_source,
    const Model& before,
    const Definitions& after_source,
    const Model& after,
    const DiffLimits& limits
) {
    std::vector<Difference> found;
    SourceDiff(before_source, after_source, found).run();
    for (const Table* old : before.tables()) {
        const auto now =
            std::find_if(after.tables().begin(), after.tables().end(), [&](const Table* each) {
                return each->element() == old->element();
            });
        if (now != after.tables().end()) {
            AnswerDiff(*old, **now, limits, found).run();
        }
    }
    return found;
}

std::string to_string(const Difference& difference) {
    const std::string_view sign = difference.kind == Difference::Kind::Added     ? "+"
                                  : difference.kind == Difference::Kind::Removed ? "-"
                                  : difference.kind == Difference::Kind::Changed ? "~"
                                                                                 : "=";
    return fmt::format("{} {}: {}", sign, difference.element, difference.message);
}

}  // namespace attune::dmn
