#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "dmn/program.h"

namespace attune::dmn {

/// Turns files into a Program: reads them, finds what they import, gives each element of the graph
/// a number, and compiles logic against the scope that its requirements make.
class ProgramCompiler {
public:
    explicit ProgramCompiler(const CompileOptions& options) : options_(options) {}

    [[nodiscard]] Compilation compile(std::span<const File> files);

private:
    struct Unit {
        Definitions definitions;
        std::unique_ptr<TypeCatalog> types;
        std::unique_ptr<feel::Scope> scope;  ///< Types only.
        bool used = false;
    };

    struct Source {
        std::size_t unit = 0;
        const InputData* input = nullptr;
        const Decision* decision = nullptr;
        const KnowledgeModel* knowledge = nullptr;
        const DecisionService* service = nullptr;
        FunctionNode* function = nullptr;  ///< Of a knowledge model, filled in when compiled.
        feel::Type type;                   ///< As seen by those who require it.
    };

    /// What walking the graph has found of an element.
    struct Visit {
        enum class State : std::uint8_t { Unseen, Open, Done };

        State state = State::Unseen;
        std::size_t height = 0;  ///< Of the longest chain of decisions below.
    };

    // Files: program_compiler.cc.
    void read(std::span<const File> files);
    void use(std::size_t unit);
    [[nodiscard]] std::optional<std::size_t> find_import(const Import& import) const;
    void make_types();
    void add_elements();
    void add_elements(std::size_t unit);
    ElementNumber add(GraphElement::Kind kind, const Element& element, Source source);
    void make_knowledge_type(ElementNumber number);

    // Logic: program_logic.cc.
    void compile_services();
    void compile_service(ElementNumber number);
    void compile_knowledge();
    void compile_knowledge(ElementNumber number, std::vector<bool>& begun);
    void compile_decisions();
    void compile_decision(ElementNumber number);
    void require(
        const Reference& reference,
        CompileContext& context,
        feel::Scope& scope,
        NodeCompiler& nodes,
        std::vector<Requirement>& into
    );
    [[nodiscard]] std::optional<ElementNumber> resolve(
        const Reference& reference, CompileContext& context, std::size_t unit
    );
    [[nodiscard]] std::optional<std::vector<std::string>> path_to(
        ElementNumber element, CompileContext& context, const Reference& reference
    );
    void fill_frame(GraphElement& element);
    [[nodiscard]] bool conforms_to_its_type(ElementNumber number) const;
    [[nodiscard]] CompileContext context_of(ElementNumber number);

    // Goals: program_goals.cc.
    void break_cycles();
    void visit(ElementNumber number, std::size_t depth, std::vector<Visit>& visits);
    [[nodiscard]] std::size_t visit_requirements(
        ElementNumber number, std::size_t depth, std::vector<Visit>& visits
    );
    void make_goals();
    void gather_decisions();
    void collect_inputs(
        ElementNumber number, std::set<ElementNumber>& seen, std::vector<ElementNumber>& inputs
    ) const;
    [[nodiscard]] Goal::Parameter parameter(ElementNumber number) const;

    void report(const Unit& unit, const Element& element, std::string label, std::string message);

    CompileOptions options_;
    std::vector<Unit> units_;
    std::vector<Source> sources_;  ///< By element number.
    std::map<std::pair<std::string, std::string>, ElementNumber> by_id_;
    std::shared_ptr<Program> program_;
    std::vector<Diagnostic> diagnostics_;
};

}  // namespace attune::dmn
