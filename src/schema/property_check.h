#pragma once

#include <string>
#include <string_view>

#include "base/arena.h"
#include "schema/event_types.h"
#include "value/value.h"

namespace attune::schema {

/// Whether a value as JSON has it fits a property; a timestamp's text is turned into the date and
/// time that it stands for. If not, `why` says what it must be and what it is.
[[nodiscard]] bool check_property(
    const Property& property, Value& value, Arena& arena, std::string& why
);

/// A value as messages show it: JSON, cut to 60 bytes.
[[nodiscard]] std::string shown(const Value& value);

/// The number of code points of a text that is UTF-8.
[[nodiscard]] std::size_t code_points(std::string_view text);

}  // namespace attune::schema
