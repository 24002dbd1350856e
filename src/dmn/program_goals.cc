#include <algorithm>

#include <fmt/format.h>

#include "dmn/program_compiler.h"

namespace attune::dmn {
namespace {

/// How many decisions may build on each other: evaluating recurses along the graph.
constexpr std::size_t kGraphDepthMax = 500;

enum Visit : std::uint8_t { kUnseen, kOpen, kDone };

}  // namespace

void ProgramCompiler::break_cycles() {
    std::vector<std::uint8_t> state(sources_.size(), kUnseen);
    for (ElementNumber number = 0; number < sources_.size(); ++number) {
        visit(number, 0, state);
    }
}

/// Whether the element may be evaluated; one that depends on itself loses its logic.
bool ProgramCompiler::visit(
    ElementNumber number, std::size_t depth, std::vector<std::uint8_t>& state
) {
    if (state[number] == kDone) {
        return true;
    }
    GraphElement& element = program_->elements[number];
    if (state[number] == kOpen || depth > kGraphDepthMax) {
        CompileContext context = context_of(number);
        const Place place = sources_[number].decision ? sources_[number].decision->place : Place{};
        context.report(
            place,
            state[number] == kOpen
                ? std::string("requires itself, directly or through others")
                : fmt::format("more than {} decisions build on each other", kGraphDepthMax)
        );
        element.logic.reset();
        element.requirements.clear();
        return false;
    }
    state[number] = kOpen;
    if (element.kind == GraphElement::Kind::Decision) {
        const std::vector<Requirement> requirements = element.requirements;
        for (const Requirement& each : requirements) {
            visit(each.element, depth + 1, state);
        }
    }
    state[number] = kDone;
    return true;
}

void ProgramCompiler::make_goals() {
    for (ElementNumber number = 0; number < sources_.size(); ++number) {
        const GraphElement& element = program_->elements[number];
        const Source& source = sources_[number];
        const Definitions& definitions = units_[source.unit].definitions;
        Goal goal;
        goal.name = element.name;
        goal.element = number;
        goal.model_namespace = definitions.namespace_;
        std::vector<ElementNumber> parameters;
        if (source.decision != nullptr) {
            goal.kind = Goal::Kind::Decision;
            goal.id = source.decision->id;
            goal.result = source.type;
            std::set<ElementNumber> seen;
            collect_inputs(number, seen, parameters);
        } else if (source.service != nullptr) {
            goal.kind = Goal::Kind::Service;
            goal.id = source.service->id;
            goal.result = source.type.result();
            const auto& function =
                static_cast<const ServiceFunction&>(element.function.as_function());
            parameters = function.parts().parameters;
        } else if (source.knowledge != nullptr) {
            goal.kind = Goal::Kind::Knowledge;
            goal.id = source.knowledge->id;
            goal.result = source.type.result();
            for (const feel::Parameter& each : source.function->signature.parameters) {
                goal.parameters.push_back({each.name, goal.model_namespace, "", each.type, 0});
            }
        } else {
            continue;
        }
        for (const ElementNumber each : parameters) {
            goal.parameters.push_back(parameter(each));
        }
        program_->goals.push_back(std::move(goal));
    }
    gather_decisions();
}

void ProgramCompiler::gather_decisions() {
    std::set<ElementNumber> seen;
    std::vector<ElementNumber> inputs;
    for (ElementNumber number = 0; number < sources_.size(); ++number) {
        if (sources_[number].decision != nullptr && sources_[number].unit == 0) {
            program_->decisions.push_back(number);
            collect_inputs(number, seen, inputs);
        }
    }
    for (const ElementNumber each : inputs) {
        program_->inputs.push_back(parameter(each));
    }
}

void ProgramCompiler::collect_inputs(
    ElementNumber number, std::set<ElementNumber>& seen, std::vector<ElementNumber>& inputs
) const {
    if (!seen.insert(number).second) {
        return;
    }
    if (program_->elements[number].kind == GraphElement::Kind::Input) {
        inputs.push_back(number);
    }
    for (const Requirement& each : program_->elements[number].requirements) {
        collect_inputs(each.element, seen, inputs);
    }
}

Goal::Parameter ProgramCompiler::parameter(ElementNumber number) const {
    const Definitions& home = units_[sources_[number].unit].definitions;
    Goal::Parameter result;
    result.name = program_->elements[number].name;
    result.model_namespace = home.namespace_;
    result.type = sources_[number].type;
    result.element = number;
    for (const Import& import : units_[0].definitions.imports) {
        if (import.namespace_ == home.namespace_) {
            result.import_name = import.name;
        }
    }
    return result;
}

}  // namespace attune::dmn
