#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "host/mail.h"

namespace attune::host {

/// The demo's own mail server: takes every mail that comes over loopback and keeps the last ones
/// in memory, for the demo's page and for tests. It sends nothing on.
class SmtpSink {
public:
    /// Failures on request, for tests of what sends.
    enum class Fault : std::uint8_t {
        None,
        Defer,         ///< Answers 451 to the message.
        RefuseSender,  ///< Answers 550 to RCPT.
        RefuseLogin,   ///< Offers AUTH and answers 535 to it.
        Hang,          ///< Takes the connection and says nothing.
        Unready,       ///< Greets with 554.
    };

    struct Options {
        std::uint16_t port = 0;  ///< 0: one that is free.
        std::size_t mails_max = 1000;
        std::size_t message_bytes_max = 1024 * 1024;
        std::size_t connections_max = 64;
        Fault fault = Fault::None;
    };

    /// Listens on 127.0.0.1. `clock` dates the mails and must outlive the sink.
    static Result<std::unique_ptr<SmtpSink>> start(Options options, const Clock& clock);

    SmtpSink(const SmtpSink&) = delete;
    SmtpSink& operator=(const SmtpSink&) = delete;
    SmtpSink(SmtpSink&&) = delete;
    SmtpSink& operator=(SmtpSink&&) = delete;
    ~SmtpSink();

    [[nodiscard]] std::uint16_t port() const { return port_; }

    /// The mails kept for a recipient (empty: for everybody), oldest first. Any thread.
    [[nodiscard]] std::vector<Mail> mails(std::string_view recipient = {}) const;
    /// Mails ever received. Any thread.
    [[nodiscard]] std::uint64_t received() const;
    /// Waits until `count` mails have been received in all, or `timeout`; says whether they have.
    [[nodiscard]] bool wait_for(std::uint64_t count, Duration timeout) const;

    void set_fault(Fault fault) { fault_ = fault; }

private:
    struct Sockets {
        int listener = -1;
        int wake_read = -1;
        int wake_write = -1;
    };
    struct Session;

    SmtpSink(Options options, const Clock& clock, Sockets sockets, std::uint16_t port);

    void run();
    void accept_one(std::vector<std::unique_ptr<Session>>& sessions);
    void keep(Mail mail);

    Options options_;
    const Clock* clock_;
    Sockets sockets_;
    std::uint16_t port_;
    std::atomic<Fault> fault_;
    mutable std::mutex mutex_;
    mutable std::condition_variable arrived_;
    std::deque<Mail> mails_;      // guarded by mutex_
    std::uint64_t received_ = 0;  // guarded by mutex_
    std::thread thread_;
};

}  // namespace attune::host
