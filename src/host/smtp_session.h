#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace attune::host {

/// The server's side of one SMTP conversation (RFC 5321), without a socket: bytes in, bytes out.
class SmtpSession {
public:
    /// Answers that a test asks for, in place of the usual ones; empty: the usual one.
    struct Script {
        std::string greeting;
        std::string login;
        std::string recipient;
        std::string message;
        bool silent = false;         ///< Answers nothing at all.
        bool silent_at_end = false;  ///< Answers nothing to a message.
    };

    struct Options {
        std::size_t message_bytes_max = 0;
        std::string user;  ///< Not empty: mail is taken after AUTH PLAIN only.
        std::string password;
    };

    /// A message has been taken: sender, recipients, source with CRLF line ends.
    using Take = std::function<void(std::string, std::vector<std::string>, std::string)>;

    SmtpSession(Options options, Take take);

    /// What the server says first.
    [[nodiscard]] std::string greet(const Script& script) const;

    /// Takes what the client has sent and yields the replies to it.
    [[nodiscard]] std::string receive(std::string_view bytes, const Script& script);

    /// The conversation is over: close when all replies are out.
    [[nodiscard]] bool over() const { return over_; }

private:
    [[nodiscard]] std::string command(std::string_view line, const Script& script);
    [[nodiscard]] std::string mail(std::string_view argument);
    [[nodiscard]] std::string recipient(std::string_view argument, const Script& script);
    [[nodiscard]] std::string login(std::string_view credentials, const Script& script);
    [[nodiscard]] std::string data_line(std::string_view line, const Script& script);
    void forget_mail();

    Options options_;
    Take take_;
    std::string unread_;     // bytes of a line whose end has not come
    bool in_login_ = false;  // the next line holds the credentials
    bool logged_in_ = false;
    bool over_ = false;
    bool in_message_ = false;
    bool has_sender_ = false;
    bool too_large_ = false;
    std::string from_;
    std::vector<std::string> to_;
    std::string source_;
};

}  // namespace attune::host
