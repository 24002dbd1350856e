#include "delivery/webhook/webhook_channel.h"

#include <algorithm>
#include <array>
#include <utility>

#include <sys/socket.h>

#include "delivery/payload.h"
#include "delivery/transfer/easy.h"
#include "delivery/transfer/transfer_loop.h"
#include "delivery/webhook/address_guard.h"
#include "delivery/webhook/signature.h"

namespace attune::delivery {

namespace {

using Keys = std::map<std::string, std::vector<SigningKey>, std::less<>>;

/// What all attempts of a channel share; unchanging.
struct Setup {
    WebhookOptions options;
    AddressGuard guard;
    Keys keys;
};

bool printable(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char byte) {
        return byte >= 0x20 && byte < 0x7f;
    });
}

/// Why `url` cannot be called; read by libcurl's own parser, so that there is no second opinion.
std::optional<std::string> url_fault(const std::string& url) {
    const std::unique_ptr<CURLU, decltype(&curl_url_cleanup)> parsed(curl_url(), curl_url_cleanup);
    if (!parsed ||
        curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), CURLU_DISALLOW_USER) != CURLUE_OK) {
        return "it is no URL, or carries credentials";
    }
    char* scheme = nullptr;
    if (curl_url_get(parsed.get(), CURLUPART_SCHEME, &scheme, 0) != CURLUE_OK) {
        return "it has no scheme";
    }
    const std::string name(scheme);
    curl_free(scheme);
    return name == "http" || name == "https"
               ? std::nullopt
               : std::optional<std::string>("it is neither http nor https");
}

/// What a status says about the attempt (Standard Webhooks 1.0.0, "Delivery").
Outcome judge(long status, std::optional<Duration> retry_after) {
    if (status >= 200 && status < 300) {
        return Outcome::delivered();
    }
    const std::string answer = "the endpoint answered " + std::to_string(status);
    if (status == 410) {
        return Outcome::permanent(answer + ": gone");
    }
    if (status >= 300 && status < 400) {
        return Outcome::retry(answer + ": redirects are not followed", retry_after);
    }
    return Outcome::retry(answer, retry_after);
}

class WebhookTransfer final : public Transfer {
public:
    WebhookTransfer(const Setup& setup, Channel::Done done)
        : setup_(&setup), done_(std::move(done)) {}

    /// Makes the attempt ready, or keeps the outcome that it already has.
    void prepare(const Delivery& delivery, Timestamp now) {
        refusal_ = check(delivery);
        if (!refusal_ && !set_up(delivery, now)) {
            easy_.reset();
            refusal_ = Outcome::retry("no memory for the attempt");
        }
    }

    void* handle() override { return easy_.get(); }

    void finished(int code) override {
        done_(
            refusal_ ? *std::exchange(refusal_, std::nullopt) : outcome(static_cast<CURLcode>(code))
        );
    }

private:
    std::optional<Outcome> check(const Delivery& delivery) {
        Result<WebhookPayload> payload = decode_webhook(delivery.payload);
        if (!payload) {
            return Outcome::permanent(payload.error().message);
        }
        payload_ = std::move(payload).value();
        if (!well_formed_id(delivery.id)) {
            return Outcome::permanent("cannot send a webhook: its id does not fit into a header");
        }
        if (!printable(payload_.content_type)) {
            return Outcome::permanent(
                "cannot send a webhook: its content type does not fit into a header"
            );
        }
        if (const auto fault = url_fault(payload_.url)) {
            // Without the URL: it may carry a password.
            return Outcome::permanent("cannot call the webhook's URL: " + *fault);
        }
        if (!payload_.secret.empty() && setup_->keys.count(payload_.secret) == 0) {
            // The configuration lacks it, which a restart can mend: the delivery is not at fault.
            return Outcome::retry("no webhook secret is named \"" + payload_.secret + "\"");
        }
        return std::nullopt;
    }

