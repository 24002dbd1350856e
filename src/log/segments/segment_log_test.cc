#include "log/segments/segment_log.h"

#include <atomic>
#include <cstring>
#include <filesystem>
#include <functional>
#include <thread>

#include <gtest/gtest.h>
#include <unistd.h>

#include "base/hash.h"
#include "files/simulated.h"
#include "log/segments/format.h"
#include "log/segments/inspect.h"
#include "log/segments/small_log.h"

namespace attune::segments {
namespace {

using files::Fault;
using files::SimulatedFiles;

std::unique_ptr<Log> open_or_die(const LogOptions& options) {
    Result<std::unique_ptr<Log>> log = open_log(options);
    EXPECT_TRUE(log.ok()) << log.error().message;
    return log.ok() ? std::move(log).value() : nullptr;
}

Result<LogRange> append(Log& log, std::initializer_list<std::string> texts, BatchStamp stamp = {}) {
    LogEntries entries;
    for (const std::string& text : texts) {
        entries.add(text);
    }
    return log.append(stamp, entries);
}

Result<std::string> read(Log& log, Position from = {}) {
    std::string text;
    const Status status = read_log(log, from, [&](const LogBatch& batch) {
        text += "[" + to_string(batch.range.first) + ":";
        batch.for_each([&](Position, std::string_view entry) {
            text += " " + std::string(entry.substr(0, 20));
        });
        text += "]";
    });
    if (!status.ok()) {
        return status.error();
    }
    return text;
}

TEST(SegmentLog, GivesPlacesInOrderAndReadsThemBackAfterARestart) {
    SimulatedFiles disk;
    {
        const auto log = open_or_die(small_log(disk));
        EXPECT_EQ(
            append(*log, {"a", "b"}, {.now = Timestamp(5), .program = 7}).value().end.index, 2
        );
        EXPECT_EQ(append(*log, {}, {.now = Timestamp(6)}).value().first.index, 2);
        EXPECT_EQ(log->durable().index, 0);
        ASSERT_TRUE(log->flush().ok());
        EXPECT_EQ(log->durable().index, 3);
    }
    const auto log = open_or_die(small_log(disk));
    EXPECT_EQ(log->end().index, 3);
    EXPECT_EQ(log->durable().index, 3);
    EXPECT_EQ(log->latest_now(), Timestamp(6));
    EXPECT_EQ(append(*log, {"c"}, {.now = Timestamp(6)}).value().first.index, 3);
    ASSERT_TRUE(log->flush().ok());
    EXPECT_EQ(read(*log).value(), "[0: a b][2:][3: c]");
    EXPECT_EQ(read(*log, Position{1}).value(), "[0: a b][2:][3: c]");
    EXPECT_EQ(read(*log, Position{3}).value(), "[3: c]");
    EXPECT_EQ(read(*log, Position{4}).value(), "");
    EXPECT_EQ(read(*log, Position{5}).error().kind, Error::Kind::NotFound);
}

TEST(SegmentLog, KeepsTheStampOfABatch) {
    SimulatedFiles disk;
    const auto log = open_or_die(small_log(disk));
    const BatchStamp stamp{
        .now = Timestamp(1'700'000'000'123),
        .program = 0xfedcba9876543210U,
        .group = 3,
        .group_count = 8};
    ASSERT_TRUE(append(*log, {"a"}, stamp).ok());
    ASSERT_TRUE(log->flush().ok());
    const auto reader = log->reader(Position{}).value().release();
    const std::unique_ptr<LogReader> owner(reader);
    const LogBatch* batch = owner->next().value();
    ASSERT_NE(batch, nullptr);
    EXPECT_EQ(batch->stamp.now, stamp.now);
    EXPECT_EQ(batch->stamp.program, stamp.program);
    EXPECT_EQ(batch->stamp.group, 3);
    EXPECT_EQ(batch->stamp.group_count, 8);
}

TEST(SegmentLog, GoesOnInFurtherSegments) {
    SimulatedFiles disk;
    std::string expected;
    {
        const auto log = open_or_die(small_log(disk));
        for (int i = 0; i < 40; ++i) {
            const std::string text = std::to_string(i) + std::string(300, 'x');
            ASSERT_TRUE(append(*log, {text}).ok());
            ASSERT_TRUE(log->flush().ok());
            expected += "[" + std::to_string(i) + ": " + text.substr(0, 20) + "]";
        }
        EXPECT_EQ(read(*log).value(), expected);
    }
    EXPECT_GE(disk.file_sizes().size(), 5);
    const auto log = open_or_die(small_log(disk));
    EXPECT_EQ(read(*log).value(), expected);
}

TEST(SegmentLog, AReaderFollowsTheLogAsItGrows) {
    SimulatedFiles disk;
    const auto log = open_or_die(small_log(disk));
    const auto reader = std::move(log->reader(Position{}).value());
    for (std::uint64_t i = 0; i < 60; ++i) {
        EXPECT_EQ(reader->next().value(), nullptr);
        ASSERT_TRUE(append(*log, {std::string(200, 'x')}).ok());
        EXPECT_EQ(reader->next().value(), nullptr) << "not durable yet";
        ASSERT_TRUE(log->flush().ok());
        const LogBatch* batch = reader->next().value();
        ASSERT_NE(batch, nullptr);
        EXPECT_EQ(batch->range.first.index, i);
    }
}

class PackedLog : public testing::TestWithParam<Packing> {};

INSTANTIATE_TEST_SUITE_P(
    All,
    PackedLog,
    testing::Values(Packing::Zstd, Packing::Lz4),
    [](const auto& packing) { return std::string(to_string(packing.param)); }
);

TEST_P(PackedLog, TakesLessRoomAndIsReadWhateverTheOption) {
    SimulatedFiles disk;
    LogOptions options = small_log(disk);
    options.packing = GetParam();
    const std::string text(900, 'z');
    {
        const auto log = open_or_die(options);
        for (int i = 0; i < 20; ++i) {
            ASSERT_TRUE(append(*log, {text, "tiny"}).ok());
            ASSERT_TRUE(log->flush().ok());
        }
    }
    EXPECT_EQ(disk.file_sizes().count("log/" + segment_name(Position{2})), 0);
    options.packing = Packing::None;  // Reading does not depend on it.
    const auto log = open_or_die(options);
    std::size_t count = 0;
    ASSERT_TRUE(read_log(*log, {}, [&](const LogBatch& batch) {
                    batch.for_each([&](Position at, std::string_view entry) {
                        EXPECT_EQ(entry, at.index % 2 == 0 ? std::string_view(text) : "tiny");
                        ++count;
                    });
                }).ok());
    EXPECT_EQ(count, 40);
    EXPECT_EQ(list_segments(disk, "log").value().front().packing, GetParam());
    const LogVerification verified = verify_log(disk, "log").value();
    EXPECT_GT(verified.plain_bytes, 5 * verified.bytes);
}

/// The first segment of a log of one packed batch, before and after `damage`, with checksums that
/// say that all is well.
std::string with_packed_batch(
    SimulatedFiles& disk, Packing packing, const std::function<void(std::string& bytes)>& damage
) {
    LogOptions options = small_log(disk);
    options.packing = packing;
    {
        const auto log = open_or_die(options);
        EXPECT_TRUE(append(*log, {std::string(900, 'z')}).ok());
    }
    const std::string path = "log/" + segment_name(Position{});
    std::string bytes = files::read_file(disk, path, 1 << 20).value();
    damage(bytes);
    char* const head = bytes.data() + kSegmentHeadBytes;
    const BatchHead batch = decode_batch_head_unchecked({head, kBatchHeadBytes});
    const std::uint32_t crc = crc32c(
        std::string_view(bytes).substr(kSegmentHeadBytes + kBatchHeadBytes, batch.stored_bytes)
    );
    constexpr std::size_t kEntriesCrcAt = 48;
    std::memcpy(head + kEntriesCrcAt, &crc, sizeof crc);
    seal_batch_head(head, batch.synced);
    EXPECT_TRUE(files::replace_file(disk, path, bytes).ok());
    return path;
}

void expect_named(SimulatedFiles& disk, const std::string& path) {
    const auto log = open_log(small_log(disk));
    ASSERT_FALSE(log.ok());
    EXPECT_EQ(log.error().kind, Error::Kind::Corrupt);
    EXPECT_NE(log.error().message.find(path + "\" at offset 64"), std::string::npos)
        << log.error().message;
    EXPECT_NE(log.error().message.find("unpack"), std::string::npos) << log.error().message;
}

TEST_P(PackedLog, NamesABatchThatDoesNotUnpack) {
    SimulatedFiles disk;
    expect_named(disk, with_packed_batch(disk, GetParam(), [](std::string& bytes) {
                     bytes[kSegmentHeadBytes + kBatchHeadBytes] ^= 0x55;
                 }));
}

TEST_P(PackedLog, TakesNoMoreMemoryThanABatchMayHaveWhateverItsBytesClaim) {
    SimulatedFiles disk;
    // It says that it was one byte less than it is, so it would not fit.
    expect_named(disk, with_packed_batch(disk, GetParam(), [](std::string& bytes) {
                     constexpr std::size_t kPlainBytesAt = 44;
                     bytes[kSegmentHeadBytes + kPlainBytesAt] -= 1;
                 }));
    SimulatedFiles other;
    const std::string path = with_packed_batch(other, GetParam(), [](std::string& bytes) {
        constexpr std::size_t kPlainBytesAt = 44;
        bytes.replace(kSegmentHeadBytes + kPlainBytesAt, 4, "\xff\xff\xff\xff");
    });
    const auto log = open_log(small_log(other));
    ASSERT_FALSE(log.ok());
    EXPECT_NE(log.error().message.find("larger than any may be"), std::string::npos);
}

TEST(SegmentLog, RefusesABatchThatIsTooLarge) {
    SimulatedFiles disk;
    const auto log = open_or_die(small_log(disk));
    EXPECT_EQ(append(*log, {std::string(2000, 'x')}).error().kind, Error::Kind::InvalidInput);
}

TEST(SegmentLog, ShedsWhenItsBufferIsFull) {
    SimulatedFiles disk;
    const auto log = open_or_die(small_log(disk));
    ASSERT_TRUE(append(*log, {std::string(800, 'x')}).ok());
    EXPECT_EQ(append(*log, {std::string(800, 'x')}).error().kind, Error::Kind::Unavailable);
    ASSERT_TRUE(log->flush().ok());
    EXPECT_TRUE(append(*log, {std::string(800, 'x')}).ok());
}

TEST(SegmentLog, BelongsToOneProcess) {
    SimulatedFiles disk;
    const auto log = open_or_die(small_log(disk));
    const auto second = open_log(small_log(disk));
    ASSERT_FALSE(second.ok());
    EXPECT_EQ(second.error().kind, Error::Kind::Conflict);
    EXPECT_NE(second.error().message.find("in use by process"), std::string::npos);
}

TEST(SegmentLog, RefusesANewerVersion) {
    SimulatedFiles disk;
    {
        const auto log = open_or_die(small_log(disk));
        ASSERT_TRUE(append(*log, {"a"}).ok());
    }
    const std::string path = "log/" + segment_name(Position{});
    std::string bytes = files::read_file(disk, path, 1 << 20).value();
    std::string head = encode(SegmentHead{});
    head[8] = kFormatVersion + 1;  // The version; the checksum is made anew below.
    const std::uint32_t crc = crc32c(std::string_view(head).substr(0, 60));
    head.replace(60, 4, reinterpret_cast<const char*>(&crc), 4);
    ASSERT_TRUE(files::replace_file(disk, path, head + bytes.substr(64)).ok());
    const auto log = open_log(small_log(disk));
    ASSERT_FALSE(log.ok());
    EXPECT_EQ(log.error().kind, Error::Kind::Conflict);
    EXPECT_NE(log.error().message.find("newer version"), std::string::npos) << log.error().message;
}

TEST(SegmentLog, CutsATornTailAndGoesOn) {
    SimulatedFiles disk;
    const std::string path = "log/" + segment_name(Position{});
    {
        const auto log = open_or_die(small_log(disk));
        ASSERT_TRUE(append(*log, {"a"}).ok());
        ASSERT_TRUE(log->flush().ok());
    }
    // Half a batch, as a power cut may leave it.
    BatchHead head;
    head.first = Position{1};
    head.stored_bytes = 100;
    head.count = 1;
    std::string torn = encode(head);
    place_batch_head(torn.data(), head.first, 0);
    seal_batch_head(torn.data(), Position{1});
    const auto file = disk.open(path, files::Open::Write);
    const std::uint64_t end = file.value()->size().value();
    ASSERT_TRUE(files::write_all(*file.value(), kSegmentHeadBytes + kBatchHeadBytes + 2, torn).ok()
    );
    EXPECT_GE(end, 200);
    const auto log = open_or_die(small_log(disk));
    EXPECT_EQ(log->end().index, 1);
    ASSERT_TRUE(append(*log, {"b"}).ok());
    ASSERT_TRUE(log->flush().ok());
    EXPECT_EQ(read(*log).value(), "[0: a][1: b]");
}

TEST(SegmentLog, RefusesToStartBehindWhatTheStateHas) {
    SimulatedFiles disk;
    {
        const auto log = open_or_die(small_log(disk));
        ASSERT_TRUE(append(*log, {"a"}).ok());
    }
    LogOptions options = small_log(disk);
    options.reaches = Position{2};
    const auto log = open_log(options);
    ASSERT_FALSE(log.ok());
    EXPECT_EQ(log.error().kind, Error::Kind::Corrupt);
    EXPECT_NE(log.error().message.find("at offset 130"), std::string::npos) << log.error().message;
    options.reaches = Position{1};
    EXPECT_TRUE(open_log(options).ok());
}

TEST(SegmentLog, NoticesAMissingSegment) {
    for (const std::uint64_t gone : {0U, 11U}) {
        SimulatedFiles disk;
        {
            const auto log = open_or_die(small_log(disk));
            for (int i = 0; i < 30; ++i) {
                ASSERT_TRUE(append(*log, {std::string(280, 'x')}).ok());
                ASSERT_TRUE(log->flush().ok());
            }
        }
        ASSERT_TRUE(disk.remove("log/" + segment_name(Position{gone})).ok());
        const auto log = open_log(small_log(disk));
        const Error error = log.ok() ? read(*log.value()).error() : log.error();
        EXPECT_EQ(error.kind, Error::Kind::Corrupt) << error.message;
    }
}

TEST(SegmentLog, RemovesOldSegmentsOnly) {
    SimulatedFiles disk;
    const auto log = open_or_die(small_log(disk));
    for (int i = 0; i < 40; ++i) {
        ASSERT_TRUE(append(*log, {std::string(280, 'x')}, {.now = Timestamp(i)}).ok());
        ASSERT_TRUE(log->flush().ok());
    }
    EXPECT_EQ(log->trim(Position{40}, {}, Timestamp(100)).value().index, 0);
    EXPECT_EQ(log->trim(Position{5}, {.bytes_max = 1}, Timestamp(100)).value().index, 0);
    EXPECT_EQ(log->trim(Position{40}, {.age_max = Duration(30)}, Timestamp(45)).value().index, 11);
    EXPECT_EQ(log->trim(Position{40}, {.bytes_max = 1}, Timestamp(100)).value().index, 33);
    EXPECT_EQ(log->begin().index, 33);
    EXPECT_EQ(read(*log, Position{32}).error().kind, Error::Kind::NotFound);
    EXPECT_TRUE(read(*log, Position{33}).ok());
}

TEST(SegmentLog, KeepsItsPlaceAfterEverythingOldIsGone) {
    SimulatedFiles disk;
    {
        const auto log = open_or_die(small_log(disk));
        for (int i = 0; i < 40; ++i) {
            ASSERT_TRUE(append(*log, {std::string(280, 'x')}).ok());
            ASSERT_TRUE(log->flush().ok());
        }
        ASSERT_TRUE(log->trim(Position{40}, {.bytes_max = 1}, Timestamp()).ok());
    }
    const auto log = open_or_die(small_log(disk));
    EXPECT_EQ(log->begin().index, 33);
    EXPECT_EQ(log->end().index, 40);
}

TEST(FullDisk, IsRefusedBeforeItHurtsAndPassesByItself) {
    SimulatedFiles disk({.capacity_bytes = 3 * 4096 + 100});
    const auto log = open_or_die(small_log(disk));
    std::uint64_t taken = 0;
    Result<LogRange> range = append(*log, {std::string(280, 'x')});
    while (range.ok()) {
        ++taken;
        ASSERT_TRUE(log->flush().ok()) << "what was accepted has room";
        range = append(*log, {std::string(280, 'x')});
    }
    EXPECT_EQ(range.error().kind, Error::Kind::LimitExceeded) << range.error().message;
    EXPECT_EQ(log->writable().error().kind, Error::Kind::LimitExceeded);
    EXPECT_GE(taken, 20);
    EXPECT_TRUE(read(*log).ok());
    disk.set_capacity(1U << 20U);
    EXPECT_TRUE(append(*log, {"more"}).ok());
    ASSERT_TRUE(log->flush().ok());
    EXPECT_TRUE(log->writable().ok());
    EXPECT_EQ(log->durable().index, taken + 1);
}

TEST(FullDisk, IsAnnouncedWhileThereIsStillRoomForWhatMustBeNoted) {
    SimulatedFiles disk({.capacity_bytes = 3 * 4096 + 100});
    const auto log = open_or_die(small_log(disk));
    while (log->writable().ok()) {
        ASSERT_TRUE(append(*log, {std::string(280, 'x')}).ok());
        ASSERT_TRUE(log->flush().ok());
    }
    EXPECT_EQ(log->writable().error().kind, Error::Kind::LimitExceeded);
    std::uint64_t noted = 0;
    while (append(*log, {std::string(280, 'x')}).ok()) {
        ++noted;
        ASSERT_TRUE(log->flush().ok());
    }
    EXPECT_GE(noted, 4U) << "half of a segment";
}

TEST(FullDisk, InTheMiddleOfAWriteLosesNothing) {
    SimulatedFiles disk;
    const auto log = open_or_die(small_log(disk));
    ASSERT_TRUE(append(*log, {"a"}).ok());
    ASSERT_TRUE(log->flush().ok());
    ASSERT_TRUE(append(*log, {"b"}).ok());
    disk.arm({.kind = Fault::Kind::NoSpace});
    EXPECT_EQ(log->flush().error().kind, Error::Kind::LimitExceeded);
    EXPECT_EQ(append(*log, {"c"}).error().kind, Error::Kind::LimitExceeded);
    ASSERT_TRUE(log->flush().ok());
    ASSERT_TRUE(append(*log, {"c"}).ok());
    ASSERT_TRUE(log->flush().ok());
    EXPECT_EQ(read(*log).value(), "[0: a][1: b][2: c]");
}

TEST(FailedSync, IsFinal) {
    SimulatedFiles disk;
    LogOptions options = small_log(disk);
    std::string reason;
    options.on_failure = [&](const Error& error) { reason = error.message; };
    const auto log = open_or_die(options);
    ASSERT_TRUE(append(*log, {"a"}).ok());
    ASSERT_TRUE(log->flush().ok());
    ASSERT_TRUE(append(*log, {"b"}).ok());
    disk.arm({.kind = Fault::Kind::IoError, .at_call = 2});  // After the write.
    EXPECT_FALSE(log->flush().ok());
    EXPECT_NE(reason.find("cannot sync"), std::string::npos) << reason;
    EXPECT_EQ(append(*log, {"c"}).error().kind, Error::Kind::Unavailable);
    EXPECT_FALSE(log->flush().ok());
    EXPECT_EQ(log->durable().index, 1);
}

TEST(FailedSync, StopsTheProcessUnlessSomebodyElseDoes) {
    EXPECT_DEATH(
        {
            SimulatedFiles disk;
            LogOptions options = small_log(disk);
            options.on_failure = nullptr;
            const auto log = open_or_die(options);
            (void)append(*log, {"a"});
            (void)log->flush();
            (void)append(*log, {"b"});
            disk.arm({.kind = Fault::Kind::IoError, .at_call = 2});
            (void)log->flush();
        },
        "the log cannot go on"
    );
}

TEST(SegmentLogTime, MustNotGoBackWithinAGroup) {
    SimulatedFiles disk;
    const auto log = open_or_die(small_log(disk));
    (void)append(*log, {}, {.now = Timestamp(10), .group = 0, .group_count = 2});
    (void)append(*log, {}, {.now = Timestamp(5), .group = 1, .group_count = 2});
    EXPECT_DEATH(
        (void)append(*log, {}, {.now = Timestamp(9), .group = 0, .group_count = 2}), "bug"
    );
}

LogOptions with_thread(SimulatedFiles& disk) {
    LogOptions options = small_log(disk);
    options.own_thread = true;
    return options;
}

TEST(OwnThread, TakesAppendsAgainOnceThereIsRoom) {
    SimulatedFiles disk({.capacity_bytes = 2 * 4096 + 100});
    const auto log = open_or_die(with_thread(disk));
    Result<LogRange> range = append(*log, {std::string(280, 'x')});
    while (range.ok() || range.error().kind == Error::Kind::Unavailable) {
        ASSERT_TRUE(log->flush().ok());
        range = append(*log, {std::string(280, 'x')});
    }
    EXPECT_EQ(range.error().kind, Error::Kind::LimitExceeded);
    disk.set_capacity(1U << 20U);
    while (!log->writable().ok()) {
        std::this_thread::yield();
    }
    EXPECT_TRUE(append(*log, {"more"}).ok());
    EXPECT_TRUE(log->flush().ok());
}

TEST(OwnThread, WritesAgainWhatTheFullDiskRefused) {
    SimulatedFiles disk;
    const auto log = open_or_die(with_thread(disk));
    ASSERT_TRUE(append(*log, {"a"}).ok());
    ASSERT_TRUE(log->flush().ok());
    disk.arm({.kind = Fault::Kind::NoSpace});
    ASSERT_TRUE(append(*log, {"b"}).ok());
    while (log->durable() < log->end()) {
        std::this_thread::yield();
    }
    EXPECT_TRUE(disk.struck());
    EXPECT_EQ(read(*log).value(), "[0: a][1: b]");
}

TEST(OwnThread, StopsForGoodWhenASyncFails) {
    SimulatedFiles disk;
    LogOptions options = with_thread(disk);
    std::atomic<int> failures{0};
    options.on_failure = [&](const Error&) { ++failures; };
    const auto log = open_or_die(options);
    ASSERT_TRUE(append(*log, {"a"}).ok());
    ASSERT_TRUE(log->flush().ok());
    disk.arm({.kind = Fault::Kind::IoError, .at_call = 1, .for_ever = true});
    ASSERT_TRUE(append(*log, {"b"}).ok());
    EXPECT_EQ(log->flush().error().kind, Error::Kind::Unavailable);
    EXPECT_EQ(append(*log, {"c"}).error().kind, Error::Kind::Unavailable);
    EXPECT_FALSE(log->writable().ok());
    EXPECT_EQ(log->durable().index, 1);
    EXPECT_EQ(failures.load(), 1);
}

/// The real disk and the log's own thread.
class ThreadedLogTest : public testing::Test {
protected:
    void SetUp() override { std::filesystem::remove_all(folder_); }
    void TearDown() override { std::filesystem::remove_all(folder_); }

