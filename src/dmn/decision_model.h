#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "dmn/diagnostic.h"
#include "dmn/explanation.h"
#include "dmn/model.h"
#include "feel/evaluation.h"
#include "feel/type.h"
#include "value/value.h"

namespace attune::dmn {

struct Program;
struct Compilation;

/// A file by name and content.
struct File {
    std::string name;
    std::string content;
};

struct CompileOptions {
    ReadLimits read;
    /// Expressions and references that are wrong make the decisions they stand in null, with a
    /// warning, rather than the model unusable.
    bool lenient = false;
};

/// Something that can be asked of a model: a decision, a decision service or a business knowledge
/// model, and what has to be given for it.
struct Goal {
    enum class Kind : std::uint8_t { Decision, Service, Knowledge };

    struct Parameter {
        std::string name;
        std::string model_namespace;
        std::string import_name;  ///< The prefix under which the main file sees it; often empty.
        feel::Type type;
        std::uint32_t element = 0;  ///< Only the model looks at this.
    };

    Kind kind = Kind::Decision;
    std::string name;
    std::string id;
    std::string model_namespace;
    /// Decision: the input data in its cone. Service and knowledge: its formal parameters.
    std::vector<Parameter> parameters;
    feel::Type result;
    std::uint32_t element = 0;  ///< Only the model looks at this.
};

/// A decision model, compiled: immutable, cheap to copy, safe to evaluate from many threads, each
/// with its own Evaluation.
///
/// Evaluating is lazy (only what the goal depends on), evaluates each decision once, and never
/// fails: what goes wrong is null with a warning in the evaluation. In the steady state it
/// allocates nothing but arena memory.
class Model {
public:
    /// Compiles the first file, with whatever it imports from the others.
    [[nodiscard]] static Compilation compile(
        std::span<const File> files, const CompileOptions& options = {}
    );

    /// All goals of the main file, then of the imported ones.
    [[nodiscard]] std::span<const Goal> goals() const;
    /// By name, else by id; null if there is none. The main file comes first.
    [[nodiscard]] const Goal* find(std::string_view name) const;
    [[nodiscard]] const Goal* find(std::string_view name, std::string_view model_namespace) const;

    /// The value of `goal`, given one argument for each of its parameters, in order. Arguments that
    /// do not conform to their type are taken as null, with a warning.
    [[nodiscard]] Value evaluate(
        const Goal& goal,
        std::span<const Value> arguments,
        feel::Evaluation& evaluation,
        Explanation* explanation = nullptr
    ) const;

    /// The same with the inputs by name: entries of the context `inputs`; those of an imported file
    /// under its prefix, or bare. Missing ones are null. An error if there is no such goal.
    [[nodiscard]] Result<Value> evaluate(
        std::string_view goal_name,
        const Value& inputs,
        feel::Evaluation& evaluation,
        Explanation* explanation = nullptr
    ) const;

    /// The values of all decisions of the main file as a context by name; the inputs by name, as
    /// above. Each decision is evaluated once, whoever needs it.
    [[nodiscard]] Value evaluate_all(
        const Value& inputs, feel::Evaluation& evaluation, Explanation* explanation = nullptr
    ) const;

    /// Every table in the model, in the order of its elements.
    [[nodiscard]] std::span<const Table* const> tables() const;

private:
    friend class ProgramCompiler;
    explicit Model(std::shared_ptr<const Program> program) : program_(std::move(program)) {}

    std::shared_ptr<const Program> program_;
};

/// What compiling gives: a model unless there are errors, and all diagnostics either way.
struct Compilation {
    std::optional<Model> model;
    std::vector<Diagnostic> diagnostics;

    [[nodiscard]] bool ok() const { return model.has_value(); }
    explicit operator bool() const { return ok(); }
    /// The first error in one line, or empty.
    [[nodiscard]] std::string error() const;
};

/// How the tables of an evaluation came to their answers, as a list of contexts: `element`,
/// `inputs`, `matched` (rows from 1, with rule ids and annotations), `refused` (for at most
/// `refused_max` other rows of each table, the column that refused it, its condition and the
/// input), `result`. Lives in the evaluation's arena.
[[nodiscard]] Value describe(
    const Explanation& explanation, feel::Evaluation& evaluation, std::size_t refused_max = 100
);

}  // namespace attune::dmn
