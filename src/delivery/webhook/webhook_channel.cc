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

// What frames the request, or belongs to the signature.
constexpr std::array<std::string_view, 9> kReservedHeaders{
    "host",
    "connection",
    "content-length",
    "transfer-encoding",
    "expect",
    "te",
    "trailer",
    "upgrade",
    "proxy-authorization"};

/// What all attempts of a channel share; unchanging.
struct Setup {
    WebhookOptions options;
    AddressGuard guard;
    const Clock* clock;
};

bool printable(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char byte) {
        return byte >= 0x20 && byte < 0x7f;
    });
}

std::string lowered(std::string_view text) {
    std::string result(text);
    std::transform(result.begin(), result.end(), result.begin(), [](char byte) {
        return byte >= 'A' && byte <= 'Z' ? static_cast<char>(byte - 'A' + 'a') : byte;
    });
    return result;
}

/// A name that a payload may add: a plain token that is not the channel's to write.
bool allowed_header(std::string_view name) {
    const std::string lower = lowered(name);
    const bool token = !lower.empty() && std::all_of(lower.begin(), lower.end(), [](char byte) {
        return (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9') || byte == '-' ||
               byte == '_';
    });
    return token && lower.rfind("webhook-", 0) != 0 &&
           std::find(kReservedHeaders.begin(), kReservedHeaders.end(), lower) ==
               kReservedHeaders.end();
}

/// Reads the keys behind references that are separated by spaces.
Result<std::vector<SigningKey>> load_keys(std::string_view references) {
    std::vector<SigningKey> keys;
    for (std::size_t start = 0; start < references.size();) {
        const std::size_t end = std::min(references.find(' ', start), references.size());
        if (end > start) {
            const Result<Secret> secret = Secret::load(references.substr(start, end - start));
            if (!secret) {
                return secret.error();
            }
            Result<SigningKey> key = SigningKey::create(secret.value());
            if (!key) {
                return key.error();
            }
            keys.push_back(std::move(key).value());
        }
        start = end + 1;
    }
    return keys;
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
    WebhookTransfer(const Setup& setup, Delivery delivery, Channel::Done done)
        : setup_(&setup), delivery_(std::move(delivery)), done_(std::move(done)) {}

    void* prepare() override {
        refusal_ = check();
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
    /// Reads the payload and its keys; yields the outcome when it cannot be sent.
    std::optional<Outcome> check() {
        Result<WebhookPayload> payload = decode_webhook(delivery_.payload);
        if (!payload) {
            return Outcome::permanent(payload.error().message);
        }
        payload_ = std::move(payload).value();
        if (!well_formed_id(delivery_.id)) {
            return Outcome::permanent("cannot send a webhook: its id does not fit into a header");
        }
        const bool sendable =
            std::all_of(payload_.headers.begin(), payload_.headers.end(), [](const auto& header) {
                return allowed_header(header.first) && printable(header.second);
            });
        if (!sendable || !printable(payload_.content_type)) {
            return Outcome::permanent(
                "cannot send a webhook: a header is not plain ASCII, or not the sender's to write"
            );
        }
        if (const auto fault = url_fault(payload_.url)) {
            // Without the URL: it may carry a password.
            return Outcome::permanent("cannot call the webhook's URL: " + *fault);
        }
        Result<std::vector<SigningKey>> keys = load_keys(payload_.secret);
        if (!keys) {
            // The configuration lacks it, which an operator can mend; the delivery is not at fault.
            return Outcome::retry(keys.error().message);
        }
        keys_ = std::move(keys).value();
        return std::nullopt;
    }

    bool set_up() {
        const WebhookOptions& options = setup_->options;
        easy_ = make_easy({options.connect_timeout, options.timeout, options.ca_file}, error_);
        if (!easy_ || !set_headers()) {
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

    bool set_headers() {
        const Timestamp now = setup_->clock->now();
        bool complete = append(headers_, "Expect:") &&
                        append(headers_, "webhook-id: " + delivery_.id) &&
                        append(headers_, "webhook-timestamp: " + webhook_timestamp(now));
        if (!keys_.empty()) {
            const std::string signature = sign(keys_, delivery_.id, now, payload_.body);
            complete = complete && append(headers_, "webhook-signature: " + signature);
        }
        bool typed = false;
        for (const auto& [name, value] : payload_.headers) {
            typed = typed || lowered(name) == "content-type";
            // libcurl takes "Name:" for a header to be left out, and "Name;" for an empty one.
            complete = complete && append(headers_, name + (value.empty() ? ";" : ": " + value));
        }
        return complete && (typed || append(headers_, "Content-Type: " + payload_.content_type));
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
    Delivery delivery_;
    Channel::Done done_;
    std::optional<Outcome> refusal_;
    WebhookPayload payload_;
    std::vector<SigningKey> keys_;
    List headers_;
    std::array<char, CURL_ERROR_SIZE> error_{};
    std::string refused_address_;
    bool tried_ = false;  ///< At least one address might be called.
    std::size_t answer_bytes_ = 0;
    Easy easy_;  // last: it refers to the others
};

class WebhookChannel final : public Channel {
public:
    WebhookChannel(Setup setup, std::unique_ptr<TransferLoop> loop)
        : setup_(std::move(setup)), loop_(std::move(loop)) {}

    void start(Delivery delivery, Done done) override {
        loop_->start(std::make_unique<WebhookTransfer>(setup_, std::move(delivery), std::move(done))
        );
    }

private:
    Setup setup_;
    std::unique_ptr<TransferLoop> loop_;  // last: its transfers refer to the set-up
};

}  // namespace

Result<std::unique_ptr<Channel>> make_webhook_channel(WebhookOptions options, const Clock& clock) {
    Result<AddressGuard> guard = AddressGuard::create(options.allowed_networks);
    if (!guard) {
        return guard.error();
    }
    Result<std::unique_ptr<TransferLoop>> loop = TransferLoop::create(options.connections_max);
    if (!loop) {
        return loop.error();
    }
    Setup setup{std::move(options), std::move(guard).value(), &clock};
    return std::unique_ptr<Channel>(
        std::make_unique<WebhookChannel>(std::move(setup), std::move(loop).value())
    );
}

}  // namespace attune::delivery
