#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>

#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <unistd.h>

#include "api/http/test_server.h"
#include "api/http/ticket_keys.h"
#include "api/http/tls_certificates.h"
#include "api/http/tls_context.h"
#include "api/http/tls_test_client.h"

namespace attune::api::http {

namespace testing {

namespace {

std::unique_ptr<BIO, int (*)(BIO*)> bytes_of(const std::string& text) {
    return {BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), BIO_free};
}

void trust(SSL_CTX* context, const std::string& authority) {
    X509* certificate = PEM_read_bio_X509(bytes_of(authority).get(), nullptr, nullptr, nullptr);
    X509_STORE_add_cert(SSL_CTX_get_cert_store(context), certificate);
    X509_free(certificate);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
}

void show(SSL_CTX* context, const TlsIdentity& identity) {
    X509* certificate =
        PEM_read_bio_X509(bytes_of(identity.certificate).get(), nullptr, nullptr, nullptr);
    EVP_PKEY* key =
        PEM_read_bio_PrivateKey(bytes_of(identity.key).get(), nullptr, nullptr, nullptr);
    SSL_CTX_use_certificate(context, certificate);
    SSL_CTX_use_PrivateKey(context, key);
    X509_free(certificate);
    EVP_PKEY_free(key);
}

}  // namespace

TlsTestClient::TlsTestClient(std::uint16_t port, const TlsClientOptions& options)
    : TestClient(port),
      context_(SSL_CTX_new(TLS_client_method()), SSL_CTX_free),
      tls_(nullptr, SSL_free) {
    SSL_CTX* context = context_.get();
    SSL_CTX_set_security_level(context, 0);  // so that it may offer what the server must refuse
    SSL_CTX_set_min_proto_version(context, options.version_min);
    SSL_CTX_set_max_proto_version(context, options.version_max);
    if (!options.authority.empty()) {
        trust(context, options.authority);
    }
    if (!options.identity.key.empty()) {
        show(context, options.identity);
    }
    tls_.reset(SSL_new(context));
    SSL_set1_host(tls_.get(), options.server.c_str());
    if (!options.protocol.empty()) {
        const auto* offered = reinterpret_cast<const unsigned char*>(options.protocol.data());
        SSL_set_alpn_protos(tls_.get(), offered, static_cast<unsigned>(options.protocol.size()));
    }
    if (options.session != nullptr) {
        SSL_set_session(tls_.get(), options.session.get());
    }
    SSL_set_fd(tls_.get(), socket());
    secured_ = SSL_connect(tls_.get()) == 1;
}

std::string TlsTestClient::protocol() const {
    const unsigned char* chosen = nullptr;
    unsigned bytes = 0;
    SSL_get0_alpn_selected(tls_.get(), &chosen, &bytes);
    return {reinterpret_cast<const char*>(chosen), bytes};
}

std::string TlsTestClient::common_name() const {
    const X509* certificate = SSL_get0_peer_certificate(tls_.get());
    if (certificate == nullptr) {
        return "";
    }
    std::array<char, 64> name{};
    X509_NAME_get_text_by_NID(
        X509_get_subject_name(certificate), NID_commonName, name.data(), name.size()
    );
    return name.data();
}

std::shared_ptr<SSL_SESSION> TlsTestClient::session() const {
    return {SSL_get1_session(tls_.get()), SSL_SESSION_free};
}

ssize_t TlsTestClient::transmit(std::string_view bytes) const {
    return SSL_write(tls_.get(), bytes.data(), static_cast<int>(bytes.size()));
}

ssize_t TlsTestClient::fetch(std::span<char> into) {
    return SSL_read(tls_.get(), into.data(), static_cast<int>(into.size()));
}

}  // namespace testing

namespace {

using namespace std::chrono_literals;
using testing::ReceivedResponse;
using testing::TestServer;
using testing::TlsClientOptions;
using testing::TlsTestClient;

constexpr std::string_view kGet = "GET /a HTTP/1.1\r\nHost: localhost\r\n\r\n";

void say_body(const Request& request, Responder responder) {
    responder.send(Response::text(std::string(request.body)));
}

class TlsTest : public ::testing::Test {
protected:
    TlsTest() {
        std::filesystem::create_directories(folder_);
        write("authority.pem", authority_.certificate);
        show({.common_name = "first", .names = {"localhost", "127.0.0.1"}});
    }
    void TearDown() override { std::filesystem::remove_all(folder_); }

    void write(const std::string& name, const std::string& text) const {
        std::ofstream(folder_ / name) << text;
    }

    /// Puts another certificate where the server looks for its own.
    void show(const CertificateSubject& subject) const {
        const TlsIdentity identity = make_certificate(authority_, subject).value();
        write("server.pem", identity.certificate);
        write("server.key", identity.key);
    }

