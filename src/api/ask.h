#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api/http_message.h"
#include "runtime/runtime.h"

namespace attune::api {

/// Puts a question to the customer that `identifier` leads to, behind everything that came in for
/// it before.
inline void ask(
    runtime::Runtime& runtime, engine::OwnedIdentifier identifier, runtime::Question question
) {
    runtime::Work work;
    work.question = std::move(question);
    runtime::Worker& worker = runtime.worker_of(identifier);
    work.identifier = std::move(identifier);
    std::vector<runtime::Work> works;
    works.push_back(std::move(work));
    worker.submit(std::move(works));
}

/// The identifier that a request's query names by `userId` or `anonymousId`.
[[nodiscard]] inline std::optional<engine::OwnedIdentifier> identifier_in_query(
    const Request& request
) {
    using Kind = customer::Identifier::Kind;
    for (const auto& [name, kind] :
         {std::pair{"userId", Kind::UserId}, std::pair{"anonymousId", Kind::AnonymousId}}) {
        std::optional<std::string> text = request.query_value(name);
        if (text && !text->empty()) {
            return engine::OwnedIdentifier{kind, std::move(*text)};
        }
    }
    return std::nullopt;
}

/// An error of ours as an answer: what the caller can mend is 400, what may pass is 503.
[[nodiscard]] inline Problem to_problem(const Error& error) {
    switch (error.kind) {
    case Error::Kind::InvalidInput:
        return {400, "invalid-input", error.message, ""};
    case Error::Kind::NotFound:
        return {404, "not-found", error.message, ""};
    case Error::Kind::LimitExceeded:
        return {413, "limit-exceeded", error.message, ""};
    case Error::Kind::Conflict:
        return {409, "conflict", error.message, ""};
    case Error::Kind::Unavailable:
        return {503, "unavailable", error.message, ""};
    case Error::Kind::Corrupt:
        return {500, "corrupt", error.message, ""};
    }
    return {500, "", error.message, ""};
}

/// Why the log has not taken something: 507 while the disk is full, 503 for what passes sooner.
[[nodiscard]] inline Problem not_logged(const Error& error, std::string field = {}) {
    if (error.kind == Error::Kind::LimitExceeded) {
        return {507, "disk-full", error.message, std::move(field)};
    }
    return {503, "busy", error.message, std::move(field)};
}
[[nodiscard]] inline Problem not_logged(
    const runtime::CallResult& refused, std::string field = {}
) {
    const Error::Kind kind =
        refused.disk_full ? Error::Kind::LimitExceeded : Error::Kind::Unavailable;
    return not_logged(Error{kind, refused.reason}, std::move(field));
}

/// The problem with a Retry-After: what has not been logged may be sent again.
[[nodiscard]] inline Response ask_again(const Problem& problem) {
    constexpr unsigned kDiskFull = 507;
    Response response = to_response(problem);
    response.headers.emplace_back("Retry-After", problem.status == kDiskFull ? "10" : "1");
    return response;
}

}  // namespace attune::api
