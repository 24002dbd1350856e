#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "dmn/decision_model.h"
#include "dmn/item_type.h"
#include "dmn/node.h"
#include "feel/function.h"

namespace attune::dmn {

/// An element of the decision graph, over all files, by its number.
using ElementNumber = std::uint32_t;

struct Requirement {
    feel::Slot slot = 0;
    ElementNumber element = 0;
};

/// A value that stands in a slot from the beginning.
struct Constant {
    feel::Slot slot = 0;
    Value value;
};

struct GraphElement {
    enum class Kind : std::uint8_t { Input, Decision, Service, Knowledge };

    Kind kind = Kind::Input;
    std::string name;
    std::string label;  ///< `decision "Approval"`
    TypePtr type = any_type();
    // Decisions:
    NodePtr logic;
    std::vector<Requirement> requirements;
    feel::Slot frame_size = 0;
    std::vector<Constant> functions;  ///< In the frame of every evaluation.
    // Knowledge models:
    std::vector<Value> frame;  ///< Around the function.
    // Services and knowledge models:
    Value function;
};

class ServiceFunction;

/// A compiled model.
struct Program {
    std::vector<GraphElement> elements;
    std::vector<Goal> goals;
    std::vector<ElementNumber> decisions;  ///< Of the main file, in its order.
    std::vector<Goal::Parameter> inputs;   ///< What these depend on.
    std::vector<const Table*> tables;      ///< Wherever they stand in logic.
    std::vector<std::unique_ptr<FunctionNode>> knowledge;
    std::vector<std::unique_ptr<const ServiceFunction>> services;
    Arena arena{4096};
};

/// The values of one question: each decision and input once.
class Request {
public:
    Request(const Program& program, feel::Evaluation& evaluation, Explanation* explanation);

    /// Fixes the value of an input, or of a decision that is then not evaluated.
    void set(ElementNumber element, Value value);
    [[nodiscard]] Value value(ElementNumber element);

private:
    [[nodiscard]] Value decide(const GraphElement& decision);

    const Program& program_;
    feel::Evaluation& evaluation_;
    Explanation* explanation_;
    std::span<Value> values_;
    std::span<std::uint8_t> known_;
};

/// A decision service as a function (DMN 1.5, 10.4): input data first, then input decisions.
class ServiceFunction final : public feel::Function {
public:
    struct Parts {
        std::string label;
        feel::Signature signature;
        std::vector<ElementNumber> parameters;
        std::vector<ElementNumber> outputs;
        std::vector<std::string> output_names;
        TypePtr result_type;
    };

    ServiceFunction(const Program& program, std::unique_ptr<const Parts> parts)
        : Function(parts->signature), program_(program), parts_(std::move(parts)) {}

    Value call(feel::Evaluation& evaluation, std::span<const Value> arguments) const override;

    [[nodiscard]] const Parts& parts() const { return *parts_; }

private:
    [[nodiscard]] Value answer(feel::Evaluation& evaluation, std::span<const Value> arguments)
        const;

    const Program& program_;
    std::unique_ptr<const Parts> parts_;
};

/// What one call of a boxed function or of a service counts as against the limit on nested
/// operations: it takes the machine's stack as so many of FEEL's do.
constexpr std::uint32_t kCallHeight = 8;

/// Where tables evaluated by `evaluation` leave their traces; may be null.
[[nodiscard]] inline Explanation* explanation_of(const feel::Evaluation& evaluation) {
    return static_cast<Explanation*>(evaluation.embedder);
}

}  // namespace attune::dmn
