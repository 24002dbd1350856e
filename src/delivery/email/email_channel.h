#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/result.h"
#include "delivery/channel.h"
#include "delivery/secret.h"

namespace attune::delivery {

struct EmailOptions {
    enum class Security {
        None,      ///< In the clear: for a relay on this machine.
        StartTls,  ///< Upgraded before anything else is said; refused if the relay cannot.
        Tls,       ///< TLS from the first byte (port 465).
    };

    std::string host = "127.0.0.1";
    std::uint16_t port = 25;
    Security security = Security::StartTls;
    std::string user;  ///< Empty: no authentication.
    Secret password;
    std::string greeting_name = "localhost";           ///< What we call ourselves in EHLO.
    std::string message_id_domain = "attune.invalid";  ///< Right of the @ in Message-ID.
    std::string ca_file;  ///< Certificates to trust instead of the system's.
    Duration connect_timeout = std::chrono::seconds(10);
    Duration timeout = std::chrono::seconds(60);  ///< Of a whole attempt, whatever the relay does.
    long connections_max = 8;
};

/// Sends e-mail through one SMTP relay (RFC 5321).
///
/// The relay's reply decides: 2xx is delivered, 4xx is tried again, 5xx about this mail is
/// permanent; 5xx before the mail was named (greeting, TLS, authentication) concerns our set-up
/// and is tried again, like every failure of the connection. A mail is the same to the byte on
/// every attempt, Date and Message-ID included. Fails on options that cannot work or would send a
/// password in the clear beyond this machine.
[[nodiscard]] Result<std::unique_ptr<Channel>> make_email_channel(EmailOptions options);

}  // namespace attune::delivery
