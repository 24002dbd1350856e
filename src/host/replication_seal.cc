#include "host/replication_seal.h"

#include <random>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/assert.h"
#include "base/bytes.h"

namespace attune::host {

namespace {

constexpr std::string_view kQuestion = "attune replication 1 question";
constexpr std::string_view kAnswer = "attune replication 1 answer";
/// Each is a run of a standby; a number more only forgets what was long ago.
constexpr std::size_t kCallersMax = 1'000;

const unsigned char* bytes_of(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

std::string name_bytes(const SealedName& name) {
    std::string bytes = name.server;
    ByteWriter out(bytes);
    out.fixed(name.caller);
    out.fixed(name.count);
    return bytes;
}

Error refused(const char* why) {
    return {Error::Kind::Conflict, std::string("cannot replicate: ") + why};
}

}  // namespace

Result<ReplicationKey> ReplicationKey::load(const std::string& source) {
    Result<delivery::Secret> secret = delivery::Secret::load(source);
    if (!secret) {
        return secret.error();
    }
    if (secret.value().reveal().size() < kBytesMin) {
        return Error{
            Error::Kind::InvalidInput,
            "cannot use the replication key in " + source + ": it must have " +
                std::to_string(kBytesMin) + " bytes or more (openssl rand -hex 32 makes one)"};
    }
    ReplicationKey key;
    key.secret_ = std::move(secret).value();
    return key;
}

std::string ReplicationKey::mac(std::initializer_list<std::string_view> parts) const {
    // Each part under its own length, hashed first: the whole may be megabytes.
    std::string digests;
    for (const std::string_view part : parts) {
        std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
        unsigned size = 0;
        const int done =
            EVP_Digest(part.data(), part.size(), digest.data(), &size, EVP_sha256(), nullptr);
        ATTUNE_ASSERT(done == 1);
        digests.append(reinterpret_cast<const char*>(digest.data()), size);
    }
    std::array<unsigned char, EVP_MAX_MD_SIZE> mac{};
    unsigned size = 0;
    const std::string& secret = secret_.reveal();
    const unsigned char* const made = HMAC(
        EVP_sha256(),
        secret.data(),
        static_cast<int>(secret.size()),
        bytes_of(digests),
        digests.size(),
        mac.data(),
        &size
    );
    ATTUNE_ASSERT(made != nullptr && size == kMacBytes);
    return {reinterpret_cast<const char*>(mac.data()), size};
}

bool same_mac(std::string_view lhs, std::string_view rhs) {
    return lhs.size() == ReplicationKey::kMacBytes && rhs.size() == lhs.size() &&
           CRYPTO_memcmp(lhs.data(), rhs.data(), lhs.size()) == 0;
}

std::string SealedCaller::seal(std::string_view path, std::string_view body) {
    const std::string name = name_bytes({server_, caller_, ++count_});
    return key_->mac({kQuestion, path, name, body}) + name + std::string(body);
}

Result<std::string> SealedCaller::open(std::string_view path, std::string_view sealed) const {
    if (sealed.size() < ReplicationKey::kMacBytes) {
        return refused("the answer is cut off");
    }
    const std::string_view mac = sealed.substr(0, ReplicationKey::kMacBytes);
    const std::string_view body = sealed.substr(ReplicationKey::kMacBytes);
    const std::string name = name_bytes({server_, caller_, count_});
    if (!same_mac(mac, key_->mac({kAnswer, path, name, body}))) {
        return refused("the answer was not made with this replication key");
    }
    return std::string(body);
}

SealedServer::SealedServer(const ReplicationKey& key) : key_(&key) {
    std::random_device random;
    ByteWriter out(greeting_);
    while (greeting_.size() < SealedName::kServerBytes) {
        out.fixed(static_cast<std::uint32_t>(random()));
    }
}

Result<SealedServer::Opened> SealedServer::open(std::string_view path, std::string_view sealed) {
    ByteReader in(sealed);
    const std::string_view mac = in.raw(ReplicationKey::kMacBytes);
    Opened opened;
    opened.name.server = in.raw(SealedName::kServerBytes);
    opened.name.caller = in.fixed<std::uint64_t>();
    opened.name.count = in.fixed<std::uint64_t>();
    opened.body = in.rest();
    if (!in.ok() ||
        !same_mac(mac, key_->mac({kQuestion, path, name_bytes(opened.name), opened.body}))) {
        return refused("the question was not made with this server's replication key");
    }
    if (opened.name.server != greeting_) {
        return refused("the question was made for another run of this server");
    }
    std::uint64_t& last = counts_[opened.name.caller];
    if (opened.name.count <= last) {
        return refused("the question was asked before");
    }
    last = opened.name.count;
    if (counts_.size() > kCallersMax) {
        counts_.erase(
            counts_.begin()->first == opened.name.caller ? std::next(counts_.begin())
                                                         : counts_.begin()
        );
    }
    return opened;
}

std::string SealedServer::seal(std::string_view path, const SealedName& name, std::string_view body)
    const {
    return key_->mac({kAnswer, path, name_bytes(name), body}).append(body);
}

}  // namespace attune::host
