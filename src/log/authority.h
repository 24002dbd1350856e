#pragma once

#include "base/position.h"
#include "base/result.h"
#include "base/time.h"

namespace attune {

/// Whether this server may write to its log, and what of it counts: a port, for what knows of other
/// servers that have the same log. From any thread.
class Authority {
public:
    Authority() = default;
    Authority(const Authority&) = delete;
    Authority& operator=(const Authority&) = delete;
    Authority(Authority&&) = delete;
    Authority& operator=(Authority&&) = delete;
    virtual ~Authority() = default;

    /// Whether anything may be appended, or why not: another server is the one that writes.
    [[nodiscard]] virtual Status may_append() const = 0;

    /// Whether events may be taken, or why not; never when may_append() says no.
    [[nodiscard]] virtual Status may_take() const = 0;

    /// What lies before it may be acknowledged and sent.
    [[nodiscard]] virtual Position counts_to() const = 0;

    /// How long somebody may wait for an acknowledgement before being told to try again.
    [[nodiscard]] virtual Duration wait_max() const = 0;
};

}  // namespace attune
