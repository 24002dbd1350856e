#include "dmn/decision_model.h"

#include <algorithm>

#include <fmt/format.h>

#include "dmn/program.h"
#include "feel/vm.h"

namespace attune::dmn {

namespace {

/// An input by name: of an imported file under its prefix, or bare.
Value argument(const Goal::Parameter& parameter, const Value& inputs) {
    const Value imported =
        parameter.import_name.empty() ? Value() : inputs.get(parameter.import_name);
    return imported.has(parameter.name) ? imported.get(parameter.name) : inputs.get(parameter.name);
}

}  // namespace

Request::Request(const Program& program, feel::Evaluation& evaluation, Explanation* explanation)
    : program_(program),
      evaluation_(evaluation),
      explanation_(explanation),
      values_(evaluation.arena.array<Value>(program.elements.size())),
      known_(evaluation.arena.array<std::uint8_t>(program.elements.size())) {
    std::fill(known_.begin(), known_.end(), std::uint8_t{0});
}

void Request::set(ElementNumber element, Value value) {
    const GraphElement& target = program_.elements[element];
    values_[element] = conform(value, *target.type, target.label, evaluation_);
    known_[element] = 1;
}

Value Request::value(ElementNumber element) {
    if (known_[element] == 0) {
        const GraphElement& wanted = program_.elements[element];
        values_[element] =
            wanted.kind == GraphElement::Kind::Decision ? decide(wanted) : wanted.function;
        known_[element] = 1;
    }
    return values_[element];
}

Value Request::decide(const GraphElement& decision) {
    if (!decision.logic) {
        return {};
    }
    const Frame frame = evaluation_.arena.array<Value>(decision.frame_size);
    for (const Constant& each : decision.functions) {
        frame[each.slot] = each.value;
    }
    for (const Requirement& each : decision.requirements) {
        frame[each.slot] = value(each.element);
    }
    const Value result = dmn::evaluate(*decision.logic, evaluation_, frame);
    if (explanation_ != nullptr) {
        void* const place =
            evaluation_.arena.allocate(sizeof(DecisionTrace), alignof(DecisionTrace));
        explanation_->add(*new (place) DecisionTrace{decision.name, nullptr, result});
    }
    return result;
}

Value ServiceFunction::call(feel::Evaluation& evaluation, std::span<const Value> arguments) const {
    Value result;
    evaluation.depth += kCallHeight;
    if (evaluation.depth <= evaluation.limits.depth_max) {
        result = answer(evaluation, arguments);
    } else {
        result = feel::exceed(evaluation, {}, "depth_max");
    }
    evaluation.depth -= kCallHeight;
    return result;
}

Value ServiceFunction::answer(feel::Evaluation& evaluation, std::span<const Value> arguments)
    const {
    Request request(program_, evaluation, explanation_of(evaluation));
    for (std::size_t at = 0; at < parts_->parameters.size(); ++at) {
        request.set(parts_->parameters[at], at < arguments.size() ? arguments[at] : Value());
    }
    if (parts_->outputs.size() == 1) {
        return conform(
            request.value(parts_->outputs[0]), *parts_->result_type, parts_->label, evaluation
        );
    }
    const std::span<Entry> entries = evaluation.arena.array<Entry>(parts_->outputs.size());
    for (std::size_t at = 0; at < entries.size(); ++at) {
        entries[at] = {parts_->output_names[at], request.value(parts_->outputs[at])};
    }
    return conform(Value::context(entries), *parts_->result_type, parts_->label, evaluation);
}

std::span<const Goal> Model::goals() const {
    return program_->goals;
}

std::span<const Table* const> Model::tables() const {
    return program_->tables;
}

const Goal* Model::find(std::string_view name) const {
    const std::vector<Goal>& goals = program_->goals;
    const auto named = std::find_if(goals.begin(), goals.end(), [&](const Goal& each) {
        return each.name == name;
    });
    if (named != goals.end()) {
        return &*named;
    }
    const auto by_id = std::find_if(goals.begin(), goals.end(), [&](const Goal& each) {
        return !each.id.empty() && each.id == name;
    });
    return by_id == goals.end() ? nullptr : &*by_id;
}

const Goal* Model::find(std::string_view name, std::string_view model_namespace) const {
    const std::vector<Goal>& goals = program_->goals;
    const auto found = std::find_if(goals.begin(), goals.end(), [&](const Goal& each) {
        return each.name == name && each.model_namespace == model_namespace;
    });
    return found == goals.end() ? nullptr : &*found;
}

Value Model::evaluate(
    const Goal& goal,
    std::span<const Value> arguments,
    feel::Evaluation& evaluation,
    Explanation* explanation
) const {
    ATTUNE_ASSERT(arguments.size() == goal.parameters.size());
    void* const outer = std::exchange(evaluation.embedder, explanation);
    Value result;
    const GraphElement& element = program_->elements[goal.element];
    if (goal.kind == Goal::Kind::Decision) {
        Request request(*program_, evaluation, explanation);
        for (std::size_t at = 0; at < arguments.size(); ++at) {
            request.set(goal.parameters[at].element, arguments[at]);
        }
        result = request.value(goal.element);
    } else if (goal.kind == Goal::Kind::Service) {
        // Not by feel::invoke: a bad argument is null here, where a call in FEEL would be.
        result = element.function.as_function().call(evaluation, arguments);
    } else {
        result = feel::invoke(evaluation, element.function, arguments);
    }
    evaluation.embedder = outer;
    return result;
}

Result<Value> Model::evaluate(
    std::string_view goal_name,
    const Value& inputs,
    feel::Evaluation& evaluation,
    Explanation* explanation
) const {
    const Goal* const goal = find(goal_name);
    if (goal == nullptr) {
        return Error{
            Error::Kind::NotFound,
            fmt::format("cannot evaluate \"{}\": the model has no such decision", goal_name)};
    }
    const std::span<Value> arguments = evaluation.arena.array<Value>(goal->parameters.size());
    for (std::size_t at = 0; at < arguments.size(); ++at) {
        arguments[at] = argument(goal->parameters[at], inputs);
    }
    return evaluate(*goal, arguments, evaluation, explanation);
}

Value Model::evaluate_all(
    const Value& inputs, feel::Evaluation& evaluation, Explanation* explanation
) const {
    void* const outer = std::exchange(evaluation.embedder, explanation);
    Request request(*program_, evaluation, explanation);
    for (const Goal::Parameter& each : program_->inputs) {
        request.set(each.element, argument(each, inputs));
    }
    const std::span<Entry> answers = evaluation.arena.array<Entry>(program_->decisions.size());
    for (std::size_t at = 0; at < answers.size(); ++at) {
        const ElementNumber decision = program_->decisions[at];
        answers[at] = {program_->elements[decision].name, request.value(decision)};
    }
    evaluation.embedder = outer;
    return Value::context(answers);
}

std::string Compilation::error() const {
    const auto first =
        std::find_if(diagnostics.begin(), diagnostics.end(), [](const Diagnostic& each) {
            return each.severity == Diagnostic::Severity::Error;
        });
    return first == diagnostics.end() ? std::string() : to_string(*first);
}

}  // namespace attune::dmn