    bool set_up(const Delivery& delivery, Timestamp now) {
        const WebhookOptions& options = setup_->options;
        easy_ = make_easy({options.connect_timeout, options.timeout, options.ca_file}, error_);
        if (!easy_ || !set_headers(delivery, now)) {
            return false;
        }
        CURL* easy = easy_.get();
        curl_easy_setopt(easy, CURLOPT_URL, payload_.url.c_str());
        curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
        curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
        curl_easy_setopt(easy, CURLOPT_USERAGENT, "Attune");
        curl_easy_setopt(easy, CURLOPT_POST, 1L);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDS, payload_.body.data());
        curl_easy_setopt(
            easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(payload_.body.size())
        );
        curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers_.get());
        curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, &WebhookTransfer::open_socket);
        curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, this);
        curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &WebhookTransfer::take_answer);
        curl_easy_setopt(easy, CURLOPT_WRITEDATA, this);
        return true;
    }

    bool set_headers(const Delivery& delivery, Timestamp now) {
        bool complete = append(headers_, "Content-Type: " + payload_.content_type) &&
                        append(headers_, "Expect:") &&
                        append(headers_, "webhook-id: " + delivery.id) &&
                        append(headers_, "webhook-timestamp: " + webhook_timestamp(now));
        if (const auto keys = setup_->keys.find(payload_.secret); keys != setup_->keys.end()) {
            complete = complete && append(
                                       headers_,
                                       "webhook-signature: " +
                                           sign(keys->second, delivery.id, now, payload_.body)
                                   );
        }
        return complete;
    }

    [[nodiscard]] Outcome outcome(CURLcode code) const {
        long status = 0;
        curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &status);
        // A final status stands, whatever became of the rest of the answer.
        if (status >= 200) {
            curl_off_t seconds = 0;
            curl_easy_getinfo(easy_.get(), CURLINFO_RETRY_AFTER, &seconds);
            seconds = std::min<curl_off_t>(seconds, 7 * 24 * 3600);
            return judge(
                status,
                seconds > 0 ? std::optional<Duration>(std::chrono::seconds(seconds)) : std::nullopt
            );
        }
        if (!refused_address_.empty() && !tried_) {
            return Outcome::permanent(
                "cannot call \"" + origin_of(payload_.url) + "\": " + refused_address_
            );
        }
        if (code == CURLE_ABORTED_BY_CALLBACK) {
            return Outcome::retry("the server is shutting down");
        }
        return Outcome::retry(
            "cannot call \"" + origin_of(payload_.url) + "\": " + describe(code, error_)
        );
    }

    static curl_socket_t open_socket(void* self, curlsocktype /*purpose*/, curl_sockaddr* address) {
        auto* transfer = static_cast<WebhookTransfer*>(self);
        if (auto refusal = transfer->setup_->guard.refusal(address->addr)) {
            transfer->refused_address_ = std::move(*refusal);
            return CURL_SOCKET_BAD;
        }
        transfer->tried_ = true;
        return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
    }

    /// Counts the answer and throws it away; nothing of it is shown to anybody.
    static std::size_t take_answer(
        char* /*bytes*/, std::size_t size, std::size_t count, void* self
    ) {
        auto* transfer = static_cast<WebhookTransfer*>(self);
        transfer->answer_bytes_ += size * count;
        return transfer->answer_bytes_ > transfer->setup_->options.answer_bytes_max ? 0
                                                                                    : size * count;
    }

    const Setup* setup_;
    Channel::Done done_;
    std::optional<Outcome> refusal_;
    WebhookPayload payload_;
    List headers_;
    std::array<char, CURL_ERROR_SIZE> error_{};
    std::string refused_address_;
    bool tried_ = false;  ///< At least one address might be called.
    std::size_t answer_bytes_ = 0;
    Easy easy_;  // last: it refers to the others
};

class WebhookChannel final : public Channel {
public:
    WebhookChannel(Setup setup, std::unique_ptr<TransferLoop> loop, const Clock& clock)
        : setup_(std::move(setup)), clock_(&clock), loop_(std::move(loop)) {}

    void start(Delivery delivery, Done done) override {
        auto transfer = std::make_unique<WebhookTransfer>(setup_, std::move(done));
        transfer->prepare(delivery, clock_->now());
        loop_->start(std::move(transfer));
    }

private:
    Setup setup_;
    const Clock* clock_;
    std::unique_ptr<TransferLoop> loop_;  // last: its transfers refer to the set-up
};

Result<Keys> read_keys(const WebhookOptions& options) {
    Keys keys;
    for (const auto& [name, secrets] : options.secrets) {
        if (secrets.empty()) {
            return Error{
                Error::Kind::InvalidInput, "cannot sign with \"" + name + "\": it holds no secret"};
        }
        for (const Secret& secret : secrets) {
            Result<SigningKey> key = SigningKey::create(secret);
            if (!key) {
                return Error{key.error().kind, "secret \"" + name + "\": " + key.error().message};
            }
            keys[name].push_back(std::move(key).value());
        }
    }
    return keys;
}

}  // namespace

Result<std::unique_ptr<Channel>> make_webhook_channel(WebhookOptions options, const Clock& clock) {
    Result<AddressGuard> guard = AddressGuard::create(options.allowed_networks);
    if (!guard) {
        return guard.error();
    }
    Result<Keys> keys = read_keys(options);
    if (!keys) {
        return keys.error();
    }
    Result<std::unique_ptr<TransferLoop>> loop = TransferLoop::create(options.connections_max);
    if (!loop) {
        return loop.error();
    }
    Setup setup{std::move(options), std::move(guard).value(), std::move(keys).value()};
    return std::unique_ptr<Channel>(
        std::make_unique<WebhookChannel>(std::move(setup), std::move(loop).value(), clock)
    );
}

}  // namespace attune::delivery
