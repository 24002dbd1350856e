#include "host/replication_seal.h"

#include <cstdlib>

#include <gtest/gtest.h>

namespace attune::host {
namespace {

ReplicationKey key_of(const char* text) {
    ::setenv("ATTUNE_TEST_REPLICATION_KEY", text, 1);
    Result<ReplicationKey> key = ReplicationKey::load("env:ATTUNE_TEST_REPLICATION_KEY");
    EXPECT_TRUE(key.ok());
    return std::move(key).value();
}

constexpr const char* kKey = "a key that two servers share, of enough bytes";

TEST(ASealedMessage, IsOpenedOnceByWhoHasTheKey) {
    const ReplicationKey key = key_of(kKey);
    SealedServer server(key);
    SealedCaller caller(key, 7);
    caller.greet(server.greeting());
    const std::string question = caller.seal("/a", "body");
    const auto opened = server.open("/a", question);
    ASSERT_TRUE(opened.ok());
    EXPECT_EQ(opened.value().body, "body");
    EXPECT_FALSE(server.open("/a", question).ok());  // Repeated.
    const std::string answer = server.seal("/a", opened.value().name, "yes");
    EXPECT_EQ(caller.open("/a", answer).value(), "yes");
    EXPECT_FALSE(caller.open("/b", answer).ok());
}

TEST(ASealedMessage, IsRefusedWithAnyBitTurned) {
    const ReplicationKey key = key_of(kKey);
    SealedServer server(key);
    SealedCaller caller(key, 7);
    caller.greet(server.greeting());
    const std::string question = caller.seal("/a", "body");
    for (std::size_t i = 0; i < question.size(); ++i) {
        std::string turned = question;
        turned[i] = static_cast<char>(turned[i] ^ 1);
        EXPECT_FALSE(server.open("/a", turned).ok()) << i;
    }
    EXPECT_FALSE(server.open("/b", question).ok());
    EXPECT_TRUE(server.open("/a", question).ok());
}

TEST(ASealedMessage, OfAnotherKeyOrAnotherRunIsRefused) {
    const ReplicationKey key = key_of(kKey);
    const ReplicationKey other = key_of("another key, which is long enough as well");
    SealedServer server(key);
    SealedServer later(key);
    SealedCaller stranger(other, 7);
    stranger.greet(server.greeting());
    EXPECT_FALSE(server.open("/a", stranger.seal("/a", "body")).ok());
    SealedCaller caller(key, 7);
    caller.greet(server.greeting());
    EXPECT_FALSE(later.open("/a", caller.seal("/a", "body")).ok());
}

TEST(AReplicationKey, IsLongEnough) {
    ::setenv("ATTUNE_TEST_REPLICATION_KEY", "short", 1);
    EXPECT_FALSE(ReplicationKey::load("env:ATTUNE_TEST_REPLICATION_KEY").ok());
}

}  // namespace
}  // namespace attune::host
