#include "api/http/tls_context.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <ctime>
#include <optional>
#include <span>
#include <string_view>
#include <system_error>
#include <utility>

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "api/http/ticket_keys.h"

namespace attune::api::http {

namespace {

// Mozilla's Server Side TLS 5.7, "intermediate", forward secret by elliptic curves only.
constexpr const char* kCiphers =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
    "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"
    "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";
constexpr const char* kGroups = "X25519:P-256:P-384";
constexpr std::string_view kHttp11 = "\x08http/1.1";
constexpr std::string_view kSessionContext = "attune";

using Context = std::shared_ptr<SSL_CTX>;

/// OpenSSL's reason for the last failure of this thread, and forgets it.
std::string last_reason() {
    const unsigned long code = ERR_peek_error();
    std::string reason;
    if (ERR_SYSTEM_ERROR(code)) {
        reason = std::generic_category().message(ERR_GET_REASON(code));
    } else if (const char* text = ERR_reason_error_string(code)) {
        reason = text;
    } else {
        reason = "unknown reason";
    }
    ERR_clear_error();
    return reason;
}

Error cannot(const std::string& what, const std::string& file, const std::string& why) {
    return {Error::Kind::InvalidInput, "cannot use " + what + " \"" + file + "\": " + why};
}

/// Which of our keys sealed every context's tickets.
int tickets_index() {
    static const int index = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
    return index;
}

bool set_up(
    EVP_CIPHER_CTX* cipher,
    EVP_MAC_CTX* mac,
    const TicketKeys::Key& key,
    const unsigned char* iv,
    bool seal
) {
    std::array<char, 7> digest{"SHA256"};
    std::array<unsigned char, 32> secret = key.mac;
    const std::array<OSSL_PARAM, 3> parameters{
        OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, secret.data(), secret.size()),
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest.data(), 0),
        OSSL_PARAM_construct_end()};
    const bool done = EVP_MAC_CTX_set_params(mac, parameters.data()) == 1 &&
                      EVP_CipherInit_ex(
                          cipher, EVP_aes_256_cbc(), nullptr, key.cipher.data(), iv, seal ? 1 : 0
                      ) == 1;
    OPENSSL_cleanse(secret.data(), secret.size());
    return done;
}

/// As SSL_CTX_set_tlsext_ticket_key_evp_cb(3) wants it: 1 goes on, 2 goes on and renews the ticket,
/// 0 starts without a ticket, -1 ends the connection.
int on_ticket(  // NOLINT(readability-function-size): OpenSSL's interface
    SSL* ssl,
    unsigned char* name,
    unsigned char* iv,
    EVP_CIPHER_CTX* cipher,
    EVP_MAC_CTX* mac,
    int seal
) {
    auto* keys =
        static_cast<TicketKeys*>(SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), tickets_index()));
    const auto now = std::chrono::steady_clock::now();
    if (seal == 1) {
        const std::optional<TicketKeys::Key> key = keys->current(now);
        if (!key || RAND_bytes(iv, EVP_CIPHER_get_iv_length(EVP_aes_256_cbc())) != 1) {
            return -1;
        }
        std::copy(key->name.begin(), key->name.end(), name);
        return set_up(cipher, mac, *key, iv, true) ? 1 : -1;
    }
    const auto found = keys->find(std::span<const unsigned char, 16>(name, 16), now);
    if (!found) {
        return 0;
    }
    if (!set_up(cipher, mac, found->key, iv, false)) {
        return -1;
    }
    return found->old ? 2 : 1;
}

