#include "host/smtp_sink.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "host/smtp_session.h"

namespace attune::host {

namespace {

constexpr int kBacklog = 64;

/// More unsent replies than this: the client does not listen, and is let go.
constexpr std::size_t kRepliesBytesMax = std::size_t{64} * 1024;

SmtpSession::Script script_of(SmtpSink::Fault fault) {
    SmtpSession::Script script;
    switch (fault) {
    case SmtpSink::Fault::None:
        break;
    case SmtpSink::Fault::Unready:
        script.greeting = "554 no mail today\r\n";
        break;
    case SmtpSink::Fault::RefuseLogin:
        script.login = "535 wrong name or password\r\n";
        break;
    case SmtpSink::Fault::RefuseRecipient:
        script.recipient = "550 no such mailbox\r\n";
        break;
    case SmtpSink::Fault::Defer:
        script.message = "451 try again later\r\n";
        break;
    case SmtpSink::Fault::Hang:
        script.silent = true;
        break;
    case SmtpSink::Fault::HangAtEnd:
        script.silent_at_end = true;
        break;
    }
    return script;
}

bool equal_addresses(std::string_view lhs, std::string_view rhs) {
    const auto lower = [](char byte) {
        return byte >= 'A' && byte <= 'Z' ? static_cast<char>(byte - 'A' + 'a') : byte;
    };
    return std::equal(lhs.begin(), lhs.end(), rhs.begin(), rhs.end(), [&](char left, char right) {
        return lower(left) == lower(right);
    });
}

/// A socket that listens on loopback, and its port; -1 and errno when there is none.
std::pair<int, std::uint16_t> listen_on(std::uint16_t port) {
    const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (listener < 0) {
        return {-1, std::uint16_t{0}};
    }
    const int yes = 1;
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    if (bind(listener, generic, size) != 0 || listen(listener, kBacklog) != 0 ||
        getsockname(listener, generic, &size) != 0) {
        const int reason = errno;
        close(listener);
        errno = reason;
        return {-1, std::uint16_t{0}};
    }
    return {listener, ntohs(address.sin_port)};
}

}  // namespace

/// A conversation and its socket.
class SmtpSink::Session {
public:
    Session(int file, SmtpSession session) : file_(file), session_(std::move(session)) {}
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;
    Session(Session&&) = delete;
    Session& operator=(Session&&) = delete;
    ~Session() { close(file_); }

    void greet(const SmtpSession::Script& script) {
        replies_ = session_.greet(script);
        send_replies();
    }

    [[nodiscard]] pollfd wish() const {
        const auto events = static_cast<short>(replies_.empty() ? POLLIN : POLLIN | POLLOUT);
        return {file_, events, 0};
    }

    /// Says whether the conversation goes on.
    [[nodiscard]] bool serve(const SmtpSession::Script& script) {
        std::array<char, 16 * 1024> chunk{};
        const ssize_t count = recv(file_, chunk.data(), chunk.size(), 0);
        if (count > 0) {
            replies_ += session_.receive({chunk.data(), static_cast<std::size_t>(count)}, script);
        } else if (count == 0 || (errno != EAGAIN && errno != EINTR)) {
            return false;
        }
        return send_replies() && replies_.size() <= kRepliesBytesMax &&
               (!session_.over() || !replies_.empty());
    }

private:
    bool send_replies() {
        const ssize_t count = send(file_, replies_.data(), replies_.size(), MSG_NOSIGNAL);
        if (count < 0) {
            return errno == EAGAIN || errno == EINTR;
        }
        replies_.erase(0, static_cast<std::size_t>(count));
        return true;
    }

