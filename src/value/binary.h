#pragma once

#include <string>
#include <string_view>

#include "base/arena.h"
#include "base/bytes.h"
#include "value/value.h"

namespace attune {

/// Appends a compact, self-describing form of `value`, as stored in customer state
/// (docs/formats/customer.md). Equal bytes for identical values. Ranges and functions cannot be
/// stored and become null.
void write_binary(const Value& value, std::string& out);

/// Reads one value back. Text refers to the reader's bytes; lists and contexts live in `arena`.
/// Malformed bytes make `reader.ok()` false and return null; nesting beyond 64 levels counts as
/// malformed.
[[nodiscard]] Value read_binary(ByteReader& reader, Arena& arena);

}  // namespace attune
