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
        Unready,          ///< Greets with 554.
        RefuseLogin,      ///< Answers 535 to AUTH.
        RefuseRecipient,  ///< Answers 550 to RCPT.
        Defer,            ///< Answers 451 to the message.
        Hang,             ///< Takes connections and says nothing.
        HangAtEnd,        ///< Takes the message and answers nothing to it.
    };

    struct Options {
        std::uint16_t port = 0;  ///< 0: one that is free.
        std::size_t mails_max = 1000;
        std::size_t message_bytes_max = std::size_t{1024} * 1024;
        std::size_t connections_max = 64;  ///< One more closes the oldest.
        std::string user;                  ///< Not empty: mail is taken after AUTH PLAIN only.
        std::string password;
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
    /// Waits until `count` mails have been received in all, at most `timeout`; says whether they
    /// have. Any thread.
    [[nodiscard]] bool wait_for(std::uint64_t count, Duration timeout) const;

    /// From the next command on. Any thread.
    void set_fault(Fault fault) { fault_ = fault; }

private:
    struct Files {
        int listener = -1;
        int stop_read = -1;
        int stop_write = -1;
    };
    class Session;

    SmtpSink(Options options, const Clock& clock, Files files, std::uint16_t port);

    void run();
    void accept_one(std::vector<std::unique_ptr<Session>>& sessions);
    void keep(std::string from, std::vector<std::string> to, std::string source);

    const Options options_;
    const Clock* clock_;
    const Files files_;
    const std::uint16_t port_;
    std::atomic<Fault> fault_;
    mutable std::mutex mutex_;
    mutable std::condition_variable arrived_;
    std::deque<Mail> mails_;      // guarded by mutex_
    std::uint64_t received_ = 0;  // guarded by mutex_
    std::thread thread_;
};

}  // namespace attune::host
