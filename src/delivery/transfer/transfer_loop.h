#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <vector>

#include "base/result.h"

namespace attune::delivery {

/// One transfer of libcurl: an easy handle with all that its options point to.
class Transfer {
public:
    Transfer() = default;
    Transfer(const Transfer&) = delete;
    Transfer& operator=(const Transfer&) = delete;
    Transfer(Transfer&&) = delete;
    Transfer& operator=(Transfer&&) = delete;
    virtual ~Transfer() = default;

    /// Makes the easy handle (`CURL*`), owned by the transfer; null when there is nothing to
    /// transfer and it is only to be finished. Called once, on the loop's thread.
    [[nodiscard]] virtual void* prepare() = 0;
    /// The transfer is over with this `CURLcode`; called once, on the loop's thread.
    virtual void finished(int code) = 0;
};

/// Runs many transfers at once on one thread, by curl's multi interface. Connections to the same
/// server are kept and used again.
class TransferLoop {
public:
    /// `connections_max`: open connections at once, further transfers wait for one.
    static Result<std::unique_ptr<TransferLoop>> create(long connections_max);

    TransferLoop(const TransferLoop&) = delete;
    TransferLoop& operator=(const TransferLoop&) = delete;
    TransferLoop(TransferLoop&&) = delete;
    TransferLoop& operator=(TransferLoop&&) = delete;
    /// Ends what is under way with CURLE_ABORTED_BY_CALLBACK, and returns when all is finished.
    ~TransferLoop();

    /// Callable from any thread.
    void start(std::unique_ptr<Transfer> transfer);

private:
    explicit TransferLoop(void* multi);

    void run();
    void take_submitted();
    void finish_done();
    void abort_all();

    void* multi_;  // CURLM*
    std::mutex mutex_;
    std::vector<std::unique_ptr<Transfer>> submitted_;  // guarded by mutex_
    std::atomic<bool> stopping_{false};
    std::unordered_map<void*, std::unique_ptr<Transfer>> running_;  // by handle; the thread's own
    std::thread thread_;
};

}  // namespace attune::delivery
