#include "delivery/transfer/transfer_loop.h"

#include <utility>

#include <curl/curl.h>

#include "base/assert.h"

namespace attune::delivery {

namespace {

/// Longest sleep of the loop; it is woken for everything that happens, so this only bounds what a
/// lost wake-up could cost.
constexpr int kSleepMsMax = 1'000;

bool curl_ready() {
    static const bool kReady = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
    return kReady;
}

}  // namespace

Result<std::unique_ptr<TransferLoop>> TransferLoop::create(long connections_max) {
    CURLM* multi = curl_ready() ? curl_multi_init() : nullptr;
    if (multi == nullptr) {
        return Error{Error::Kind::Unavailable, "cannot start transfers: libcurl has no memory"};
    }
    curl_multi_setopt(multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, connections_max);
    curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, connections_max);
    return std::unique_ptr<TransferLoop>(new TransferLoop(multi));  // NOLINT(*-owning-memory)
}

TransferLoop::TransferLoop(void* multi) : multi_(multi), thread_([this] { run(); }) {}

TransferLoop::~TransferLoop() {
    stopping_ = true;
    curl_multi_wakeup(multi_);
    thread_.join();
    curl_multi_cleanup(multi_);
}

void TransferLoop::start(std::unique_ptr<Transfer> transfer) {
    {
        const std::lock_guard lock(mutex_);
        submitted_.push_back(std::move(transfer));
    }
    curl_multi_wakeup(multi_);
}

void TransferLoop::run() {
    while (!stopping_) {
        take_submitted();
        int running = 0;
        curl_multi_perform(multi_, &running);
        finish_done();
        curl_multi_poll(multi_, nullptr, 0, kSleepMsMax, nullptr);
    }
    take_submitted();
    abort_all();
}

void TransferLoop::take_submitted() {
    std::vector<std::unique_ptr<Transfer>> submitted;
    {
        const std::lock_guard lock(mutex_);
        submitted.swap(submitted_);
    }
    for (std::unique_ptr<Transfer>& transfer : submitted) {
        void* handle = transfer->prepare();
        if (handle == nullptr) {
            transfer->finished(CURLE_FAILED_INIT);
        } else if (curl_multi_add_handle(multi_, handle) != CURLM_OK) {
            transfer->finished(CURLE_OUT_OF_MEMORY);
        } else {
            running_.emplace(handle, std::move(transfer));
        }
    }
}

void TransferLoop::finish_done() {
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
        if (message->msg != CURLMSG_DONE) {
            continue;
        }
        const CURLcode code = message->data.result;
        auto done = running_.extract(message->easy_handle);
        ATTUNE_ASSERT(!done.empty());
        curl_multi_remove_handle(multi_, done.key());
        done.mapped()->finished(code);
    }
}

void TransferLoop::abort_all() {
    for (auto& [handle, transfer] : running_) {
        curl_multi_remove_handle(multi_, handle);
        transfer->finished(CURLE_ABORTED_BY_CALLBACK);
    }
    running_.clear();
}

}  // namespace attune::delivery
