#include <filesystem>
#include <functional>
#include <set>

#include <gtest/gtest.h>
#include <unistd.h>

#include "files/posix.h"
#include "files/simulated.h"

namespace attune::files {
namespace {

/// The real disk and the simulated one must behave alike while nothing fails.
class AnyDisk : public testing::TestWithParam<bool> {
protected:
    void SetUp() override {
        if (GetParam()) {
            folder_ = testing::TempDir() + "files_test_" + std::to_string(::getpid());
            std::filesystem::remove_all(folder_);
            files_ = &posix();
        } else {
            folder_ = "data";
            files_ = &simulated_;
        }
        ASSERT_TRUE(create_durable_directory(*files_, folder_).ok());
    }
    void TearDown() override {
        if (GetParam()) {
            std::filesystem::remove_all(folder_);
        }
    }

    [[nodiscard]] std::string path(const std::string& name) const { return folder_ + "/" + name; }

    SimulatedFiles simulated_;
    FileSystem* files_ = nullptr;
    std::string folder_;
};

INSTANTIATE_TEST_SUITE_P(Disks, AnyDisk, testing::Bool(), [](const auto& disk) {
    return disk.param ? "Posix" : "Simulated";
});

TEST_P(AnyDisk, ReadsWhatWasWritten) {
    const auto file = files_->open(path("a"), Open::Create);
    ASSERT_TRUE(file.ok()) << file.error().message;
    ASSERT_TRUE(write_all(*file.value(), 3, "hello").ok());
    ASSERT_TRUE(file.value()->sync().ok());
    EXPECT_EQ(file.value()->size().value(), 8);
    EXPECT_EQ(read_file(*files_, path("a"), 100).value(), std::string("\0\0\0hello", 8));
}

TEST_P(AnyDisk, ReservesRoomAsZerosAndCutsItOff) {
    const auto file = files_->open(path("a"), Open::Create);
    ASSERT_TRUE(file.value()->preallocate(10'000).ok());
    ASSERT_TRUE(write_all(*file.value(), 0, "abc").ok());
    EXPECT_EQ(file.value()->size().value(), 10'000);
    ASSERT_TRUE(file.value()->truncate(2).ok());
    ASSERT_TRUE(file.value()->preallocate(4).ok());
    EXPECT_EQ(read_file(*files_, path("a"), 100).value(), std::string("ab\0\0", 4));
}

TEST_P(AnyDisk, NamesTheReasonOfAFailure) {
    EXPECT_EQ(files_->open(path("none"), Open::Read).error().kind, Error::Kind::NotFound);
    EXPECT_EQ(files_->remove(path("none")).error().kind, Error::Kind::NotFound);
    EXPECT_EQ(files_->list(path("none")).error().kind, Error::Kind::NotFound);
    ASSERT_TRUE(files_->open(path("a"), Open::Create).ok());
    EXPECT_EQ(files_->open(path("a"), Open::Create).error().kind, Error::Kind::Conflict);
    ASSERT_TRUE(replace_file(*files_, path("big"), "123456").ok());
    EXPECT_EQ(read_file(*files_, path("big"), 5).error().kind, Error::Kind::LimitExceeded);
}

TEST_P(AnyDisk, RenamesOverAndListsSorted) {
    ASSERT_TRUE(replace_file(*files_, path("b"), "old").ok());
    ASSERT_TRUE(replace_file(*files_, path("b"), "new").ok());
    ASSERT_TRUE(replace_file(*files_, path("a"), "x").ok());
    EXPECT_EQ(files_->list(folder_).value(), (std::vector<std::string>{"a", "b"}));
    EXPECT_EQ(read_file(*files_, path("b"), 100).value(), "new");
    ASSERT_TRUE(files_->remove(path("a")).ok());
    EXPECT_EQ(files_->list(folder_).value(), std::vector<std::string>{"b"});
}

TEST_P(AnyDisk, LocksOnceAndAgainAfterRelease) {
    auto lock = files_->lock(path("lock"));
    ASSERT_TRUE(lock.ok());
    const auto second = files_->lock(path("lock"));
    ASSERT_FALSE(second.ok());
    EXPECT_EQ(second.error().kind, Error::Kind::Conflict);
    EXPECT_NE(second.error().message.find("in use by process"), std::string::npos);
    lock.value().reset();
    EXPECT_TRUE(files_->lock(path("lock")).ok());
}

TEST_P(AnyDisk, TellsTheRoomLeft) {
    const Result<Space> space = files_->space(folder_);
    ASSERT_TRUE(space.ok());
    EXPECT_GT(space.value().total_bytes, 0);
    EXPECT_LE(space.value().free_bytes, space.value().total_bytes);
}

TEST(PosixFiles, ALockNamesItsHolder) {
    const std::string path = testing::TempDir() + "lock_" + std::to_string(::getpid());
    const auto lock = posix().lock(path);
    ASSERT_TRUE(lock.ok());
    EXPECT_NE(
        posix().lock(path).error().message.find("process " + std::to_string(::getpid())),
        std::string::npos
    );
    std::filesystem::remove(path);
}

/// Every content that a file may have after a power cut; "-" where there is no file.
std::set<std::string> outcomes(
    const std::function<void(SimulatedFiles&)>& act, const std::string& path
) {
    std::set<std::string> found;
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
        SimulatedFiles disk({.capacity_bytes = 1 << 20, .page_bytes = 4});
        act(disk);
        const auto after = disk.after_power_cut(seed);
        const Result<std::string> content = read_file(*after, path, 1000);
        found.insert(content.ok() ? content.value() : "-");
    }
    return found;
}

void create_synced(SimulatedFiles& disk, const std::string& content) {
    const auto file = disk.open("a", Open::Create);
    EXPECT_TRUE(write_all(*file.value(), 0, content).ok());
    EXPECT_TRUE(file.value()->sync().ok());
    EXPECT_TRUE(disk.sync_directory(".").ok());
}

TEST(PowerCut, KeepsWhatWasSynced) {
    EXPECT_EQ(
        outcomes([](SimulatedFiles& disk) { create_synced(disk, "abcd"); }, "a"),
        std::set<std::string>{"abcd"}
    );
}

TEST(PowerCut, MayLoseAFileWhoseFolderWasNotSynced) {
    const auto act = [](SimulatedFiles& disk) {
        const auto file = disk.open("a", Open::Create);
        EXPECT_TRUE(write_all(*file.value(), 0, "abcd").ok());
        EXPECT_TRUE(file.value()->sync().ok());
    };
    EXPECT_EQ(outcomes(act, "a"), (std::set<std::string>{"-", "abcd"}));
}

TEST(PowerCut, OfAJournaledDiskForgetsOnlyTheLatestNames) {
    for (std::uint64_t seed = 0; seed < 50; ++seed) {
        SimulatedFiles disk({.journaled = true});
        ASSERT_TRUE(disk.create_directory("first").ok());
        ASSERT_TRUE(disk.open("synced", Open::Create).value()->sync().ok());
        ASSERT_TRUE(disk.create_directory("x").ok());
        ASSERT_TRUE(disk.create_directory("y").ok());
        const auto after = disk.after_power_cut(seed);
        EXPECT_TRUE(after->list("first").ok());
        EXPECT_TRUE(after->open("synced", Open::Read).ok());
        EXPECT_TRUE(after->list("x").ok() || !after->list("y").ok());
    }
}

TEST(PowerCut, KeepsAnySubsetOfUnsyncedPagesAndTearsThem) {
    const auto act = [](SimulatedFiles& disk) {
        create_synced(disk, "aaaabbbb");
        const auto file = disk.open("a", Open::Write);
        EXPECT_TRUE(write_all(*file.value(), 0, "AAAABBBB").ok());
    };
    const std::set<std::string> found = outcomes(act, "a");
    for (const char* content : {"aaaabbbb", "AAAABBBB", "AAAAbbbb", "aaaaBBBB", "AAaabbbb"}) {
        EXPECT_TRUE(found.contains(content)) << content;
    }
}

TEST(PowerCut, ForgetsAnUnsyncedRenameWhole) {
    const auto act = [](SimulatedFiles& disk) {
        create_synced(disk, "abcd");
        EXPECT_TRUE(disk.rename("a", "b").ok());
    };
    EXPECT_EQ(outcomes(act, "a"), (std::set<std::string>{"-", "abcd"}));
    for (std::uint64_t seed = 0; seed < 50; ++seed) {
        SimulatedFiles disk;
        act(disk);
        EXPECT_EQ(disk.after_power_cut(seed)->list(".").value().size(), 1);
    }
}

TEST(PowerCut, LeavesOneOfTwoContentsOfAReplacedFile) {
    for (std::uint64_t call = 1; call < 8; ++call) {
        const auto act = [&](SimulatedFiles& disk) {
            EXPECT_TRUE(replace_file(disk, "./a", "old").ok());
            disk.arm({.kind = Fault::Kind::PowerCut, .at_call = call});
            const bool replaced = replace_file(disk, "./a", "new").ok();
            EXPECT_EQ(replaced, !disk.struck());
        };
        for (const std::string& content : outcomes(act, "a")) {
            EXPECT_TRUE(content == "old" || content == "new") << content;
        }
    }
}

TEST(SimulatedFiles, AFailedSyncLosesItsPagesForGood) {
    const auto act = [](SimulatedFiles& disk) {
        create_synced(disk, "aaaa");
        const auto file = disk.open("a", Open::Write);
        EXPECT_TRUE(write_all(*file.value(), 0, "AAAA").ok());
        disk.arm({.kind = Fault::Kind::IoError});
        EXPECT_FALSE(file.value()->sync().ok());
        EXPECT_TRUE(file.value()->sync().ok());
        EXPECT_EQ(read_file(disk, "a", 10).value(), "AAAA");
    };
    EXPECT_EQ(outcomes(act, "a"), std::set<std::string>{"aaaa"});
}

TEST(SimulatedFiles, ShortAndInterruptedCallsAreCompleted) {
    for (const Fault::Kind kind : {Fault::Kind::Short, Fault::Kind::Interrupted}) {
        SimulatedFiles disk;
        const auto file = disk.open("a", Open::Create);
        disk.arm({.kind = kind});
        EXPECT_TRUE(write_all(*file.value(), 0, "abcdef").ok());
        EXPECT_TRUE(disk.struck());
        std::string into(6, ' ');
        disk.arm({.kind = kind});
        EXPECT_EQ(read_all(*file.value(), 0, into).value(), 6);
        EXPECT_EQ(into, "abcdef");
    }
}

TEST(SimulatedFiles, RunsOutOfRoom) {
    SimulatedFiles disk({.capacity_bytes = 10});
    const auto file = disk.open("a", Open::Create);
    EXPECT_TRUE(file.value()->preallocate(10).ok());
    EXPECT_TRUE(write_all(*file.value(), 0, "0123456789").ok());
    EXPECT_EQ(write_all(*file.value(), 10, "x").error().kind, Error::Kind::LimitExceeded);
    EXPECT_EQ(disk.space(".").value().free_bytes, 0);
}

TEST(SimulatedFiles, DoNothingAfterThePowerIsOut) {
    SimulatedFiles disk;
    create_synced(disk, "abcd");
    disk.arm({.kind = Fault::Kind::PowerCut});
    EXPECT_FALSE(disk.list(".").ok());
    EXPECT_FALSE(disk.remove("a").ok());
    EXPECT_FALSE(disk.rename("a", "b").ok());
    EXPECT_EQ(disk.after_kill()->list(".").value(), std::vector<std::string>{"a"});
}

}  // namespace
}  // namespace attune::files
