#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "files/simulated.h"
#include "log/segments/format.h"
#include "log/segments/small_log.h"

namespace attune::segments {
namespace {

using files::SimulatedFiles;

std::unique_ptr<Log> open(SimulatedFiles& disk, Packing packing = Packing::None) {
    LogOptions options = small_log(disk);
    options.packing = packing;
    Result<std::unique_ptr<Log>> log = open_log(options);
    EXPECT_TRUE(log.ok());
    return std::move(log).value();
}

void append(Log& log, const std::string& text) {
    LogEntries entries;
    entries.add(text);
    ASSERT_TRUE(log.append({.now = Timestamp(1'000)}, entries).ok());
    ASSERT_TRUE(log.flush().ok());
}

std::vector<std::string> stored(Log& log) {
    std::vector<std::string> batches;
    EXPECT_TRUE(read_log(log, log.begin(), [&](const LogBatch& batch) {
                    batches.emplace_back(batch.stored);
                }).ok());
    return batches;
}

/// What says something of the log and not of the disk that it lies on.
std::string without_synced(std::string batch) {
    batch.replace(4, 4, 4, '\0');
    batch.replace(32, 8, 8, '\0');
    return batch;
}

TEST(AnEpoch, IsInTheLogWithTheNextBatchAndAfterAStart) {
    SimulatedFiles disk;
    auto log = open(disk);
    append(*log, "before");
    EXPECT_EQ(log->epoch(), 0);
    ASSERT_TRUE(log->raise_epoch(3).ok());
    append(*log, "after");
    log.reset();
    log = open(disk);
    EXPECT_EQ(log->epoch(), 3);
    std::vector<Epoch> epochs;
    ASSERT_TRUE(read_log(*log, {}, [&](const LogBatch& batch) {
                    epochs.push_back(batch.epoch);
                }).ok());
    EXPECT_EQ(epochs, (std::vector<Epoch>{0, 3}));
}

TEST(AnEpoch, MakesASegmentThatOlderVersionsRefuse) {
    SegmentHead head;
    EXPECT_EQ(encode(head)[8], 1);
    head.epoch = 1;
    EXPECT_EQ(encode(head)[8], 3);
    EXPECT_EQ(decode_segment_head(encode(head), "it").value().epoch, 1);
}

TEST(AStoredBatch, IsTheSameInTheOtherLogButForWhatItsDiskHad) {
    for (const Packing packing : {Packing::None, Packing::Zstd, Packing::Lz4}) {
        SimulatedFiles here;
        SimulatedFiles there;
        auto log = open(here, packing);
        auto copy = open(there);
        append(*log, std::string(900, 'x'));
        append(*log, "short");
        ASSERT_TRUE(log->raise_epoch(1).ok());
        append(*log, "promoted");
        for (const std::string& batch : stored(*log)) {
            ASSERT_TRUE(copy->append_stored(batch).ok());
            ASSERT_TRUE(copy->flush().ok());
        }
        copy.reset();
        copy = open(there);
        EXPECT_EQ(copy->epoch(), 1);
        const std::vector<std::string> ours = stored(*log);
        const std::vector<std::string> theirs = stored(*copy);
        ASSERT_EQ(ours.size(), theirs.size());
        for (std::size_t i = 0; i < ours.size(); ++i) {
            EXPECT_EQ(without_synced(ours[i]), without_synced(theirs[i]));
        }
    }
}

TEST(AStoredBatch, IsRefusedDamagedOutOfPlaceOrOfALowerEpoch) {
    SimulatedFiles here;
    SimulatedFiles there;
    auto log = open(here);
    append(*log, "one");
    append(*log, "two");
    const std::vector<std::string> batches = stored(*log);
    auto copy = open(there);
    EXPECT_EQ(copy->append_stored(batches[1]).error().kind, Error::Kind::Conflict);
    for (std::size_t i = 0; i < batches[0].size(); ++i) {
        std::string turned = batches[0];
        turned[i] = static_cast<char>(turned[i] ^ 1);
        const auto taken = copy->append_stored(turned);
        ASSERT_FALSE(taken.ok()) << i;
        EXPECT_EQ(taken.error().kind, Error::Kind::Corrupt) << i;
    }
    EXPECT_EQ(
        copy->append_stored(batches[0].substr(0, batches[0].size() - 1)).error().kind,
        Error::Kind::Corrupt
    );
    EXPECT_EQ(copy->end(), Position{});
    ASSERT_TRUE(copy->raise_epoch(2).ok());
    EXPECT_EQ(copy->append_stored(batches[0]).error().kind, Error::Kind::Conflict);
}

}  // namespace
}  // namespace attune::segments
