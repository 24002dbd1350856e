#include "feel/builtin_call.h"

#include <algorithm>

#include "feel/conversion.h"

namespace attune::feel {

bool BuiltinCall::reserve_text(std::size_t bytes) {
    if (bytes > evaluation.limits.string_bytes_max) {
        exceed(evaluation, site, "string_bytes_max");
        return false;
    }
    if (!charge_memory(evaluation, bytes) || !charge(evaluation, bytes / 64)) {
        exceed_memory(evaluation, site);
        return false;
    }
    return true;
}

Value BuiltinCall::keep(std::string_view text) {
    return reserve_text(text.size()) ? Value::string(arena().copy(text)) : Value();
}

bool BuiltinCall::reserve_items(std::size_t count) {
    if (count > evaluation.limits.list_length_max) {
        exceed(evaluation, site, "list_length_max");
        return false;
    }
    if (!charge_memory(evaluation, count * sizeof(Value))) {
        exceed_memory(evaluation, site);
        return false;
    }
    return spend(count);
}

namespace {

const Parameter& parameter_at(const BuiltinSignature& signature, std::size_t index) {
    return signature.parameters[std::min(index, signature.parameters.size() - 1)];
}

bool takes_count(const BuiltinSignature& signature, std::size_t count) {
    const std::size_t most = signature.parameters.size();
    return count + signature.optional_count >= most && (count <= most || signature.variadic);
}

/// The first argument that does not convert, or the count if all do.
std::size_t convert_all(
    const BuiltinSignature& signature,
    std::span<const Value> given,
    std::span<Value> converted,
    Arena& arena
) {
    for (std::size_t i = 0; i < given.size(); ++i) {
        const std::optional<Value> value =
            convert(given[i], parameter_at(signature, i).type, arena);
        if (!value) {
            return i;
        }
        converted[i] = *value;
    }
    return given.size();
}

bool null_refused(const BuiltinSignature& signature, std::size_t index) {
    const std::size_t parameter = std::min(index, signature.parameters.size() - 1);
    return (signature.nullable & (1U << parameter)) == 0;
}

}  // namespace

int bind_arguments(
    BuiltinCall& call,
    const Builtin& builtin,
    std::span<const Value> given,
    std::span<Value> converted,
    int only
) {
    bool counted = false;
    std::size_t mismatch = 0;
    const BuiltinSignature* closest = nullptr;
    for (std::size_t s = 0; s < builtin.signatures.size(); ++s) {
        const BuiltinSignature& signature = builtin.signatures[s];
        if (!takes_count(signature, given.size()) || (only >= 0 && only != static_cast<int>(s))) {
            continue;
        }
        counted = true;
        const std::size_t fitting = convert_all(signature, given, converted, call.arena());
        if (fitting < given.size()) {
            mismatch = fitting;
            closest = &signature;
            continue;
        }
        for (std::size_t i = 0; i < given.size(); ++i) {
            if (converted[i].null() && null_refused(signature, i)) {
                call.fail("\"" + parameter_at(signature, i).name + "\" is null");
                return -1;
            }
        }
        return static_cast<int>(s);
    }
    if (!counted) {
        call.fail(
            std::string(builtin.name) + " does not take " + std::to_string(given.size()) +
            " arguments"
        );
        return -1;
    }
    const Parameter& parameter = parameter_at(*closest, mismatch);
    call.fail("\"" + parameter.name + "\" must be " + to_string(parameter.type), {given[mismatch]});
    return -1;
}

}  // namespace attune::feel
