#include "program/explain.h"

#include <cctype>
#include <optional>

#include "program/written.h"

namespace attune::program {

namespace {

feel::Scope profile_scope(const Program& program) {
    const feel::Type any(feel::Type::Kind::Any);
    feel::Scope scope;
    scope.declare("traits", any, kTraitsSlot);
    scope.declare("consent", any, kConsentSlot);
    scope.declare("segments", any, kSegmentsSlot);
    scope.declare("experiments", any, kExperimentsSlot);
    scope.declare("customer", any, kCustomerSlot);
    scope.declare("user id", any, kUserIdSlot);
    scope.declare("time", any, kTimeSlot);
    for (const Feature& feature : program.features) {
        scope.declare(feature.name, any, feature.slot);
    }
    return scope;
}

std::string_view trimmed(std::string_view text) {
    const auto space = [](char letter) {
        return std::isspace(static_cast<unsigned char>(letter)) != 0;
    };
    while (!text.empty() && space(text.front())) {
        text.remove_prefix(1);
    }
    while (!text.empty() && space(text.back())) {
        text.remove_suffix(1);
    }
    return text;
}

bool word_at(std::string_view text, std::size_t at, std::string_view word) {
    const auto part_of_name = [&](std::size_t i) {
        return i < text.size() &&
               (std::isalnum(static_cast<unsigned char>(text[i])) != 0 || text[i] == '_');
    };
    return text.substr(at, word.size()) == word && (at == 0 || !part_of_name(at - 1)) &&
           !part_of_name(at + word.size());
}

/// What `word` joins in the text, outside of quotes and brackets.
std::vector<std::string_view> split(std::string_view text, std::string_view word) {
    std::vector<std::string_view> parts;
    std::size_t begin = 0;
    int depth = 0;
    bool quoted = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char letter = text[i];
        if (letter == '"' && (i == 0 || text[i - 1] != '\\')) {
            quoted = !quoted;
        }
        if (quoted) {
            continue;
        }
        depth += letter == '(' || letter == '[' || letter == '{' ? 1 : 0;
        depth -= letter == ')' || letter == ']' || letter == '}' ? 1 : 0;
        if (depth == 0 && word_at(text, i, word)) {
            parts.push_back(trimmed(text.substr(begin, i - begin)));
            begin = i + word.size();
        }
    }
    parts.push_back(trimmed(text.substr(begin)));
    return parts;
}

/// The text without brackets around the whole of it.
std::string_view unwrapped(std::string_view text) {
    text = trimmed(text);
    while (text.size() > 2 && text.front() == '(' && text.back() == ')') {
        int depth = 0;
        for (std::size_t i = 0; i + 1 < text.size(); ++i) {
            depth += text[i] == '(' ? 1 : text[i] == ')' ? -1 : 0;
            if (depth == 0) {
                return text;
            }
        }
        text = trimmed(text.substr(1, text.size() - 2));
    }
    return text;
}

std::optional<Explained> explained(
    Frame& frame, const feel::Scope& scope, std::string_view expression
) {
    const std::string_view text = unwrapped(expression);
    const feel::Compilation compiled = feel::Expression::compile(text, scope);
    if (!compiled.ok()) {
        return std::nullopt;
    }
    Explained one{std::string(text), {}, {}, {}, {}};
    const Value value = frame.evaluate(compiled.value());
    if (may_be_written(value)) {
        one.value = value.clone(frame.arena());
    } else {
        one.problem = "the value is too large to show: more than " +
                      std::to_string(kWrittenSizeMax) + " items and bytes";
    }
    for (const std::string_view word : {"or", "and"}) {
        const std::vector<std::string_view> parts = split(text, word);
        for (std::size_t i = 0; parts.size() > 1 && i < parts.size(); ++i) {
            // A word that joins nothing, as in `x between 1 and 2`: the whole has no parts.
            std::optional<Explained> part = explained(frame, scope, parts[i]);
            if (!part) {
                one.parts.clear();
                break;
            }
            one.parts.push_back(std::move(*part));
        }
        if (!one.parts.empty()) {
            return one;
        }
    }
    for (const feel::Slot slot : compiled.value().slots()) {
        const Program& program = frame.program();
        if (slot >= program.feature_slot_base && slot < program.property_slot_base) {
            one.features.emplace_back(
                program.features[slot - program.feature_slot_base].name, frame.value(slot)
            );
        }
    }
    return one;
}

}  // namespace

Explained explain(Frame& frame, std::string_view expression) {
    const feel::Scope scope = profile_scope(frame.program());
    return explained(frame, scope, expression)
        .value_or(Explained{std::string(expression), {}, {}, {}, {}});
}

}  // namespace attune::program
