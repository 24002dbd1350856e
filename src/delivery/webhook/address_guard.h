#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

struct sockaddr;

namespace attune::delivery {

/// An address of either family in the form of IPv6: IPv4 as ::ffff:a.b.c.d, so that a mapped
/// spelling cannot slip past a rule for the address itself.
using Address = std::array<std::uint8_t, 16>;

struct Network {
    Address address{};
    unsigned prefix_bits = 0;  ///< Of 128.

    [[nodiscard]] bool contains(const Address& other) const;
};

/// Reads "10.0.0.0/8" or "fc00::/7"; an address alone is a network of one.
[[nodiscard]] Result<Network> parse_network(std::string_view text);

/// Decides to which addresses a webhook may connect: public ones, and networks that the
/// configuration allows. It judges the address of a connection about to be made, after every
/// spelling and every name has been resolved, so neither can trick it, nor can a name that
/// resolves differently the second time.
class AddressGuard {
public:
    static Result<AddressGuard> create(const std::vector<std::string>& allowed_networks);

    /// Why no connection may be made, as words about the address; nothing when it may.
    [[nodiscard]] std::optional<std::string> refusal(const sockaddr& address) const;

private:
    struct Refused {
        Network network;
        std::string_view why;
    };

    std::vector<Refused> refused_;
    std::vector<Network> allowed_;
};

}  // namespace attune::delivery
