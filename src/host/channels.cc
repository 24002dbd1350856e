#include "host/channels.h"

#include <charconv>

#include "delivery/email/email_channel.h"
#include "delivery/webhook/webhook_channel.h"

namespace attune::host {

namespace {

/// "smtp://mail.example.com:587" taken apart. In the clear only to this machine.
Result<delivery::EmailOptions> email_options(std::string_view url) {
    using Security = delivery::EmailOptions::Security;
    const auto wrong = [&](const char* why) {
        return Error{
            Error::Kind::InvalidInput,
            "cannot use mail server \"" + std::string(url) + "\": " + why};
    };
    delivery::EmailOptions options;
    const bool tls = url.starts_with("smtps://");
    if (!tls && !url.starts_with("smtp://")) {
        return wrong("it must be smtp://HOST:PORT or smtps://HOST:PORT");
    }
    std::string_view rest = url.substr(tls ? 8 : 7);
    const std::size_t colon = rest.rfind(':');
    options.port = tls ? 465 : 587;
    if (colon != std::string_view::npos) {
        const std::string_view port = rest.substr(colon + 1);
        const auto [end, error] =
            std::from_chars(port.data(), port.data() + port.size(), options.port);
        if (error != std::errc() || end != port.data() + port.size() || options.port == 0) {
            return wrong("its port is no number from 1 to 65535");
        }
        rest = rest.substr(0, colon);
    }
    if (rest.empty()) {
        return wrong("it names no host");
    }
    options.host = rest;
    const bool local = rest == "127.0.0.1" || rest == "localhost" || rest == "[::1]";
    options.security = tls ? Security::Tls : (local ? Security::None : Security::StartTls);
    return options;
}

}  // namespace

Result<Channels> Channels::create(
    const program::Workspace& workspace, const ChannelOverrides& overrides, const Clock& clock
) {
    Channels channels;
    const program::EmailSettings& email = workspace.settings.email;
    if (!email.from.empty()) {
        channels.email_from = email.from.text;
    }
    const std::string server = overrides.smtp.empty() ? email.server.text : overrides.smtp;
    if (!server.empty()) {
        Result<delivery::EmailOptions> options = email_options(server);
        if (!options) {
            return options.error();
        }
        delivery::EmailOptions chosen = std::move(options).value();
        if (overrides.smtp.empty() && !email.user.empty()) {
            Result<delivery::Secret> password = delivery::Secret::load(email.password.text);
            if (!password) {
                return password.error();
            }
            chosen.user = email.user.text;
            chosen.password = std::move(password).value();
        }
        auto channel = delivery::make_email_channel(std::move(chosen));
        if (!channel) {
            return channel.error();
        }
        channels.email = std::move(channel).value();
    }
    delivery::WebhookOptions webhook;
    webhook.allowed_networks = overrides.webhook_networks;
    auto channel = delivery::make_webhook_channel(std::move(webhook), clock);
    if (!channel) {
        return channel.error();
    }
    channels.webhook = std::move(channel).value();
    return channels;
}

}  // namespace attune::host
