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

}  // namespace

Result<Access> Access::create(const AccessOptions& options, const program::Workspace& workspace) {
    Access access;
    Result<delivery::Secret> key = delivery::Secret::load(options.server_key);
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
    if (!options.user_keys.empty()) {
        const Result<delivery::Secret> set = delivery::Secret::load(options.user_keys);
        if (!set) {
            return set.error();
        }
        Result<api::access::UserTokens> tokens =
            api::access::UserTokens::create(set.value().reveal(), options.token_rules);
        if (!tokens) {
            return tokens.error();
        }
        access.tokens_ = std::move(tokens).value();
    }
    access.clock_ = options.clock;
    access.refused_ = options.metrics->counters(
        {.name = "attune_access_refused",
         .help = "Requests turned away for want of a key or a token that allows them, by reason",
         .labels = {"reason"}}
    );
    return access;
}

std::optional<api::Response> Access::admit(api::Request& request, const api::Route& route) const {
    if (route.options.access == api::Access::Anyone) {
        return std::nullopt;
    }
    std::string key = key_of(request);
    if (key.empty() && route.options.access == api::Access::Visitor) {
        key = request.query_value("access_token").value_or("");
    }
    if (key.empty()) {
        return refuse({401, "no-key", "cannot answer: the request carries no key", ""});
    }
    // Only a token has dots: what is a key and what is none takes the same time to find out.
    if (tokens_ && std::count(key.begin(), key.end(), '.') == 2) {
        return admit_token(key, request, route);
    }
    return admit_key(key, request, route);
}

std::optional<api::Response> Access::admit_key(
    const std::string& key, api::Request& request, const api::Route& route
) const {
    bool writes = false;
    for (const delivery::Secret& write_key : write_keys_) {
        writes = equal_in_constant_time(write_key.reveal(), key) || writes;
    }
    if (equal_in_constant_time(server_key_.reveal(), key)) {
        request.caller = {.kind = api::Caller::Kind::Server};
        return std::nullopt;
    }
    if (!writes) {
        return refuse({401, "unknown-key", "cannot answer: the key is not known", ""});
    }
    if (route.options.access == api::Access::Server) {
        return refuse(
            {403,
             "key-not-allowed",
             "cannot answer: a write key sends events, and asks for visitors that are no users yet",
             ""}
        );
    }
    request.caller = {.kind = api::Caller::Kind::Source};
    return std::nullopt;
}

std::optional<api::Response> Access::admit_token(
    std::string_view token, api::Request& request, const api::Route& route
) const {
    Result<std::string> user = tokens_->verify(token, clock_->now());
    if (!user) {
        return refuse({401, "bad-token", user.error().message, ""});
    }
    if (route.options.access != api::Access::Visitor) {
        return refuse(
            {403,
             "token-not-allowed",
             "cannot answer: a user's token asks for that user's decisions and messages only",
             ""}
        );
    }
    request.caller = {.kind = api::Caller::Kind::User, .user = std::move(user).value()};
    return std::nullopt;
}

api::Response Access::refuse(const api::Problem& problem) const {
    refused_.with({problem.type}).add();
    api::Response refusal = api::to_response(problem);
    if (problem.status == 401) {
        refusal.headers.emplace_back("WWW-Authenticate", "Bearer");
    }
    return refusal;
}

}  // namespace attune::host
