#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/arena.h"
#include "base/assert.h"
#include "value/json.h"

/// Any bytes are read into a value or refused. What was read is written as JSON that reads back as
/// the same value.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using attune::Arena;
    Arena arena;
    const std::string text(data, data + size);
    const auto first = attune::json::parse(text, arena);
    if (!first) {
        return 0;
    }
    const std::string written = attune::json::to_json(first.value());
    const auto second = attune::json::parse(written, arena);
    ATTUNE_ASSERT(second.ok());
    ATTUNE_ASSERT(identical(first.value(), second.value()));
    return 0;
}
