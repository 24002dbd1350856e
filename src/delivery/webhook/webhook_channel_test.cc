#include "delivery/webhook/webhook_channel.h"

#include <algorithm>
#include <cstdlib>
#include <future>
#include <map>
#include <mutex>
#include <thread>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "delivery/payload.h"

namespace attune::delivery {
namespace {

using std::chrono::milliseconds;

/// An endpoint on loopback that notes each request and answers all of them with the same bytes.
/// Without an answer it hangs.
class Endpoint {
public:
    explicit Endpoint(std::string answer) : answer_(std::move(answer)) {
        listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof(address);
        auto* generic = reinterpret_cast<sockaddr*>(&address);
        EXPECT_EQ(bind(listener_, generic, size), 0);
        EXPECT_EQ(listen(listener_, 16), 0);
        EXPECT_EQ(getsockname(listener_, generic, &size), 0);
        port_ = ntohs(address.sin_port);
        EXPECT_EQ(pipe(stop_), 0);
        thread_ = std::thread([this] { run(); });
    }

    ~Endpoint() {
        EXPECT_EQ(write(stop_[1], "x", 1), 1);
        thread_.join();
        for (const int file : {listener_, stop_[0], stop_[1]}) {
            close(file);
        }
    }

    Endpoint(const Endpoint&) = delete;
    Endpoint& operator=(const Endpoint&) = delete;

    [[nodiscard]] std::string url(const std::string& path = "/hook") const {
        return "http://127.0.0.1:" + std::to_string(port_) + path;
    }

    [[nodiscard]] std::vector<std::string> requests() const {
        const std::lock_guard lock(mutex_);
        return requests_;
    }

private:
    void run() {
        std::vector<pollfd> files{{stop_[0], POLLIN, 0}, {listener_, POLLIN, 0}};
        std::vector<std::string> received(2);
        while (poll(files.data(), files.size(), -1) >= 0 && files[0].revents == 0) {
            if (files[1].revents != 0) {
                files.push_back({accept(listener_, nullptr, nullptr), POLLIN, 0});
                received.emplace_back();
            }
            for (std::size_t i = 2; i < files.size(); ++i) {
                if (files[i].revents != 0) {
                    read_some(files[i], received[i]);
                }
            }
        }
        for (std::size_t i = 2; i < files.size(); ++i) {
            close(files[i].fd);
        }
    }

    void read_some(pollfd& file, std::string& received) {
        char chunk[4096];
        const ssize_t count = read(file.fd, chunk, sizeof(chunk));
        if (count <= 0) {
            close(std::exchange(file.fd, -1));
            return;
        }
        received.append(chunk, static_cast<std::size_t>(count));
        const std::size_t head = received.find("\r\n\r\n");
        const std::size_t length = received.find("Content-Length: ");
        if (head == std::string::npos || length == std::string::npos ||
            received.size() < head + 4 + std::stoul(received.substr(length + 16))) {
            return;
        }
        {
            const std::lock_guard lock(mutex_);
            requests_.push_back(std::exchange(received, {}));
        }
        if (!answer_.empty()) {
            (void)!write(file.fd, answer_.data(), answer_.size());
        }
    }

