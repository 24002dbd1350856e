#include "host/backup.h"

#include <gtest/gtest.h>

#include "files/simulated.h"

namespace attune::host {
namespace {

TEST(BackedUpTo, IsWhatWasNotedLast) {
    files::SimulatedFiles disk;
    ASSERT_TRUE(files::create_durable_directory(disk, "data").ok());
    EXPECT_EQ(backed_up_to(disk, "data"), Position{0});
    ASSERT_TRUE(note_backed_up(disk, "data", Position{12}).ok());
    ASSERT_TRUE(note_backed_up(disk, "data", Position{345}).ok());
    EXPECT_EQ(backed_up_to(disk, "data"), Position{345});
}

TEST(BackedUpTo, SurvivesAPowerCut) {
    files::SimulatedFiles disk;
    ASSERT_TRUE(files::create_durable_directory(disk, "data").ok());
    ASSERT_TRUE(note_backed_up(disk, "data", Position{12}).ok());
    EXPECT_EQ(backed_up_to(*disk.after_power_cut(1), "data"), Position{12});
}

TEST(BackedUpTo, IsNothingWhenTheNoteSaysSomethingElse) {
    files::SimulatedFiles disk;
    ASSERT_TRUE(files::create_durable_directory(disk, "data").ok());
    ASSERT_TRUE(files::replace_file(disk, "data/backed-up", "version 2: 99\n").ok());
    EXPECT_EQ(backed_up_to(disk, "data"), Position{0});
    ASSERT_TRUE(note_backed_up(disk, "data", Position{12}).ok());
    for (std::uint64_t bit = 0; bit < 8 * disk.file_sizes().at("data/backed-up"); ++bit) {
        const auto damaged = disk.after_kill();
        damaged->flip_bit("data/backed-up", bit);
        EXPECT_EQ(backed_up_to(*damaged, "data"), Position{0}) << bit;
    }
}

}  // namespace
}  // namespace attune::host
