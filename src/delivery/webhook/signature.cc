#include "delivery/webhook/signature.h"

#include <algorithm>
#include <array>
#include <optional>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/assert.h"

namespace attune::delivery {

namespace {

constexpr std::string_view kPrefix = "whsec_";
constexpr std::size_t kKeyBytesMin = 24;
constexpr std::size_t kKeyBytesMax = 64;

const unsigned char* bytes_of(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

bool in_base64(char byte) {
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= '0' && byte <= '9') || byte == '+' || byte == '/';
}

std::optional<std::string> decode_base64(std::string_view text) {
    std::string_view digits = text;
    while (!digits.empty() && digits.back() == '=' && text.size() - digits.size() < 2) {
        digits.remove_suffix(1);
    }
    if (text.empty() || text.size() % 4 != 0 ||
        !std::all_of(digits.begin(), digits.end(), in_base64)) {
        return std::nullopt;
    }
    std::string bytes(text.size() / 4 * 3, '\0');
    const int count = EVP_DecodeBlock(
        reinterpret_cast<unsigned char*>(bytes.data()),
        bytes_of(text),
        static_cast<int>(text.size())
    );
    if (count < 0) {
        return std::nullopt;
    }
    bytes.resize(bytes.size() - (text.size() - digits.size()));
    return bytes;
}

std::string encode_base64(const unsigned char* bytes, std::size_t count) {
    std::string text((count + 2) / 3 * 4 + 1, '\0');
    const int length = EVP_EncodeBlock(
        reinterpret_cast<unsigned char*>(text.data()), bytes, static_cast<int>(count)
    );
    text.resize(static_cast<std::size_t>(length));
    return text;
}

}  // namespace

Result<SigningKey> SigningKey::create(const Secret& secret) {
    const std::string_view text = secret.reveal();
    if (text.substr(0, kPrefix.size()) == kPrefix && text.size() < 1024) {
        std::optional<std::string> key = decode_base64(text.substr(kPrefix.size()));
        if (key && key->size() >= kKeyBytesMin && key->size() <= kKeyBytesMax) {
            return SigningKey(Secret(std::move(*key)));
        }
    }
    return Error{
        Error::Kind::InvalidInput,
        "cannot use a webhook secret: it must be whsec_ followed by 24 to 64 bytes in base64"};
}

std::string SigningKey::sign(std::string_view id, Timestamp at, std::string_view body) const {
    std::string signed_text(id);
    signed_text += '.';
    signed_text += webhook_timestamp(at);
    signed_text += '.';
    signed_text += body;
    const std::string& key = key_.reveal();
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned length = 0;
    const unsigned char* made = HMAC(
        EVP_sha256(),
        key.data(),
        static_cast<int>(key.size()),
        bytes_of(signed_text),
        signed_text.size(),
        digest.data(),
        &length
    );
    ATTUNE_ASSERT(made != nullptr);
    return "v1," + encode_base64(digest.data(), length);
}

std::string sign(
    const std::vector<SigningKey>& keys, std::string_view id, Timestamp at, std::string_view body
) {
    std::string signatures;
    for (const SigningKey& key : keys) {
        signatures += signatures.empty() ? "" : " ";
        signatures += key.sign(id, at, body);
    }
    return signatures;
}

std::string webhook_timestamp(Timestamp at) {
    return std::to_string(at.ms() / 1000);
}

}  // namespace attune::delivery
