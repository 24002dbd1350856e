#include "log/segments/copy.h"

#include <string>

#include <gtest/gtest.h>

#include "files/simulated.h"
#include "log/segments/inspect.h"
#include "log/segments/small_log.h"

namespace attune::segments {
namespace {

using files::Fault;
using files::SimulatedFiles;

class CopyTest : public testing::Test {
protected:
    CopyTest() { open(); }

    void open() {
        log_.reset();
        Result<std::unique_ptr<Log>> log = open_log(small_log(disk_));
        ASSERT_TRUE(log.ok()) << log.error().message;
        log_ = std::move(log).value();
    }

    /// Appends durable batches of one entry, a second apart.
    void append(int count) {
        for (int i = 0; i < count; ++i) {
            LogEntries entries;
            entries.add(std::to_string(next_++), std::string(400, 'x'));
            now_ = now_ + Duration(1'000);
            ASSERT_TRUE(log_->append({.now = now_}, entries).ok());
            ASSERT_TRUE(log_->flush().ok());
        }
    }

    Result<LogCopy> copy(const CopyUntil& until = {}, const std::string& to = "copy") {
        return copy_log(disk_, "log", to, until);
    }

    std::string content(const std::string& folder) {
        std::string all;
        const auto log = open_to_read(disk_, folder);
        EXPECT_TRUE(log.ok());
        const auto add = [&](const LogBatch& batch) {
            all += to_string(batch.range.first) + std::string(batch.entries);
        };
        EXPECT_TRUE(read_log(*log.value(), log.value()->begin(), add).ok());
        return all;
    }

    SimulatedFiles disk_;
    std::unique_ptr<Log> log_;
    Timestamp now_{1'000'000};
    int next_ = 0;
};

TEST_F(CopyTest, HoldsWhatTheLogHolds) {
    append(30);
    const Result<LogCopy> done = copy();
    ASSERT_TRUE(done.ok()) << done.error().message;
    EXPECT_EQ(done.value().end, Position{30});
    EXPECT_EQ(content("copy"), content("log"));
    EXPECT_TRUE(verify_log(disk_, "copy").ok());
}

TEST_F(CopyTest, CopiesOnlyWhatIsNewTheNextTime) {
    append(30);
    const std::uint64_t first = copy().value().segments_copied;
    ASSERT_GT(first, 3);
    append(1);
    const Result<LogCopy> again = copy();
    EXPECT_LE(again.value().segments_copied, 2);
    EXPECT_EQ(again.value().end, Position{31});
    EXPECT_EQ(content("copy"), content("log"));
}

TEST_F(CopyTest, LeavesOutWhatIsNotDurable) {
    append(3);
    LogEntries entries;
    entries.add("in memory");
    ASSERT_TRUE(log_->append({.now = now_}, entries).ok());
    EXPECT_EQ(copy().value().end, Position{3});
}

TEST_F(CopyTest, KeepsWhatTheLogHasTrimmed) {
    append(20);
    ASSERT_TRUE(copy().ok());
    const std::string before = content("log");
    append(1);
    ASSERT_TRUE(log_->trim(Position{15}, {.bytes_max = 1}, now_).ok());
    ASSERT_GT(log_->begin(), Position{0});
    ASSERT_TRUE(copy().ok());
    EXPECT_EQ(content("copy").substr(0, before.size()), before);
    EXPECT_EQ(verify_log(disk_, "copy").value().entries, 21);
}

TEST_F(CopyTest, RefusesAGap) {
    append(5);
    ASSERT_TRUE(copy().ok());
    append(40);
    ASSERT_TRUE(log_->trim(Position{44}, {.bytes_max = 1}, now_).ok());
    const Result<LogCopy> done = copy();
    ASSERT_FALSE(done.ok());
    EXPECT_EQ(done.error().kind, Error::Kind::Conflict);
    EXPECT_NE(done.error().message.find("trimmed"), std::string::npos) << done.error().message;
}

TEST_F(CopyTest, EndsBeforeAPosition) {
    append(30);
    EXPECT_EQ(copy({.position = Position{12}}).value().end, Position{12});
    EXPECT_EQ(verify_log(disk_, "copy").value().entries, 12);
}

TEST_F(CopyTest, EndsAtATime) {
    append(30);
    const Result<LogCopy> done = copy({.time = Timestamp(1'000'000) + Duration(7'500)});
    EXPECT_EQ(done.value().end, Position{7});
    EXPECT_EQ(done.value().latest_now, Timestamp(1'000'000) + Duration(7'000));
}

TEST_F(CopyTest, OfAnotherLogIsRefused) {
    append(10);
    ASSERT_TRUE(copy({.own_identity = true}, "other").ok());
    ASSERT_TRUE(copy().ok());
    const Result<LogCopy> mixed = copy_log(disk_, "other", "copy", {});
    ASSERT_FALSE(mixed.ok());
    EXPECT_NE(mixed.error().message.find("another log"), std::string::npos);
}

TEST_F(CopyTest, ThatReachesFurtherThanTheLogIsLeftAlone) {
    append(10);
    ASSERT_TRUE(copy({}, "older").ok());
    append(10);
    ASSERT_TRUE(copy().ok());
    const Result<LogCopy> back = copy_log(disk_, "older", "copy", {});
    ASSERT_FALSE(back.ok());
    EXPECT_EQ(back.error().kind, Error::Kind::Conflict);
    EXPECT_EQ(verify_log(disk_, "copy").value().entries, 20);
}

TEST_F(CopyTest, NamesDamage) {
    append(20);
    const auto sizes = disk_.file_sizes();
    const std::string path = sizes.begin()->first;
    constexpr std::uint64_t kBit = 2'400;
    disk_.flip_bit(path, kBit);
    const Result<LogCopy> done = copy();
    ASSERT_FALSE(done.ok());
    EXPECT_NE(done.error().message.find(path), std::string::npos) << done.error().message;
}

TEST_F(CopyTest, AfterAPowerCutAtAnyCallIsWhatItWasOrWhatItBecomes) {
    append(6);
    ASSERT_TRUE(copy().ok());
    append(20);
    for (std::uint64_t call = 1;; ++call) {
        const auto disk = disk_.after_kill();
        disk->arm({.kind = Fault::Kind::PowerCut, .at_call = call});
        static_cast<void>(copy_log(*disk, "log", "copy", {}));
        if (!disk->struck()) {
            ASSERT_GT(call, 20);
            break;
        }
        for (std::uint64_t seed = 0; seed < 4; ++seed) {
            const auto after = disk->after_power_cut(seed);
            const Result<LogVerification> found = verify_log(*after, "copy");
            ASSERT_TRUE(found.ok()) << "call " << call << ": " << found.error().message;
            ASSERT_GE(found.value().entries, 6);
            const Result<LogCopy> again = copy_log(*after, "log", "copy", {});
            ASSERT_TRUE(again.ok()) << "call " << call << ": " << again.error().message;
            ASSERT_EQ(again.value().end, Position{26});
        }
    }
}

}  // namespace
}  // namespace attune::segments
