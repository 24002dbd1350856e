#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "api/router.h"
#include "host/replication_seal.h"
#include "replication/leader.h"
#include "runtime/programs.h"

namespace attune::host {

/// Answers standbys, on a thread of its own: reading the log may wait for the disk.
class ReplicationService {
public:
    struct Options {
        Log* log = nullptr;
        replication::Standing* standing = nullptr;
        const ReplicationKey* key = nullptr;
        runtime::Programs* programs = nullptr;
        std::string data;
        /// Somebody else has begun a higher epoch: durable when it returns.
        std::function<Status(Epoch epoch, const std::string& by)> fence;
    };

    explicit ReplicationService(Options options);
    ReplicationService(const ReplicationService&) = delete;
    ReplicationService& operator=(const ReplicationService&) = delete;
    ReplicationService(ReplicationService&&) = delete;
    ReplicationService& operator=(ReplicationService&&) = delete;
    ~ReplicationService();

    void add_routes(api::Router& router);
    void start();
    /// Answers what waits with "nothing new", and ends.
    void stop();

    /// There is more in the log. From any thread, and short.
    void wake();

private:
    struct Asked {
        api::Responder responder;
        const char* path;
    };
    /// A fetch for which there was nothing new.
    struct Parked {
        std::shared_ptr<api::Responder> responder;
        SealedName name;
        replication::Fetch fetch;
        std::chrono::steady_clock::time_point until;
    };

    void add_route(api::Router& router, const char* path);
    void run();
    void answer(Asked asked);
    void answer_fetch(std::shared_ptr<api::Responder> responder, const SealedServer::Opened& asked);
    /// Whether there was something to answer.
    [[nodiscard]] bool try_fetch(const Parked& parked);
    void send(
        api::Responder& responder, const char* path, const SealedName& name, std::string_view body
    );
    [[nodiscard]] Result<std::string> files_of(std::string_view body);
    [[nodiscard]] Result<std::string> erasures() const;
    [[nodiscard]] Result<std::string> meet_epoch(std::string_view body);
    /// At most a second old.
    [[nodiscard]] std::uint64_t erasures_version();

    Options options_;
    SealedServer sealed_;
    replication::Leader leader_;
    std::vector<Parked> parked_;
    std::chrono::steady_clock::time_point erasures_read_{};
    std::uint64_t erasures_version_ = 0;
    std::mutex mutex_;
    std::condition_variable wake_;
    std::vector<Asked> asked_;
    bool news_ = false;
    bool stopping_ = false;
    std::thread thread_;
};

}  // namespace attune::host
