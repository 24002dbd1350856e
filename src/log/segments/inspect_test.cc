#include "log/segments/inspect.h"

#include <gtest/gtest.h>

#include "files/simulated.h"
#include "log/segments/folder_reader.h"
#include "log/segments/format.h"
#include "log/segments/small_log.h"

namespace attune::segments {
namespace {

class Inspection : public testing::Test {
protected:
    void SetUp() override { open(); }

    void open() { log_ = std::move(open_log(small_log(disk_)).value()); }

    void append(std::uint64_t count) {
        for (std::uint64_t i = 0; i < count; ++i) {
            LogEntries entries;
            entries.add(std::to_string(log_->end().index), std::string(280, 'x'));
            const BatchStamp stamp{.now = Timestamp(static_cast<std::int64_t>(log_->end().index))};
            ASSERT_TRUE(log_->append(stamp, entries).ok());
            ASSERT_TRUE(log_->flush().ok());
        }
    }

    files::SimulatedFiles disk_;
    std::unique_ptr<Log> log_;
};

TEST_F(Inspection, ListsSegmentsOfAnOpenLog) {
    append(25);
    const auto segments = list_segments(disk_, "log").value();
    ASSERT_EQ(segments.size(), 3);
    EXPECT_EQ(segments[0].end, segments[1].first);
    EXPECT_EQ(segments[0].latest_now, Timestamp(10));
    EXPECT_EQ(segments[2].end, Position{25});
    EXPECT_EQ(segments[2].latest_now, Timestamp(24));
    EXPECT_EQ(segments[2].bytes, 4096);
}

TEST_F(Inspection, CountsWhatItVerifies) {
    append(25);
    const LogVerification verified = verify_log(disk_, "log").value();
    EXPECT_EQ(verified.segments, 3);
    EXPECT_EQ(verified.batches, 25);
    EXPECT_EQ(verified.entries, 25);
    EXPECT_EQ(verified.end, Position{25});
    EXPECT_EQ(verified.unfinished, "");
}

TEST_F(Inspection, NamesDamageInAnySegment) {
    append(25);
    for (const std::uint64_t first : {0U, 22U}) {
        const auto damaged = disk_.after_kill();
        const std::string path = "log/" + segment_name(Position{first});
        damaged->flip_bit(path, 8 * 200);
        const auto verified = verify_log(*damaged, "log");
        ASSERT_FALSE(verified.ok());
        EXPECT_EQ(verified.error().kind, Error::Kind::Corrupt);
        EXPECT_NE(verified.error().message.find(path), std::string::npos);
    }
}

TEST_F(Inspection, TellsAnUnfinishedTailFromDamage) {
    append(3);
    const std::string path = "log/" + segment_name(Position{});
    const auto file = disk_.open(path, files::Open::Write);
    const std::uint64_t end = kSegmentHeadBytes + verify_log(disk_, "log").value().bytes;
    ASSERT_TRUE(files::write_all(*file.value(), end, "half a batch").ok());
    const LogVerification verified = verify_log(disk_, "log").value();
    EXPECT_EQ(verified.end, Position{3});
    EXPECT_NE(verified.unfinished.find("at offset " + std::to_string(end)), std::string::npos);
}

TEST_F(Inspection, AReaderFromOutsideFollowsAcrossSegmentsAndRestarts) {
    const auto reader = FolderReader::open(disk_, "log", Position{2});
    ASSERT_TRUE(reader.ok());
    EXPECT_EQ(reader.value()->next().value(), nullptr);
    std::uint64_t next = 2;
    for (int round = 0; round < 8; ++round) {
        append(5);
        while (const LogBatch* batch = reader.value()->next().value()) {
            EXPECT_EQ(batch->range.first.index, next);
            ++next;
        }
        EXPECT_EQ(next, log_->end().index);
        log_.reset();
        open();
    }
}

TEST_F(Inspection, AMissingFolderIsNamed) {
    EXPECT_EQ(verify_log(disk_, "none").error().kind, Error::Kind::NotFound);
    EXPECT_EQ(list_segments(disk_, "none").error().kind, Error::Kind::NotFound);
}

}  // namespace
}  // namespace attune::segments
