#include <algorithm>
#include <numeric>
#include <unordered_map>

#include <fmt/format.h>

#include "dmn/table.h"
#include "feel/builtins.h"
#include "feel/function.h"
#include "feel/text.h"

namespace attune::dmn {
namespace {

/// Gives equal texts equal numbers, in order of appearance.
class Texts {
public:
    /// The number of `text`, and whether it is new.
    std::pair<std::uint32_t, bool> number(std::string_view text) {
        const auto [at, fresh] =
            numbers_.emplace(text, static_cast<std::uint32_t>(numbers_.size()));
        return {at->second, fresh};
    }

private:
    std::unordered_map<std::string_view, std::uint32_t> numbers_;
};

std::string_view builtin_name(Aggregation aggregation) {
    switch (aggregation) {
    case Aggregation::Sum:
        return "sum";
    case Aggregation::Count:
        return "count";
    case Aggregation::Min:
        return "min";
    case Aggregation::Max:
        return "max";
    case Aggregation::None:
        break;
    }
    return {};
}

/// The allowed values of a type, if they are constants: they order outputs where the table itself
/// does not say how.
const feel::SimpleTests* allowed_values(const TypePtr& type) {
    for (const ItemType* at = type.get(); at != nullptr;
         at = at->item ? at->item.get() : at->base.get()) {
        if (at->allowed_values && at->allowed_values->simple_tests()) {
            return &*at->allowed_values->simple_tests();
        }
    }
    return nullptr;
}

}  // namespace

/// Puts a Table together.
class TableCompiler {
public:
    TableCompiler(
        const DecisionTable& source, CompileContext& context, const feel::Scope& scope, Table& table
    )
        : source_(source), context_(context), scope_(scope), table_(table) {}

    void compile(const TypePtr& result_type) {
        table_.element_ = context_.element;
        table_.hit_policy_ = source_.hit_policy;
        table_.aggregation_ = source_.aggregation;
        table_.row_count_ = source_.rules.size();
        const std::size_t bits_in_step = kWordBits * kWordsStep;
        table_.words_ = (source_.rules.size() / bits_in_step + 1) * kWordsStep;
        table_.all_rows_.assign(table_.words_, 0);
        for (std::size_t row = 0; row <= table_.row_count_; ++row) {
            table_.all_rows_[row / kWordBits] |= Word{1} << (row % kWordBits);
        }
        table_.columns_.reserve(source_.inputs.size());
        for (std::size_t at = 0; at < source_.inputs.size(); ++at) {
            compile_column(at);
        }
        for (std::size_t at = 0; at < source_.outputs.size(); ++at) {
            compile_output(at, result_type);
        }
        if (const std::string_view name = builtin_name(source_.aggregation); !name.empty()) {
            const feel::Builtin* const builtin = feel::find_builtin(name);
            ATTUNE_ASSERT(builtin != nullptr);
            table_.aggregate_ = feel::builtin_function(*builtin);
        }
        describe_rules();
    }

private:
    // ---- inputs ----

    void compile_column(std::size_t at) {
        const TableInput& input = source_.inputs[at];
        Table::Column& column = table_.columns_.emplace_back();
        column.name = input.label.empty() ? trimmed(input.expression.text) : input.label;
        column.type = context_.type(input.type, input.place);
        if (!trimmed(input.expression.text).empty()) {
            column.input = context_.expression(input.expression, scope_);
            column.slot = column.input ? column.input->only_slot() : std::nullopt;
        }
        feel::Type type = column.type->type;
        if (type.any() && column.input) {
            type = column.input->type();
        }
        column.known_type = type;
        compile_conditions(at, type, column);
        add_input_values(input, type, column);
        column.conditions.shrink_to_fit();
        column.texts.shrink_to_fit();
        column.index.emplace(column.conditions, column.condition_of_row, table_.words_);
    }

    void compile_conditions(std::size_t at, const feel::Type& type, Table::Column& column) {
        Texts texts;
        column.condition_of_row.reserve(source_.rules.size() + 1);
        for (const TableRule& rule : source_.rules) {
            static const Text missing{"-", {}};
            const Text& text = at < rule.tests.size() ? rule.tests[at] : missing;
            const auto [number, fresh] = texts.number(text.text);
            if (fresh) {
                column.conditions.push_back(condition(text, type, rule));
                column.texts.push_back(trimmed(text.text));
            }
            column.condition_of_row.push_back(number);
        }
    }

