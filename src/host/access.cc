#include "host/access.h"

#include <algorithm>
#include <array>

namespace attune::host {

namespace {

/// Whether two texts are equal, in a time that depends on the length of the given one alone.
bool equal_in_constant_time(std::string_view secret, std::string_view given) {
    unsigned difference = secret.size() == given.size() ? 0U : 1U;
    for (std::size_t i = 0; i < given.size(); ++i) {
        const char expected = secret.empty() ? '\0' : secret[i % secret.size()];
        difference |= static_cast<unsigned char>(expected) ^ static_cast<unsigned char>(given[i]);
    }
    return difference == 0 && !secret.empty();
}

int base64_value(char symbol) {
    static constexpr std::string_view kSymbols =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const std::size_t value = kSymbols.find(symbol);
    return value == std::string_view::npos ? -1 : static_cast<int>(value);
}

/// The user name in the credentials of Basic authentication.
std::string basic_user(std::string_view credentials) {
    std::string text;
    unsigned bits = 0;
    int held = 0;
    for (const char symbol : credentials) {
        const int value = base64_value(symbol);
        if (value < 0) {
            break;
        }
        bits = bits << 6U | static_cast<unsigned>(value);
        held += 6;
        if (held >= 8) {
            held -= 8;
            text += static_cast<char>(bits >> static_cast<unsigned>(held));
        }
    }
    return text.substr(0, text.find(':'));
}

std::string key_of(const api::Request& request) {
    const std::string_view authorization = request.header("authorization");
    if (authorization.starts_with("Bearer ")) {
        return std::string(authorization.substr(7));
    }
    if (authorization.starts_with("Basic ")) {
        return basic_user(authorization.substr(6));
    }
    return std::string(request.header("x-api-key"));
}

bool health(std::string_view pattern) {
    return pattern == "/livez" || pattern == "/readyz";
}

}  // namespace

Result<Access> Access::create(const std::string& server_key, const program::Workspace& workspace) {
    Access access;
    Result<delivery::Secret> key = delivery::Secret::load(server_key);
    if (!key) {
        return key.error();
    }
    access.server_key_ = std::move(key).value();
    for (const program::SourceSpec& source : workspace.sources) {
        if (source.write_key.empty()) {
            continue;
        }
        Result<delivery::Secret> write_key = delivery::Secret::load(source.write_key.text);
        if (!write_key) {
            return write_key.error();
        }
        access.write_keys_.push_back(std::move(write_key).value());
    }
    return access;
}

std::optional<api::Response> Access::admit(const api::Request& request, const api::Route& route)
    const {
    if (health(route.pattern)) {
        return std::nullopt;
    }
    const std::string key = key_of(request);
    if (key.empty()) {
        api::Response refusal =
            api::to_response({401, "no-key", "cannot answer: the request carries no key", ""});
        refusal.headers.emplace_back("WWW-Authenticate", "Bearer");
        return refusal;
    }
    bool writes = false;
    for (const delivery::Secret& write_key : write_keys_) {
        writes = equal_in_constant_time(write_key.reveal(), key) || writes;
    }
    const bool ingest = route.options.priority == api::Priority::Ingest;
    if (equal_in_constant_time(server_key_.reveal(), key) || (writes && ingest)) {
        return std::nullopt;
    }
    if (writes) {
        return api::to_response(
            {403, "key-not-allowed", "cannot answer: a write key only sends events", ""}
        );
    }
    return api::to_response({401, "unknown-key", "cannot answer: the key is not known", ""});
}

}  // namespace attune::host