    [[nodiscard]] TlsFiles files() const {
        return {folder_ / "server.pem", folder_ / "server.key"};
    }

    void start(const TlsFiles& files, const Limits& limits = {}) {
        tls_ = TlsContext::load(files).value();
        server_ = std::make_unique<TestServer>(
            [](Router& router) {
                router.add(Method::Get, "/a", say_body);
                router.add(Method::Post, "/a", say_body);
            },
            limits,
            2,
            tls_
        );
    }

    [[nodiscard]] std::uint16_t port() const { return server_->server().port(); }

    [[nodiscard]] TlsClientOptions trusting() const {
        return {.authority = authority_.certificate};
    }

    const std::filesystem::path folder_ =
        std::filesystem::path(::testing::TempDir()) / ("tls_" + std::to_string(::getpid()));
    const TlsIdentity authority_ = make_authority("Test authority", 1).value();
    std::shared_ptr<TlsContext> tls_;
    std::unique_ptr<TestServer> server_;
};

TEST_F(TlsTest, AnswersInBothVersionsAndTellsBrowsersToInsist) {
    start(files());
    for (const auto& [version, name] :
         {std::pair(TLS1_2_VERSION, "TLSv1.2"), std::pair(TLS1_3_VERSION, "TLSv1.3")}) {
        TlsClientOptions options = trusting();
        options.version_max = version;
        options.protocol = "\x02h2\x08http/1.1";
        TlsTestClient client(port(), options);
        ASSERT_TRUE(client.secured());
        EXPECT_EQ(client.version(), name);
        EXPECT_EQ(client.protocol(), "http/1.1");
        const ReceivedResponse response = client.ask(kGet);
        EXPECT_EQ(response.status, 200);
        EXPECT_EQ(response.headers.at("strict-transport-security"), "max-age=31536000");
        EXPECT_EQ(
            server_->metric(
                R"(attune_tls_handshakes_total{version=")" + std::string(name) +
                R"(",resumed="no"})"
            ),
            "1"
        );
    }
}

TEST_F(TlsTest, RefusesVersionsAndProtocolsThatItDoesNotSpeak) {
    start(files());
    TlsClientOptions old = trusting();
    old.version_max = TLS1_1_VERSION;
    EXPECT_FALSE(TlsTestClient(port(), old).secured());
    TlsClientOptions other = trusting();
    other.protocol = "\x06spdy/3";
    EXPECT_FALSE(TlsTestClient(port(), other).secured());
    (void)server_->server().drain(10s);  // the client hears of it before it is counted
    EXPECT_EQ(server_->metric(R"(attune_http_refused_total{reason="handshake"})"), "2");
}

TEST_F(TlsTest, CarriesBodiesOfManyRecordsAndPipelinedRequests) {
    start(files());
    TlsTestClient client(port(), trusting());
    const std::string body(400'000, 'x');
    const std::string request =
        "POST /a HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + std::to_string(body.size()) +
        "\r\n\r\n" + body;
    client.send(request + std::string(kGet) + request);
    EXPECT_EQ(client.receive().body, body);
    EXPECT_EQ(client.receive().body, "");
    EXPECT_EQ(client.receive().body, body);
}

TEST_F(TlsTest, ResumesSessionsAlsoAcrossAReload) {
    start(files());
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        TlsClientOptions options = trusting();
        options.version_max = version;
        TlsTestClient first(port(), options);
        (void)first.ask(kGet);
        EXPECT_FALSE(first.resumed());
        options.session = first.session();
        ASSERT_TRUE(tls_->reload().ok());
        TlsTestClient second(port(), options);
        EXPECT_EQ(second.ask(kGet).status, 200);
        EXPECT_TRUE(second.resumed());
    }
}

TEST_F(TlsTest, ShowsTheNewCertificateAfterAReloadAndTheOldOneWhereTheNewIsUnsound) {
    start(files());
    TlsTestClient before(port(), trusting());
    EXPECT_EQ(before.common_name(), "first");
    show({.common_name = "second", .names = {"localhost"}, .days = 30});
    ASSERT_TRUE(tls_->reload().ok());
    EXPECT_EQ(TlsTestClient(port(), trusting()).common_name(), "second");
    EXPECT_EQ(before.ask(kGet).status, 200);
    write("server.key", "nonsense");
    const Status reloaded = tls_->reload();
    ASSERT_FALSE(reloaded.ok());
    EXPECT_NE(reloaded.error().message.find("server.key\": "), std::string::npos)
        << reloaded.error().message;
    EXPECT_EQ(TlsTestClient(port(), trusting()).common_name(), "second");
}

