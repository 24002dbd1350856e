#include "host/smtp_session.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace attune::host {

namespace {

constexpr std::size_t kLineBytesMax = 4096;  // RFC 5321 asks for 512 a command, 1000 a text line
constexpr std::size_t kRecipientsMax = 100;  // RFC 5321, section 4.5.3.1.8

char upper(char byte) {
    return byte >= 'a' && byte <= 'z' ? static_cast<char>(byte - 'a' + 'A') : byte;
}

/// The rest of `line` after `word`, in any case; nothing when it begins otherwise.
std::optional<std::string_view> after(std::string_view line, std::string_view word) {
    if (line.size() < word.size() ||
        !std::equal(word.begin(), word.end(), line.begin(), [](char lhs, char rhs) {
            return lhs == upper(rhs);
        })) {
        return std::nullopt;
    }
    return line.substr(word.size());
}

/// What stands between the angle brackets.
std::optional<std::string> path(std::string_view argument) {
    const std::size_t open = argument.find('<');
    const std::size_t close = argument.find('>');
    if (open == std::string_view::npos || close == std::string_view::npos || close < open) {
        return std::nullopt;
    }
    return std::string(argument.substr(open + 1, close - open - 1));
}

std::string base64(std::string_view bytes) {
    constexpr std::string_view kDigits =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string text;
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        unsigned group = 0;
        for (std::size_t j = 0; j < 3; ++j) {
            group = group << 8U |
                    (i + j < bytes.size() ? static_cast<unsigned char>(bytes[i + j]) : 0U);
        }
        for (unsigned j = 0; j < 4; ++j) {
            text += i + j <= bytes.size() ? kDigits[group >> (18 - 6 * j) & 0x3fU] : '=';
        }
    }
    return text;
}

}  // namespace

SmtpSession::SmtpSession(Options options, Take take)
    : options_(std::move(options)), take_(std::move(take)) {}

std::string SmtpSession::greet(const Script& script) const {
    if (script.silent) {
        return {};
    }
    return script.greeting.empty() ? "220 localhost ready\r\n" : script.greeting;
}

std::string SmtpSession::receive(std::string_view bytes, const Script& script) {
    unread_ += bytes;
    std::string replies;
    std::size_t start = 0;
    for (std::size_t end = unread_.find('\n'); end != std::string::npos && !over_;
         end = unread_.find('\n', start)) {
        std::string_view line = std::string_view(unread_).substr(start, end - start);
        if (!line.empty() && line.back() == '\r') {
            line.remove_suffix(1);
        }
        replies += in_message_ ? data_line(line, script) : command(line, script);
        start = end + 1;
    }
    unread_.erase(0, start);
    if (unread_.size() > kLineBytesMax && !in_message_) {
        over_ = true;
        replies += "500 line too long\r\n";
    }
    if (unread_.size() > options_.message_bytes_max) {
        over_ = true;
    }
    return script.silent ? std::string() : replies;
}

std::string SmtpSession::command(std::string_view line, const Script& script) {
    if (std::exchange(in_login_, false)) {
        return login(line, script);
    }
    if (after(line, "EHLO")) {
        forget_mail();
        return "250-localhost\r\n250-AUTH PLAIN\r\n250-8BITMIME\r\n250 SIZE " +
               std::to_string(options_.message_bytes_max) + "\r\n";
    }
    if (after(line, "HELO")) {
        forget_mail();
        return "250 localhost\r\n";
    }
    if (const auto argument = after(line, "AUTH PLAIN")) {
        const std::size_t first = argument->find_first_not_of(' ');
        if (first == std::string_view::npos) {
            in_login_ = true;
            return "334 \r\n";
        }
        return login(argument->substr(first), script);
    }
    if (const auto argument = after(line, "MAIL FROM:")) {
        return mail(*argument);
    }
    if (const auto argument = after(line, "RCPT TO:")) {
        return recipient(*argument, script);
    }
    if (after(line, "DATA")) {
        if (to_.empty()) {
            return "503 name a recipient first\r\n";
        }
        in_message_ = true;
        return "354 go on, end with a dot\r\n";
    }
    if (after(line, "RSET")) {
        forget_mail();
        return "250 forgotten\r\n";
    }
    if (after(line, "NOOP")) {
        return "250 nothing done\r\n";
    }
    if (after(line, "QUIT")) {
        over_ = true;
        return "221 goodbye\r\n";
    }
    return "502 no such command here\r\n";
}

std::string SmtpSession::login(std::string_view credentials, const Script& script) {
    if (!script.login.empty()) {
        return script.login;
    }
    using namespace std::string_literals;
    const std::string expected = base64("\0"s + options_.user + "\0"s + options_.password);
    logged_in_ = options_.user.empty() || credentials == expected;
    return logged_in_ ? "235 welcome\r\n" : "535 wrong name or password\r\n";
}

std::string SmtpSession::mail(std::string_view argument) {
    if (!options_.user.empty() && !logged_in_) {
        return "530 log in first\r\n";
    }
    std::optional<std::string> sender = path(argument);
    if (!sender) {
        return "501 a sender stands in angle brackets\r\n";
    }
    forget_mail();
    from_ = std::move(*sender);
    has_sender_ = true;
    return "250 sender noted\r\n";
}

std::string SmtpSession::recipient(std::string_view argument, const Script& script) {
    if (!script.recipient.empty()) {
        return script.recipient;
    }
    std::optional<std::string> address = path(argument);
    if (!has_sender_) {
        return "503 name a sender first\r\n";
    }
    if (!address || address->empty()) {
        return "501 a recipient stands in angle brackets\r\n";
    }
    if (to_.size() >= kRecipientsMax) {
        return "452 too many recipients\r\n";
    }
    to_.push_back(std::move(*address));
    return "250 recipient noted\r\n";
}

std::string SmtpSession::data_line(std::string_view line, const Script& script) {
    if (line != ".") {
        // RFC 5321, section 4.5.2: a dot in front of a line is doubled on the way.
        line.remove_prefix(!line.empty() && line.front() == '.' ? 1 : 0);
        too_large_ = too_large_ || source_.size() + line.size() + 2 > options_.message_bytes_max;
        if (!too_large_) {
            source_ += line;
            source_ += "\r\n";
        }
        return {};
    }
    in_message_ = false;
    std::string reply = "250 kept\r\n";
    if (script.silent_at_end) {
        reply.clear();
    } else if (!script.message.empty()) {
        reply = script.message;
    } else if (too_large_) {
        reply = "552 message too large\r\n";
    } else {
        take_(std::move(from_), std::move(to_), std::move(source_));
    }
    forget_mail();
    return reply;
}

void SmtpSession::forget_mail() {
    from_.clear();
    to_.clear();
    source_.clear();
    has_sender_ = false;
    too_large_ = false;
}

}  // namespace attune::host
