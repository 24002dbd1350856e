#pragma once

#include <string>
#include <vector>

#include "api/router.h"
#include "delivery/secret.h"
#include "program/workspace.h"

namespace attune::host {

/// Who may call which route when the server is not open: the server key everything, a source's
/// write key the ingest routes, nobody anything else but the health probes. Keys come as
/// `Authorization: Bearer KEY`, as the user name of Basic authentication (as Segment's SDKs send
/// them) or as `X-API-Key`, and are compared in constant time.
class Access {
public:
    [[nodiscard]] static Result<Access> create(
        const std::string& server_key, const program::Workspace& workspace
    );

    /// The refusal, or nothing to let the request in.
    [[nodiscard]] std::optional<api::Response> admit(
        const api::Request& request, const api::Route& route
    ) const;

private:
    delivery::Secret server_key_;
    std::vector<delivery::Secret> write_keys_;
};

}  // namespace attune::host
