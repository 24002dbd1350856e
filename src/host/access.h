#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "api/access/user_token.h"
#include "api/router.h"
#include "base/clock.h"
#include "base/metrics.h"
#include "delivery/secret.h"
#include "program/workspace.h"

namespace attune::host {

struct AccessOptions {
    std::string server_key;  ///< `env:NAME` or `file:PATH`.
    std::string user_keys;   ///< The same, of a JWK Set; empty: there are no users' tokens.
    api::access::TokenRules token_rules;
    const Clock* clock = nullptr;
    Metrics* metrics = nullptr;
};

/// Who may call which route when the server is not open: the server key every one, a source's write
/// key and a user's token those that say so (api::Access), nobody anything else but what is for
/// anyone. Keys come as `Authorization: Bearer KEY`, as the user name of Basic authentication (as
/// Segment's SDKs send them) or as `X-API-Key`, and are compared in constant time; a token as a
/// bearer, or where a browser cannot set a header as `access_token` in the query. Immutable; for
/// any thread.
class Access {
public:
    [[nodiscard]] static Result<Access> create(
        const AccessOptions& options, const program::Workspace& workspace
    );

    /// The refusal, or nothing to let the request in, whose caller is then set.
    [[nodiscard]] std::optional<api::Response> admit(api::Request& request, const api::Route& route)
        const;

private:
    [[nodiscard]] std::optional<api::Response> admit_key(
        const std::string& key, api::Request& request, const api::Route& route
    ) const;
    [[nodiscard]] std::optional<api::Response> admit_token(
        std::string_view token, api::Request& request, const api::Route& route
    ) const;
    [[nodiscard]] api::Response refuse(const api::Problem& problem) const;

    delivery::Secret server_key_;
    std::vector<delivery::Secret> write_keys_;
    std::optional<api::access::UserTokens> tokens_;
    const Clock* clock_ = nullptr;
    CounterFamily refused_;
};

}  // namespace attune::host
