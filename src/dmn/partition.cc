#include "dmn/partition.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "feel/equality.h"
#include "feel/text.h"

namespace attune::dmn {
namespace {

using Kind = Value::Kind;

/// A value strictly between two, or beyond one (the other null); null where there is none, as
/// between two days that follow each other.
Value between(Kind kind, const Value& low, const Value& high, Arena& arena) {
    const auto middle = [&](std::int64_t from, std::int64_t to) -> std::optional<std::int64_t> {
        if (low.null()) {
            return to - 1;
        }
        if (high.null()) {
            return from + 1;
        }
        return to - from > 1 ? std::optional(from + (to - from) / 2) : std::nullopt;
    };
    switch (kind) {
    case Kind::Number: {
        const auto one = Decimal(1);
        std::optional<Decimal> number;
        if (low.null()) {
            number = Decimal::subtract(high.as_number(), one);
        } else if (high.null()) {
            number = Decimal::add(low.as_number(), one);
        } else if (const auto sum = Decimal::add(low.as_number(), high.as_number())) {
            number = Decimal::divide(*sum, Decimal(2));
        }
        return number ? Value::number(*number, arena) : Value();
    }
    case Kind::Date: {
        const auto day =
            middle(low.null() ? 0 : low.as_date().days, high.null() ? 0 : high.as_date().days);
        return day ? Value::date({*day}) : Value();
    }
    case Kind::YearsMonthsDuration: {
        const auto months = middle(
            low.null() ? 0 : low.as_years_months().months,
            high.null() ? 0 : high.as_years_months().months
        );
        return months ? Value::duration(YearsMonthsDuration{*months}) : Value();
    }
    default: {
        const std::int64_t from = low.null() ? 0 : low.as_days_time().seconds;
        const auto seconds = middle(from, high.null() ? 0 : high.as_days_time().seconds);
        return seconds ? Value::duration(DaysTimeDuration{*seconds, 0})
                       : Value::duration(DaysTimeDuration{from, from < 0 ? 0 : 500'000'000});
    }
    }
}

bool is_ordered(Kind kind) {
    return kind == Kind::Number || kind == Kind::Date || kind == Kind::YearsMonthsDuration ||
           kind == Kind::DaysTimeDuration;
}

/// Whether a condition can be judged by looking at values: the kinds of a partition.
bool judged(const Condition& condition) {
    if (!condition.simple) {
        return false;
    }
    const std::vector<feel::SimpleTest>& tests = condition.simple->tests;
    return std::all_of(tests.begin(), tests.end(), [](const feel::SimpleTest& test) {
        const Kind kind = test.start.null() ? test.end.kind() : test.start.kind();
        const bool interval = test.kind == feel::SimpleTest::Kind::Interval;
        return is_ordered(kind) ||
               (!interval && (kind == Kind::Null || kind == Kind::Boolean || kind == Kind::String));
    });
}

std::optional<Kind> kind_of(const feel::Type& type) {
    for (const Kind kind :
         {Kind::Boolean,
          Kind::Number,
          Kind::String,
          Kind::Date,
          Kind::YearsMonthsDuration,
          Kind::DaysTimeDuration}) {
        if (!type.any() && same_kind(type.kind(), kind)) {
            return kind;
        }
    }
    return std::nullopt;
}

void set(Rows& bits, std::size_t row) {
    bits[row / kWordBits] |= Word{1} << (row % kWordBits);
}

}  // namespace

bool has(const Rows& rows, std::size_t row) {
    return ((rows[row / kWordBits] >> (row % kWordBits)) & 1U) != 0;
}

bool none(const Rows& rows) {
    return std::all_of(rows.begin(), rows.end(), [](Word word) { return word == 0; });
}

Rows both(const Rows& lhs, const Rows& rhs) {
    Rows result(lhs.size());
    for (std::size_t at = 0; at < lhs.size(); ++at) {
        result[at] = lhs[at] & rhs[at];
    }
    return result;
}

template <typename Visit>
void Partition::for_each_test(const Visit& visit) const {
    const auto visit_all = [&](const feel::SimpleTests& tests) {
        for (const feel::SimpleTest& test : tests.tests) {
            visit(test);
        }
    };
    for (std::size_t at = 0; at < tables_.size(); ++at) {
        const Table& table = *tables_[at];
        for (std::size_t row = 0; row < table.row_count(); ++row) {
            const Condition& condition = table.condition(columns_[at], row);
            if (condition.simple) {
                visit_all(*condition.simple);
            }
        }
        if (const feel::SimpleTests* values = table.column_values(columns_[at])) {
            visit_all(*values);
        }
    }
}

Partition::Partition(
    std::span<const Table* const> tables, std::span<const std::size_t> columns, Arena& arena
)
    : tables_(tables), columns_(columns) {
    const std::optional<Kind> declared = kind_of(tables_[0]->column_type(columns_[0]));
    bool seen[16] = {};
    for_each_test([&](const feel::SimpleTest& test) {
        for (const Value* value : {&test.start, &test.end}) {
            seen[static_cast<std::size_t>(value->kind())] = true;
        }
    });
    const auto wanted = [&](Kind kind) {
        return declared ? *declared == kind : seen[static_cast<std::size_t>(kind)];
    };
    if (wanted(Kind::Boolean)) {
        for (const bool truth : {false, true}) {
            Atom atom;
            atom.example = Value::boolean(truth);
            atom.text = truth ? "true" : "false";
            atoms_.push_back(std::move(atom));
        }
    }
    if (wanted(Kind::String)) {
        add_strings(arena);
    }
    for (const Kind kind :
         {Kind::Number, Kind::Date, Kind::YearsMonthsDuration, Kind::DaysTimeDuration}) {
        if (wanted(kind)) {
            add_ordered(kind, arena);
        }
    }
    restrict_to_values();
    if (atoms_.empty()) {
        Atom anything;
        anything.text = "-";
        atoms_.push_back(std::move(anything));
    }
    group();
}

std::vector<Value> Partition::constants(Kind kind) const {
    std::vector<Value> values;
    for_each_test([&](const feel::SimpleTest& test) {
        for (const Value* value : {&test.start, &test.end}) {
            if (value->is(kind)) {
                values.push_back(*value);
            }
        }
    });
    const auto before = [](const Value& lhs, const Value& rhs) {
        const auto order = feel::compare(lhs, rhs);
        return order && *order == std::strong_ordering::less;
    };
    std::sort(values.begin(), values.end(), before);
    values.erase(
        std::unique(
            values.begin(),
            values.end(),
            [&](const Value& lhs, const Value& rhs) {
                return !before(lhs, rhs) && !before(rhs, lhs);
            }
        ),
        values.end()
    );
    return values;
}

void Partition::add_strings(Arena& arena) {
    std::string others;
    std::string other = "other";
    for (const Value& each : constants(Kind::String)) {
        Atom atom;
        atom.example = each;
        atom.text = feel::to_literal(each);
        others += (others.empty() ? "" : ", ") + atom.text;
        while (other == each.as_string()) {
            other += "?";
        }
        atoms_.push_back(std::move(atom));
    }
    Atom rest;
    rest.example = Value::string(arena.copy(std::string_view(other)));
    rest.text = others.empty() ? "-" : fmt::format("not({})", others);
    atoms_.push_back(std::move(rest));
}

void Partition::add_ordered(Kind kind, Arena& arena) {
    const std::vector<Value> values = constants(kind);
    const auto text = [](const Value& value) {
        return value.null() ? std::string() : feel::to_literal(value);
    };
    for (std::size_t at = 0; at <= values.size(); ++at) {
        const Value low = at == 0 ? Value() : values[at - 1];
        const Value high = at == values.size() ? Value() : values[at];
        Atom gap;
        gap.example = values.empty() ? (kind == Kind::Number ? Value::integer(0) : Value())
                                     : between(kind, low, high, arena);
        gap.from = text(low);
        gap.to = text(high);
        gap.followed = at < values.size();
        if (!gap.example.null() || values.empty()) {
            atoms_.push_back(std::move(gap));
        }
        if (at < values.size()) {
            Atom edge;
            edge.example = high;
            edge.from = edge.to = text(high);
            edge.from_included = edge.to_included = true;
            edge.followed = true;
            atoms_.push_back(std::move(edge));
        }
    }
}

/// What the input values exclude need not be covered.
void Partition::restrict_to_values() {
    const feel::SimpleTests* const values = tables_[0]->column_values(columns_[0]);
    if (values == nullptr || values->any) {
        return;
    }
    std::vector<Atom> kept;
    for (Atom& atom : atoms_) {
        if (outcome(*values, atom.example).is_true()) {
            kept.push_back(std::move(atom));
        } else if (!kept.empty()) {
            kept.back().followed = false;
        }
    }
    if (!kept.empty()) {
        kept.back().followed = false;
    }
    atoms_ = std::move(kept);
}

/// Atoms that meet the same conditions, in all tables, become one part.
void Partition::group() {
    std::vector<const Condition*> distinct;
    for (std::size_t at = 0; at < tables_.size(); ++at) {
        for (std::size_t row = 0; row < tables_[at]->row_count(); ++row) {
            distinct.push_back(&tables_[at]->condition(columns_[at], row));
        }
    }
    std::sort(distinct.begin(), distinct.end());
    distinct.erase(std::unique(distinct.begin(), distinct.end()), distinct.end());
    std::map<std::vector<bool>, std::vector<const Atom*>> groups;
    std::vector<std::vector<bool>> order;
    for (const Atom& atom : atoms_) {
        std::vector<bool> met;
        for (const Condition* condition : distinct) {
            met.push_back(
                judged(*condition) &&
                (condition->simple->any || outcome(*condition->simple, atom.example).is_true())
            );
        }
        std::vector<const Atom*>& members = groups[met];
        if (members.empty()) {
            order.push_back(met);
        }
        members.push_back(&atom);
    }
    const Table& table = *tables_[0];
    const std::size_t words = table.row_count() / kWordBits + 1;
    for (const std::vector<bool>& met : order) {
        Part part;
        part.example = groups[met].front()->example;
        part.text = join(groups[met]);
        part.rows.assign(words, 0);
        part.maybe_rows.assign(words, 0);
        for (std::size_t row = 0; row < table.row_count(); ++row) {
            const Condition* condition = &table.condition(columns_[0], row);
            const auto at = std::lower_bound(distinct.begin(), distinct.end(), condition);
            const bool known = judged(*condition);
            exact_ = exact_ && known;
            if (met[static_cast<std::size_t>(at - distinct.begin())]) {
                set(part.rows, row);
            }
            if (!known || met[static_cast<std::size_t>(at - distinct.begin())]) {
                set(part.maybe_rows, row);
            }
        }
        parts_.push_back(std::move(part));
    }
}

std::string Partition::join(const std::vector<const Atom*>& atoms) const {
    std::string text;
    for (std::size_t at = 0; at < atoms.size();) {
        const Atom& first = *atoms[at];
        std::size_t last = at;
        while (last + 1 < atoms.size() && atoms[last]->followed &&
               atoms[last + 1] == atoms[last] + 1) {
            ++last;
        }
        const Atom& end = *atoms[last];
        at = last + 1;
        std::string run = first.text;
        if (run.empty()) {
            if (first.from.empty() && end.to.empty()) {
                run = "-";
            } else if (first.from.empty()) {
                run = (end.to_included ? "<=" : "<") + end.to;
            } else if (end.to.empty()) {
                run = (first.from_included ? ">=" : ">") + first.from;
            } else if (first.from == end.to) {
                run = first.from;
            } else {
                run = fmt::format(
                    "{}{}..{}{}",
                    first.from_included ? '[' : '(',
                    first.from,
                    end.to,
                    end.to_included ? ']' : ')'
                );
            }
        }
        text += (text.empty() ? "" : ", ") + run;
    }
    return text;
}

}  // namespace attune::dmn
