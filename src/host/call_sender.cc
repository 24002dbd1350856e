#include "host/call_sender.h"

#include <algorithm>
#include <thread>
#include <utility>

namespace attune::host {
namespace {

constexpr std::string_view kBegin = R"({"batch":[)";
constexpr std::string_view kEnd = "]}";
// Short enough that Ctrl-C feels immediate.
constexpr Duration kNap = std::chrono::milliseconds(20);
constexpr Duration kPauseMax = std::chrono::seconds(2);

bool worth_a_retry(const Result<HttpClient::Response>& answer) {
    if (!answer) {
        return answer.error().retryable();
    }
    const int status = answer.value().status;
    return status == 429 || status == 502 || status == 503 || status == 504;
}

Error refusal(const Result<HttpClient::Response>& answer) {
    if (!answer) {
        return answer.error();
    }
    return Error{
        Error::Kind::InvalidInput,
        "cannot send a batch: the server answers " + std::to_string(answer.value().status) + ": " +
            answer.value().body.substr(0, 500)};
}

}  // namespace

CallSender::CallSender(HttpClient& client, const Clock& clock, SendOptions options)
    : client_(&client), clock_(&clock), options_(options), body_(kBegin) {}

Result<SendCounts> CallSender::run(
    CallStream& calls,
    const std::atomic<bool>& stop,
    const std::function<void(const SendCounts&)>& progress
) {
    Timestamp batch_due;
    std::uint64_t taken = 0;
    while (!stop && taken < options_.calls_max) {
        const auto call = calls.next();
        if (!call || call->at >= options_.until) {
            break;
        }
        ++taken;
        const bool full = batched_ == options_.batch_calls_max ||
                          body_.size() + call->json.size() + 4 > options_.batch_bytes_max;
        const bool late = options_.in_real_time && call->at > batch_due;
        if (batched_ > 0 && (full || late)) {
            if (const auto sent = flush(stop); !sent) {
                return sent.error();
            }
            progress(counts_);
        }
        if (options_.in_real_time) {
            wait_until(call->at, stop);
        }
        if (batched_ == 0) {
            batch_due = call->at + options_.batch_wait_max;
        }
        add(call->json);
    }
    if (const auto sent = flush(stop); !sent) {
        return sent.error();
    }
    progress(counts_);
    return counts_;
}

void CallSender::add(std::string_view json) {
    if (batched_ > 0) {
        body_ += ',';
    }
    body_ += json;
    ++batched_;
}

Status CallSender::flush(const std::atomic<bool>& stop) {
    if (batched_ == 0) {
        return Done{};
    }
    body_ += kEnd;
    const Timestamp give_up = clock_->now() + options_.patience;
    Duration pause = std::chrono::milliseconds(50);
    while (true) {
        const auto answer = client_->send({.method = "POST", .path = "/v1/batch", .body = body_});
        if (answer && answer.value().status == 200) {
            break;
        }
        if (!worth_a_retry(answer) || stop || clock_->now() > give_up) {
            return refusal(answer);
        }
        ++counts_.retries;
        const Duration asked = answer ? answer.value().retry_after : Duration{};
        wait_until(clock_->now() + std::min(std::max(pause, asked), options_.patience), stop);
        pause = std::min(pause * 2, kPauseMax);
    }
    counts_.calls += batched_;
    ++counts_.batches;
    batched_ = 0;
    body_.assign(kBegin);
    return Done{};
}

void CallSender::wait_until(Timestamp moment, const std::atomic<bool>& stop) const {
    while (!stop) {
        const Duration left = moment - clock_->now();
        if (left <= Duration::zero()) {
            return;
        }
        std::this_thread::sleep_for(std::min(left, kNap));
    }
}

}  // namespace attune::host
