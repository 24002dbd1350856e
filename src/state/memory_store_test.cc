#include "state/memory_store.h"

#include <gtest/gtest.h>

namespace attune {
namespace {

std::string scanned(const StateStore& store, Family family, const StateRange& range = {}) {
    std::string text;
    const Status status =
        store.scan(family, range, [&](std::string_view key, std::string_view value) {
            text += std::string(key) + "=" + std::string(value) + " ";
            return true;
        });
    EXPECT_TRUE(status.ok());
    return text;
}

TEST(MemoryStore, KeepsFamiliesApartAndSorted) {
    MemoryStore store;
    StateBatch batch;
    batch.put(Family::Customers, "b", "2");
    batch.put(Family::Customers, "a", "1");
    batch.put(Family::Outbox, "a", "x");
    ASSERT_TRUE(store.write(batch, Position{3}).ok());
    EXPECT_EQ(scanned(store, Family::Customers), "a=1 b=2 ");
    EXPECT_EQ(scanned(store, Family::Outbox), "a=x ");
    EXPECT_EQ(store.get(Family::Identifiers, "a").value(), std::nullopt);
    EXPECT_EQ(store.position(), Position{3});
}

TEST(MemoryStore, TheLastChangeOfAKeyWins) {
    MemoryStore store;
    StateBatch batch;
    batch.put(Family::Meta, "a", "1");
    batch.put(Family::Meta, "a", "2");
    batch.put(Family::Meta, "b", "1");
    batch.erase(Family::Meta, "b");
    ASSERT_TRUE(store.write(batch, Position{}).ok());
    EXPECT_EQ(scanned(store, Family::Meta), "a=2 ");
    EXPECT_EQ(store.size().memory_bytes, 3);
}

TEST(MemoryStore, ScansAPrefixFromAKeyOn) {
    MemoryStore store;
    StateBatch batch;
    for (const char* key : {"a1", "a2", "a3", "b1"}) {
        batch.put(Family::Meta, key, "");
    }
    ASSERT_TRUE(store.write(batch, Position{}).ok());
    EXPECT_EQ(scanned(store, Family::Meta, {.prefix = "a", .from = "a2"}), "a2= a3= ");
    EXPECT_EQ(scanned(store, Family::Meta, {.from = "a3"}), "a3= b1= ");
}

}  // namespace
}  // namespace attune
