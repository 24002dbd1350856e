#include "dmn/table.h"

#include <algorithm>
#include <bit>
#include <memory>
#include <new>

#include <fmt/format.h>

#include "feel/text.h"

namespace attune::dmn {
namespace {

bool has_row(const Word* rows, std::size_t row) {
    return ((rows[row / kWordBits] >> (row % kWordBits)) & 1U) != 0;
}

/// What is in `base` and in all of `sets`; sizes are multiples of kWordsStep. Several words at a
/// time stay in registers while all sets are looked at.
void intersect(
    std::span<const Word> base, std::span<const Word* const> sets, std::span<Word> result
) {
    static_assert(kWordsStep == 4);
    const std::size_t words = base.size();
    for (std::size_t at = 0; at < words; at += kWordsStep) {
        Word first = base[at];
        Word second = base[at + 1];
        Word third = base[at + 2];
        Word fourth = base[at + 3];
        for (const Word* const set : sets) {
            first &= set[at];
            second &= set[at + 1];
            third &= set[at + 2];
            fourth &= set[at + 3];
        }
        result[at] = first;
        result[at + 1] = second;
        result[at + 2] = third;
        result[at + 3] = fourth;
    }
}

}  // namespace

Value Table::evaluate(
    feel::Evaluation& evaluation, std::span<const Value> slots, Explanation* explanation
) const {
    return answer(evaluation, slots, explanation, [&](const Column& column) {
        return input_of(column, evaluation, slots);
    });
}

Value Table::evaluate_inputs(
    std::span<const Value> inputs, feel::Evaluation& evaluation, Explanation* explanation
) const {
    ATTUNE_ASSERT(inputs.size() == columns_.size());
    return answer(evaluation, {}, explanation, [&](const Column& column) {
        return inputs[static_cast<std::size_t>(&column - columns_.data())];
    });
}

template <typename Input>
Value Table::answer(
    feel::Evaluation& evaluation,
    std::span<const Value> slots,
    Explanation* explanation,
    const Input& input
) const {
    Arena& arena = evaluation.arena;
    const std::size_t width = columns_.size();
    // One block, where all may have to stay: the trace, inputs, and bitmaps by column.
    static_assert(sizeof(TableTrace) % alignof(Value) == 0);
    void* const block = arena.allocate(
        sizeof(TableTrace) + width * (sizeof(Value) + sizeof(const Word*)), alignof(Value)
    );
    TableTrace& trace = *new (block) TableTrace;
    auto* const inputs = static_cast<Value*>(static_cast<void*>(&trace + 1));
    auto* const rows = static_cast<const Word**>(static_cast<void*>(inputs + width));
    bool residual = false;
    for (std::size_t at = 0; at < width; ++at) {
        const Column& column = columns_[at];
        const ColumnIndex& index = *column.index;
        const Value value = input(column);
        std::construct_at(inputs + at, value);
        rows[at] = index.irrelevant() ? nullptr : index.rows(value, arena);
        residual = residual || index.leaves_rows(value);
    }
    trace.table = this;
    trace.inputs = inputs;
    trace.rows = rows;
    trace.slots = slots;
    trace.hits = row_count_ < kWordBits ? match_word(trace, evaluation, residual)
                                        : match_words(trace, evaluation, residual);
    const Value result = decide(evaluation, trace);
    trace.result = result;
    if (explanation != nullptr) {
        explanation->add(trace);
    }
    return result;
}

/// The rows that match, of a table whose rows, with the one behind the last, fit into one word.
std::span<const std::uint32_t> Table::match_word(
    const TableTrace& trace, feel::Evaluation& evaluation, bool residual
) const {
    Word matched = all_rows_[0];
    for (std::size_t at = 0; at < columns_.size(); ++at) {
        matched &= trace.rows[at] == nullptr ? ~Word{0} : *trace.rows[at];
    }
    const Word values = Word{1} << row_count_;
    if (checks_values_ && (matched & values) == 0) {
        warn_of_values(trace, evaluation);
    }
    matched &= ~values;
    if (matched == 0) {
        return {};
    }
    const std::span<std::uint32_t> found = evaluation.arena.array<std::uint32_t>(row_count_);
    std::size_t size = 0;
    for (; matched != 0; matched &= matched - 1) {
        const auto row = static_cast<std::uint32_t>(std::countr_zero(matched));
        if (!residual || passes_residual(row, trace, evaluation)) {
            found[size++] = row;
            if (hit_policy_ == HitPolicy::First) {
                break;
            }
        }
    }
    return found.first(size);
}

std::span<const std::uint32_t> Table::match_words(
    const TableTrace& trace, feel::Evaluation& evaluation, bool residual
) const {
    Arena& arena = evaluation.arena;
    const std::span<const Word*> relevant = arena.array<const Word*>(columns_.size());
    const std::span<Word> matched = arena.array<Word>(words_);
    std::size_t count = 0;
    for (std::size_t at = 0; at < columns_.size(); ++at) {
        if (trace.rows[at] != nullptr) {
            relevant[count++] = trace.rows[at];
        }
    }
    intersect(all_rows_, relevant.first(count), matched);
    if (checks_values_ && !has_row(matched.data(), row_count_)) {
        warn_of_values(trace, evaluation);
    }
    matched[row_count_ / kWordBits] &= ~(Word{1} << (row_count_ % kWordBits));
    return hits(evaluation, trace, matched.first(row_count_ / kWordBits + 1), residual);
}

Value Table::input_of(
    const Column& column, feel::Evaluation& evaluation, std::span<const Value> slots
) const {
    if (!column.input) {
        return {};
    }
    const Value value = column.slot && evaluation.exceeded == nullptr
                            ? slots[*column.slot]
                            : column.input->evaluate(evaluation, slots);
    const ItemType& type = *column.type;
    if (type.takes(value)) {
        return value;
    }
    const std::optional<Value> converted = type.convert(value, evaluation);
    if (!converted) {
        warn_of_input(column, value, evaluation);
        return {};
    }
    return *converted;
}

void Table::warn_of_input(const Column& column, Value value, feel::Evaluation& evaluation) const {
    warn(
        evaluation,
        element_,
        fmt::format(
            "input {} is {}, which is no {}; taken as null",
            column.name,
            feel::to_literal(value),
            column.type->name
        )
    );
}

std::span<const std::uint32_t> Table::hits(
    feel::Evaluation& evaluation,
    const TableTrace& trace,
    std::span<const Word> matched,
    bool residual
) const {
    const bool first_only = hit_policy_ == HitPolicy::First;
    std::size_t count = 0;
    for (const Word each : matched) {
        // Nearly all words are zero, and counting bits is a call where the machine is not known.
        for (Word word = each; word != 0; word &= word - 1) {
            ++count;
        }
        if (first_only && count > 0) {
            break;
        }
    }
    if (count == 0) {
        return {};
    }
    const std::span<std::uint32_t> found =
        evaluation.arena.array<std::uint32_t>(first_only ? 1 : count);
    std::size_t size = 0;
    for (std::size_t at = 0; at < matched.size(); ++at) {
        for (Word word = matched[at]; word != 0; word &= word - 1) {
            const std::size_t row =
                at * kWordBits + static_cast<std::size_t>(std::countr_zero(word));
            if (residual && !passes_residual(row, trace, evaluation)) {
                continue;
            }
            found[size++] = static_cast<std::uint32_t>(row);
            if (first_only || size == count) {
                return found.first(size);
            }
        }
    }
    return found.first(size);
}

bool Table::passes_residual(std::size_t row, const TableTrace& trace, feel::Evaluation& evaluation)
    const {
    for (std::size_t at = 0; at < columns_.size(); ++at) {
        const Column& column = columns_[at];
        const Word* const residual = column.index->residual(trace.inputs[at]);
        if (residual == nullptr || !has_row(residual, row)) {
            continue;
        }
        const Condition& condition = column.conditions[column.condition_of_row[row]];
        if (!condition.passes(evaluation, trace.inputs[at], trace.slots)) {
            return false;
        }
    }
    return true;
}

std::optional<std::size_t> Table::refused_by(
    const TableTrace& trace, std::size_t row, feel::Evaluation& evaluation
) const {
    for (std::size_t at = 0; at < columns_.size(); ++at) {
        const Column& column = columns_[at];
        if (trace.rows[at] != nullptr && !has_row(trace.rows[at], row)) {
            return at;
        }
        const Word* const residual = column.index->residual(trace.inputs[at]);
        if (residual != nullptr && has_row(residual, row) &&
            !column.conditions[column.condition_of_row[row]].passes(
                evaluation, trace.inputs[at], trace.slots
            )) {
            return at;
        }
    }
    return std::nullopt;
}

void Table::warn_of_values(const TableTrace& trace, feel::Evaluation& evaluation) const {
    if (evaluation.warnings == nullptr) {
        return;
    }
    for (std::size_t at = 0; at < columns_.size(); ++at) {
        const Column& column = columns_[at];
        const Condition& values = column.conditions[column.condition_of_row[row_count_]];
        if (!trace.inputs[at].null() && !values.passes(evaluation, trace.inputs[at], trace.slots)) {
            warn(
                evaluation,
                element_,
                fmt::format(
                    "input {} is {}, which is not among its input values {}",
                    column.name,
                    feel::to_literal(trace.inputs[at]),
                    column.values_text
                )
            );
        }
    }
}

feel::Type Table::result_type() const {
    const bool many = hit_policy_ == HitPolicy::RuleOrder ||
                      hit_policy_ == HitPolicy::OutputOrder ||
                      (hit_policy_ == HitPolicy::Collect && aggregation_ == Aggregation::None);
    if (aggregation_ == Aggregation::Count) {
        return feel::Type::Kind::Number;
    }
    feel::Type single;
    if (outputs_.size() == 1) {
        single = outputs_[0].type->type;
    } else {
        std::vector<feel::Type::Field> fields;
        for (const OutputColumn& output : outputs_) {
            fields.push_back({output.name, output.type->type});
        }
        single = feel::Type::context(std::move(fields));
    }
    return many ? feel::Type::list(std::move(single)) : single;
}

std::size_t Table::index_bytes() const {
    std::size_t total = 0;
    for (const Column& column : columns_) {
        total += column.index->bytes() +
                 column.condition_of_row.capacity() * sizeof(std::uint32_t) +
                 column.conditions.capacity() * sizeof(Condition);
        for (const std::string& text : column.texts) {
            total += sizeof(std::string) + text.capacity();
        }
    }
    return total + constants_.held_bytes();
}

}  // namespace attune::dmn
