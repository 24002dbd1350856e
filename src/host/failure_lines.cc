#include "host/failure_lines.h"

#include <cstdio>

#include <fmt/format.h>

namespace attune::host {

std::string FailureLines::line(const runtime::DeliveryFailure& failure) {
    const std::lock_guard lock(mutex_);
    Channel& channel = channels_[failure.channel];
    if (failure.at < channel.next) {
        ++channel.untold;
        return {};
    }
    channel.next = failure.at + kSpan;
    const std::uint64_t untold = channel.untold;
    channel.untold = 0;
    return fmt::format(
        "attune serve: cannot deliver {} {} to {}: {}; {}{}",
        failure.channel,
        failure.id,
        failure.destination,
        failure.reason,
        failure.final ? "given up" : "to be tried again",
        untold == 0 ? "" : fmt::format(" ({} more failed since the last line)", untold)
    );
}

void FailureLines::print(const runtime::DeliveryFailure& failure) {
    if (const std::string text = line(failure); !text.empty()) {
        fmt::print(stderr, "{}\n", text);
    }
}

}  // namespace attune::host
