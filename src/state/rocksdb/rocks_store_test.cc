#include "state/rocksdb/rocks_store.h"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>
#include <unistd.h>

#include "files/posix.h"
#include "files/simulated.h"

namespace attune::rocks {
namespace {

std::string scanned(const StateStore& store, Family family, const StateRange& range = {}) {
    std::string text;
    const Status status =
        store.scan(family, range, [&](std::string_view key, std::string_view value) {
            text += std::string(key) + "=" + std::string(value) + " ";
            return true;
        });
    EXPECT_TRUE(status.ok()) << status.error().message;
    return text;
}

std::unique_ptr<StateStore> open_or_die(const StoreOptions& options) {
    Result<std::unique_ptr<StateStore>> store = open_store(options);
    EXPECT_TRUE(store.ok()) << store.error().message;
    return store.ok() ? std::move(store).value() : nullptr;
}

/// Both ways to the disk must give the same store.
class RocksStoreTest : public testing::TestWithParam<bool> {
protected:
    void SetUp() override {
        options_.memory_bytes = 16U << 20U;
        if (GetParam()) {
            options_.folder = testing::TempDir() + "rocks_" + std::to_string(::getpid());
            std::filesystem::remove_all(options_.folder);
        } else {
            options_.folder = "state";
            options_.files = &disk_;
        }
    }
    void TearDown() override {
        if (GetParam()) {
            std::filesystem::remove_all(options_.folder);
        }
    }

