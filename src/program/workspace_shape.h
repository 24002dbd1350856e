#pragma once

#include <cstdint>
#include <span>
#include <string_view>

// The description of the workspace format. The loader checks files against it, the JSON Schema and
// the reference page are printed from it: there is no other list of keys.

namespace attune::program {

enum class Section : std::uint8_t {
    Workspace,
    Sources,
    Events,
    Identifiers,
    Features,
    Segments,
    Patterns,
    Rules,
    Offers,
    Placements,
    Experiments,
    Campaigns,
    Templates,
    Tests,
};
constexpr std::size_t kSectionCount = 14;

/// "features", as the key in the file.
[[nodiscard]] std::string_view key_of(Section section);
/// "feature", "a feature": one of them, in messages.
[[nodiscard]] std::string_view one_of(Section section);
[[nodiscard]] std::string_view a_or_an(Section section);

/// A set of sections in which a name may be looked up.
using Sections = std::uint16_t;
[[nodiscard]] constexpr Sections in(Section section) {
    return static_cast<Sections>(1U << static_cast<unsigned>(section));
}
[[nodiscard]] constexpr bool holds(Sections sections, Section section) {
    return (sections & in(section)) != 0;
}

struct Shape;

/// A key of an object.
struct Key {
    std::string_view name;
    const Shape* shape;
    std::string_view doc;
    bool required = false;
};

/// What a value of the file may be.
struct Shape {
    enum class Kind : std::uint8_t {
        Text,        ///< Any scalar, as text; `syntax` says which text, for editors.
        Expression,  ///< FEEL.
        Template,    ///< Text with {{ FEEL }}.
        Reference,   ///< The name of something in `sections`.
        Trigger,     ///< A campaign's: a name, or `entered NAME`, `left NAME`.
        Boolean,
        Integer,  ///< Within minimum and maximum.
        Number,
        Percent,    ///< "5%" or a number between 0 and 1.
        Duration,   ///< "30m"; or one of `choices`.
        Timestamp,  ///< A date, or RFC 3339.
        Choice,     ///< One of `choices`.
        Data,       ///< Anything.
        DataMap,    ///< A mapping with anything in it.
        List,       ///< Of `item`.
        Map,        ///< Free names to `item`.
        Object,     ///< `keys`; others are unknown, or, with `item`, free names to `item`.
        Either,     ///< The one of `alternatives` that fits scalar, list or mapping.
    };

    Kind kind;
    std::span<const Key> keys = {};
    const Shape* item = nullptr;
    std::span<const Shape* const> alternatives = {};
    std::span<const std::string_view> choices = {};
    /// Of an object: exactly one of these keys must be there.
    std::span<const std::string_view> exactly_one = {};
    Sections sections = 0;
    double minimum = 0;
    double maximum = 0;
    std::string_view syntax = {};  ///< A regular expression, for editors.
    std::string_view name = {};    ///< A definition of its own in the JSON Schema.
};

/// The whole file: an object whose keys are the sections.
[[nodiscard]] const Shape& file_shape();
/// What one entry of a section looks like; for Section::Workspace the section itself.
[[nodiscard]] const Shape& shape_of(Section section);
/// What the section is for, in a sentence or two.
[[nodiscard]] std::string_view doc_of(Section section);

}  // namespace attune::program
