#include "dmn/axis.h"

#include <algorithm>

#include <fmt/format.h>

#include "feel/equality.h"
#include "feel/text.h"

namespace attune::dmn {
namespace {

using feel::SimpleTest;
using feel::SimpleTests;
using Kind = Value::Kind;

/// A whole number strictly between two, or beyond one where the other is missing.
std::optional<std::int64_t> between(
    std::optional<std::int64_t> low, std::optional<std::int64_t> high
) {
    if (!low || !high) {
        return low ? *low + 1 : *high - 1;
    }
    return *high - *low > 1 ? std::optional(*low + (*high - *low) / 2) : std::nullopt;
}

Value number_between(Value low, Value high, Arena& arena) {
    std::optional<Decimal> number;
    if (low.null()) {
        number = Decimal::subtract(high.as_number(), Decimal(1));
    } else if (high.null()) {
        number = Decimal::add(low.as_number(), Decimal(1));
    } else if (const auto sum = Decimal::add(low.as_number(), high.as_number())) {
        number = Decimal::divide(*sum, Decimal(2));
    }
    return number ? Value::number(*number, arena) : Value();
}

/// What `read` reads of a value that is there.
template <typename Read>
std::optional<std::int64_t> units_of(Value value, const Read& read) {
    return value.null() ? std::nullopt : std::optional<std::int64_t>(read(value));
}

/// A value strictly between two, or beyond one (the other null); null where there is none, as
/// between two days that follow each other.
Value between(Kind kind, Value low, Value high, Arena& arena) {
    const auto units_between = [&](const auto& read) {
        return between(units_of(low, read), units_of(high, read));
    };
    if (kind == Kind::Number) {
        return number_between(low, high, arena);
    }
    if (kind == Kind::Date) {
        const auto day = units_between([](Value value) { return value.as_date().days; });
        return day ? Value::date({*day}) : Value();
    }
    if (kind == Kind::YearsMonthsDuration) {
        const auto months =
            units_between([](Value value) { return value.as_years_months().months; });
        return months ? Value::duration(YearsMonthsDuration{*months}) : Value();
    }
    const auto seconds = units_between([](Value value) { return value.as_days_time().seconds; });
    if (seconds) {
        return Value::duration(DaysTimeDuration{*seconds, 0});
    }
    const std::int64_t from = low.as_days_time().seconds;
    return Value::duration(DaysTimeDuration{from, from < 0 ? 0 : 500'000'000});
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

bool before(Value lhs, Value rhs) {
    const auto order = feel::compare(lhs, rhs);
    return order && *order < 0;
}

bool of_null(const SimpleTest& test) {
    return test.kind != SimpleTest::Kind::Interval && test.start.null();
}

/// Whether a test says true or false, rather than null, of values of this kind.
bool speaks_of(Kind kind, const SimpleTest& test) {
    if (test.kind != SimpleTest::Kind::Interval) {
        return test.start.null() || test.start.is(kind);
    }
    return (test.start.null() || test.start.is(kind)) && (test.end.null() || test.end.is(kind));
}

/// In ascending order, and joined where they touch.
void normalize(std::vector<Axis::Run>& runs) {
    std::sort(runs.begin(), runs.end(), [](const Axis::Run& lhs, const Axis::Run& rhs) {
        return lhs.from < rhs.from;
    });
    std::size_t size = 0;
    for (const Axis::Run& each : runs) {
        if (each.from >= each.to) {
            continue;
        }
        if (size > 0 && each.from <= runs[size - 1].to) {
            runs[size - 1].to = std::max(runs[size - 1].to, each.to);
        } else {
            runs[size++] = each;
        }
    }
    runs.resize(size);
}

/// What of `whole` is in none of `runs`, which are normalized and inside of it.
std::vector<Axis::Run> others(Axis::Run whole, std::span<const Axis::Run> runs) {
    std::vector<Axis::Run> result;
    std::uint32_t at = whole.from;
    for (const Axis::Run& each : runs) {
        result.push_back({at, each.from});
        at = each.to;
    }
    result.push_back({at, whole.to});
    return result;
}

}  // namespace

template <typename Visit>
void Axis::for_each_test(const Visit& visit) const {
    const auto visit_all = [&](const SimpleTests& tests) {
        for (const SimpleTest& test : tests.tests) {
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
        if (const SimpleTests* values = table.column_values(columns_[at])) {
            visit_all(*values);
        }
    }
}

Axis::Axis(std::span<const Table* const> tables, std::span<const std::size_t> columns, Arena& arena)
    : tables_(tables), columns_(columns) {
    const std::optional<Kind> declared = kind_of(tables_[0]->column_type(columns_[0]));
    bool seen[16] = {};
    for_each_test([&](const SimpleTest& test) {
        for (const Value* value : {&test.start, &test.end}) {
            seen[static_cast<std::size_t>(value->kind())] = true;
        }
    });
    const auto wanted = [&](Kind kind) {
        return declared ? *declared == kind : seen[static_cast<std::size_t>(kind)];
    };
    if (wanted(Kind::Boolean)) {
        add_booleans();
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
        kept_before_.push_back(1);
    }
}

std::vector<Value> Axis::constants(Kind kind) const {
    std::vector<Value> values;
    for_each_test([&](const SimpleTest& test) {
        for (const Value* value : {&test.start, &test.end}) {
            if (value->is(kind)) {
                values.push_back(*value);
            }
        }
    });
    std::sort(values.begin(), values.end(), before);
    const auto same = [](Value lhs, Value rhs) { return !before(lhs, rhs) && !before(rhs, lhs); };
    values.erase(std::unique(values.begin(), values.end(), same), values.end());
    return values;
}

void Axis::add_booleans() {
    Section section{Kind::Boolean, {}, {}, {static_cast<std::uint32_t>(atoms_.size()), 0}};
    for (const bool truth : {false, true}) {
        Atom atom;
        atom.example = Value::boolean(truth);
        atom.text = truth ? "true" : "false";
        section.edges.push_back(static_cast<std::uint32_t>(atoms_.size()));
        atoms_.push_back(std::move(atom));
    }
    section.atoms.to = static_cast<std::uint32_t>(atoms_.size());
    sections_.push_back(std::move(section));
}

void Axis::add_strings(Arena& arena) {
    Section section{
        Kind::String, constants(Kind::String), {}, {static_cast<std::uint32_t>(atoms_.size()), 0}};
    std::string named;
    std::string other = "other";
    for (const Value& each : section.constants) {
        Atom atom;
        atom.example = each;
        atom.text = feel::to_literal(each);
        named += (named.empty() ? "" : ", ") + atom.text;
        while (other == each.as_string()) {
            other += "?";
        }
        section.edges.push_back(static_cast<std::uint32_t>(atoms_.size()));
        atoms_.push_back(std::move(atom));
    }
    Atom rest;
    rest.example = Value::string(arena.copy(std::string_view(other)));
    rest.text = named.empty() ? "-" : fmt::format("not({})", named);
    atoms_.push_back(std::move(rest));
    section.atoms.to = static_cast<std::uint32_t>(atoms_.size());
    sections_.push_back(std::move(section));
}

void Axis::add_ordered(Kind kind, Arena& arena) {
    Section section{kind, constants(kind), {}, {static_cast<std::uint32_t>(atoms_.size()), 0}};
    const std::vector<Value>& values = section.constants;
    for (std::size_t at = 0; at <= values.size(); ++at) {
        Atom gap;
        gap.from = at == 0 ? Value() : values[at - 1];
        gap.to = at == values.size() ? Value() : values[at];
        gap.example = values.empty() ? (kind == Kind::Number ? Value::integer(0) : Value())
                                     : between(kind, gap.from, gap.to, arena);
        gap.followed = at < values.size();
        if (!gap.example.null() || values.empty()) {
            atoms_.push_back(std::move(gap));
        }
        if (at < values.size()) {
            Atom edge;
            edge.example = edge.from = edge.to = values[at];
            edge.edge = true;
            edge.followed = true;
            section.edges.push_back(static_cast<std::uint32_t>(atoms_.size()));
            atoms_.push_back(std::move(edge));
        }
    }
    section.atoms.to = static_cast<std::uint32_t>(atoms_.size());
    sections_.push_back(std::move(section));
}

/// What the input values exclude need not be covered.
void Axis::restrict_to_values() {
    const SimpleTests* const values = tables_[0]->column_values(columns_[0]);
    const bool all = values == nullptr || values->any;
    std::vector<Atom> kept;
    for (Atom& atom : atoms_) {
        kept_before_.push_back(static_cast<std::uint32_t>(kept.size()));
        if (all || outcome(*values, atom.example).is_true()) {
            kept.push_back(std::move(atom));
        } else if (!kept.empty()) {
            kept.back().followed = false;
        }
    }
    kept_before_.push_back(static_cast<std::uint32_t>(kept.size()));
    if (!kept.empty()) {
        kept.back().followed = false;
    }
    atoms_ = std::move(kept);
}

/// The atoms that meet one test, which speaks of the section's kind.
Axis::Run Axis::run_of(const Section& section, const SimpleTest& test) {
    const auto edge_of = [&](Value value) {
        if (section.kind == Kind::Boolean) {
            return section.edges[value.as_boolean() ? 1 : 0];
        }
        const auto at =
            std::lower_bound(section.constants.begin(), section.constants.end(), value, before);
        return section.edges[static_cast<std::size_t>(at - section.constants.begin())];
    };
    if (test.kind != SimpleTest::Kind::Interval) {
        const std::uint32_t edge = edge_of(test.start);
        return {edge, edge + 1};
    }
    Run run = section.atoms;
    if (!test.start.null()) {
        run.from = edge_of(test.start) + (test.start_included ? 0 : 1);
    }
    if (!test.end.null()) {
        run.to = edge_of(test.end) + (test.end_included ? 1 : 0);
    }
    return run;
}

void Axis::add_runs(const Section& section, const SimpleTests& tests, std::vector<Run>& runs) {
    bool all_speak = true;
    std::vector<Run> met;
    for (const SimpleTest& test : tests.tests) {
        if (!speaks_of(section.kind, test)) {
            all_speak = false;
            continue;
        }
        if (of_null(test)) {  // No atom is null.
            if (test.kind == SimpleTest::Kind::NotEqual) {
                met.push_back(section.atoms);
            }
            continue;
        }
        const Run run = run_of(section, test);
        if (test.kind == SimpleTest::Kind::NotEqual) {
            met.push_back({section.atoms.from, run.from});
            met.push_back({run.to, section.atoms.to});
        } else {
            met.push_back(run);
        }
    }
    normalize(met);
    if (tests.negated) {
        // A test that says nothing of a value makes its negation null.
        met = all_speak ? others(section.atoms, met) : std::vector<Run>();
    }
    runs.insert(runs.end(), met.begin(), met.end());
}

std::optional<std::vector<Axis::Run>> Axis::runs(const Condition& condition) const {
    if (!judged(condition)) {
        return std::nullopt;
    }
    std::vector<Run> result;
    if (condition.simple->any) {
        result.push_back({0, static_cast<std::uint32_t>(kept_before_.size() - 1)});
    } else {
        for (const Section& section : sections_) {
            add_runs(section, *condition.simple, result);
        }
    }
    for (Run& each : result) {
        each = {kept_before_[each.from], kept_before_[each.to]};
    }
    normalize(result);
    return result;
}

std::string Axis::text(std::span<const Run> runs) const {
    std::string text;
    for (const Run& run : runs) {
        for (std::uint32_t from = run.from; from < run.to;) {
            std::uint32_t to = from + 1;
            while (to < run.to && atoms_[to - 1].followed) {
                ++to;
            }
            text += (text.empty() ? "" : ", ") + text_of({from, to});
            from = to;
        }
    }
    return text;
}

/// The text of atoms that lie directly above each other.
std::string Axis::text_of(Run run) const {
    const Atom& first = atoms_[run.from];
    const Atom& last = atoms_[run.to - 1];
    if (!first.text.empty()) {
        return first.text;
    }
    if (first.from.null() && last.to.null()) {
        return "-";
    }
    if (first.from.null()) {
        return (last.edge ? "<=" : "<") + feel::to_literal(last.to);
    }
    if (last.to.null()) {
        return (first.edge ? ">=" : ">") + feel::to_literal(first.from);
    }
    if (first.edge && run.from + 1 == run.to) {
        return feel::to_literal(first.from);
    }
    return fmt::format(
        "{}{}..{}{}",
        first.edge ? '[' : '(',
        feel::to_literal(first.from),
        feel::to_literal(last.to),
        last.edge ? ']' : ')'
    );
}

std::vector<const Condition*> distinct_conditions(
    std::span<const Table* const> tables, std::span<const std::size_t> columns
) {
    std::vector<const Condition*> distinct;
    for (std::size_t at = 0; at < tables.size(); ++at) {
        for (std::size_t row = 0; row < tables[at]->row_count(); ++row) {
            distinct.push_back(&tables[at]->condition(columns[at], row));
        }
    }
    std::sort(distinct.begin(), distinct.end());
    distinct.erase(std::unique(distinct.begin(), distinct.end()), distinct.end());
    return distinct;
}

}  // namespace attune::dmn
