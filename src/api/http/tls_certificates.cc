#include "api/http/tls_certificates.h"

#include <algorithm>
#include <cctype>
#include <memory>
#include <utility>

#include <arpa/inet.h>
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

namespace attune::api::http {

namespace {

template <typename T>
using Held = std::unique_ptr<T, void (*)(T*)>;

constexpr long kDayS = 24L * 60 * 60;
constexpr int kSerialBits = 127;  // RFC 5280 allows 20 octets, positive

Error failed(const std::string& what) {
    ERR_clear_error();
    return {Error::Kind::Unavailable, "cannot make a certificate: " + what};
}

std::string text_of(BIO* bio) {
    char* data = nullptr;
    const long bytes = BIO_get_mem_data(bio, &data);
    return {data, static_cast<std::size_t>(bytes)};
}

bool add_extension(X509* certificate, X509* issuer, int id, const std::string& value) {
    X509V3_CTX context{};
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    const Held<X509_EXTENSION> extension(
        X509V3_EXT_conf_nid(nullptr, &context, id, value.c_str()), X509_EXTENSION_free
    );
    return extension != nullptr && X509_add_ext(certificate, extension.get(), -1) == 1;
}

bool set_serial(X509* certificate) {
    const Held<BIGNUM> number(BN_new(), BN_free);
    return number != nullptr &&
           BN_rand(number.get(), kSerialBits, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) == 1 &&
           BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) != nullptr;
}

/// A certificate without extensions and without a signature.
bool fill(X509* certificate, EVP_PKEY* key, const std::string& name, int days) {
    X509_NAME* subject = X509_get_subject_name(certificate);
    const auto* text = reinterpret_cast<const unsigned char*>(name.data());
    const int bytes = static_cast<int>(name.size());
    // A little in the past, for machines whose clocks are behind; all of it for one that is over.
    const long begin = days < 0 ? 2L * days * kDayS : -kDayS / 24;
    return X509_set_version(certificate, X509_VERSION_3) == 1 && set_serial(certificate) &&
           X509_gmtime_adj(X509_getm_notBefore(certificate), begin) != nullptr &&
           X509_gmtime_adj(X509_getm_notAfter(certificate), days * kDayS) != nullptr &&
           X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, text, bytes, -1, 0) == 1 &&
           X509_set_pubkey(certificate, key) == 1;
}

Result<TlsIdentity> to_pem(X509* certificate, EVP_PKEY* key) {
    const Held<BIO> certificate_text(BIO_new(BIO_s_mem()), BIO_free_all);
    const Held<BIO> key_text(BIO_new(BIO_s_mem()), BIO_free_all);
    if (PEM_write_bio_X509(certificate_text.get(), certificate) != 1 ||
        PEM_write_bio_PrivateKey(key_text.get(), key, nullptr, nullptr, 0, nullptr, nullptr) != 1) {
        return failed("it cannot be written as PEM");
    }
    return TlsIdentity{text_of(certificate_text.get()), text_of(key_text.get())};
}

bool address(const std::string& name) {
    in6_addr bytes{};
    return inet_pton(AF_INET, name.c_str(), &bytes) == 1 ||
           inet_pton(AF_INET6, name.c_str(), &bytes) == 1;
}

bool host_name(const std::string& name) {
    return !name.empty() && std::all_of(name.begin(), name.end(), [](unsigned char c) {
        return std::isalnum(c) != 0 || c == '-' || c == '.' || c == '*' || c == '_';
    });
}

Result<std::string> alternative_names(const std::vector<std::string>& names) {
    std::string list;
    for (const std::string& name : names) {
        const bool number = address(name);
        if (!number && !host_name(name)) {
            return Error{
                Error::Kind::InvalidInput,
                "cannot make a certificate for \"" + name +
                    "\": it is neither a host's name nor an IP address"};
        }
        list += (list.empty() ? "" : ",") + std::string(number ? "IP:" : "DNS:") + name;
    }
    return list;
}

bool extend(
    X509* certificate, X509* issuer, const CertificateSubject& subject, const std::string& names
) {
    const char* use = subject.server ? "serverAuth" : "clientAuth";
    return add_extension(certificate, issuer, NID_basic_constraints, "critical,CA:FALSE") &&
           add_extension(certificate, issuer, NID_key_usage, "critical,digitalSignature") &&
           add_extension(certificate, issuer, NID_ext_key_usage, use) &&
           add_extension(certificate, issuer, NID_subject_key_identifier, "hash") &&
           add_extension(certificate, issuer, NID_authority_key_identifier, "keyid:always") &&
           (names.empty() || add_extension(certificate, issuer, NID_subject_alt_name, names));
}

}  // namespace

Result<TlsIdentity> make_authority(const std::string& name, int days) {
    const Held<EVP_PKEY> key(EVP_EC_gen("P-256"), EVP_PKEY_free);
    const Held<X509> made(X509_new(), X509_free);
    if (key == nullptr || made == nullptr || !fill(made.get(), key.get(), name, days)) {
        return failed("there is no randomness, or no memory");
    }
    X509* raw = made.get();
    if (X509_set_issuer_name(raw, X509_get_subject_name(raw)) != 1 ||
        !add_extension(raw, raw, NID_basic_constraints, "critical,CA:TRUE,pathlen:0") ||
        !add_extension(raw, raw, NID_key_usage, "critical,keyCertSign,cRLSign") ||
        !add_extension(raw, raw, NID_subject_key_identifier, "hash") ||
        X509_sign(raw, key.get(), EVP_sha256()) == 0) {
        return failed("it cannot be signed");
    }
    return to_pem(raw, key.get());
}

Result<TlsIdentity> make_certificate(
    const TlsIdentity& authority, const CertificateSubject& subject
) {
    const Result<std::string> names = alternative_names(subject.names);
    if (!names) {
        return names.error();
    }
    const auto bytes_of = [](const std::string& text) {
        return Held<BIO>(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), [](BIO* bio) {
            BIO_free(bio);
        });
    };
    const Held<X509> issuer(
        PEM_read_bio_X509(bytes_of(authority.certificate).get(), nullptr, nullptr, nullptr),
        X509_free
    );
    const Held<EVP_PKEY> issuer_key(
        PEM_read_bio_PrivateKey(bytes_of(authority.key).get(), nullptr, nullptr, nullptr),
        EVP_PKEY_free
    );
    if (issuer == nullptr || issuer_key == nullptr) {
        ERR_clear_error();
        return Error{
            Error::Kind::InvalidInput, "cannot make a certificate: the authority is no PEM"};
    }
    const Held<EVP_PKEY> key(EVP_EC_gen("P-256"), EVP_PKEY_free);
    const Held<X509> made(X509_new(), X509_free);
    if (key == nullptr || made == nullptr ||
        !fill(made.get(), key.get(), subject.common_name, subject.days)) {
        return failed("there is no randomness, or no memory");
    }
    if (X509_set_issuer_name(made.get(), X509_get_subject_name(issuer.get())) != 1 ||
        !extend(made.get(), issuer.get(), subject, names.value()) ||
        X509_sign(made.get(), issuer_key.get(), EVP_sha256()) == 0) {
        return failed("it cannot be signed");
    }
    return to_pem(made.get(), key.get());
}

}  // namespace attune::api::http