int on_protocols(  // NOLINT(readability-function-size): OpenSSL's interface
    SSL* /*ssl*/,
    const unsigned char** out,
    unsigned char* out_bytes,
    const unsigned char* offered,
    unsigned offered_bytes,
    void* /*unused*/
) {
    unsigned char* chosen = nullptr;
    const auto* ours = reinterpret_cast<const unsigned char*>(kHttp11.data());
    const int verdict = SSL_select_next_proto(
        &chosen, out_bytes, ours, static_cast<unsigned>(kHttp11.size()), offered, offered_bytes
    );
    *out = chosen;
    return verdict == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

Context make_context(const std::shared_ptr<TicketKeys>& tickets) {
    // The context's callback asks the keys, so they live as long.
    Context context(SSL_CTX_new(TLS_server_method()), [tickets](SSL_CTX* made) {
        SSL_CTX_free(made);
    });
    if (!context) {
        return nullptr;
    }
    SSL_CTX* raw = context.get();
    SSL_CTX_set_options(
        raw, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_PRIORITIZE_CHACHA
    );
    // Idle connections hold no buffers, and what is written may have moved when it is tried again.
    SSL_CTX_set_mode(
        raw,
        SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
            SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER
    );
    SSL_CTX_set_read_ahead(raw, 1);
    SSL_CTX_set_session_cache_mode(raw, SSL_SESS_CACHE_OFF);  // tickets hold what there is
    SSL_CTX_set_alpn_select_cb(raw, on_protocols, nullptr);
    const bool done = SSL_CTX_set_min_proto_version(raw, TLS1_2_VERSION) == 1 &&
                      SSL_CTX_set_cipher_list(raw, kCiphers) == 1 &&
                      SSL_CTX_set1_groups_list(raw, kGroups) == 1 &&
                      SSL_CTX_set_session_id_context(
                          raw,
                          reinterpret_cast<const unsigned char*>(kSessionContext.data()),
                          static_cast<unsigned>(kSessionContext.size())
                      ) == 1 &&
                      SSL_CTX_set_ex_data(raw, tickets_index(), tickets.get()) == 1 &&
                      SSL_CTX_set_tlsext_ticket_key_evp_cb(raw, on_ticket) == 1;
    return done ? context : nullptr;
}

Timestamp time_of(const ASN1_TIME* time) {
    std::tm parts{};
    if (ASN1_TIME_to_tm(time, &parts) != 1) {
        return Timestamp{};
    }
    return Timestamp(std::int64_t{timegm(&parts)} * 1000);
}

Status use_certificate(SSL_CTX* context, const TlsFiles& files) {
    if (SSL_CTX_use_certificate_chain_file(context, files.certificate.c_str()) != 1) {
        return cannot("the certificate", files.certificate, last_reason());
    }
    if (X509_cmp_current_time(X509_get0_notAfter(SSL_CTX_get0_certificate(context))) <= 0) {
        return cannot("the certificate", files.certificate, "it has expired");
    }
    if (SSL_CTX_use_PrivateKey_file(context, files.key.c_str(), SSL_FILETYPE_PEM) != 1 ||
        SSL_CTX_check_private_key(context) != 1) {
        return cannot("the private key", files.key, last_reason());
    }
    return Done{};
}

Status ask_clients(SSL_CTX* context, const std::string& authority) {
    if (SSL_CTX_load_verify_file(context, authority.c_str()) != 1) {
        return cannot("the clients' authority", authority, last_reason());
    }
    SSL_CTX_set_client_CA_list(context, SSL_load_client_CA_file(authority.c_str()));
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
    return Done{};
}

}  // namespace

TlsContext::TlsContext(TlsFiles files)
    : files_(std::move(files)), tickets_(std::make_shared<TicketKeys>()) {}

Result<std::shared_ptr<TlsContext>> TlsContext::load(TlsFiles files) {
    std::shared_ptr<TlsContext> made(new TlsContext(std::move(files)));
    if (const Status loaded = made->reload(); !loaded) {
        return loaded.error();
    }
    return made;
}

Status TlsContext::reload() {
    ERR_clear_error();
    Context context = make_context(tickets_);
    if (!context) {
        return Error{Error::Kind::Unavailable, "cannot set up TLS: " + last_reason()};
    }
    if (Status used = use_certificate(context.get(), files_); !used) {
        return used;
    }
    if (!files_.client_authority.empty()) {
        if (Status asked = ask_clients(context.get(), files_.client_authority); !asked) {
            return asked;
        }
    }
    const std::lock_guard lock(mutex_);
    not_after_ = time_of(X509_get0_notAfter(SSL_CTX_get0_certificate(context.get())));
    context_ = std::move(context);
    return Done{};
}

std::shared_ptr<SSL_CTX> TlsContext::current() const {
    const std::lock_guard lock(mutex_);
    return context_;
}

Timestamp TlsContext::not_after() const {
    const std::lock_guard lock(mutex_);
    return not_after_;
}

}  // namespace attune::api::http