TEST_F(TlsTest, NamesTheFileThatIsUnsound) {
    const auto message = [&] {
        const auto loaded = TlsContext::load(files());
        return loaded ? std::string("none") : loaded.error().message;
    };
    const TlsIdentity other =
        make_certificate(authority_, {.common_name = "other", .names = {}}).value();
    write("server.key", other.key);
    EXPECT_EQ(message(), "cannot use the private key \"" + files().key + "\": key values mismatch");
    show({.common_name = "old", .names = {"localhost"}, .days = -1});
    EXPECT_EQ(
        message(), "cannot use the certificate \"" + files().certificate + "\": it has expired"
    );
    std::filesystem::remove(files().certificate);
    EXPECT_EQ(
        message(),
        "cannot use the certificate \"" + files().certificate + "\": No such file or directory"
    );
}

TEST_F(TlsTest, TellsWhoSpeaksInClear) {
    start(files());
    const ReceivedResponse response = server_->ask(kGet);
    EXPECT_EQ(response.status, 400);
    EXPECT_NE(response.body.find("this port speaks https"), std::string::npos);
    (void)server_->server().drain(10s);
    EXPECT_EQ(server_->metric(R"(attune_http_refused_total{reason="plain_http"})"), "1");
}

TEST_F(TlsTest, DoesNotWaitForeverForAHandshake) {
    Limits limits;
    limits.handshake_time_max = 20ms;
    start(files(), limits);
    testing::TestClient silent = server_->connect();
    EXPECT_TRUE(silent.closed());
    testing::TestClient slow = server_->connect();
    slow.send("\x16\x03\x01");
    EXPECT_TRUE(slow.closed());
    EXPECT_EQ(server_->metric(R"(attune_http_refused_total{reason="handshake_time"})"), "2");
    EXPECT_EQ(server_->server().drain(10s), 0U);
    EXPECT_EQ(server_->metric("attune_http_connections"), "0");
}

TEST_F(TlsTest, AsksClientsForACertificateWhereToldTo) {
    TlsFiles mutual = files();
    mutual.client_authority = folder_ / "authority.pem";
    start(mutual);
    TlsTestClient nobody(port(), trusting());
    EXPECT_EQ(nobody.ask(kGet).status, 0);
    TlsClientOptions stranger = trusting();
    stranger.identity = make_certificate(
                            make_authority("Another", 1).value(),
                            {.common_name = "till", .names = {}, .server = false}
    )
                            .value();
    EXPECT_EQ(TlsTestClient(port(), stranger).ask(kGet).status, 0);
    TlsClientOptions known = trusting();
    known.identity =
        make_certificate(authority_, {.common_name = "till", .names = {}, .server = false}).value();
    EXPECT_EQ(TlsTestClient(port(), known).ask(kGet).status, 200);
}

TEST_F(TlsTest, EndsSoundlyWhenTheClientDoesNot) {
    start(files());
    {
        TlsTestClient gone(port(), trusting());
        gone.send("POST /a HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nhalf");
    }
    EXPECT_EQ(TlsTestClient(port(), trusting()).ask(kGet).status, 200);
}

TEST(TlsCertificates, AreMadeForHostsAndAddressesOnly) {
    const TlsIdentity authority = make_authority("a", 1).value();
    const auto refused = make_certificate(authority, {.common_name = "x", .names = {"a b"}});
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(
        refused.error().message,
        "cannot make a certificate for \"a b\": it is neither a host's name nor an IP address"
    );
    EXPECT_TRUE(make_certificate(authority, {.common_name = "x", .names = {"::1", "*.a.b"}}).ok());
    EXPECT_FALSE(make_certificate({"no", "pem"}, {.common_name = "x", .names = {}}).ok());
}

TEST(TicketKeys, AreReplacedAndForgotten) {
    TicketKeys keys;
    const TicketKeys::Moment start{};
    const TicketKeys::Key first = keys.current(start).value();
    EXPECT_EQ(keys.current(start + TicketKeys::kLife - 1s).value().name, first.name);
    const TicketKeys::Key second = keys.current(start + TicketKeys::kLife).value();
    EXPECT_NE(second.name, first.name);
    EXPECT_TRUE(keys.find(first.name, start + TicketKeys::kLife).value().old);
    EXPECT_FALSE(keys.find(second.name, start + TicketKeys::kLife).value().old);
    EXPECT_FALSE(keys.find(first.name, start + 2 * TicketKeys::kLife).has_value());
    EXPECT_FALSE(keys.find(TicketKeys::Key{}.name, start).has_value());
}

}  // namespace
}  // namespace attune::api::http
