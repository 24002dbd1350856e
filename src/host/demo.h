#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "api/router.h"
#include "base/result.h"
#include "host/call_stream.h"
#include "host/smtp_sink.h"

namespace attune::host {

/// Passes calls on and remembers who made the last of them, so that questions can be asked about
/// people who are there.
class WatchedCalls final : public CallStream {
public:
    explicit WatchedCalls(CallStream& calls) : calls_(calls) {}

    [[nodiscard]] std::optional<Call> next() override;

    /// The identifier of one of the last visitors as a member of a question: `"userId":"u7"`;
    /// nothing before the first call. `pick` counts round among them. Any thread.
    [[nodiscard]] std::optional<std::string> visitor(std::size_t pick) const;

private:
    CallStream& calls_;
    mutable std::mutex mutex_;
    std::deque<std::string> visitors_;
};

/// The numbers of `/v1/status`; those inside objects are named "patterns.cart_abandoned".
using LiveNumbers = std::map<std::string, double>;

[[nodiscard]] Result<LiveNumbers> read_status(const std::string& url);

/// Adds `GET /demo/emails?to=…`: what the demo's mail server has kept.
void add_mail_routes(api::Router& router, const SmtpSink& sink);

/// Asks for decisions about visitors, again and again, until `stop`.
void keep_asking(
    const std::string& url,
    const std::string& placement,
    const WatchedCalls& calls,
    const std::atomic<bool>& stop
);

}  // namespace attune::host
