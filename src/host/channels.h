#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "delivery/channel.h"
#include "program/workspace.h"

namespace attune::host {

struct ChannelOverrides {
    std::string smtp;  ///< `smtp://host:port` or `smtps://host:port`; empty: the workspace's.
    std::vector<std::string> webhook_networks;
};

/// Where deliveries leave, as a workspace and the command line describe it.
struct Channels {
    std::unique_ptr<delivery::Channel> email;  ///< Null where no mail server is named.
    std::unique_ptr<delivery::Channel> webhook;
    std::string email_from = "Attune <attune@localhost>";

    [[nodiscard]] static Result<Channels> create(
        const program::Workspace& workspace, const ChannelOverrides& overrides, const Clock& clock
    );
};

}  // namespace attune::host