    int file_;
    SmtpSession session_;
    std::string replies_;
};

Result<std::unique_ptr<SmtpSink>> SmtpSink::start(Options options, const Clock& clock) {
    const auto [listener, port] = listen_on(options.port);
    std::array<int, 2> stop{-1, -1};
    if (listener < 0 || pipe2(stop.data(), O_CLOEXEC) != 0) {
        const Error error{
            Error::Kind::Unavailable,
            "cannot take mail on 127.0.0.1:" + std::to_string(options.port) + ": " +
                std::strerror(errno)};
        if (listener >= 0) {
            close(listener);
        }
        return error;
    }
    const Files files{listener, stop[0], stop[1]};
    return std::unique_ptr<SmtpSink>(
        new SmtpSink(std::move(options), clock, files, port)  // NOLINT(*-owning-memory)
    );
}

SmtpSink::SmtpSink(Options options, const Clock& clock, Files files, std::uint16_t port)
    : options_(std::move(options)),
      clock_(&clock),
      files_(files),
      port_(port),
      fault_(options_.fault),
      thread_([this] { run(); }) {}

SmtpSink::~SmtpSink() {
    close(files_.stop_write);  // the reading end becomes readable
    thread_.join();
    close(files_.stop_read);
    close(files_.listener);
}

std::vector<Mail> SmtpSink::mails(std::string_view recipient) const {
    const std::lock_guard lock(mutex_);
    std::vector<Mail> found;
    std::copy_if(mails_.begin(), mails_.end(), std::back_inserter(found), [&](const Mail& mail) {
        return recipient.empty() ||
               std::any_of(mail.to.begin(), mail.to.end(), [&](const std::string& address) {
                   return equal_addresses(address, recipient);
               });
    });
    return found;
}

std::uint64_t SmtpSink::received() const {
    const std::lock_guard lock(mutex_);
    return received_;
}

bool SmtpSink::wait_for(std::uint64_t count, Duration timeout) const {
    std::unique_lock lock(mutex_);
    return arrived_.wait_for(lock, timeout, [&] { return received_ >= count; });
}

void SmtpSink::run() {
    std::vector<std::unique_ptr<Session>> sessions;
    for (;;) {
        std::vector<pollfd> files{{files_.stop_read, POLLIN, 0}, {files_.listener, POLLIN, 0}};
        for (const auto& session : sessions) {
            files.push_back(session->wish());
        }
        if (poll(files.data(), files.size(), -1) < 0 && errno != EINTR) {
            return;
        }
        if (files[0].revents != 0) {
            return;
        }
        const SmtpSession::Script script = script_of(fault_);
        for (std::size_t i = 0; i < sessions.size(); ++i) {
            if (files[i + 2].revents != 0 && !sessions[i]->serve(script)) {
                sessions[i].reset();
            }
        }
        sessions.erase(std::remove(sessions.begin(), sessions.end(), nullptr), sessions.end());
        if (files[1].revents != 0) {
            accept_one(sessions);
        }
    }
}

void SmtpSink::accept_one(std::vector<std::unique_ptr<Session>>& sessions) {
    const int file = accept4(files_.listener, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (file < 0) {
        return;
    }
    if (sessions.size() >= options_.connections_max) {
        sessions.erase(sessions.begin());
    }
    SmtpSession session(
        {options_.message_bytes_max, options_.user, options_.password},
        [this](std::string from, std::vector<std::string> to, std::string source) {
            keep(std::move(from), std::move(to), std::move(source));
        }
    );
    sessions.push_back(std::make_unique<Session>(file, std::move(session)));
    sessions.back()->greet(script_of(fault_));
}

void SmtpSink::keep(std::string from, std::vector<std::string> to, std::string source) {
    Mail mail = parse_mail(std::move(source));
    mail.from = std::move(from);
    mail.to = std::move(to);
    mail.received_at = clock_->now();
    {
        const std::lock_guard lock(mutex_);
        mails_.push_back(std::move(mail));
        if (mails_.size() > options_.mails_max) {
            mails_.pop_front();
        }
        ++received_;
    }
    arrived_.notify_all();
}

}  // namespace attune::host
