#include "program/workspace_names.h"

#include <algorithm>

#include "base/closest.h"

namespace attune::program {

namespace {

constexpr std::array<std::string_view, 6> kBuiltinEvents{
    "identify", "page", "screen", "group", "alias", "track"};

/// What expressions see besides features and segments, and the words of FEEL itself.
constexpr std::array<std::string_view, 39> kTaken{
    "event",    "properties", "traits",    "consent",    "context",  "customer",    "table",
    "decision", "offer",      "placement", "segments",   "pattern",  "campaign",    "message",
    "now",      "and",        "or",        "not",        "in",       "if",          "then",
    "else",     "for",        "return",    "some",       "every",    "satisfies",   "between",
    "true",     "false",      "null",      "function",   "external", "instance of", "today",
    "list",     "range",      "item",      "experiments"};

Section section_at(std::size_t index) {
    return static_cast<Section>(index);
}

std::string quoted(std::string_view text) {
    return "\"" + std::string(text) + "\"";
}

std::string listed(Sections sections) {
    std::string all;
    for (std::size_t i = 0; i < kSectionCount; ++i) {
        if (holds(sections, section_at(i))) {
            all += all.empty() ? "" : ", ";
            all.append(one_of(section_at(i)));
        }
    }
    return all;
}

}  // namespace

bool builtin_event(std::string_view name) {
    return name != "track" &&
           std::find(kBuiltinEvents.begin(), kBuiltinEvents.end(), name) != kBuiltinEvents.end();
}

bool Names::check_expression_name(Section section, const Text& name) {
    const auto error = [&](const std::string& why) {
        diagnostics_.error(
            name.at,
            "cannot declare " + std::string(one_of(section)) + " " + quoted(name.text) + ": " + why
        );
        return false;
    };
    constexpr std::string_view kNotInNames = "\"'`{}[]()<>=,:;?!@#$%^&|\\~";
    if (name.text.find_first_of(kNotInNames) != std::string::npos) {
        return error("expressions cannot use a name with punctuation in it");
    }
    const auto first = static_cast<unsigned char>(name.text.front());
    if ((first < 'A' || first > 'Z') && (first < 'a' || first > 'z') && first != '_' &&
        first < 0x80) {
        return error("a name that expressions use begins with a letter");
    }
    if (std::find(kTaken.begin(), kTaken.end(), name.text) != kTaken.end()) {
        return error("the word means something else in expressions");
    }
    const Section other = section == Section::Features ? Section::Segments : Section::Features;
    if (has(other, name.text)) {
        return error(
            "a " + std::string(one_of(other)) + " has that name already, and expressions use both"
        );
    }
    return true;
}

bool Names::declare(Section section, const Text& name, std::size_t name_bytes_max) {
    const auto error = [&](const std::string& why) {
        diagnostics_.error(
            name.at,
            "cannot declare " + std::string(one_of(section)) + " " +
                quoted(name.text.substr(0, 60)) + ": " + why
        );
        return false;
    };
    const auto control = [](char letter) { return static_cast<unsigned char>(letter) < 0x20; };
    if (name.text.empty() || name.text.front() == ' ' || name.text.back() == ' ') {
        return error("a name neither is empty nor begins or ends with a space");
    }
    if (std::any_of(name.text.begin(), name.text.end(), control)) {
        return error("a name holds no control characters");
    }
    if (name.text.size() > name_bytes_max) {
        return error("its name is longer than " + std::to_string(name_bytes_max) + " bytes");
    }
    auto& names = names_[static_cast<std::size_t>(section)];
    if (const auto existing = names.find(name.text); existing != names.end()) {
        return error("it is declared at " + diagnostics_.to_string(existing->second) + " already");
    }
    if ((section == Section::Features || section == Section::Segments) &&
        !check_expression_name(section, name)) {
        return false;
    }
    names.emplace(name.text, name.at);
    return true;
}

bool Names::has(Section section, std::string_view name) const {
    const auto& names = names_[static_cast<std::size_t>(section)];
    return names.find(name) != names.end();
}

std::string_view Names::near(Sections sections, std::string_view name) const {
    std::vector<std::string_view> candidates;
    for (std::size_t i = 0; i < kSectionCount; ++i) {
        if (holds(sections, section_at(i))) {
            for (const auto& [candidate, at] : names_[i]) {
                candidates.push_back(candidate);
            }
        }
    }
    return closest(name, candidates);
}

std::string Names::hint_for(const Reference& reference) const {
    for (std::size_t i = 0; i < kSectionCount; ++i) {
        if (names_[i].find(reference.name.text) != names_[i].end()) {
            return quoted(reference.name.text) + " is " + std::string(a_or_an(section_at(i))) +
                   " " + std::string(one_of(section_at(i)));
        }
    }
    const std::string_view found = near(reference.sections, reference.name.text);
    if (!found.empty()) {
        return "did you mean " + quoted(found) + "?";
    }
    for (std::size_t i = 0; i < kSectionCount; ++i) {
        if (holds(reference.sections, section_at(i))) {
            return "declare it under `" + std::string(key_of(section_at(i))) + ":`";
        }
    }
    return {};
}

void Names::resolve(const Reference& reference) {
    const std::string& name = reference.name.text;
    bool found = holds(reference.sections, Section::Events) && builtin_event(name);
    bool elsewhere = false;
    for (std::size_t i = 0; i < kSectionCount; ++i) {
        const bool here = names_[i].find(name) != names_[i].end();
        found = found || (here && holds(reference.sections, section_at(i)));
        elsewhere = elsewhere || here;
    }
    if (found) {
        return;
    }
    // Only a place for events alone may name one that nobody declared: everywhere else a name that
    // is not there is a slip.
    if (reference.sections == in(Section::Events) && undeclared_events_ && !elsewhere &&
        near(reference.sections, name).empty()) {
        return;
    }
    diagnostics_.error(
        reference.name.at,
        "cannot read " + reference.subject + ": there is no " + listed(reference.sections) + " " +
            quoted(name),
        hint_for(reference)
    );
}

}  // namespace attune::program
