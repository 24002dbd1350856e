#pragma once

#include <memory>
#include <string>

#include <openssl/ssl.h>

#include "api/http/test_client.h"
#include "api/http/tls_certificates.h"

namespace attune::api::http::testing {

/// How a client takes part in TLS.
struct TlsClientOptions {
    std::string authority = {};        ///< PEM; whoever it does not vouch for is not spoken to.
    std::string server = "localhost";  ///< The name that the certificate must be for.
    int version_max = TLS1_3_VERSION;
    int version_min = TLS1_VERSION;
    std::string protocol = {};                  ///< Offered by ALPN, with its length in front.
    std::shared_ptr<SSL_SESSION> session = {};  ///< To resume.
    TlsIdentity identity = {};                  ///< Of the client, where it shows one.
};

/// A TestClient that speaks through TLS. Where the handshake fails it finds the connection closed.
class TlsTestClient final : public TestClient {
public:
    TlsTestClient(std::uint16_t port, const TlsClientOptions& options);

    [[nodiscard]] bool secured() const { return secured_; }
    [[nodiscard]] std::string version() const { return SSL_get_version(tls_.get()); }
    [[nodiscard]] std::string protocol() const;
    [[nodiscard]] bool resumed() const { return SSL_session_reused(tls_.get()) == 1; }
    /// Of the server's certificate.
    [[nodiscard]] std::string common_name() const;
    /// The last ticket; the server sends it behind the handshake, so ask for something first.
    [[nodiscard]] std::shared_ptr<SSL_SESSION> session() const;

private:
    [[nodiscard]] ssize_t transmit(std::string_view bytes) const override;
    [[nodiscard]] ssize_t fetch(std::span<char> into) override;

    std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> context_;
    std::unique_ptr<SSL, void (*)(SSL*)> tls_;
    bool secured_ = false;
};

}  // namespace attune::api::http::testing
