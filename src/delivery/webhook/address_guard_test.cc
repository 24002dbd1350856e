#include "delivery/webhook/address_guard.h"

#include <memory>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netdb.h>
#include <sys/socket.h>

namespace attune::delivery {
namespace {

/// Resolves as a connection would, without asking a name server, and asks the guard.
std::optional<std::string> refusal(const AddressGuard& guard, const std::string& host) {
    addrinfo hints{};
    hints.ai_flags = AI_NUMERICHOST;
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    if (getaddrinfo(host.c_str(), "80", &hints, &found) != 0) {
        ADD_FAILURE() << host << " is no address";
        return std::nullopt;
    }
    const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner(found, freeaddrinfo);
    return guard.refusal(*found->ai_addr);
}

const AddressGuard kStrict = AddressGuard::create({}).value();

TEST(AddressGuard, RefusesWhatIsNotPublicInEverySpelling) {
    for (const char* host :
         {"127.0.0.1",
          "127.1",
          "2130706433",
          "0x7f000001",
          "0177.0.0.1",
          "0",
          "10.1.2.3",
          "172.16.0.1",
          "172.31.255.255",
          "192.168.1.1",
          "169.254.169.254",
          "100.64.0.1",
          "192.0.0.8",
          "192.0.2.1",
          "192.88.99.1",
          "198.18.0.1",
          "198.19.255.255",
          "198.51.100.1",
          "203.0.113.1",
          "224.0.0.1",
          "240.0.0.1",
          "255.255.255.255",
          "::",
          "::1",
          "::127.0.0.1",
          "::ffff:127.0.0.1",
          "::ffff:7f00:1",
          "::ffff:10.0.0.1",
          "::ffff:0:1.2.3.4",
          "fe80::1",
          "fec0::1",
          "fc00::1",
          "fd12::1",
          "2001:db8::1",
          "2001::1",
          "2001:2::1",
          "2002:7f00:1::",
          "3fff::1",
          "64:ff9b::a00:1",
          "64:ff9b:1::1",
          "100::1",
          "5f00::1",
          "ff02::1",
          "4000::1"}) {
        EXPECT_TRUE(refusal(kStrict, host).has_value()) << host;
    }
}

TEST(AddressGuard, LetsPublicAddressesPass) {
    for (const char* host :
         {"1.1.1.1",
          "9.255.255.255",
          "11.0.0.0",
          "172.15.255.255",
          "172.32.0.0",
          "100.63.255.255",
          "100.128.0.0",
          "169.253.255.255",
          "198.17.255.255",
          "198.20.0.0",
          "223.255.255.255",
          "2606:4700::1111",
          "2001:200::1",
          "2a00:1450::1",
          "::ffff:1.1.1.1"}) {
        EXPECT_EQ(refusal(kStrict, host), std::nullopt) << host;
    }
}

TEST(AddressGuard, LetsNetworksPassThatTheConfigurationAllows) {
    const AddressGuard guard =
        AddressGuard::create({"127.0.0.1", "10.1.0.0/16", "fd00::/8"}).value();
    EXPECT_EQ(refusal(guard, "127.0.0.1"), std::nullopt);
    EXPECT_EQ(refusal(guard, "::ffff:127.0.0.1"), std::nullopt);
    EXPECT_EQ(refusal(guard, "10.1.255.255"), std::nullopt);
    EXPECT_EQ(refusal(guard, "fd12::1"), std::nullopt);
    EXPECT_TRUE(refusal(guard, "127.0.0.2").has_value());
    EXPECT_TRUE(refusal(guard, "10.2.0.0").has_value());
    EXPECT_TRUE(refusal(guard, "fc00::1").has_value());
}

TEST(AddressGuard, SaysWhatItRefused) {
    EXPECT_EQ(refusal(kStrict, "::ffff:10.0.0.1"), "10.0.0.1 is not public: private");
    EXPECT_EQ(refusal(kStrict, "::1"), "::1 is not public: loopback");
}

TEST(AddressGuard, RefusesNetworksThatItCannotRead) {
    for (const char* text :
         {"",
          "localhost",
          "10.0.0.0/33",
          "10.0.0.0/",
          "10.0.0.0/8x",
          "::/129",
          "10.0.0/8",
          "10.0.0.0/-1"}) {
        EXPECT_FALSE(AddressGuard::create({text}).ok()) << text;
    }
}

}  // namespace
}  // namespace attune::delivery
