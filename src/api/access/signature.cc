#include "api/access/signature.h"

#include <array>

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>

#include "base/assert.h"

namespace attune::api::access {

namespace {

template <typename T>
using Held = std::unique_ptr<T, void (*)(T*)>;
using Key = std::shared_ptr<EVP_PKEY>;

constexpr std::size_t kSecretBytesMin = 32;  // RFC 7518, 3.2: as long as the hash
constexpr std::size_t kWordBytes = 32;       // of a coordinate, and of half a signature
constexpr int kRsaBitsMin = 2'048;
constexpr int kRsaBitsMax = 8'192;
constexpr const char* kCurve = "P-256";

const unsigned char* bytes_of(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

Error refused(const std::string& why) {
    ERR_clear_error();
    return {Error::Kind::InvalidInput, "cannot use a key: " + why};
}

/// A public key made of parameters by their names; null when they make none.
Key key_from(const char* kind, OSSL_PARAM_BLD* parts) {
    const Held<OSSL_PARAM> parameters(OSSL_PARAM_BLD_to_param(parts), OSSL_PARAM_free);
    const Held<EVP_PKEY_CTX> context(
        EVP_PKEY_CTX_new_from_name(nullptr, kind, nullptr), EVP_PKEY_CTX_free
    );
    EVP_PKEY* made = nullptr;
    if (parameters == nullptr || context == nullptr || EVP_PKEY_fromdata_init(context.get()) != 1 ||
        EVP_PKEY_fromdata(context.get(), &made, EVP_PKEY_PUBLIC_KEY, parameters.get()) != 1) {
        return nullptr;
    }
    return {made, EVP_PKEY_free};
}

/// The two numbers of an ECDSA signature, which tokens carry side by side, as OpenSSL wants them.
std::string to_der(std::string_view signature) {
    const Held<ECDSA_SIG> parts(ECDSA_SIG_new(), ECDSA_SIG_free);
    BIGNUM* first = BN_bin2bn(bytes_of(signature), kWordBytes, nullptr);
    BIGNUM* second = BN_bin2bn(bytes_of(signature.substr(kWordBytes)), kWordBytes, nullptr);
    if (parts == nullptr || ECDSA_SIG_set0(parts.get(), first, second) != 1) {
        BN_free(first);
        BN_free(second);
        return {};
    }
    unsigned char* der = nullptr;
    const int bytes = i2d_ECDSA_SIG(parts.get(), &der);
    std::string text(reinterpret_cast<const char*>(der), static_cast<std::size_t>(bytes));
    OPENSSL_free(der);
    return text;
}

std::string from_der(std::string_view der) {
    const unsigned char* at = bytes_of(der);
    const Held<ECDSA_SIG> parts(
        d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size())), ECDSA_SIG_free
    );
    ATTUNE_ASSERT(parts != nullptr);
    std::array<unsigned char, 2 * kWordBytes> words{};
    BN_bn2binpad(ECDSA_SIG_get0_r(parts.get()), words.data(), kWordBytes);
    BN_bn2binpad(ECDSA_SIG_get0_s(parts.get()), words.data() + kWordBytes, kWordBytes);
    return {reinterpret_cast<const char*>(words.data()), words.size()};
}

bool verify_with(
    EVP_PKEY* key, const EVP_MD* digest, std::string_view text, std::string_view signature
) {
    const Held<EVP_MD_CTX> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
    const bool good =
        context != nullptr &&
        EVP_DigestVerifyInit(context.get(), nullptr, digest, nullptr, key) == 1 &&
        EVP_DigestVerify(
            context.get(), bytes_of(signature), signature.size(), bytes_of(text), text.size()
        ) == 1;
    ERR_clear_error();
    return good;
}

bool verify_secret(const std::string& secret, std::string_view text, std::string_view signature) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> expected{};
    unsigned bytes = 0;
    const unsigned char* made = HMAC(
        EVP_sha256(),
        secret.data(),
        static_cast<int>(secret.size()),
        bytes_of(text),
        text.size(),
        expected.data(),
        &bytes
    );
    return made != nullptr && signature.size() == bytes &&
           CRYPTO_memcmp(expected.data(), signature.data(), bytes) == 0;
}

}  // namespace

std::string_view to_string(Algorithm algorithm) {
    switch (algorithm) {
    case Algorithm::Hs256:
        return "HS256";
    case Algorithm::Es256:
        return "ES256";
    case Algorithm::Rs256:
        return "RS256";
    case Algorithm::EdDsa:
        return "EdDSA";
    }
    return "none";
}

Result<SignatureKey> SignatureKey::hs256(std::string secret) {
    if (secret.size() < kSecretBytesMin) {
        return refused("a secret for HS256 has at least 32 bytes");
    }
    return SignatureKey(Algorithm::Hs256, std::move(secret), nullptr);
}

Result<SignatureKey> SignatureKey::es256(std::string_view x, std::string_view y) {
    if (x.size() != kWordBytes || y.size() != kWordBytes) {
        return refused("a coordinate of P-256 has 32 bytes");
    }
    const std::string point = "\x04" + std::string(x) + std::string(y);
    const Held<OSSL_PARAM_BLD> parts(OSSL_PARAM_BLD_new(), OSSL_PARAM_BLD_free);
    const bool told =
        parts != nullptr &&
        OSSL_PARAM_BLD_push_utf8_string(parts.get(), OSSL_PKEY_PARAM_GROUP_NAME, kCurve, 0) == 1 &&
        OSSL_PARAM_BLD_push_octet_string(
            parts.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size()
        ) == 1;
    Key key = told ? key_from("EC", parts.get()) : nullptr;
    if (key == nullptr) {
        return refused("the coordinates are no point of P-256");
    }
    return SignatureKey(Algorithm::Es256, {}, std::move(key));
}

