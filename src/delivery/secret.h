#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace attune::delivery {

/// A password or signing key. It has no way into a stream or a format string but `reveal()`, which
/// only the code that hands it to a protocol calls; its memory is wiped when it dies.
class Secret {
public:
    Secret() = default;
    explicit Secret(std::string value) : value_(std::move(value)) {}
    Secret(const Secret&) = default;
    Secret& operator=(const Secret&) = default;
    Secret(Secret&&) = default;
    Secret& operator=(Secret&&) = default;
    ~Secret();

    /// Reads a secret from where `source` says: `env:NAME` (an environment variable) or
    /// `file:PATH` (a file of at most 64 KiB that only its owner may read; one final newline is
    /// not part of the secret). A secret written out in a configuration is refused.
    static Result<Secret> load(std::string_view source);

    [[nodiscard]] const std::string& reveal() const { return value_; }
    [[nodiscard]] bool empty() const { return value_.empty(); }

private:
    std::string value_;
};

}  // namespace attune::delivery
