#include "api/http/event_loops.h"

#include <algorithm>
#include <string>

#include <boost/asio/post.hpp>
#include <pthread.h>

#include "api/http/event_loop.h"
#include "base/assert.h"

namespace attune::api::http {

namespace asio = boost::asio;

namespace {

/// The loop that this thread runs, if any: each thread has its own.
// NOLINTNEXTLINE(cppcoreguidelines-avoid-non-const-global-variables)
thread_local const EventLoop* this_loop = nullptr;

}  // namespace

EventLoop::EventLoop(unsigned index)
    : index_(index), work_(context_.get_executor()), timer_(context_) {}

EventLoop::~EventLoop() {
    stop();
    while (discard()) {
    }
}

bool EventLoop::in_loop() const {
    return this_loop == this;
}

void EventLoop::post(Task task) {
    if (in_loop()) {
        local_.push_back(std::move(task));
        if (local_.size() == 1) {
            asio::post(context_, [this] { run_local(); });
        }
        return;
    }
    auto letter = std::make_unique<Letter>(Letter{std::move(task), nullptr});
    Letter* mine = letter.release();  // the list owns it now
    Letter* newest = inbox_.load(std::memory_order_relaxed);
    do {
        (void)mine->next.release();
        mine->next.reset(newest);
    } while (!inbox_.compare_exchange_weak(
        newest, mine, std::memory_order_acq_rel, std::memory_order_relaxed
    ));
    // Whoever finds the box empty wakes the loop; later letters are taken along.
    if (newest == nullptr && !stopped_.load(std::memory_order_acquire)) {
        asio::post(context_, [this] { run_inbox(); });
    }
}

std::unique_ptr<EventLoop::Letter> EventLoop::take_inbox() {
    std::unique_ptr<Letter> newest(inbox_.exchange(nullptr, std::memory_order_acq_rel));
    std::unique_ptr<Letter> oldest;
    while (newest != nullptr) {
        std::unique_ptr<Letter> next = std::move(newest->next);
        newest->next = std::move(oldest);
        oldest = std::move(newest);
        newest = std::move(next);
    }
    return oldest;
}

void EventLoop::run_inbox() {
    std::unique_ptr<Letter> letter = take_inbox();
    while (letter != nullptr) {
        letter->task();
        letter = std::move(letter->next);
    }
}

void EventLoop::run_local() {
    // What these tasks post runs in the next turn, after sockets have had theirs.
    std::vector<Task> tasks = std::exchange(local_, {});
    for (Task& task : tasks) {
        task();
        task.reset();
    }
    if (local_.empty()) {
        tasks.clear();
        local_ = std::move(tasks);  // keeps the memory
    }
}

TimerId EventLoop::after(Duration delay, Task task) {
    ATTUNE_ASSERT(in_loop());
    const Moment at = std::chrono::steady_clock::now() + delay;
    const std::uint64_t id = ++last_alarm_;
    alarm_tasks_.emplace(id, std::move(task));
    const bool first = alarms_.empty() || at < alarms_.front().at;
    alarms_.push_back({at, id});
    std::push_heap(alarms_.begin(), alarms_.end());
    if (first) {
        arm();
    }
    return TimerId{id};
}

void EventLoop::cancel(TimerId timer) {
    ATTUNE_ASSERT(in_loop() || stopped_);
    alarm_tasks_.erase(static_cast<std::uint64_t>(timer));
    if (alarms_.size() > 64 && alarms_.size() > 2 * alarm_tasks_.size()) {
        forget_cancelled();
    }
}

void EventLoop::forget_cancelled() {
    std::erase_if(alarms_, [this](const Alarm& alarm) { return !alarm_tasks_.contains(alarm.id); });
    std::make_heap(alarms_.begin(), alarms_.end());
}

void EventLoop::arm() {
    timer_.expires_at(alarms_.front().at);  // ends the wait before it, which reports an error
    timer_.async_wait([this](const boost::system::error_code& error) {
        if (!error) {
            ring(std::chrono::steady_clock::now());
        }
    });
}

void EventLoop::ring(Moment now) {
    while (!alarms_.empty() && alarms_.front().at <= now) {
        std::pop_heap(alarms_.begin(), alarms_.end());
        const std::uint64_t id = alarms_.back().id;
        alarms_.pop_back();
        if (auto task = alarm_tasks_.extract(id)) {
            task.mapped()();
        }
    }
    if (!alarms_.empty()) {
        arm();
    }
}

void EventLoop::start() {
    ATTUNE_ASSERT(!thread_.joinable() && !stopped_);
    thread_ = std::thread([this] {
        this_loop = this;
        ::pthread_setname_np(::pthread_self(), ("attune-" + std::to_string(index_)).c_str());
        context_.run();
        this_loop = nullptr;
    });
}

void EventLoop::stop() {
    ATTUNE_ASSERT(!in_loop());
    stopped_ = true;
    context_.stop();
    if (thread_.joinable()) {
        thread_.join();
    }
}

bool EventLoop::discard() {
    const bool any = inbox_.load() != nullptr || !local_.empty() || !alarm_tasks_.empty();
    std::unique_ptr<Letter> letter = take_inbox();
    while (letter != nullptr) {
        letter = std::move(letter->next);
    }
    std::exchange(local_, {}).clear();
    std::exchange(alarm_tasks_, {}).clear();
    alarms_.clear();
    return any;
}

EventLoops::EventLoops(std::size_t count) {
    ATTUNE_ASSERT(count >= 1);
    for (unsigned i = 0; i < count; ++i) {
        loops_.push_back(std::make_unique<EventLoop>(i));
    }
}

EventLoops::~EventLoops() {
    stop();
}

void EventLoops::start() {
    for (const auto& loop : loops_) {
        loop->start();
    }
}

void EventLoops::stop() {
    for (const auto& loop : loops_) {
        loop->stop();
    }
    // A task that is destroyed may post to any of the loops: an unused Responder answers.
    bool again = true;
    while (again) {
        again = false;
        for (const auto& loop : loops_) {
            again = loop->discard() || again;
        }
    }
}

bool EventLoops::running() const {
    return loops_.front()->running();
}

Loop& EventLoops::at(std::size_t index) {
    return *loops_.at(index);
}

}  // namespace attune::api::http
