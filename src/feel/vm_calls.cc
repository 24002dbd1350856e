#include <algorithm>
#include <array>

#include "feel/builtin_call.h"
#include "feel/conversion.h"
#include "feel/vm.h"

namespace attune::feel {

namespace {

using Kind = Value::Kind;

/// Counts nested operations for as long as a call runs.
class DepthGuard {
public:
    DepthGuard(Evaluation& evaluation, std::uint32_t height)
        : evaluation_(evaluation), height_(height) {
        evaluation_.depth += height_;
    }
    ~DepthGuard() { evaluation_.depth -= height_; }
    DepthGuard(const DepthGuard&) = delete;
    DepthGuard& operator=(const DepthGuard&) = delete;

    [[nodiscard]] bool fits() const { return evaluation_.depth <= evaluation_.limits.depth_max; }

private:
    Evaluation& evaluation_;
    std::uint32_t height_;
};

/// A function literal with the values that it has captured. Lives in an arena.
class Closure final : public Function {
public:
    Closure(const Lambda& lambda, std::span<Value> captures)
        : Function(lambda.signature), lambda_(&lambda), captures_(captures) {}

    void capture(std::size_t index, const Value& value) { captures_[index] = value; }

    Value call(Evaluation& evaluation, std::span<const Value> arguments) const override {
        const detail::Unit& unit = *lambda_->unit;
        const Site site{unit.text, lambda_->body->offset, lambda_->body->length};
        const DepthGuard depth(evaluation, lambda_->body->height);
        if (!depth.fits()) {
            return exceed(evaluation, site, "depth_max");
        }
        const std::span<Value> locals = evaluation.arena.array<Value>(lambda_->local_count);
        std::copy(arguments.begin(), arguments.end(), locals.begin());
        Frame frame{evaluation, nullptr, locals.data(), captures_.data(), unit};
        return operand(*lambda_->body, frame);
    }

private:
    const Lambda* lambda_;
    std::span<Value> captures_;
};

Value call_builtin(
    BuiltinCall& call, const Builtin& builtin, std::span<const Value> given, int only = -1
) {
    const std::span<Value> converted = call.arena().array<Value>(given.size());
    const int signature = bind_arguments(call, builtin, given, converted, only);
    if (signature < 0) {
        return {};
    }
    call.arguments = converted;
    call.signature = static_cast<unsigned>(signature);
    return builtin.code->run(call);
}

/// One argument for each parameter, converted; then the body; then the result, converted.
Value call_function(
    Evaluation& evaluation, const Site& site, const Function& function, std::span<const Value> given
) {
    const Signature& signature = function.signature();
    if (given.size() != signature.parameters.size()) {
        return warn(
            evaluation,
            site,
            "the function takes " + std::to_string(signature.parameters.size()) +
                " arguments, not " + std::to_string(given.size())
        );
    }
    const std::span<Value> arguments = evaluation.arena.array<Value>(given.size());
    for (std::size_t i = 0; i < given.size(); ++i) {
        const Parameter& parameter = signature.parameters[i];
        const std::optional<Value> value = convert(given[i], parameter.type, evaluation.arena);
        if (!value) {
            return warn(
                evaluation,
                site,
                "\"" + parameter.name + "\" must be " + to_string(parameter.type),
                {given[i]}
            );
        }
        arguments[i] = *value;
    }
    const Value result = function.call(evaluation, arguments);
    const std::optional<Value> converted = convert(result, signature.result, evaluation.arena);
    if (!converted) {
        return warn(
            evaluation, site, "the result must be " + to_string(signature.result), {result}
        );
    }
    return *converted;
}

/// The values in the order of `parameters`, null where none is named; false if a name is unknown or
/// comes twice. Missing ones at the end that are optional are left out.
bool arrange(
    std::span<const Parameter> parameters,
    std::span<const NamedArgument> given,
    std::span<Value> arranged,
    std::size_t& used
) {
    std::fill(arranged.begin(), arranged.end(), Value());
    used = 0;
    std::uint64_t seen = 0;
    for (const NamedArgument& argument : given) {
        const auto same = [&](const Parameter& each) { return each.name == argument.name; };
        const auto found = std::find_if(parameters.begin(), parameters.end(), same);
        const auto index = static_cast<std::size_t>(found - parameters.begin());
        if (found == parameters.end() || (index < 64 && ((seen >> index) & 1U) != 0)) {
            return false;
        }
        seen |= index < 64 ? std::uint64_t{1} << index : 0;
        arranged[index] = argument.value;
        used = std::max(used, index + 1);
    }
    return true;
}

/// Whether the arguments are named in the order of the parameters, from the first on.
bool in_order(std::span<const Parameter> parameters, std::span<const NamedArgument> given) {
    return given.size() <= parameters.size() &&
           std::equal(
               given.begin(),
               given.end(),
               parameters.begin(),
               [](const NamedArgument& argument, const Parameter& parameter) {
                   return argument.name == parameter.name;
               }
           );
}

Value invoke_builtin_by_name(
    Evaluation& evaluation,
    const Site& site,
    const Builtin& builtin,
    std::span<const NamedArgument> given
) {
    BuiltinCall call{evaluation, site, {}};
    // `before(point, range)` and `before(range, point)` have the same names: the order tells.
    for (const bool ordered : {true, false}) {
        for (std::size_t s = 0; s < builtin.signatures.size(); ++s) {
            const BuiltinSignature& signature = builtin.signatures[s];
            if (ordered && !in_order(signature.parameters, given)) {
                continue;
            }
            const std::span<Value> arranged =
                evaluation.arena.array<Value>(signature.parameters.size());
            std::size_t used = 0;
            if (!arrange(signature.parameters, given, arranged, used)) {
                continue;
            }
            // A required parameter without argument is null.
            const std::size_t required = signature.parameters.size() - signature.optional_count;
            const std::size_t count = std::max(used, required);
            return call_builtin(call, builtin, arranged.first(count), static_cast<int>(s));
        }
    }
    return call.fail(std::string(builtin.name) + " has no such parameters");
}

Value invoke_by_name_at(
    Evaluation& evaluation,
    const Site& site,
    const Value& function,
    std::span<const NamedArgument> given
) {
    if (!function.is(Kind::Function)) {
        return warn(evaluation, site, "what is called is no function", {function});
    }
    if (!charge(evaluation, 1)) {
        return exceed_steps(evaluation, site);
    }
    const Function& target = function.as_function();
    if (target.builtin() != nullptr) {
        return invoke_builtin_by_name(evaluation, site, *target.builtin(), given);
    }
    const std::span<const Parameter> parameters = target.signature().parameters;
    const std::span<Value> arranged = evaluation.arena.array<Value>(parameters.size());
    std::size_t used = 0;
    if (!arrange(parameters, given, arranged, used)) {
        return warn(evaluation, site, "the function has no such parameters");
    }
    return call_function(evaluation, site, target, arranged);
}

constexpr std::size_t kInlineArguments = 6;

}  // namespace

Value invoke_at(
    Evaluation& evaluation,
    const Site& site,
    const Value& function,
    std::span<const Value> arguments
) {
    if (!function.is(Kind::Function)) {
        return warn(evaluation, site, "what is called is no function", {function});
    }
    if (!charge(evaluation, 1)) {
        return exceed_steps(evaluation, site);
    }
    const Function& target = function.as_function();
    if (target.builtin() != nullptr) {
        BuiltinCall call{evaluation, site, {}};
        return call_builtin(call, *target.builtin(), arguments);
    }
    return call_function(evaluation, site, target, arguments);
}

Value invoke(Evaluation& evaluation, const Value& function, std::span<const Value> arguments) {
    return invoke_at(evaluation, {}, function, arguments);
}

Value invoke(
    Evaluation& evaluation, const Value& function, std::span<const NamedArgument> arguments
) {
    return invoke_by_name_at(evaluation, {}, function, arguments);
}

Value run_call(const Code& code, Frame& frame) {
    const Value function = operand(*code.a, frame);
    const std::span<Value> arguments = frame.evaluation.arena.array<Value>(code.count);
    for (std::uint32_t i = 0; i < code.count; ++i) {
        arguments[i] = operand(*code.list[i], frame);
    }
    return invoke_at(frame.evaluation, site_of(code, frame), function, arguments);
}

Value run_call_by_name(const Code& code, Frame& frame) {
    const Value function = operand(*code.a, frame);
    const ArgumentNames& names = *static_cast<const ArgumentNames*>(code.extra);
    const std::span<NamedArgument> arguments =
        frame.evaluation.arena.array<NamedArgument>(code.count);
    for (std::uint32_t i = 0; i < code.count; ++i) {
        arguments[i] = {names.names[i], operand(*code.list[i], frame)};
    }
    return invoke_by_name_at(frame.evaluation, site_of(code, frame), function, arguments);
}

Value run_call_builtin(const Code& code, Frame& frame) {
    Evaluation& evaluation = frame.evaluation;
    const Builtin& builtin = *static_cast<const Builtin*>(code.extra);
    std::array<Value, 2 * kInlineArguments> room;
    const std::span<Value> both = code.count <= kInlineArguments
                                      ? std::span<Value>(room)
                                      : evaluation.arena.array<Value>(std::size_t{2} * code.count);
    const std::span<Value> given = both.first(code.count);
    const std::span<Value> arguments = both.subspan(code.count, code.count);
    for (std::uint32_t i = 0; i < code.count; ++i) {
        given[i] = operand(*code.list[i], frame);
    }
    BuiltinCall call{evaluation, site_of(code, frame), {}};
    if (!charge(evaluation, 1)) {
        return exceed_steps(evaluation, call.site);
    }
    const int signature = bind_arguments(call, builtin, given, arguments);
    Value result;
    if (signature >= 0) {
        call.arguments = arguments;
        call.signature = static_cast<unsigned>(signature);
        result = builtin.code->run(call);
    }
    if (call.failed && code.failure != Failure::Null) {
        Warnings* const listener = evaluation.warnings;
        evaluation.warnings = nullptr;  // It has been noted already.
        result = fail(code, frame, {});
        evaluation.warnings = listener;
    }
    return result;
}

Value run_closure(const Code& code, Frame& frame) {
    const Lambda& lambda = *static_cast<const Lambda*>(code.extra);
    if (lambda.external) {
        return fail(code, frame, "external functions (Java, PMML) are not supported");
    }
    Arena& arena = frame.evaluation.arena;
    const std::span<Value> captures = arena.array<Value>(lambda.captures.size());
    for (std::size_t i = 0; i < captures.size(); ++i) {
        captures[i] = operand(*lambda.captures[i], frame);
    }
    static_assert(std::is_trivially_destructible_v<Closure>);
    auto* closure =
        new (arena.allocate(sizeof(Closure), alignof(Closure))) Closure(lambda, captures);
    const Value value = Value::function(*closure);
    if (lambda.self_capture >= 0) {
        closure->capture(static_cast<std::size_t>(lambda.self_capture), value);
    }
    return value;
}

}  // namespace attune::feel