    std::string answer_;
    int listener_ = -1;
    int stop_[2] = {-1, -1};
    int port_ = 0;
    mutable std::mutex mutex_;
    std::vector<std::string> requests_;  // guarded by mutex_
    std::thread thread_;
};

std::string answer(const std::string& status, const std::string& headers = {}) {
    return "HTTP/1.1 " + status + "\r\n" + headers + "Content-Length: 2\r\n\r\nok";
}

const ManualClock kClock{Timestamp(1614265330'123)};

WebhookOptions local() {
    WebhookOptions options;
    options.allowed_networks = {"127.0.0.0/8"};
    setenv("ATTUNE_TEST_WEBHOOK_KEY", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", 1);
    return options;
}

Delivery delivery_to(
    const std::string& url, const std::string& secret = "env:ATTUNE_TEST_WEBHOOK_KEY"
) {
    WebhookPayload payload;
    payload.url = url;
    payload.body = R"({"test": 2432232314})";
    payload.secret = secret;
    return {
        .id = "msg_p5jXN8AQM9LWM0D4loKWxJek",
        .customer = "c1",
        .channel = ChannelKind::Webhook,
        .destination = origin_of(url),
        .order = "",
        .created_at = Timestamp(0),
        .payload = encode(payload)};
}

Outcome send(Channel& channel, Delivery delivery) {
    std::promise<Outcome> outcome;
    channel.start(std::move(delivery), [&](Outcome done) { outcome.set_value(std::move(done)); });
    return outcome.get_future().get();
}

Outcome send(const std::string& url, WebhookOptions options = local()) {
    const auto channel = make_webhook_channel(std::move(options), kClock).value();
    return send(*channel, delivery_to(url));
}

bool has_line(const std::string& request, const std::string& line) {
    return request.find("\r\n" + line + "\r\n") != std::string::npos;
}

TEST(WebhookChannel, PostsTheBodySignedAsStandardWebhooksSays) {
    const Endpoint endpoint(answer("204 No Content"));
    EXPECT_EQ(send(endpoint.url("/hook?a=b")), Outcome::delivered());
    ASSERT_EQ(endpoint.requests().size(), 1U);
    const std::string request = endpoint.requests()[0];
    EXPECT_EQ(request.rfind("POST /hook?a=b HTTP/1.1\r\n", 0), 0U);
    EXPECT_TRUE(has_line(request, "Content-Type: application/json"));
    EXPECT_TRUE(has_line(request, "webhook-id: msg_p5jXN8AQM9LWM0D4loKWxJek"));
    EXPECT_TRUE(has_line(request, "webhook-timestamp: 1614265330"));
    EXPECT_TRUE(
        has_line(request, "webhook-signature: v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
    );
    EXPECT_EQ(request.find("Expect"), std::string::npos);
    EXPECT_EQ(request.substr(request.find("\r\n\r\n") + 4), R"({"test": 2432232314})");
}

TEST(WebhookChannel, SignsOnlyWhereASecretIsNamed) {
    const Endpoint endpoint(answer("200 OK"));
    const auto channel = make_webhook_channel(local(), kClock).value();
    EXPECT_EQ(send(*channel, delivery_to(endpoint.url(), "")), Outcome::delivered());
    EXPECT_EQ(endpoint.requests().at(0).find("webhook-signature"), std::string::npos);
    EXPECT_EQ(
        send(*channel, delivery_to(endpoint.url(), "env:ATTUNE_NO_SUCH")).kind, Outcome::Kind::Retry
    );
    const Outcome misplaced = send(*channel, delivery_to(endpoint.url(), "whsec_hush"));
    EXPECT_EQ(misplaced.kind, Outcome::Kind::Retry);
    EXPECT_EQ(misplaced.reason.find("hush"), std::string::npos);
    EXPECT_EQ(endpoint.requests().size(), 1U);
}

TEST(WebhookChannel, SignsWithEachKeyWhileKeysRotate) {
    const Endpoint endpoint(answer("200 OK"));
    const auto channel = make_webhook_channel(local(), kClock).value();
    setenv("ATTUNE_TEST_NEXT_KEY", "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", 1);
    const std::string both = "env:ATTUNE_TEST_NEXT_KEY  env:ATTUNE_TEST_WEBHOOK_KEY";
    EXPECT_EQ(send(*channel, delivery_to(endpoint.url(), both)), Outcome::delivered());
    const std::string request = endpoint.requests().at(0);
    const std::size_t value = request.find("webhook-signature: v1,");
    const std::string line = request.substr(value, request.find("\r\n", value) - value);
    EXPECT_EQ(line.substr(line.rfind(' ')), " v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    EXPECT_EQ(std::count(line.begin(), line.end(), ' '), 2);
}

TEST(WebhookChannel, SendsThePayloadsOwnHeaders) {
    const Endpoint endpoint(answer("200 OK"));
    const auto channel = make_webhook_channel(local(), kClock).value();
    Delivery delivery = delivery_to(endpoint.url());
    WebhookPayload payload = decode_webhook(delivery.payload).value();
    payload.headers = {{"X-Shop", "north"}, {"X-Empty", ""}, {"content-type", "text/plain"}};
    delivery.payload = encode(payload);
    EXPECT_EQ(send(*channel, delivery), Outcome::delivered());
    const std::string request = endpoint.requests().at(0);
    EXPECT_TRUE(has_line(request, "X-Shop: north"));
    EXPECT_TRUE(has_line(request, "X-Empty:"));
    EXPECT_TRUE(has_line(request, "content-type: text/plain"));
    EXPECT_EQ(request.find("application/json"), std::string::npos);
    for (const auto& [name, value] : Headers{
             {"X-A", "a\r\nX-B: b"},
             {"Webhook-Id", "x"},
             {"Host", "x"},
             {"X A", "x"},
             {"", "x"},
             {"Content-Length", "0"}}) {
        payload.headers = {{name, value}};
        delivery.payload = encode(payload);
        EXPECT_EQ(send(*channel, delivery).kind, Outcome::Kind::Permanent) << name;
    }
}

TEST(WebhookChannel, TakesTheStatusForTheOutcome) {
    for (const auto& [status, kind] : std::map<std::string, Outcome::Kind>{
             {"200 OK", Outcome::Kind::Delivered},
             {"299 Fine", Outcome::Kind::Delivered},
             {"400 Bad Request", Outcome::Kind::Retry},
             {"410 Gone", Outcome::Kind::Permanent},
             {"500 Oops", Outcome::Kind::Retry}}) {
        const Endpoint endpoint(answer(status));
        const Outcome outcome = send(endpoint.url());
        EXPECT_EQ(outcome.kind, kind) << status << ": " << outcome.reason;
    }
}

TEST(WebhookChannel, PassesRetryAfterOn) {
    const Endpoint endpoint(answer("429 Slow down", "Retry-After: 120\r\n"));
    EXPECT_EQ(
        send(endpoint.url()),
        Outcome::retry("the endpoint answered 429", Duration(std::chrono::minutes(2)))
    );
}

TEST(WebhookChannel, FollowsNoRedirect) {
    const Endpoint elsewhere(answer("200 OK"));
    const Endpoint endpoint(answer("307 Moved", "Location: " + elsewhere.url() + "\r\n"));
    EXPECT_EQ(
        send(endpoint.url()),
        Outcome::retry("the endpoint answered 307: redirects are not followed")
    );
    EXPECT_TRUE(elsewhere.requests().empty());
}

TEST(WebhookChannel, GivesUpOnAnEndpointThatHangs) {
    const Endpoint endpoint("");
    WebhookOptions options = local();
    options.timeout = milliseconds(50);
    EXPECT_EQ(send(endpoint.url(), options).kind, Outcome::Kind::Retry);
}

TEST(WebhookChannel, TakesAStatusForAnAnswerEvenIfTheRestNeverComes) {
    const Endpoint endpoint("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nbut");
    WebhookOptions options = local();
    options.timeout = milliseconds(50);
    EXPECT_EQ(send(endpoint.url(), options), Outcome::delivered());
}

TEST(WebhookChannel, ReadsNoMoreOfAnAnswerThanItMust) {
    const Endpoint endpoint(
        "HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n" + std::string(100'000, 'x')
    );
    EXPECT_EQ(send(endpoint.url()), Outcome::delivered());
}

TEST(WebhookChannel, TriesAgainWhenNobodyListensOrTheAnswerIsNoHttp) {
    std::string url;
    {
        const Endpoint endpoint("SSH-2.0-hello\r\n");
        url = endpoint.url();
        EXPECT_EQ(send(url).kind, Outcome::Kind::Retry);
    }
    EXPECT_EQ(send(url).kind, Outcome::Kind::Retry);
}

TEST(WebhookChannel, ConnectsToNoPrivateAddressUnlessAllowed) {
    const Endpoint endpoint(answer("200 OK"));
    WebhookOptions options = local();
    options.allowed_networks.clear();
    const std::string port = endpoint.url("").substr(std::string("http://127.0.0.1").size());
    for (const std::string host :
         {"127.0.0.1", "2130706433", "0x7f.1", "localhost", "[::ffff:127.0.0.1]"}) {
        const Outcome outcome = send("http://" + host + port + "/", options);
        EXPECT_EQ(outcome.kind, Outcome::Kind::Permanent) << host << ": " << outcome.reason;
        EXPECT_NE(outcome.reason.find("is not public: loopback"), std::string::npos)
            << outcome.reason;
    }
    EXPECT_TRUE(endpoint.requests().empty());
}

TEST(WebhookChannel, CallsHttpUrlsWithoutCredentialsOnly) {
    for (const char* url :
         {"",
          "nonsense",
          "file:///etc/passwd",
          "gopher://127.0.0.1:70/",
          "ftp://127.0.0.1/",
          "http://user:hunter2@127.0.0.1/",
          "http://127.0.0.1/\r\nX: y"}) {
        const Outcome outcome = send(url);
        EXPECT_EQ(outcome.kind, Outcome::Kind::Permanent) << url;
        EXPECT_EQ(outcome.reason.find("hunter2"), std::string::npos);
    }
}

TEST(WebhookChannel, RefusesWhatWouldBreakTheRequest) {
    const Endpoint endpoint(answer("200 OK"));
    const auto channel = make_webhook_channel(local(), kClock).value();
    Delivery delivery = delivery_to(endpoint.url());
    delivery.id = "a\r\nb";
    EXPECT_EQ(send(*channel, delivery).kind, Outcome::Kind::Permanent);
    delivery = delivery_to(endpoint.url());
    WebhookPayload payload = decode_webhook(delivery.payload).value();
    payload.content_type = "text/plain\r\nX-Injected: 1";
    delivery.payload = encode(payload);
    EXPECT_EQ(send(*channel, delivery).kind, Outcome::Kind::Permanent);
    delivery.payload = "nonsense";
    EXPECT_EQ(send(*channel, delivery).kind, Outcome::Kind::Permanent);
    EXPECT_TRUE(endpoint.requests().empty());
}

TEST(WebhookChannel, EndsOpenAttemptsWhenItIsDestroyed) {
    const Endpoint endpoint("");
    auto channel = make_webhook_channel(local(), kClock).value();
    std::promise<Outcome> outcome;
    channel->start(delivery_to(endpoint.url()), [&](Outcome done) {
        outcome.set_value(std::move(done));
    });
    channel.reset();
    EXPECT_EQ(outcome.get_future().get(), Outcome::retry("the server is shutting down"));
}

TEST(WebhookChannel, IsNotMadeFromAnUnusableConfiguration) {
    WebhookOptions options;
    options.allowed_networks = {"everything"};
    EXPECT_FALSE(make_webhook_channel(options, kClock).ok());
}

}  // namespace
}  // namespace attune::delivery