    files::SimulatedFiles disk_;
    StoreOptions options_;
};

INSTANTIATE_TEST_SUITE_P(Disks, RocksStoreTest, testing::Bool(), [](const auto& disk) {
    return disk.param ? "Posix" : "Simulated";
});

TEST_P(RocksStoreTest, KeepsFamiliesApartAndThePositionWithThem) {
    {
        const auto store = open_or_die(options_);
        EXPECT_EQ(store->position(), Position{0});
        StateBatch batch;
        batch.put(Family::Customers, "b", "2");
        batch.put(Family::Customers, "a", "1");
        batch.put(Family::Customers, std::string("\0\xff", 2), "binary");
        batch.put(Family::Identifiers, "a", "x");
        ASSERT_TRUE(store->write(batch, Position{7}).ok());
        EXPECT_EQ(store->position(), Position{7});
        EXPECT_EQ(store->durable(), Position{0});
        ASSERT_TRUE(store->flush().ok());
        EXPECT_EQ(store->durable(), Position{7});
        batch.clear();
        batch.erase(Family::Customers, "b");
        ASSERT_TRUE(store->write(batch, Position{9}).ok());
        ASSERT_TRUE(store->flush().ok());
    }
    const auto store = open_or_die(options_);
    EXPECT_EQ(store->position(), Position{9});
    EXPECT_EQ(store->durable(), Position{9});
    EXPECT_EQ(scanned(*store, Family::Customers), std::string("\0\xff", 2) + "=binary a=1 ");
    EXPECT_EQ(scanned(*store, Family::Identifiers), "a=x ");
    EXPECT_EQ(scanned(*store, Family::Outbox), "");
    EXPECT_EQ(store->get(Family::Customers, "b").value(), std::nullopt);
    EXPECT_GT(store->size().disk_bytes, 0);
}

TEST_P(RocksStoreTest, ScansAPrefixFromAKeyOnAndStopsWhenTold) {
    const auto store = open_or_die(options_);
    StateBatch batch;
    for (const char* key : {"a1", "a2", "a3", "b1", "\xff\xff"}) {
        batch.put(Family::Meta, key, "");
    }
    ASSERT_TRUE(store->write(batch, Position{}).ok());
    EXPECT_EQ(scanned(*store, Family::Meta, {.prefix = "a", .from = "a2"}), "a2= a3= ");
    EXPECT_EQ(scanned(*store, Family::Meta, {.prefix = "\xff"}), "\xff\xff= ");
    int seen = 0;
    ASSERT_TRUE(store->scan(Family::Meta, {}, [&](auto, auto) { return ++seen < 2; }).ok());
    EXPECT_EQ(seen, 2);
}

TEST_P(RocksStoreTest, AnswersManyKeysInTheirOrder) {
    const auto store = open_or_die(options_);
    StateBatch batch;
    batch.put(Family::Meta, "a", "1");
    batch.put(Family::Meta, "c", "3");
    ASSERT_TRUE(store->write(batch, Position{}).ok());
    const std::vector<std::string_view> keys = {"c", "b", "a"};
    const auto values = store->multi_get(Family::Meta, keys).value();
    EXPECT_EQ(values, (std::vector<std::optional<std::string>>{"3", std::nullopt, "1"}));
}

TEST_P(RocksStoreTest, BelongsToOneProcess) {
    const auto store = open_or_die(options_);
    const auto second = open_store(options_);
    ASSERT_FALSE(second.ok());
    EXPECT_EQ(second.error().kind, Error::Kind::Conflict);
}

TEST_P(RocksStoreTest, RefusesANewerVersionAndAMissingOne) {
    files::FileSystem& files = GetParam() ? files::posix() : disk_;
    { const auto store = open_or_die(options_); }
    const std::string marker = options_.folder + "/version";
    ASSERT_TRUE(files::replace_file(files, marker, "attune state 2\n").ok());
    EXPECT_EQ(open_store(options_).error().kind, Error::Kind::Conflict);
    ASSERT_TRUE(files::replace_file(files, marker, "attune stat\n").ok());
    EXPECT_EQ(open_store(options_).error().kind, Error::Kind::Corrupt);
    ASSERT_TRUE(files.remove(marker).ok());
    EXPECT_EQ(open_store(options_).error().kind, Error::Kind::Corrupt);
}

TEST_P(RocksStoreTest, VerifiesWhatItHolds) {
    {
        const auto store = open_or_die(options_);
        StateBatch batch;
        batch.put(Family::Meta, "a", std::string(10'000, 'x'));
        ASSERT_TRUE(store->write(batch, Position{1}).ok());
        ASSERT_TRUE(store->flush().ok());
    }
    EXPECT_TRUE(verify_store(options_).ok());
}

TEST(RocksStore, WritesNothingWhileTheDiskIsNearlyFull) {
    files::SimulatedFiles disk;
    const auto store = open_or_die(
        {.folder = "state", .memory_bytes = 4U << 20U, .free_bytes_min = 1U << 20U, .files = &disk}
    );
    StateBatch batch;
    batch.put(Family::Meta, "a", std::string(100'000, 'x'));
    ASSERT_TRUE(store->write(batch, Position{1}).ok());
    disk.set_capacity(1U << 20U);
    EXPECT_EQ(store->flush().error().kind, Error::Kind::LimitExceeded);
    EXPECT_EQ(store->write(batch, Position{2}).error().kind, Error::Kind::LimitExceeded);
    EXPECT_TRUE(store->get(Family::Meta, "a").value().has_value()) << "reads go on";
    EXPECT_EQ(store->durable(), Position{0});
    disk.set_capacity(1U << 30U);
    ASSERT_TRUE(store->flush().ok());
    EXPECT_EQ(store->durable(), Position{1});
}

TEST(RocksStore, AFailedSyncIsFinal) {
    files::SimulatedFiles disk;
    const auto store = open_or_die({.folder = "state", .memory_bytes = 4U << 20U, .files = &disk});
    StateBatch batch;
    batch.put(Family::Meta, "a", "1");
    ASSERT_TRUE(store->write(batch, Position{1}).ok());
    disk.arm({.kind = files::Fault::Kind::IoError, .at_call = 3, .for_ever = true});
    EXPECT_FALSE(store->flush().ok());
    disk.disarm();
    EXPECT_FALSE(store->flush().ok());
    EXPECT_FALSE(store->write(batch, Position{2}).ok());
}

}  // namespace
}  // namespace attune::rocks
