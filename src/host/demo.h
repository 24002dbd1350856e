#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <string>

#include "host/call_stream.h"
#include "host/server_process.h"
#include "host/smtp_sink.h"

namespace attune::host {

/// Passes calls on and remembers who made the last of them, so that questions can be asked about people who are there.
class WatchedCalls final : public CallStream {
public:
    explicit WatchedCalls(CallStream& calls) : calls_(calls) {}

    [[nodiscard]] std::optional<Call> next() override;

    struct Visitor {
        bool known = false;  ///< By userId; otherwise by anonymousId.
        std::string id;
    };
    /// One of the last visitors, the `pick`-th counted round; nothing before the first call. Any thread.
    [[nodiscard]] std::optional<Visitor> visitor(std::size_t pick) const;

private:
    CallStream& calls_;
    mutable std::mutex mutex_;
    std::deque<Visitor> visitors_;
};

/// What a server says of itself at `/v1/status`.
struct Status0 {};

/// The numbers of `/v1/status` that the demo shows.
struct LiveStatus {
    std::map<std::string, double> numbers;
    std::uint64_t carts_abandoned = 0;

    [[nodiscard]] double operator[](const std::string& name) const;
};

[[nodiscard]] Result<LiveStatus> read_status(const std::string& url);

/// Adds `GET /demo/emails?to=…`: what the demo's mail server has kept.
void add_mail_routes(api::Router& router, const SmtpSink& sink);

/// Asks for decisions about visitors, again and again, until `stop`.
void keep_asking(const std::string& url, const std::string& placement, const WatchedCalls& calls, const std::atomic<bool>& stop);

}  // namespace attune::host
