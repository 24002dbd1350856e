#include <cstddef>
#include <cstdint>
#include <string>

#include "program/workspace.h"

/// A workspace of one file.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace attune::program;
    std::string text(reinterpret_cast<const char*>(data), size);  // NOLINT: fuzzer's bytes
    Diagnostics diagnostics;
    const WorkspaceLimits limits{.nodes_max = 20'000};
    (void)read_workspace({{"fuzz.yaml", std::move(text)}}, diagnostics, limits);
    (void)diagnostics.render({.colours = true});
    (void)diagnostics.to_json();
    return 0;
}
