#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "schema/json_schema.h"
#include "value/json.h"

/// A schema and an instance, separated by a zero byte.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace attune;
    const std::string_view text(
        reinterpret_cast<const char*>(data), size
    );  // NOLINT: fuzzer's bytes
    const std::size_t split = text.find('\0');
    std::vector<schema::SchemaProblem> problems;
    const auto compiled = schema::JsonSchema::compile(text.substr(0, split), problems);
    ATTUNE_ASSERT((compiled == nullptr) == !problems.empty());
    if (compiled == nullptr || split == std::string_view::npos) {
        return 0;
    }
    Arena arena;
    const Result<Value> instance = json::parse(text.substr(split + 1), arena);
    std::string why;
    if (instance && !compiled->accepts(instance.value(), "value", &why)) {
        ATTUNE_ASSERT(!why.empty());
    }
    return 0;
}
