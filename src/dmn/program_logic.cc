#include <algorithm>

#include <fmt/format.h>

#include "dmn/program_compiler.h"

namespace attune::dmn {

void ProgramCompiler::compile_services() {
    for (ElementNumber number = 0; number < sources_.size(); ++number) {
        if (sources_[number].service != nullptr) {
            compile_service(number);
        }
    }
}

void ProgramCompiler::compile_service(ElementNumber number) {
    const DecisionService& service = *sources_[number].service;
    GraphElement& element = program_->elements[number];
    CompileContext context = context_of(number);
    auto parts = std::make_unique<ServiceFunction::Parts>();
    parts->label = element.label;
    parts->signature.name = element.name;
    parts->result_type = result_of(element.type);
    std::vector<feel::Type> types;
    const auto add_parameters = [&](const std::vector<Reference>& references) {
        for (const Reference& each : references) {
            if (const auto found = resolve(each, context, sources_[number].unit)) {
                const GraphElement& target = program_->elements[*found];
                parts->parameters.push_back(*found);
                parts->signature.parameters.push_back({target.name, target.type->type});
                types.push_back(target.type->type);
            }
        }
    };
    add_parameters(service.input_data);
    add_parameters(service.input_decisions);
    std::vector<feel::Type::Field> fields;
    for (const Reference& each : service.output_decisions) {
        if (const auto found = resolve(each, context, sources_[number].unit)) {
            const GraphElement& target = program_->elements[*found];
            parts->outputs.push_back(*found);
            parts->output_names.push_back(target.name);
            fields.push_back({target.name, target.type->type});
        }
    }
    feel::Type result = parts->result_type->type;
    if (result.any() && !fields.empty()) {
        result = fields.size() == 1 ? fields[0].type : feel::Type::context(std::move(fields));
    }
    parts->signature.result = parts->result_type->type;
    sources_[number].type = feel::Type::function(std::move(types), result);
    program_->services.push_back(
        std::make_unique<const ServiceFunction>(*program_, std::move(parts))
    );
    element.function = Value::function(*program_->services.back());
}

void ProgramCompiler::compile_knowledge() {
    // All functions first, so that any may stand in the frame of any.
    for (auto& source : sources_) {
        if (source.knowledge != nullptr) {
            program_->knowledge.push_back(std::make_unique<FunctionNode>());
            source.function = program_->knowledge.back().get();
        }
    }
    std::vector<bool> begun(sources_.size(), false);
    for (ElementNumber number = 0; number < sources_.size(); ++number) {
        compile_knowledge(number, begun);
    }
    for (GraphElement& element : program_->elements) {
        if (element.kind == GraphElement::Kind::Knowledge) {
            fill_frame(element);
        }
    }
}

/// Those that it calls first, so that more is known of the calls.
void ProgramCompiler::compile_knowledge(ElementNumber number, std::vector<bool>& begun) {
    const KnowledgeModel* const knowledge = sources_[number].knowledge;
    if (knowledge == nullptr || begun[number]) {
        return;
    }
    begun[number] = true;
    GraphElement& element = program_->elements[number];
    CompileContext context = context_of(number);
    feel::Scope scope(units_[sources_[number].unit].scope.get());
    NodeCompiler nodes(context, 0);
    for (const Reference& each : knowledge->required_knowledge) {
        require(each, context, scope, nodes, element.requirements);
    }
    for (const Requirement& each : element.requirements) {
        compile_knowledge(each.element, begun);
    }
    // A model that calls itself should name itself as required; tools leave that out.
    const feel::Slot self = nodes.new_slot();
    scope.declare(element.name, sources_[number].type, self);
    element.requirements.push_back({self, number});
    static const FunctionDefinition nothing;
    const FunctionDefinition& source =
        knowledge->logic ? std::get<FunctionDefinition>(knowledge->logic->body) : nothing;
    if (!source.body && source.kind == FunctionDefinition::Kind::Feel) {
        context.report(
            knowledge->place, "has no logic; calls of it are null", Diagnostic::Severity::Warning
        );
    }
    *sources_[number].function = nodes.function(source, scope, result_of(element.type));
    sources_[number].function->signature.name = element.name;
    element.frame.resize(nodes.slot_count());
    element.function =
        make_closure(*sources_[number].function, element.label, element.frame, program_->arena);
}

void ProgramCompiler::compile_decisions() {
    for (ElementNumber number = 0; number < sources_.size(); ++number) {
        if (sources_[number].decision != nullptr) {
            compile_decision(number);
        }
    }
}

void ProgramCompiler::compile_decision(ElementNumber number) {
    const Decision& decision = *sources_[number].decision;
    GraphElement& element = program_->elements[number];
    CompileContext context = context_of(number);
    feel::Scope scope(units_[sources_[number].unit].scope.get());
    NodeCompiler nodes(context, 0);
    for (const auto* references :
         {&decision.required_decisions, &decision.required_inputs, &decision.required_knowledge}) {
        for (const Reference& each : *references) {
            require(each, context, scope, nodes, element.requirements);
        }
    }
    if (!decision.logic) {
        context.report(
            decision.place,
            "has no logic; its value is null unless a decision service is given one",
            Diagnostic::Severity::Warning
        );
        return;
    }
    element.logic = nodes.compile(*decision.logic, scope, element.type);
    element.frame_size = nodes.slot_count();
    fill_frame(element);
}

/// Functions are the same in every evaluation: they are no requirements that have to be asked for.
void ProgramCompiler::fill_frame(GraphElement& element) {
    std::vector<Requirement> values;
    for (const Requirement& each : element.requirements) {
        const GraphElement& required = program_->elements[each.element];
        const bool function = required.kind == GraphElement::Kind::Service ||
                              required.kind == GraphElement::Kind::Knowledge;
        if (!function) {
            values.push_back(each);
        } else if (element.kind == GraphElement::Kind::Knowledge) {
            element.frame[each.slot] = required.function;
        } else {
            element.functions.push_back({each.slot, required.function});
        }
    }
    element.requirements = std::move(values);
}

/// Inputs are made to conform when they are given, and decisions when they are evaluated, except
/// for those that are functions.
bool ProgramCompiler::conforms_to_its_type(ElementNumber number) const {
    const Source& source = sources_[number];
    if (source.decision == nullptr) {
        return source.input != nullptr;
    }
    const ExpressionPtr& logic = source.decision->logic;
    return !logic || !std::holds_alternative<FunctionDefinition>(logic->body);
}

void ProgramCompiler::require(
    const Reference& reference,
    CompileContext& context,
    feel::Scope& scope,
    NodeCompiler& nodes,
    std::vector<Requirement>& into
) {
    std::size_t unit = 0;
    while (&units_[unit].definitions != &context.definitions) {
        ++unit;
    }
    const std::optional<ElementNumber> found = resolve(reference, context, unit);
    if (!found) {
        return;
    }
    const std::optional<std::vector<std::string>> path = path_to(*found, context, reference);
    if (!path) {
        return;
    }
    const feel::Slot slot = nodes.new_slot();
    const KnowledgeModel* const knowledge = sources_[*found].knowledge;
    if (knowledge != nullptr && knowledge->logic) {
        const auto& source = std::get<FunctionDefinition>(knowledge->logic->body);
        nodes.know_function(slot, source, *sources_[*found].function);
    }
    if (conforms_to_its_type(*found)) {
        nodes.know_type(slot, program_->elements[*found].type);
    }
    if (path->size() == 1) {
        scope.declare(path->front(), sources_[*found].type, slot);
    } else {
        scope.declare_member(*path, sources_[*found].type, slot);
    }
    into.push_back({slot, *found});
}

std::optional<ElementNumber> ProgramCompiler::resolve(
    const Reference& reference, CompileContext& context, std::size_t unit
) {
    const std::string& own = units_[unit].definitions.namespace_;
    const auto found =
        by_id_.find({reference.namespace_.empty() ? own : reference.namespace_, reference.id});
    if (found != by_id_.end()) {
        return found->second;
    }
    context.report(
        reference.place,
        fmt::format(
            "refers to \"{}{}{}\", which does not exist",
            reference.namespace_,
            reference.namespace_.empty() ? "" : "#",
            reference.id
        )
    );
    return std::nullopt;
}

/// The name of an element, in its own file; behind the prefix of its import, in others.
std::optional<std::vector<std::string>> ProgramCompiler::path_to(
    ElementNumber element, CompileContext& context, const Reference& reference
) {
    const Definitions& home = units_[sources_[element].unit].definitions;
    const std::string& name = program_->elements[element].name;
    if (&home == &context.definitions) {
        return std::vector{name};
    }
    const std::vector<Import>& imports = context.definitions.imports;
    const auto import = std::find_if(imports.begin(), imports.end(), [&](const Import& each) {
        return each.namespace_ == home.namespace_;
    });
    if (import == imports.end()) {
        context.report(
            reference.place,
            fmt::format(R"(refers to "{}" of "{}", which is not imported)", name, home.namespace_)
        );
        return std::nullopt;
    }
    return import->name.empty() ? std::vector{name} : std::vector{import->name, name};
}

}  // namespace attune::dmn
