#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

#include "base/result.h"
#include "base/time.h"

struct ssl_ctx_st;

namespace attune::api::http {

class TicketKeys;

/// PEM files.
struct TlsFiles {
    std::string certificate;            ///< The server's, followed by those between it and a root.
    std::string key;                    ///< Of the first certificate, not encrypted.
    std::string client_authority = {};  ///< Who may vouch for clients; empty: none is asked.
};

/// What the server shows of itself in TLS 1.2 and 1.3: certificate, ciphers, session tickets. For
/// any thread.
///
/// Follows Mozilla's "intermediate" configuration (Server Side TLS 5.7) without its DHE suites.
class TlsContext {
public:
    /// InvalidInput with the file and what is wrong with it: not readable, no PEM, a key that is
    /// not the certificate's, a certificate that has expired.
    [[nodiscard]] static Result<std::shared_ptr<TlsContext>> load(TlsFiles files);

    /// Reads the files again. New connections get what they hold now; where they are not sound
    /// everything stays as it was.
    Status reload();

    [[nodiscard]] std::shared_ptr<ssl_ctx_st> current() const;

    /// When the certificate ends.
    [[nodiscard]] Timestamp not_after() const;

private:
    explicit TlsContext(TlsFiles files);

    const TlsFiles files_;
    const std::shared_ptr<TicketKeys> tickets_;  // outlives a reload: sessions go on
    mutable std::mutex mutex_;
    std::shared_ptr<ssl_ctx_st> context_;
    Timestamp not_after_{};
};

}  // namespace attune::api::http
