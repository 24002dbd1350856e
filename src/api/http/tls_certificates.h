#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace attune::api::http {

/// A certificate and its private key, both as PEM.
struct TlsIdentity {
    std::string certificate;
    std::string key;
};

/// Whom a certificate is for.
struct CertificateSubject {
    std::string common_name;
    std::vector<std::string> names;  ///< Host names and IP addresses that it stands for.
    bool server = true;              ///< False: for a client.
    int days = 90;                   ///< From now on; negative: it has expired already.
};

/// Makes a certificate authority for one's own machines, ECDSA over P-256. Unavailable when there
/// is no randomness.
[[nodiscard]] Result<TlsIdentity> make_authority(const std::string& name, int days);

/// Makes a certificate that `authority` vouches for. InvalidInput when that is no PEM, or a name is
/// neither a host's nor an address.
[[nodiscard]] Result<TlsIdentity> make_certificate(
    const TlsIdentity& authority, const CertificateSubject& subject
);

}  // namespace attune::api::http
