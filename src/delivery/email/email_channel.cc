#include "delivery/email/email_channel.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>
#include <vector>

#include <sys/socket.h>
#include <unistd.h>

#include "delivery/email/message.h"
#include "delivery/payload.h"
#include "delivery/transfer/easy.h"
#include "delivery/transfer/transfer_loop.h"

namespace attune::delivery {

namespace {

constexpr std::size_t kReplyBytesMax = 200;

/// What all attempts of a channel share; unchanging.
struct Setup {
    EmailOptions options;
    std::string url;
};

/// One line of a relay's reply, fit for a reason that people read.
std::string printable(std::string_view line) {
    std::string text(line.substr(0, kReplyBytesMax));
    std::replace_if(
        text.begin(), text.end(), [](char byte) { return byte < 0x20 || byte == 0x7f; }, ' '
    );
    text.erase(text.find_last_not_of(' ') + 1);
    return text;
}

class EmailTransfer final : public Transfer {
public:
    EmailTransfer(const Setup& setup, Delivery delivery, Channel::Done done)
        : setup_(&setup), delivery_(std::move(delivery)), done_(std::move(done)) {}

    void* prepare() override {
        refusal_ = write();
        if (!refusal_ && !set_up()) {
            easy_.reset();
            refusal_ = Outcome::retry("no memory for the attempt");
        }
        return easy_.get();
    }

    void finished(int code) override {
        done_(refusal_ ? std::move(*refusal_) : outcome(static_cast<CURLcode>(code)));
    }

private:
    /// Writes the message; yields the outcome when it cannot be sent.
    std::optional<Outcome> write() {
        const Result<EmailPayload> payload = decode_email(delivery_.payload);
        if (!payload) {
            return Outcome::permanent(payload.error().message);
        }
        const MessageOrigin origin{
            delivery_.id, setup_->options.message_id_domain, delivery_.created_at};
        Result<Message> message = write_message(payload.value(), origin);
        if (!message) {
            return Outcome::permanent(message.error().message);
        }
        message_ = std::move(message).value();
        return std::nullopt;
    }

    bool set_up() {
        const EmailOptions& options = setup_->options;
        easy_ = make_easy({options.connect_timeout, options.timeout, options.ca_file}, error_);
        if (!easy_ || !append(recipients_, "<" + message_.envelope.to + ">")) {
            return false;
        }
        CURL* easy = easy_.get();
        const bool start_tls = options.security == EmailOptions::Security::StartTls;
        curl_easy_setopt(easy, CURLOPT_URL, setup_->url.c_str());
        curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
        curl_easy_setopt(
            easy, CURLOPT_USE_SSL, static_cast<long>(start_tls ? CURLUSESSL_ALL : CURLUSESSL_NONE)
        );
        if (!options.user.empty()) {
            curl_easy_setopt(easy, CURLOPT_USERNAME, options.user.c_str());
            curl_easy_setopt(easy, CURLOPT_PASSWORD, options.password.reveal().c_str());
        }
        curl_easy_setopt(easy, CURLOPT_MAIL_FROM, ("<" + message_.envelope.from + ">").c_str());
        curl_easy_setopt(easy, CURLOPT_MAIL_RCPT, recipients_.get());
        curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L);
        curl_easy_setopt(
            easy, CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(message_.source.size())
        );
        curl_easy_setopt(easy, CURLOPT_READFUNCTION, &EmailTransfer::give_source);
        curl_easy_setopt(easy, CURLOPT_READDATA, this);
        watch(easy);
        return true;
    }

