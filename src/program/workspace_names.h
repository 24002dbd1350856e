#pragma once

#include <array>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "program/diagnostics.h"
#include "program/workspace_check.h"
#include "program/workspace_shape.h"

namespace attune::program {

/// Which names a workspace declares, by section, and the words about those that do not exist.
class Names {
public:
    explicit Names(Diagnostics& diagnostics) : diagnostics_(diagnostics) {}

    /// Takes a name up if it may be one and is new; says what is wrong otherwise.
    bool declare(Section section, const Text& name, std::size_t name_bytes_max);

    [[nodiscard]] bool has(Section section, std::string_view name) const;

    /// Says so if `reference` names nothing in its sections.
    void resolve(const Reference& reference);

    /// Event types that nobody declared may be referred to, unless they look like a slip.
    void allow_undeclared_events() { undeclared_events_ = true; }

private:
    [[nodiscard]] std::string hint_for(const Reference& reference) const;
    [[nodiscard]] std::string_view near(Sections sections, std::string_view name) const;
    bool check_expression_name(Section section, const Text& name);

    Diagnostics& diagnostics_;
    std::array<std::map<std::string, Location, std::less<>>, kSectionCount> names_;
    bool undeclared_events_ = false;
};

/// Names by which events other than track calls can be referred to, declared or not.
[[nodiscard]] bool builtin_event(std::string_view name);

}  // namespace attune::program