Result<SignatureKey> SignatureKey::rs256(std::string_view n, std::string_view e) {
    const auto number = [](std::string_view bytes) {
        return Held<BIGNUM>(
            BN_bin2bn(bytes_of(bytes), static_cast<int>(bytes.size()), nullptr), BN_free
        );
    };
    const Held<BIGNUM> modulus = number(n);
    const Held<BIGNUM> exponent = number(e);
    if (modulus == nullptr || exponent == nullptr || BN_num_bits(modulus.get()) < kRsaBitsMin ||
        BN_num_bits(modulus.get()) > kRsaBitsMax) {
        return refused("an RSA modulus has 2,048 to 8,192 bits");
    }
    const Held<OSSL_PARAM_BLD> parts(OSSL_PARAM_BLD_new(), OSSL_PARAM_BLD_free);
    const bool told =
        parts != nullptr &&
        OSSL_PARAM_BLD_push_BN(parts.get(), OSSL_PKEY_PARAM_RSA_N, modulus.get()) == 1 &&
        OSSL_PARAM_BLD_push_BN(parts.get(), OSSL_PKEY_PARAM_RSA_E, exponent.get()) == 1;
    Key key = told ? key_from("RSA", parts.get()) : nullptr;
    if (key == nullptr) {
        return refused("modulus and exponent make no RSA key");
    }
    return SignatureKey(Algorithm::Rs256, {}, std::move(key));
}

Result<SignatureKey> SignatureKey::eddsa(std::string_view x) {
    Key key(
        x.size() == kWordBytes
            ? EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, bytes_of(x), x.size())
            : nullptr,
        EVP_PKEY_free
    );
    if (key == nullptr) {
        return refused("a key of Ed25519 has 32 bytes");
    }
    return SignatureKey(Algorithm::EdDsa, {}, std::move(key));
}

bool SignatureKey::verify(std::string_view text, std::string_view signature) const {
    switch (algorithm_) {
    case Algorithm::Hs256:
        return verify_secret(secret_, text, signature);
    case Algorithm::Es256:
        return signature.size() == 2 * kWordBytes &&
               verify_with(key_.get(), EVP_sha256(), text, to_der(signature));
    case Algorithm::Rs256:
        return verify_with(key_.get(), EVP_sha256(), text, signature);
    case Algorithm::EdDsa:
        return verify_with(key_.get(), nullptr, text, signature);
    }
    return false;
}

Result<SigningKey> SigningKey::make() {
    Key key(EVP_EC_gen(kCurve), EVP_PKEY_free);
    if (key == nullptr) {
        return Error{Error::Kind::Unavailable, "cannot make a key: there is no randomness"};
    }
    return SigningKey(std::move(key));
}

Result<SigningKey> SigningKey::from_pem(const std::string& pem) {
    const Held<BIO> text(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), [](BIO* bio) {
        BIO_free(bio);
    });
    Key key(PEM_read_bio_PrivateKey(text.get(), nullptr, nullptr, nullptr), EVP_PKEY_free);
    std::array<char, 16> group{};
    std::size_t bytes = 0;
    if (key == nullptr || EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_EC ||
        EVP_PKEY_get_group_name(key.get(), group.data(), group.size(), &bytes) != 1 ||
        std::string_view(group.data(), bytes) != "prime256v1") {
        return refused("it is no private key of P-256 as PEM");
    }
    return SigningKey(std::move(key));
}

std::string SigningKey::to_pem() const {
    const Held<BIO> text(BIO_new(BIO_s_mem()), BIO_free_all);
    const bool written =
        PEM_write_bio_PrivateKey(text.get(), key_.get(), nullptr, nullptr, 0, nullptr, nullptr) ==
        1;
    ATTUNE_ASSERT(written);
    char* data = nullptr;
    const long bytes = BIO_get_mem_data(text.get(), &data);
    return {data, static_cast<std::size_t>(bytes)};
}

std::pair<std::string, std::string> SigningKey::point() const {
    std::array<std::array<unsigned char, kWordBytes>, 2> words{};
    for (const auto& [name, word] :
         {std::pair(OSSL_PKEY_PARAM_EC_PUB_X, &words[0]), {OSSL_PKEY_PARAM_EC_PUB_Y, &words[1]}}) {
        BIGNUM* number = nullptr;
        const bool found = EVP_PKEY_get_bn_param(key_.get(), name, &number) == 1 &&
                           BN_bn2binpad(number, word->data(), kWordBytes) == kWordBytes;
        BN_free(number);
        ATTUNE_ASSERT(found);
    }
    const auto text = [](const auto& word) {
        return std::string(reinterpret_cast<const char*>(word.data()), word.size());
    };
    return {text(words[0]), text(words[1])};
}

std::string SigningKey::sign(std::string_view text) const {
    const Held<EVP_MD_CTX> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
    std::array<unsigned char, 80> der{};  // two numbers of 33 bytes and their heads at most
    std::size_t bytes = der.size();
    const bool signed_well =
        EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key_.get()) == 1 &&
        EVP_DigestSign(context.get(), der.data(), &bytes, bytes_of(text), text.size()) == 1;
    ATTUNE_ASSERT(signed_well);
    return from_der({reinterpret_cast<const char*>(der.data()), bytes});
}

}  // namespace attune::api::access
