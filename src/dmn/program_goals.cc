#include <algorithm>

#include <fmt/format.h>

#include "dmn/program_compiler.h"

namespace attune::dmn {
namespace {

/// How many decisions may build on each other: evaluating recurses along the graph.
constexpr std::size_t kGraphDepthMax = 500;

}  // namespace

void ProgramCompiler::break_cycles() {
    std::vector<Visit> visits(sources_.size());
    for (ElementNumber number = 0; number < sources_.size(); ++number) {
        visit(number, 0, visits);
    }
}

/// An element that depends on itself, or on too long a chain of others, loses its logic.
void ProgramCompiler::visit(ElementNumber number, std::size_t depth, std::vector<Visit>& visits) {
    if (visits[number].state == Visit::State::Done) {
        return;
    }
    const bool cycle = visits[number].state == Visit::State::Open;
    if (!cycle && depth <= kGraphDepthMax) {
        visits[number].state = Visit::State::Open;
        const std::size_t height = visit_requirements(number, depth, visits);
        visits[number] = {Visit::State::Done, height};
    }
    if (cycle || depth > kGraphDepthMax || visits[number].height > kGraphDepthMax) {
        GraphElement& element = program_->elements[number];
        visits[number].height = 0;
        CompileContext context = context_of(number);
        const Place place = sources_[number].decision ? sources_[number].decision->place : Place{};
        context.report(
            place,
            cycle ? std::string("requires itself, directly or through others")
                  : fmt::format("more than {} decisions build on each other", kGraphDepthMax)
        );
        element.logic.reset();
        element.requirements.clear();
    }
}

/// The longest chain of decisions that the element builds on.
std::size_t ProgramCompiler::visit_requirements(
    ElementNumber number, std::size_t depth, std::vector<Visit>& visits
) {
    if (program_->elements[number].kind != GraphElement::Kind::Decision) {
        return 0;
    }
    std::size_t height = 0;
    const std::vector<Requirement> requirements = program_->elements[number].requirements;
    for (const Requirement& each : requirements) {
        visit(each.element, depth + 1, visits);
        height = std::max(height, visits[each.element].height + 1);
    }
    return height;
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
