#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include "runtime/worker.h"

namespace attune::host {

/// Says on standard error that deliveries fail, with at most one line a channel and span: a mail
/// server that is down must be seen, and must not fill a disk with its lines. Any thread.
class FailureLines {
public:
    static constexpr Duration kSpan{10'000};

    void print(const runtime::DeliveryFailure& failure);
    /// The line for it, or empty if the span's line was written already.
    [[nodiscard]] std::string line(const runtime::DeliveryFailure& failure);

private:
    struct Channel {
        Timestamp next;
        std::uint64_t untold = 0;
    };

    std::mutex mutex_;
    std::map<std::string_view, Channel> channels_;
};

}  // namespace attune::host