    Condition condition(const Text& text, const feel::Type& type, const TableRule& rule) {
        Condition result;
        result.simple = read_plain_tests(text.text, table_.constants_);
        if (result.simple) {
            return result;
        }
        const std::string element = at_rule(rule);
        result.expression = context_.unary_tests(text, scope_, type);
        restore(element);
        if (!result.expression) {
            result.simple.emplace();  // What is no FEEL never matches.
        } else if (result.expression->simple_tests()) {
            result.simple = *result.expression->simple_tests();
        }
        return result;
    }

    /// Messages about a cell name its rule. Returns what they named before.
    std::string at_rule(const TableRule& rule) {
        const auto number = &rule - source_.rules.data() + 1;
        return std::exchange(
            context_.element, fmt::format("rule {} of {}", number, context_.element)
        );
    }
    void restore(const std::string& element) { context_.element = element; }

    /// The row behind the last: met by null and by the input values.
    void add_input_values(const TableInput& input, const feel::Type& type, Table::Column& column) {
        Condition condition;
        condition.simple.emplace();
        condition.simple->any = true;
        if (input.values) {
            condition.expression = context_.unary_tests(*input.values, scope_, type);
            if (condition.expression && condition.expression->simple_tests()) {
                condition.simple = *condition.expression->simple_tests();
                table_.checks_values_ = table_.checks_values_ || !condition.simple->any;
                column.values_text = trimmed(input.values->text);
                if (!condition.simple->negated) {
                    condition.simple->tests.emplace_back();  // Equal to null.
                }
            }
        }
        column.condition_of_row.push_back(static_cast<std::uint32_t>(column.conditions.size()));
        column.texts.emplace_back(column.values_text);
        column.conditions.push_back(std::move(condition));
    }

    // ---- outputs ----

    void compile_output(std::size_t at, const TypePtr& result_type) {
        const TableOutput& output = source_.outputs[at];
        Table::OutputColumn& column = table_.outputs_.emplace_back();
        column.name = output.name;
        column.type = context_.type(output.type, output.place);
        Texts texts;
        column.output_of_row.reserve(source_.rules.size());
        for (const TableRule& rule : source_.rules) {
            static const Text missing{"null", {}};
            const Text& text = at < rule.outputs.size() ? rule.outputs[at] : missing;
            const auto [number, fresh] = texts.number(text.text);
            if (fresh) {
                const std::string element = at_rule(rule);
                column.outputs.push_back(compile_value(text, *column.type));
                restore(element);
            }
            column.output_of_row.push_back(number);
        }
        column.outputs.shrink_to_fit();
        if (output.default_value) {
            column.default_value = compile_value(*output.default_value, *column.type);
        }
        if (source_.hit_policy == HitPolicy::Priority ||
            source_.hit_policy == HitPolicy::OutputOrder) {
            compile_order(output, result_type, column);
        }
    }

    Table::Output compile_value(const Text& text, const ItemType& type) {
        Table::Output result;
        std::optional<Value> constant = read_plain_value(text.text, table_.constants_);
        if (!constant) {
            if (trimmed(text.text).empty()) {
                return result;  // An empty output cell, as editors leave it, is null.
            }
            result.expression = context_.expression(text, scope_);
            constant = result.expression ? result.expression->constant() : Value();
        }
        if (!constant) {
            return result;
        }
        Arena arena;
        feel::Evaluation evaluation(arena);
        if (const std::optional<Value> converted = type.convert(*constant, evaluation)) {
            result.constant = converted->clone(table_.constants_);
            result.expression.reset();
            return result;
        }
        context_.report(
            context_.definitions.document->place(text.element),
            fmt::format(
                "output {} is no {}; taken as null", feel::to_literal(*constant), type.name
            ),
            Diagnostic::Severity::Warning
        );
        if (!result.expression) {
            // Evaluated all the same, so that each null leaves its warning.
            result.expression = context_.expression(text, scope_);
        }
        return result;
    }

    void compile_order(
        const TableOutput& output, const TypePtr& result_type, Table::OutputColumn& column
    ) {
        if (output.values) {
            const std::optional<feel::Expression> values =
                context_.unary_tests(*output.values, scope_, column.type->type);
            if (values && values->simple_tests()) {
                keep_order(*values->simple_tests(), column);
            } else if (values) {
                context_.report(
                    output.place,
                    fmt::format(
                        "the output values of a table with hit policy {} must be constants",
                        to_string(source_.hit_policy)
                    )
                );
            }
        } else if (const feel::SimpleTests* allowed = allowed_values(column.type)) {
            keep_order(*allowed, column);
        } else if (source_.outputs.size() == 1) {
            if (const feel::SimpleTests* of_result = allowed_values(result_type)) {
                keep_order(*of_result, column);
            }
        }
    }

