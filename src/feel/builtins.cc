#include "feel/builtins.h"

#include <algorithm>
#include <deque>
#include <map>

#include "feel/builtin_call.h"

namespace attune::feel {

namespace {

/// A built-in as a value.
class BuiltinFunction final : public Function {
public:
    BuiltinFunction(const Signature& signature, const Builtin& builtin)
        : Function(signature, builtin) {}

    Value call(Evaluation& evaluation, std::span<const Value> arguments) const override {
        return invoke_at(evaluation, {}, Value::function(*this), arguments);
    }
};

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && text.front() == ' ') {
        text.remove_prefix(1);
    }
    while (!text.empty() && text.back() == ' ') {
        text.remove_suffix(1);
    }
    return text;
}

/// Cuts `text` at commas that stand outside of `<...>`.
std::vector<std::string_view> split_parameters(std::string_view text) {
    std::vector<std::string_view> parts;
    int depth = 0;
    std::size_t from = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        depth += text[i] == '<' ? 1 : 0;
        depth -= text[i] == '>' ? 1 : 0;
        if (text[i] == ',' && depth == 0) {
            parts.push_back(trimmed(text.substr(from, i - from)));
            from = i + 1;
        }
    }
    if (!trimmed(text).empty()) {
        parts.push_back(trimmed(text.substr(from)));
    }
    return parts;
}

Type type_named(std::string_view name) {
    const std::optional<Type> type = Type::parse(name);
    ATTUNE_ASSERT(type.has_value());
    return *type;
}

BuiltinSignature read_signature(std::string_view text) {
    BuiltinSignature signature;
    const std::size_t arrow = text.rfind("->");
    ATTUNE_ASSERT(arrow != std::string_view::npos);
    signature.result = type_named(trimmed(text.substr(arrow + 2)));
    for (std::string_view part : split_parameters(text.substr(0, arrow))) {
        if (part.front() == '[') {
            ++signature.optional_count;
            part = part.substr(1, part.size() - 2);
        }
        if (part.substr(0, 3) == "...") {
            signature.variadic = true;
            part.remove_prefix(3);
        }
        const std::size_t colon = part.find(':');
        std::string_view type = trimmed(part.substr(colon + 1));
        if (type.back() == '?') {
            type.remove_suffix(1);
            signature.nullable |= 1U << signature.parameters.size();
        }
        Parameter parameter{std::string(trimmed(part.substr(0, colon))), type_named(type)};
        if (parameter.type.any()) {
            signature.nullable |= 1U << signature.parameters.size();
        }
        signature.parameters.push_back(std::move(parameter));
    }
    return signature;
}

/// All that is ever needed of the built-ins, made on first use and kept.
struct Library {
    std::vector<Builtin> builtins;
    std::deque<detail::BuiltinCode> codes;
    std::deque<Signature> signatures;
    std::deque<BuiltinFunction> functions;
    std::map<std::string_view, std::size_t> by_name;

    Library() {
        add("conversion", conversion_builtins());
        add("string", string_builtins());
        add("string", regex_builtins());
        add("list", list_builtins());
        add("list", aggregate_builtins());
        add("number", numeric_builtins());
        add("temporal", temporal_builtins());
        add("range", range_builtins());
        add("context", context_builtins());
        std::sort(builtins.begin(), builtins.end(), [](const Builtin& lhs, const Builtin& rhs) {
            return std::tie(lhs.group, lhs.name) < std::tie(rhs.group, rhs.name);
        });
        for (std::size_t i = 0; i < builtins.size(); ++i) {
            by_name[builtins[i].name] = i;
            const BuiltinSignature& first = builtins[i].signatures.front();
            signatures.push_back({std::string(builtins[i].name), first.parameters, first.result});
            functions.emplace_back(signatures.back(), builtins[i]);
        }
    }

    void add(std::string_view group, std::span<const BuiltinEntry> entries) {
        for (const BuiltinEntry& entry : entries) {
            codes.push_back({entry.run, entry.pure});
            Builtin builtin;
            builtin.name = entry.name;
            builtin.group = group;
            builtin.summary = entry.summary;
            builtin.since = entry.since;
            for (const std::string_view signature : entry.signatures) {
                if (!signature.empty()) {
                    builtin.signatures.push_back(read_signature(signature));
                }
            }
            for (const BuiltinExample& example : entry.examples) {
                if (!example.expression.empty()) {
                    builtin.examples.push_back(example);
                }
            }
            builtin.code = &codes.back();
            builtins.push_back(std::move(builtin));
        }
    }
};

const Library& library() {
    static const Library instance;
    return instance;
}

}  // namespace

std::span<const Builtin> builtins() {
    return library().builtins;
}

const Builtin* find_builtin(std::string_view name) {
    const auto found = library().by_name.find(name);
    return found == library().by_name.end() ? nullptr : &library().builtins[found->second];
}

Value builtin_function(const Builtin& builtin) {
    const auto index = static_cast<std::size_t>(&builtin - library().builtins.data());
    return Value::function(library().functions[index]);
}

std::string usage(const Builtin& builtin) {
    const BuiltinSignature& signature = builtin.signatures.front();
    std::string text = std::string(builtin.name) + "(";
    const std::size_t required = signature.parameters.size() - signature.optional_count;
    for (std::size_t i = 0; i < signature.parameters.size(); ++i) {
        const bool last = i + 1 == signature.parameters.size();
        const Parameter& parameter = signature.parameters[i];
        text += i == 0 ? "" : ", ";
        text += i >= required ? "[" : "";
        text += parameter.name + ": " + to_string(parameter.type);
        text += signature.variadic && last ? "..." : "";
        text += i >= required ? "]" : "";
    }
    return text + ")";
}

}  // namespace attune::feel
