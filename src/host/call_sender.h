#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "base/time.h"
#include "host/call_stream.h"
#include "host/http_client.h"

namespace attune::host {

/// How a stream of calls becomes requests.
struct SendOptions {
    /// Waits for each call's own time on the clock; otherwise sends as fast as the server takes.
    bool in_real_time = false;
    std::uint64_t calls_max = UINT64_MAX;
    Timestamp until = kTimestampMax;  ///< The first call at or after this moment is not sent.
    std::size_t batch_calls_max = 500;
    /// Below the protocol's 500 KiB, so that no server refuses a batch for its size.
    std::size_t batch_bytes_max = std::size_t{400} * 1024;
    Duration batch_wait_max = std::chrono::milliseconds(50);  ///< Of the first call in a batch.
    /// How long a server may be busy or away before the sender gives up.
    Duration patience = std::chrono::seconds(30);
};

struct SendCounts {
    std::uint64_t calls = 0;  ///< Acknowledged.
    std::uint64_t batches = 0;
    std::uint64_t retries = 0;
};

/// Sends calls to `/v1/batch`, each batch again until it is acknowledged: after a failure the
/// server may see a call twice, and drops it by its messageId.
class CallSender {
public:
    /// `client` and `clock` must outlive the sender.
    CallSender(HttpClient& client, const Clock& clock, SendOptions options);

    /// Sends until the stream or a bound of the options ends it, or `stop` is set. `progress` is
    /// called after each batch. Fails when a batch is refused, or `patience` is at its end.
    [[nodiscard]] Result<SendCounts> run(
        CallStream& calls,
        const std::atomic<bool>& stop,
        const std::function<void(const SendCounts&)>& progress
    );

private:
    void add(std::string_view json);
    [[nodiscard]] Status flush(const std::atomic<bool>& stop);
    void wait_until(Timestamp moment, const std::atomic<bool>& stop) const;

    HttpClient* client_;
    const Clock* clock_;
    SendOptions options_;
    std::string body_;
    std::size_t batched_ = 0;
    SendCounts counts_;
};

}  // namespace attune::host
