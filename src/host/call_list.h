#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

#include "host/call_stream.h"

namespace attune::host {

/// Calls that are all in memory.
class CallList final : public CallStream {
public:
    /// Puts them in order of time; those of one moment stay as they stand.
    explicit CallList(std::vector<Call> calls) : calls_(std::move(calls)) {
        std::stable_sort(calls_.begin(), calls_.end(), [](const Call& left, const Call& right) {
            return left.at < right.at;
        });
    }

    [[nodiscard]] std::optional<Call> next() override {
        return next_ < calls_.size() ? std::optional(std::move(calls_[next_++])) : std::nullopt;
    }

private:
    std::vector<Call> calls_;
    std::size_t next_ = 0;
};

}  // namespace attune::host
