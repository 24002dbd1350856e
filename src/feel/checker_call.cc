#include <algorithm>

#include "feel/builtins.h"
#include "feel/checker.h"
#include "feel/similar.h"

namespace attune::feel {

namespace {

using Kind = Type::Kind;

/// Whether a value of type `given` may convert to `wanted` (10.3.2.9.4).
bool may_convert(const Type& given, const Type& wanted) {
    if (given.any() || wanted.any() || given.is(Kind::Null) || given.conforms_to(wanted)) {
        return true;
    }
    if (given.is(Kind::List) && !wanted.is(Kind::List)) {
        return may_convert(given.item(), wanted);
    }
    if (wanted.is(Kind::List)) {
        const Type item = given.is(Kind::List) ? given.item() : given;
        return item.any() || may_convert(item, wanted.item());
    }
    if (given.is(Kind::Date) && wanted.is(Kind::DateTime)) {
        return true;
    }
    // What is inside contexts, functions and ranges shows when it runs.
    return given.kind() == wanted.kind();
}

std::string counted(std::size_t count) {
    return std::to_string(count) + (count == 1 ? " argument" : " arguments");
}

bool accepts_count(const BuiltinSignature& signature, std::size_t count) {
    const std::size_t most = signature.parameters.size();
    const std::size_t least = most - signature.optional_count;
    return count >= least && (count <= most || signature.variadic);
}

const Parameter& parameter_at(const BuiltinSignature& signature, std::size_t index) {
    return signature.parameters[std::min(index, signature.parameters.size() - 1)];
}

bool accepts(
    const BuiltinSignature& signature,
    std::span<const NodePtr> arguments,
    std::span<const std::string> names
) {
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        const Parameter* parameter = nullptr;
        if (names.empty()) {
            parameter = &parameter_at(signature, i);
        } else {
            const auto found = std::find_if(
                signature.parameters.begin(),
                signature.parameters.end(),
                [&](const Parameter& each) { return each.name == names[i]; }
            );
            if (found == signature.parameters.end()) {
                return false;
            }
            parameter = &*found;
        }
        if (!may_convert(arguments[i]->type, parameter->type)) {
            return false;
        }
    }
    return true;
}

std::string given_types(std::span<const NodePtr> arguments) {
    std::string text;
    for (const NodePtr& argument : arguments) {
        text += (text.empty() ? "" : ", ") + to_string(argument->type);
    }
    return "(" + text + ")";
}

Judgement judge_builtin(
    const Builtin& builtin, std::span<const NodePtr> arguments, std::span<const std::string> names
) {
    bool count_fits = false;
    std::vector<std::string> known;
    for (const BuiltinSignature& signature : builtin.signatures) {
        const bool fits = !names.empty() || accepts_count(signature, arguments.size());
        count_fits = count_fits || fits;
        if (fits && accepts(signature, arguments, names)) {
            return {signature.result, {}, {}};
        }
        for (const Parameter& parameter : signature.parameters) {
            known.push_back(parameter.name);
        }
    }
    const std::string name = "\"" + std::string(builtin.name) + "\"";
    for (const std::string& given : names) {
        if (std::find(known.begin(), known.end(), given) == known.end()) {
            return {
                {},
                name + " has no parameter \"" + given + "\"",
                did_you_mean(most_similar(given, known))};
        }
    }
    const std::string shape = "it is " + usage(builtin);
    if (!count_fits) {
        return {{}, name + " does not take " + counted(arguments.size()), shape};
    }
    return {{}, name + " does not take " + given_types(arguments), shape};
}

Judgement judge_literal(
    const Signature& signature,
    std::span<const NodePtr> arguments,
    std::span<const std::string> names
) {
    if (names.empty() && arguments.size() != signature.parameters.size()) {
        return {
            signature.result,
            "the function takes " + counted(signature.parameters.size()) + ", not " +
                std::to_string(arguments.size()),
            {}};
    }
    for (const std::string& given : names) {
        const auto same = [&given](const Parameter& each) { return each.name == given; };
        if (std::none_of(signature.parameters.begin(), signature.parameters.end(), same)) {
            return {signature.result, "the function has no parameter \"" + given + "\"", {}};
        }
    }
    return {signature.result, {}, {}};
}

}  // namespace

Judgement judge_call(
    const Node& callee, std::span<const NodePtr> arguments, std::span<const std::string> names
) {
    if (callee.value.is(Value::Kind::Function)) {
        const Function& function = callee.value.as_function();
        return function.builtin() != nullptr
                   ? judge_builtin(*function.builtin(), arguments, names)
                   : judge_literal(function.signature(), arguments, names);
    }
    const Type& type = callee.type;
    if (!type.any() && !type.is(Kind::Null) && !type.is(Kind::Function)) {
        return {{}, to_string(type) + " is no function and cannot be called", {}};
    }
    if (type.has_signature() && names.empty() && type.parameters().size() != arguments.size()) {
        return {
            type.result(),
            "the function takes " + counted(type.parameters().size()) + ", not " +
                std::to_string(arguments.size()),
            {}};
    }
    return {type.result(), {}, {}};
}

}  // namespace attune::feel
