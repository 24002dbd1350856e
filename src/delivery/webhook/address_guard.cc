#include "delivery/webhook/address_guard.h"

#include <algorithm>
#include <charconv>
#include <cstring>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "base/assert.h"

namespace attune::delivery {

namespace {

struct Special {
    std::string_view network;
    std::string_view why;
};

// The special-purpose registries of IANA (RFC 6890 and its successors): what is not the public
// internet, or leads from it into another network.
constexpr std::array<Special, 33> kSpecial{{
    {"0.0.0.0/8", "this host"},
    {"10.0.0.0/8", "private"},
    {"100.64.0.0/10", "a carrier's own"},
    {"127.0.0.0/8", "loopback"},
    {"169.254.0.0/16", "link-local"},
    {"172.16.0.0/12", "private"},
    {"192.0.0.0/24", "reserved for protocols"},
    {"192.0.2.0/24", "for documentation"},
    {"192.88.99.0/24", "a 6to4 relay"},
    {"192.168.0.0/16", "private"},
    {"198.18.0.0/15", "for benchmarks"},
    {"198.51.100.0/24", "for documentation"},
    {"203.0.113.0/24", "for documentation"},
    {"224.0.0.0/4", "multicast"},
    {"255.255.255.255/32", "broadcast"},
    {"240.0.0.0/4", "reserved"},
    {"::1/128", "loopback"},
    {"::/128", "this host"},
    {"::/96", "an embedded IPv4 address"},
    {"::ffff:0:0:0/96", "an embedded IPv4 address"},
    {"64:ff9b::/96", "an embedded IPv4 address"},
    {"64:ff9b:1::/48", "an embedded IPv4 address"},
    {"100::/64", "a black hole"},
    {"2001::/32", "a Teredo tunnel"},
    {"2001::/23", "reserved for protocols"},
    {"2001:db8::/32", "for documentation"},
    {"2002::/16", "a 6to4 tunnel"},
    {"3fff::/20", "for documentation"},
    {"5f00::/16", "for segment routing"},
    {"fc00::/7", "private"},
    {"fe80::/10", "link-local"},
    {"fec0::/10", "site-local"},
    {"ff00::/8", "multicast"},
}};

constexpr unsigned kMappedBits = 96;

Address mapped(const in_addr& address) {
    Address result{};
    result[10] = 0xff;
    result[11] = 0xff;
    std::memcpy(&result[12], &address, sizeof(address));
    return result;
}

bool is_mapped(const Address& address) {
    return Network{mapped(in_addr{}), kMappedBits}.contains(address);
}

/// IANA has given out global addresses from 2000::/3 only.
bool is_global_unicast(const Address& address) {
    return (address[0] & 0xe0U) == 0x20U;
}

std::optional<Address> address_of(const sockaddr& address) {
    if (address.sa_family == AF_INET) {
        sockaddr_in ipv4{};
        std::memcpy(&ipv4, &address, sizeof(ipv4));
        return mapped(ipv4.sin_addr);
    }
    if (address.sa_family == AF_INET6) {
        sockaddr_in6 ipv6{};
        std::memcpy(&ipv6, &address, sizeof(ipv6));
        Address result{};
        std::memcpy(result.data(), &ipv6.sin6_addr, result.size());
        return result;
    }
    return std::nullopt;
}

std::string to_text(const Address& address) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    if (is_mapped(address)) {
        inet_ntop(AF_INET, &address[12], text.data(), text.size());
    } else {
        inet_ntop(AF_INET6, address.data(), text.data(), text.size());
    }
    return text.data();
}

}  // namespace

bool Network::contains(const Address& other) const {
    for (unsigned bit = 0; bit < prefix_bits; bit += 8) {
        const unsigned bits = std::min(8U, prefix_bits - bit);
        const unsigned mask = 0xffU << (8 - bits) & 0xffU;
        if (((address[bit / 8] ^ other[bit / 8]) & mask) != 0) {
            return false;
        }
    }
    return true;
}

Result<Network> parse_network(std::string_view text) {
    const Error malformed{
        Error::Kind::InvalidInput,
        "cannot read network \"" + std::string(text) +
            "\": it must look like 10.0.0.0/8 or fc00::/7"};
    const std::size_t slash = text.find('/');
    const std::string host(text.substr(0, slash));
    Network network;
    in_addr ipv4{};
    unsigned bits_max = 128;
    unsigned offset = 0;
    if (inet_pton(AF_INET, host.c_str(), &ipv4) == 1) {
        network.address = mapped(ipv4);
        bits_max = 32;
        offset = kMappedBits;
    } else if (inet_pton(AF_INET6, host.c_str(), network.address.data()) != 1) {
        return malformed;
    }
    unsigned bits = bits_max;
    if (slash != std::string_view::npos) {
        const std::string_view digits = text.substr(slash + 1);
        const auto [end, error] =
            std::from_chars(digits.data(), digits.data() + digits.size(), bits);
        if (error != std::errc() || end != digits.data() + digits.size() || bits > bits_max) {
            return malformed;
        }
    }
    network.prefix_bits = bits + offset;
    return network;
}

Result<AddressGuard> AddressGuard::create(const std::vector<std::string>& allowed_networks) {
    AddressGuard guard;
    for (const Special& special : kSpecial) {
        Result<Network> network = parse_network(special.network);
        ATTUNE_ASSERT(network.ok());
        guard.refused_.push_back({network.value(), special.why});
    }
    for (const std::string& text : allowed_networks) {
        Result<Network> network = parse_network(text);
        if (!network) {
            return network.error();
        }
        guard.allowed_.push_back(network.value());
    }
    return guard;
}

std::optional<std::string> AddressGuard::refusal(const sockaddr& socket_address) const {
    const std::optional<Address> address = address_of(socket_address);
    if (!address) {
        return "its address is of an unknown family";
    }
    const auto contains = [&](const Network& network) { return network.contains(*address); };
    if (std::any_of(allowed_.begin(), allowed_.end(), contains)) {
        return std::nullopt;
    }
    for (const Refused& refused : refused_) {
        if (refused.network.contains(*address)) {
            return to_text(*address) + " is not public: " + std::string(refused.why);
        }
    }
    if (!is_mapped(*address) && !is_global_unicast(*address)) {
        return to_text(*address) + " is not public: not given out";
    }
    return std::nullopt;
}

}  // namespace attune::delivery