    /// Follows the conversation, and keeps its end from blocking the loop: libcurl waits for the
    /// reply to QUIT on the loop's thread, up to two minutes when the relay hangs. So a connection
    /// serves one mail, and once QUIT is out there is nothing more to read from it.
    void watch(CURL* easy) {
        curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
        curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);
        curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, &EmailTransfer::open_socket);
        curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, this);
        curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, &EmailTransfer::close_socket);
        curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, this);
        curl_easy_setopt(easy, CURLOPT_VERBOSE, 1L);
        curl_easy_setopt(easy, CURLOPT_DEBUGFUNCTION, &EmailTransfer::overhear);
        curl_easy_setopt(easy, CURLOPT_DEBUGDATA, this);
    }

    [[nodiscard]] Outcome outcome(CURLcode code) const {
        if (code == CURLE_OK) {
            return Outcome::delivered();
        }
        if (code == CURLE_ABORTED_BY_CALLBACK) {
            return Outcome::retry("the server is shutting down");
        }
        // libcurl's own code says little about a refusal (facts of SMTP: 451 may be a "send
        // error"); the relay's reply says it all.
        long status = 0;
        curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &status);
        if (status < 400) {
            return Outcome::retry("cannot hand the mail to the relay: " + describe(code, error_));
        }
        std::string reason =
            "the relay answered " + (reply_.empty() ? std::to_string(status) : reply_);
        return status >= 500 && mail_named_ ? Outcome::permanent(std::move(reason))
                                            : Outcome::retry(std::move(reason));
    }

    static std::size_t give_source(char* out, std::size_t size, std::size_t count, void* self) {
        auto* transfer = static_cast<EmailTransfer*>(self);
        const std::string_view rest =
            std::string_view(transfer->message_.source).substr(transfer->given_);
        const std::size_t bytes = std::min(rest.size(), size * count);
        std::memcpy(out, rest.data(), bytes);
        transfer->given_ += bytes;
        return bytes;
    }

    static curl_socket_t open_socket(void* self, curlsocktype /*purpose*/, curl_sockaddr* address) {
        const int opened =
            socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
        if (opened >= 0) {
            static_cast<EmailTransfer*>(self)->sockets_.push_back(opened);
        }
        return opened;
    }

    static int close_socket(void* self, curl_socket_t closed) {
        auto& sockets = static_cast<EmailTransfer*>(self)->sockets_;
        sockets.erase(std::remove(sockets.begin(), sockets.end(), closed), sockets.end());
        return close(closed);
    }

    /// Sees commands and replies; among them the password, so nothing is kept but what is named.
    static int overhear(
        CURL* /*easy*/, curl_infotype type, char* bytes, std::size_t count, void* self
    ) {
        auto* transfer = static_cast<EmailTransfer*>(self);
        const std::string_view line(bytes, count);
        if (type == CURLINFO_HEADER_IN && count > 3 && !transfer->leaving_) {
            transfer->reply_ = printable(line);
        } else if (type == CURLINFO_HEADER_OUT && line.rfind("MAIL FROM:", 0) == 0) {
            transfer->mail_named_ = true;
        } else if (type == CURLINFO_HEADER_OUT && line.rfind("QUIT", 0) == 0) {
            transfer->leaving_ = true;
            for (const int open : transfer->sockets_) {
                shutdown(open, SHUT_RD);
            }
        }
        return 0;
    }

    const Setup* setup_;
    Delivery delivery_;
    Channel::Done done_;
    std::optional<Outcome> refusal_;
    Message message_;
    std::size_t given_ = 0;
    List recipients_;
    std::array<char, CURL_ERROR_SIZE> error_{};
    std::vector<int> sockets_;
    std::string reply_;
    bool mail_named_ = false;
    bool leaving_ = false;
    Easy easy_;  // last: it refers to the others
};

class EmailChannel final : public Channel {
public:
    EmailChannel(Setup setup, std::unique_ptr<TransferLoop> loop)
        : setup_(std::move(setup)), loop_(std::move(loop)) {}

    void start(Delivery delivery, Done done) override {
        loop_->start(std::make_unique<EmailTransfer>(setup_, std::move(delivery), std::move(done)));
    }

private:
    Setup setup_;
    std::unique_ptr<TransferLoop> loop_;  // last: its transfers refer to the set-up
};

bool names_a_host(std::string_view text, std::string_view extra = "") {
    return !text.empty() && text.size() <= 253 &&
           std::all_of(text.begin(), text.end(), [&](char byte) {
               return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
                      (byte >= '0' && byte <= '9') || byte == '-' || byte == '.' ||
                      extra.find(byte) != std::string_view::npos;
           });
}

bool is_this_machine(std::string_view host) {
    return host == "localhost" || host == "::1" || host.rfind("127.", 0) == 0;
}

std::optional<std::string> fault_of(const EmailOptions& options) {
    if (!names_a_host(options.host, ":_") || options.port == 0) {
        return "host and port must name a relay";
    }
    if (!names_a_host(options.greeting_name) || !names_a_host(options.message_id_domain)) {
        return "greeting_name and message_id_domain must be host names";
    }
    if (options.user.empty() != options.password.empty()) {
        return "user and password belong together";
    }
    if (!options.user.empty() && options.security == EmailOptions::Security::None &&
        !is_this_machine(options.host)) {
        return "without TLS the password would travel in the clear; ask for starttls or tls";
    }
    return std::nullopt;
}

std::string url_of(const EmailOptions& options) {
    const bool tls = options.security == EmailOptions::Security::Tls;
    const bool ipv6 = options.host.find(':') != std::string::npos;
    return std::string(tls ? "smtps://" : "smtp://") +
           (ipv6 ? "[" + options.host + "]" : options.host) + ":" + std::to_string(options.port) +
           "/" + options.greeting_name;
}

}  // namespace

Result<std::unique_ptr<Channel>> make_email_channel(EmailOptions options) {
    if (const auto fault = fault_of(options)) {
        return Error{
            Error::Kind::InvalidInput,
            "cannot send e-mail over \"" + options.host + "\": " + *fault};
    }
    Result<std::unique_ptr<TransferLoop>> loop = TransferLoop::create(options.connections_max);
    if (!loop) {
        return loop.error();
    }
    std::string url = url_of(options);
    Setup setup{std::move(options), std::move(url)};
    return std::unique_ptr<Channel>(
        std::make_unique<EmailChannel>(std::move(setup), std::move(loop).value())
    );
}

}  // namespace attune::delivery
