#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "delivery/channel.h"

namespace attune::delivery {

struct WebhookOptions {
    /// Networks ("127.0.0.0/8", "fd00::/8") that may be called although they are not public.
    std::vector<std::string> allowed_networks;
    std::string ca_file;  ///< Certificates to trust instead of the system's.
    Duration connect_timeout = std::chrono::seconds(5);
    Duration timeout = std::chrono::seconds(15);  ///< Of a whole attempt (Standard Webhooks).
    std::size_t answer_bytes_max = std::size_t{16} * 1024;  ///< More of an answer is not read.
    long connections_max = 256;
};

/// Calls webhooks: HTTP POST, signed as Standard Webhooks 1.0.0 says.
///
/// 2xx is delivered; 410 is permanent; every other answer is tried again, after Retry-After where
/// it says one; redirects are not followed. Connections are made only to public addresses, each
/// checked at the moment of connecting, and to `allowed_networks`; a refused address is permanent.
/// Secrets (`whsec_` and 24 to 64 bytes in base64) are read anew for each attempt, so that they can
/// rotate while the server runs; one that cannot be read is tried again.
/// `clock` dates the signatures and must outlive the channel.
[[nodiscard]] Result<std::unique_ptr<Channel>> make_webhook_channel(
    WebhookOptions options, const Clock& clock
);

}  // namespace attune::delivery
