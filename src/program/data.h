#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/arena.h"
#include "program/diagnostics.h"
#include "value/value.h"

namespace attune::program {

/// Free-form data of a workspace (an offer's content, an event of a test), with places.
struct Data {
    enum class Kind : std::uint8_t { Null, Boolean, Number, String, List, Map };

    struct Entry;

    Kind kind = Kind::Null;
    Text text;  ///< The scalar as written; empty for lists and maps, but for its place.
    std::vector<Data> items;
    std::vector<Entry> entries;  ///< In the order of the file.

    // Written out below Entry: clang 14 wants a vector's items complete where these are defined.
    Data();
    ~Data();
    Data(const Data&);
    Data(Data&&) noexcept;
    Data& operator=(const Data&);
    Data& operator=(Data&&) noexcept;

    [[nodiscard]] bool null() const { return kind == Kind::Null; }
    [[nodiscard]] const Data* find(std::string_view key) const;
};

/// A member of a map.
struct Data::Entry {
    Text key;
    Data value;
};

/// The value that `data` writes down; plain YAML scalars are read as in JSON: numbers, true, false,
/// null, everything else is text.
[[nodiscard]] Value to_value(const Data& data, Arena& arena);

}  // namespace attune::program
