#include "host/erasure_record.h"

#include <gtest/gtest.h>

#include "files/simulated.h"

namespace attune::host {
namespace {

using files::SimulatedFiles;

ErasureRecord open_or_die(SimulatedFiles& disk, const std::string& folder) {
    Result<ErasureRecord> record = ErasureRecord::open(disk, folder);
    EXPECT_TRUE(record.ok()) << record.error().message;
    return std::move(record).value();
}

runtime::Erasure some(const std::string& id) {
    return {id, Timestamp(5), Position{7}, Position{}, {1, ~std::uint64_t{0}}, {}};
}

TEST(ErasureRecord, SurvivesAPowerCutAfterEachStep) {
    SimulatedFiles disk;
    ASSERT_TRUE(files::create_durable_directory(disk, "data").ok());
    ErasureRecord record = open_or_die(disk, "data");
    ASSERT_TRUE(record.add(some("x1")).ok());
    ASSERT_TRUE(record.add(some("x2")).ok());
    ASSERT_TRUE(record.note_folded("x1", Position{9}, {"e1", "e2"}).ok());
    const auto later = disk.after_power_cut(3);
    const ErasureRecord found = open_or_die(*later, "data");
    ASSERT_EQ(found.entries().size(), 2U);
    const runtime::Erasure& first = found.entries()[0].erasure;
    EXPECT_EQ(found.entries()[0].stage, ErasureStage::Folded);
    EXPECT_EQ(first.deliveries, (std::vector<std::string>{"e1", "e2"}));
    EXPECT_EQ(first.identifiers, some("x1").identifiers);
    EXPECT_EQ(first.before, Position{7});
    EXPECT_EQ(first.folded, Position{9});
    EXPECT_EQ(first.at, Timestamp(5));
    EXPECT_EQ(found.at(ErasureStage::Asked).size(), 1U);
}

TEST(ErasureRecord, OfACopyTakesWhatItDoesNotKnowAsStillToBeDone) {
    SimulatedFiles disk;
    ASSERT_TRUE(files::create_durable_directory(disk, "data").ok());
    ASSERT_TRUE(files::create_durable_directory(disk, "copy").ok());
    ErasureRecord record = open_or_die(disk, "data");
    ASSERT_TRUE(record.add(some("x1")).ok());
    ASSERT_TRUE(record.note_complete({some("x1")}).ok());
    ErasureRecord copy = open_or_die(disk, "copy");
    ASSERT_TRUE(copy.add_unknown(record).ok());
    ASSERT_NE(copy.find("x1"), nullptr);
    EXPECT_EQ(copy.find("x1")->stage, ErasureStage::Asked);
    ASSERT_TRUE(copy.note_complete({some("x1")}).ok());
    ASSERT_TRUE(copy.add_unknown(record).ok());
    EXPECT_EQ(copy.find("x1")->stage, ErasureStage::Complete);
}

TEST(ErasureRecord, OfALogThatEndsEarlierSaysNothingOfWhatComesThere) {
    SimulatedFiles disk;
    ASSERT_TRUE(files::create_durable_directory(disk, "data").ok());
    ErasureRecord record = open_or_die(disk, "data");
    ASSERT_TRUE(record.add(some("x1")).ok());
    ASSERT_TRUE(record.note_end(Position{3}).ok());
    EXPECT_EQ(record.entries()[0].erasure.before, Position{7}) << "it is still to be done";
    ASSERT_TRUE(record.note_complete({some("x1")}).ok());
    ASSERT_TRUE(record.note_end(Position{3}).ok());
    EXPECT_EQ(record.entries()[0].erasure.before, Position{3});
    EXPECT_EQ(record.entries()[0].erasure.folded, Position{3});
}

TEST(ErasureRecord, ThatCannotBeReadIsNamedWithItsLine) {
    SimulatedFiles disk;
    ASSERT_TRUE(files::create_durable_directory(disk, "data").ok());
    ASSERT_TRUE(
        files::replace_file(disk, "data/erasures", "attune erasures 1\nx1 asked 5 seven 01 \n").ok()
    );
    const Result<ErasureRecord> damaged = ErasureRecord::open(disk, "data");
    ASSERT_FALSE(damaged.ok());
    EXPECT_NE(damaged.error().message.find("line 2"), std::string::npos);
    ASSERT_TRUE(files::replace_file(disk, "data/erasures", "attune erasures 3\n").ok());
    EXPECT_EQ(ErasureRecord::open(disk, "data").error().kind, Error::Kind::Conflict);
}

TEST(ErasureRecord, OfTheFirstFormatIsReadAndGetsAChecksumWithTheNextChange) {
    SimulatedFiles disk;
    ASSERT_TRUE(files::create_durable_directory(disk, "data").ok());
    ASSERT_TRUE(files::replace_file(
                    disk, "data/erasures", "attune erasures 1\nx1 asked 5 7 0 0000000000000001 \n"
    )
                    .ok());
    ErasureRecord record = open_or_die(disk, "data");
    ASSERT_EQ(record.entries().size(), 1U);
    ASSERT_TRUE(record.add(some("x2")).ok());
    EXPECT_EQ(open_or_die(disk, "data").entries().size(), 2U);
}

TEST(ErasureRecord, NamesAnyBitThatHasTurned) {
    SimulatedFiles disk;
    ASSERT_TRUE(files::create_durable_directory(disk, "data").ok());
    ErasureRecord record = open_or_die(disk, "data");
    ASSERT_TRUE(record.add(some("x1")).ok());
    ASSERT_TRUE(record.note_folded("x1", Position{9}, {"e1"}).ok());
    const std::uint64_t bits = 8 * disk.file_sizes().at("data/erasures");
    for (std::uint64_t bit = 0; bit < bits; ++bit) {
        const auto damaged = disk.after_kill();
        damaged->flip_bit("data/erasures", bit);
        const Result<ErasureRecord> found = ErasureRecord::open(*damaged, "data");
        ASSERT_FALSE(found.ok()) << bit;
        ASSERT_NE(found.error().message.find("data/erasures"), std::string::npos) << bit;
    }
}

}  // namespace
}  // namespace attune::host
