#include "dmn/program_compiler.h"

#include <algorithm>

#include <fmt/format.h>

#include "dmn/reader.h"

namespace attune::dmn {
namespace {

std::string_view what(GraphElement::Kind kind) {
    switch (kind) {
    case GraphElement::Kind::Input:
        return "input data";
    case GraphElement::Kind::Decision:
        return "decision";
    case GraphElement::Kind::Service:
        return "decision service";
    case GraphElement::Kind::Knowledge:
        break;
    }
    return "business knowledge model";
}

/// The last part of a path or URI.
std::string_view base_name(std::string_view path) {
    const std::size_t slash = path.find_last_of("/\\");
    return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

}  // namespace

Compilation Model::compile(std::span<const File> files, const CompileOptions& options) {
    return ProgramCompiler(options).compile(files);
}

Compilation ProgramCompiler::compile(std::span<const File> files) {
    Compilation result;
    read(files);
    const bool readable = !units_.empty() && units_[0].definitions.document != nullptr;
    if (readable) {
        program_ = std::make_shared<Program>();
        use(0);
        make_types();
        add_elements();
        compile_services();
        compile_knowledge();
        compile_decisions();
        break_cycles();
        make_goals();
    }
    result.diagnostics = std::move(diagnostics_);
    if (readable && (options_.lenient || !has_errors(result.diagnostics))) {
        result.model = Model(std::move(program_));
    }
    return result;
}

void ProgramCompiler::read(std::span<const File> files) {
    units_.reserve(files.size());
    for (const File& file : files) {
        Reading reading = read_definitions(file.name, file.content, options_.read);
        Unit unit;
        if (reading.definitions) {
            unit.definitions = std::move(*reading.definitions);
        }
        unit.definitions.file = file.name;
        units_.push_back(std::move(unit));
        // Faults of files that nobody imports are nobody's: they are told when those are compiled.
        for (Diagnostic& each : reading.diagnostics) {
            diagnostics_.push_back(std::move(each));
        }
    }
}

void ProgramCompiler::use(std::size_t unit) {
    Unit& mine = units_[unit];
    if (mine.used || mine.definitions.document == nullptr) {
        return;
    }
    mine.used = true;
    for (const Import& import : mine.definitions.imports) {
        const std::string label = fmt::format("import \"{}\"", import.name);
        if (version_of(import.type).empty() && !import.type.empty()) {
            report(
                mine,
                import,
                label,
                fmt::format("imports of type \"{}\" are not supported; DMN models are", import.type)
            );
            continue;
        }
        const std::optional<std::size_t> found = find_import(import);
        if (!found) {
            report(
                mine,
                import,
                label,
                fmt::format(
                    "none of the {} files given has the namespace \"{}\"",
                    units_.size(),
                    import.namespace_
                )
            );
            continue;
        }
        use(*found);
    }
}

std::optional<std::size_t> ProgramCompiler::find_import(const Import& import) const {
    std::optional<std::size_t> by_namespace;
    for (std::size_t at = 0; at < units_.size(); ++at) {
        const Definitions& definitions = units_[at].definitions;
        if (definitions.document == nullptr || definitions.namespace_ != import.namespace_) {
            continue;
        }
        if (!import.location.empty() && base_name(definitions.file) == base_name(import.location)) {
            return at;
        }
        if (!by_namespace) {
            by_namespace = at;
        }
    }
    return by_namespace;
}

void ProgramCompiler::make_types() {
    for (Unit& unit : units_) {
        if (unit.used) {
            unit.types = std::make_unique<TypeCatalog>(unit.definitions, diagnostics_);
        }
    }
    for (Unit& unit : units_) {
        if (!unit.used) {
            continue;
        }
        for (const Import& import : unit.definitions.imports) {
            const std::optional<std::size_t> found = find_import(import);
            if (found && units_[*found].types) {
                unit.types->import(import, *units_[*found].types);
            }
        }
    }
    for (Unit& unit : units_) {
        if (unit.used) {
            unit.scope = std::make_unique<feel::Scope>();
            unit.types->declare_types(*unit.scope);
        }
    }
}

void ProgramCompiler::add_elements() {
    add_elements(0);
    for (std::size_t at = 1; at < units_.size(); ++at) {
        if (units_[at].used) {
            add_elements(at);
        }
    }
}

void ProgramCompiler::add_elements(std::size_t unit) {
    const Definitions& definitions = units_[unit].definitions;
    TypeCatalog& types = *units_[unit].types;
    const auto typed = [&](ElementNumber number, const Variable& variable) {
        GraphElement& element = program_->elements[number];
        element.type = types.find(variable.type, variable.place, element.label);
        sources_[number].type = element.type->type;
    };
    for (const InputData& each : definitions.inputs) {
        Source source;
        source.unit = unit;
        source.input = &each;
        typed(add(GraphElement::Kind::Input, each, source), each.variable);
    }
    for (const Decision& each : definitions.decisions) {
        Source source;
        source.unit = unit;
        source.decision = &each;
        typed(add(GraphElement::Kind::Decision, each, source), each.variable);
    }
    for (const DecisionService& each : definitions.services) {
        Source source;
        source.unit = unit;
        source.service = &each;
        typed(add(GraphElement::Kind::Service, each, source), each.variable);
    }
    for (const KnowledgeModel& each : definitions.knowledge_models) {
        Source source;
        source.unit = unit;
        source.knowledge = &each;
        const ElementNumber number = add(GraphElement::Kind::Knowledge, each, source);
        typed(number, each.variable);
        make_knowledge_type(number);
    }
}

ElementNumber ProgramCompiler::add(GraphElement::Kind kind, const Element& element, Source source) {
    const auto number = static_cast<ElementNumber>(program_->elements.size());
    GraphElement result;
    result.kind = kind;
    result.name = element.name;
    result.label = fmt::format("{} \"{}\"", what(kind), element.name);
    const Unit& unit = units_[source.unit];
    if (element.name.empty()) {
        report(unit, element, std::string(what(kind)), "has no name");
    }
    if (!element.id.empty() &&
        !by_id_.emplace(std::pair(unit.definitions.namespace_, element.id), number).second) {
        report(unit, element, result.label, "the id is used by another element too");
    }
    program_->elements.push_back(std::move(result));
    sources_.push_back(source);
    return number;
}

/// The type of a knowledge model as a function is known from its declaration alone, so that models
/// may call each other and themselves.
void ProgramCompiler::make_knowledge_type(ElementNumber number) {
    Source& source = sources_[number];
    const GraphElement& element = program_->elements[number];
    TypeCatalog& types = *units_[source.unit].types;
    std::vector<feel::Type> parameters;
    feel::Type result = result_of(element.type)->type;
    if (source.knowledge->logic) {
        const auto& function = std::get<FunctionDefinition>(source.knowledge->logic->body);
        for (const Variable& each : function.parameters) {
            parameters.push_back(types.find(each.type, each.place, element.label)->type);
        }
        if (result.any() && function.body) {
            result = types.find(function.body->type, function.body->place, element.label)->type;
        }
    }
    source.type = feel::Type::function(std::move(parameters), std::move(result));
}

CompileContext ProgramCompiler::context_of(ElementNumber number) {
    Unit& unit = units_[sources_[number].unit];
    const Source& source = sources_[number];
    const Element& element = source.decision    ? static_cast<const Element&>(*source.decision)
                             : source.service   ? static_cast<const Element&>(*source.service)
                             : source.knowledge ? static_cast<const Element&>(*source.knowledge)
                                                : static_cast<const Element&>(*source.input);
    return {
        unit.definitions,
        *unit.types,
        diagnostics_,
        program_->elements[number].label,
        element.id,
        program_->tables};
}

void ProgramCompiler::report(
    const Unit& unit, const Element& element, std::string label, std::string message
) {
    diagnostics_.push_back(
        {Diagnostic::Severity::Error,
         unit.definitions.file,
         element.place,
         std::move(label),
         element.id,
         std::move(message),
         ""}
    );
}

}  // namespace attune::dmn
