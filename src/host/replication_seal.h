#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "base/result.h"
#include "delivery/secret.h"

/// Who may replicate: whoever shows, message by message, that it knows a key which never leaves the
/// machine; docs/formats/replication.md.
namespace attune::host {

/// The secret that two servers share.
class ReplicationKey {
public:
    /// `source` as in delivery::Secret::load: `env:NAME` or `file:PATH`. At least kBytesMin long.
    [[nodiscard]] static Result<ReplicationKey> load(const std::string& source);
    static constexpr std::size_t kBytesMin = 24;
    static constexpr std::size_t kMacBytes = 32;

    /// HMAC-SHA256 of the parts, none of which can pass for another.
    [[nodiscard]] std::string mac(std::initializer_list<std::string_view> parts) const;

private:
    delivery::Secret secret_;
};

/// Whether two MACs are equal, in a time that does not tell where they differ.
[[nodiscard]] bool same_mac(std::string_view lhs, std::string_view rhs);

/// What makes one message differ from all others: a number drawn by the run of the server that is
/// asked, one drawn by that of the caller, and the caller's count.
struct SealedName {
    std::string server;  ///< kServerBytes.
    std::uint64_t caller = 0;
    std::uint64_t count = 0;

    static constexpr std::size_t kServerBytes = 16;
};

/// Seals questions and opens answers. One thread.
class SealedCaller {
public:
    SealedCaller(const ReplicationKey& key, std::uint64_t caller) : key_(&key), caller_(caller) {}

    /// What the server said of itself; see SealedServer::greeting.
    void greet(std::string server) { server_ = std::move(server); }
    [[nodiscard]] bool greeted() const { return server_.size() == SealedName::kServerBytes; }

    [[nodiscard]] std::string seal(std::string_view path, std::string_view body);
    /// The answer to the last question; Conflict when it was not made with the key.
    [[nodiscard]] Result<std::string> open(std::string_view path, std::string_view sealed) const;

private:
    const ReplicationKey* key_;
    std::uint64_t caller_;
    std::uint64_t count_ = 0;
    std::string server_;
};

/// Opens questions and seals answers. One thread; greeting() from any.
class SealedServer {
public:
    explicit SealedServer(const ReplicationKey& key);

    /// Drawn for this run; no secret.
    [[nodiscard]] const std::string& greeting() const { return greeting_; }

    struct Opened {
        SealedName name;
        std::string_view body;
    };
    /// Conflict when it was not made with the key, for this run of the server and this path, or was
    /// seen before.
    [[nodiscard]] Result<Opened> open(std::string_view path, std::string_view sealed);
    [[nodiscard]] std::string seal(
        std::string_view path, const SealedName& name, std::string_view body
    ) const;

private:
    const ReplicationKey* key_;
    std::string greeting_;
    std::map<std::uint64_t, std::uint64_t> counts_;  ///< The last by caller; all know the key.
};

}  // namespace attune::host
