#include "host/replication_calls.h"

#include <utility>

#include <fmt/format.h>

#include "base/bytes.h"

namespace attune::host {

namespace {

/// Longer than a leader waits for news, shorter than somebody who waits for a standby.
constexpr Duration kTimeout{4'000};
constexpr int kUnauthorized = 401;
constexpr int kNotFound = 404;
constexpr int kOk = 200;

Error malformed(const std::string& url) {
    return {
        Error::Kind::InvalidInput,
        "cannot replicate from " + url +
            ": its answer is malformed; another version may run there"};
}

}  // namespace

std::string encode_files(const std::vector<program::FileText>& files) {
    std::string bytes;
    ByteWriter out(bytes);
    out.varint(files.size());
    for (const program::FileText& file : files) {
        out.text(file.path);
        out.text(file.text);
    }
    return bytes;
}

Result<std::vector<program::FileText>> decode_files(std::string_view bytes) {
    ByteReader in(bytes);
    std::vector<program::FileText> files;
    const std::uint64_t count = in.varint();
    for (std::uint64_t i = 0; i < count && in.ok(); ++i) {
        program::FileText file;
        file.path = in.text();
        file.text = in.text();
        files.push_back(std::move(file));
    }
    if (!in.ok() || !in.at_end()) {
        return Error{Error::Kind::InvalidInput, "cannot read the files of a program: cut off"};
    }
    return files;
}

Result<ReplicationCalls> ReplicationCalls::create(
    const Options& options, const ReplicationKey& key
) {
    HttpClient::Options there;
    there.url = options.url;
    there.authority = options.authority;
    there.timeout = kTimeout;
    Result<HttpClient> client = HttpClient::create(there);
    if (!client) {
        return client.error();
    }
    return ReplicationCalls(
        std::move(client).value(), options.url, SealedCaller(key, options.caller)
    );
}

Status ReplicationCalls::greet() {
    const Result<HttpClient::Response> hello = client_.send({"GET", replication_path::kHello, ""});
    if (!hello) {
        return hello.error();
    }
    if (hello.value().status == kNotFound) {
        return Error{
            Error::Kind::NotFound,
            "cannot replicate from " + url_ +
                ": it serves no log; start it with --replication-key"};
    }
    sealed_.greet(hello.value().body);
    return sealed_.greeted() ? Status(Done{}) : Status(malformed(url_));
}

Result<std::string> ReplicationCalls::attempt(const char* path, std::string_view body) {
    if (!sealed_.greeted()) {
        if (Status greeted = greet(); !greeted) {
            return greeted.error();
        }
    }
    const std::string question = sealed_.seal(path, body);
    const Result<HttpClient::Response> answer = client_.send(
        {.method = "POST",
         .path = path,
         .body = question,
         .content_type = "application/octet-stream"}
    );
    if (!answer) {
        return answer.error();
    }
    if (answer.value().status == kUnauthorized) {
        sealed_.greet("");
        return Error{
            Error::Kind::Conflict,
            "cannot replicate from " + url_ + ": it has another replication key"};
    }
    if (answer.value().status != kOk) {
        return Error{
            Error::Kind::Unavailable,
            fmt::format(
                "cannot replicate from {}: it answers {}: {}",
                url_,
                answer.value().status,
                answer.value().body
            )};
    }
    return sealed_.open(path, answer.value().body);
}

Result<std::string> ReplicationCalls::call(const char* path, std::string_view body) {
    const bool fresh = !sealed_.greeted();
    Result<std::string> answer = attempt(path, body);
    // The other side may have been started anew.
    const bool again = !answer && answer.error().kind == Error::Kind::Conflict && !fresh;
    return again ? attempt(path, body) : answer;
}

Result<replication::Fetched> ReplicationCalls::fetch(const replication::Fetch& fetch) {
    const Result<std::string> answer = call(replication_path::kFetch, encode(fetch));
    return answer ? replication::decode_fetched(answer.value())
                  : Result<replication::Fetched>(answer.error());
}

Result<std::vector<program::FileText>> ReplicationCalls::program(std::uint64_t hash) {
    std::string body;
    ByteWriter(body).fixed(hash);
    const Result<std::string> answer = call(replication_path::kProgram, body);
    return answer ? decode_files(answer.value())
                  : Result<std::vector<program::FileText>>(answer.error());
}

Result<std::string> ReplicationCalls::erasures() {
    return call(replication_path::kErasures, "");
}

Result<Epoch> ReplicationCalls::epoch(Epoch epoch, const std::string& by) {
    std::string body;
    ByteWriter out(body);
    out.fixed(epoch);
    out.text(by);
    const Result<std::string> answer = call(replication_path::kEpoch, body);
    if (!answer) {
        return answer.error();
    }
    ByteReader in(answer.value());
    const auto there = in.fixed<Epoch>();
    return in.ok() ? Result<Epoch>(there) : malformed(url_);
}

}  // namespace attune::host
