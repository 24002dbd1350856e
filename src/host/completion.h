#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace attune::host {

/// How what stands before the cursor can go on.
struct Completion {
    std::size_t typed = 0;  ///< So many bytes before the cursor belong to the name already.
    std::vector<std::string> names;  ///< Sorted, each once.

    /// What all the names go on with: may be inserted without a choice.
    [[nodiscard]] std::string common() const;
};

/// Names may hold spaces ("string length"), so the longest end of the text that begins a name, and
/// itself begins at a word, is what is completed. Nothing after a text that ends in no name.
[[nodiscard]] Completion complete(std::string_view before, std::span<const std::string> names);

}  // namespace attune::host
