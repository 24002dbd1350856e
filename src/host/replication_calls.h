#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "host/http_client.h"
#include "host/replication_seal.h"
#include "program/workspace.h"
#include "replication/messages.h"

namespace attune::host {

/// Where a leader answers standbys; all under /v1/replication.
namespace replication_path {
inline constexpr const char* kHello = "/v1/replication/hello";
inline constexpr const char* kFetch = "/v1/replication/fetch";
inline constexpr const char* kProgram = "/v1/replication/program";
inline constexpr const char* kErasures = "/v1/replication/erasures";
inline constexpr const char* kEpoch = "/v1/replication/epoch";
}  // namespace replication_path

/// The files of a program, as they are sent.
[[nodiscard]] std::string encode_files(const std::vector<program::FileText>& files);
[[nodiscard]] Result<std::vector<program::FileText>> decode_files(std::string_view bytes);

/// Asks another server, with the key. One thread.
class ReplicationCalls {
public:
    struct Options {
        std::string url;
        std::string authority;     ///< PEM; see HttpClient.
        std::uint64_t caller = 0;  ///< Drawn for this connection.
    };
    [[nodiscard]] static Result<ReplicationCalls> create(
        const Options& options, const ReplicationKey& key
    );

    [[nodiscard]] Result<replication::Fetched> fetch(const replication::Fetch& fetch);
    [[nodiscard]] Result<std::vector<program::FileText>> program(std::uint64_t hash);
    /// The file of that name, as text.
    [[nodiscard]] Result<std::string> erasures();
    /// Tells which epoch has begun here, and hears which has there.
    [[nodiscard]] Result<Epoch> epoch(Epoch epoch, const std::string& by);

private:
    ReplicationCalls(HttpClient client, std::string url, SealedCaller sealed)
        : client_(std::move(client)), url_(std::move(url)), sealed_(std::move(sealed)) {}

    [[nodiscard]] Result<std::string> call(const char* path, std::string_view body);
    [[nodiscard]] Result<std::string> attempt(const char* path, std::string_view body);
    Status greet();

    HttpClient client_;
    std::string url_;
    SealedCaller sealed_;
};

}  // namespace attune::host