    std::string folder_ = testing::TempDir() + "segment_log_" + std::to_string(::getpid());
};

TEST_F(ThreadedLogTest, TakesBatchesFromManyThreadsAndKeepsEachInOrder) {
    constexpr std::uint16_t kThreads = 4;
    constexpr int kBatches = 500;
    const LogOptions options{
        .folder = folder_,
        .segment_bytes = 256U << 10U,
        .buffer_bytes = 64U << 10U,
        .batch_bytes_max = 16U << 10U,
        .free_bytes_min = 0};
    {
        const auto log = open_or_die(options);
        std::atomic<std::uint64_t> heard{0};
        log->on_durable([&](Position durable) {
            EXPECT_GT(durable.index, heard.load());
            heard.store(durable.index);
        });
        std::vector<std::thread> threads;
        for (std::uint16_t group = 0; group < kThreads; ++group) {
            threads.emplace_back([&, group] {
                for (int i = 0; i < kBatches; ++i) {
                    const std::string text = std::to_string(group) + " " + std::to_string(i);
                    const BatchStamp stamp{
                        .now = Timestamp(i), .group = group, .group_count = kThreads};
                    while (!append(*log, {text, std::string(300, 'x')}, stamp).ok()) {
                        EXPECT_TRUE(log->flush().ok());
                    }
                }
            });
        }
        for (std::thread& thread : threads) {
            thread.join();
        }
        ASSERT_TRUE(log->flush().ok());
        EXPECT_EQ(log->durable(), log->end());
    }
    const auto log = open_or_die(options);
    std::vector<int> next(kThreads, 0);
    ASSERT_TRUE(read_log(*log, {}, [&](const LogBatch& batch) {
                    int& expected = next[batch.stamp.group];
                    EXPECT_EQ(batch.stamp.now, Timestamp(expected));
                    ++expected;
                }).ok());
    EXPECT_EQ(next, std::vector<int>(kThreads, kBatches));
}

TEST_F(ThreadedLogTest, SaysWhyAFolderCannotBeUsed) {
    EXPECT_EQ(open_log({.folder = folder_ + "/a/b"}).error().kind, Error::Kind::NotFound);
    if (::geteuid() != 0) {  // Root may write everywhere.
        EXPECT_EQ(open_log({.folder = "/usr/attune"}).error().kind, Error::Kind::InvalidInput);
    }
    const auto log = open_or_die({.folder = folder_, .free_bytes_min = 0});
    const auto second = open_log({.folder = folder_});
    EXPECT_EQ(second.error().kind, Error::Kind::Conflict);
    EXPECT_NE(
        second.error().message.find("process " + std::to_string(::getpid())), std::string::npos
    );
}
}  // namespace
}  // namespace attune::segments