    void keep_order(const feel::SimpleTests& values, Table::OutputColumn& column) {
        column.values = values;
        for (feel::SimpleTest& test : column.values->tests) {
            test.start = test.start.clone(table_.constants_);
            test.end = test.end.clone(table_.constants_);
        }
        const bool constant = std::none_of(
            column.outputs.begin(),
            column.outputs.end(),
            [](const Table::Output& each) { return each.expression.has_value(); }
        );
        if (constant) {
            for (const Table::Output& each : column.outputs) {
                column.ranks.push_back(rank_of(*column.values, each.constant));
            }
        }
    }

    // ---- for explanations ----

    void describe_rules() {
        bool annotated = false;
        for (const TableRule& rule : source_.rules) {
            table_.rule_ids_.push_back(rule.id);
            std::string text;
            for (const Text& annotation : rule.annotations) {
                const std::string part = trimmed(annotation.text);
                text += text.empty() || part.empty() ? part : "; " + part;
            }
            table_.annotations_.push_back(text.empty() ? rule.description : text);
            annotated = annotated || !table_.annotations_.back().empty();
        }
        if (!annotated) {
            table_.annotations_ = {};
        }
    }

    const DecisionTable& source_;
    CompileContext& context_;
    const feel::Scope& scope_;
    Table& table_;
};

const feel::SimpleTests* Table::column_values(std::size_t column) const {
    if (columns_[column].values_text.empty()) {
        return allowed_values(columns_[column].type);
    }
    const Condition& values = condition(column, row_count_);
    return values.expression && values.expression->simple_tests()
               ? &*values.expression->simple_tests()
               : nullptr;
}

bool Table::has_default() const {
    return std::any_of(outputs_.begin(), outputs_.end(), [](const OutputColumn& each) {
        return each.default_value.has_value();
    });
}

bool Table::gives_only(const ItemType& type) const {
    const bool one_row = hit_policy_ == HitPolicy::Unique || hit_policy_ == HitPolicy::Any ||
                         hit_policy_ == HitPolicy::First || hit_policy_ == HitPolicy::Priority;
    if (!one_row || outputs_.size() != 1) {
        return false;
    }
    const auto fits = [&](const Output& each) {
        return !each.expression && type.conforms_plainly(each.constant);
    };
    const OutputColumn& column = outputs_[0];
    return std::all_of(column.outputs.begin(), column.outputs.end(), fits) &&
           (!column.default_value || fits(*column.default_value));
}

std::optional<std::vector<Value>> Table::constant_outputs(std::size_t row) const {
    std::vector<Value> outputs;
    for (const OutputColumn& column : outputs_) {
        const Output& output = column.outputs[column.output_of_row[row]];
        if (output.expression) {
            return std::nullopt;
        }
        outputs.push_back(output.constant);
    }
    return outputs;
}

std::vector<std::uint32_t> Table::preference() const {
    std::vector<std::uint32_t> order(row_count_);
    std::iota(order.begin(), order.end(), 0U);
    if (hit_policy_ == HitPolicy::First) {
        return order;
    }
    for (const OutputColumn& column : outputs_) {
        if (column.values && column.ranks.empty()) {
            return {};
        }
    }
    std::stable_sort(order.begin(), order.end(), [&](std::uint32_t lhs, std::uint32_t rhs) {
        for (const OutputColumn& column : outputs_) {
            if (!column.values) {
                continue;
            }
            const std::uint32_t mine = column.ranks[column.output_of_row[lhs]];
            const std::uint32_t other = column.ranks[column.output_of_row[rhs]];
            if (mine != other) {
                return mine < other;
            }
        }
        return false;
    });
    return order;
}

std::unique_ptr<const Table> Table::compile(
    const DecisionTable& source,
    CompileContext& context,
    const feel::Scope& scope,
    const TypePtr& result_type
) {
    std::unique_ptr<Table> table(new Table());
    TableCompiler(source, context, scope, *table).compile(result_type);
    return table;
}

}  // namespace attune::dmn
