#include "log/segments/rewrite.h"

#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "files/simulated.h"
#include "log/segments/inspect.h"
#include "log/segments/small_log.h"

namespace attune::segments {
namespace {

using files::Fault;
using files::SimulatedFiles;

constexpr std::string_view kMarker = "ada@example.org";

LogOptions options_on(SimulatedFiles& disk, Packing packing) {
    LogOptions options = small_log(disk);
    options.packing = packing;
    return options;
}

std::unique_ptr<Log> open_on(SimulatedFiles& disk, Packing packing = Packing::None) {
    Result<std::unique_ptr<Log>> log = open_log(options_on(disk, packing));
    EXPECT_TRUE(log.ok()) << log.error().message;
    return std::move(log).value();
}

/// Batches of two entries, the second of every third one with the marker; then a seal.
void fill(Log& log, int batches) {
    for (int i = 0; i < batches; ++i) {
        LogEntries entries;
        entries.add("first " + std::to_string(i), std::string(300, 'x'));
        entries.add(i % 3 == 0 ? kMarker : "somebody else", std::string(300, 'y'));
        ASSERT_TRUE(log.append({.now = log.latest_now() + Duration(1)}, entries).ok());
        ASSERT_TRUE(log.flush().ok());
    }
}

bool wipe_marker(Position, std::span<char> entry) {
    const bool meant = std::string_view(entry.data(), entry.size()).find(kMarker) == 0;
    if (meant) {
        std::fill(entry.begin(), entry.end(), '\0');
    }
    return meant;
}

std::vector<std::string> entries_of(Log& log) {
    std::vector<std::string> all;
    const Status read = read_log(log, log.begin(), [&](const LogBatch& batch) {
        batch.for_each([&](Position position, std::string_view entry) {
            EXPECT_EQ(position.index, all.size());
            all.emplace_back(entry);
        });
    });
    EXPECT_TRUE(read.ok()) << (read.ok() ? "" : read.error().message);
    return all;
}

bool on_disk(SimulatedFiles& disk, std::string_view text) {
    for (const auto& [path, bytes] : disk.file_sizes()) {
        const Result<std::string> content = files::read_file(disk, path, bytes);
        if (content.ok() && content.value().find(text) != std::string::npos) {
            return true;
        }
    }
    return false;
}

void expect_wiped(Log& log, const std::vector<std::string>& before) {
    const std::vector<std::string> after = entries_of(log);
    ASSERT_EQ(after.size(), before.size());
    for (std::size_t i = 0; i < before.size(); ++i) {
        const bool meant = before[i].starts_with(kMarker);
        EXPECT_EQ(after[i], meant ? std::string(before[i].size(), '\0') : before[i]) << i;
    }
}

TEST(Rewrite, LeavesNothingOnTheDiskAndEverythingElseInItsPlace) {
    for (const Packing packing : {Packing::None, Packing::Zstd, Packing::Lz4}) {
        SimulatedFiles disk;
        const auto log = open_on(disk, packing);
        fill(*log, 40);
        const std::vector<std::string> before = entries_of(*log);
        ASSERT_EQ(before.size(), 80U);
        ASSERT_TRUE(log->seal().ok());
        fill(*log, 1);
        ASSERT_TRUE(log->rewrite({Position{80}, wipe_marker}).ok());
        std::vector<std::string> all = before;
        const std::vector<std::string> later = entries_of(*log);
        EXPECT_EQ(later[81], std::string(kMarker) + std::string(300, 'y')) << "behind the end";
        ASSERT_TRUE(log->seal().ok());
        ASSERT_TRUE(log->append({.now = log->latest_now()}, {}).ok());
        all.insert(all.end(), later.begin() + 80, later.end());
        ASSERT_TRUE(log->rewrite({Position{82}, wipe_marker}).ok());
        expect_wiped(*log, all);
        EXPECT_FALSE(on_disk(disk, kMarker));
        EXPECT_TRUE(verify_log(disk, "log").ok());
    }
}

TEST(Rewrite, WaitsForTheSegmentThatIsBeingWritten) {
    SimulatedFiles disk;
    const auto log = open_on(disk);
    fill(*log, 1);
    EXPECT_EQ(log->rewrite({Position{2}, wipe_marker}).error().kind, Error::Kind::Unavailable);
    EXPECT_TRUE(on_disk(disk, kMarker));
}

TEST(Rewrite, OfALogThatWasOpenedAnewNeedsNoSeal) {
    SimulatedFiles disk;
    {
        const auto log = open_on(disk);
        fill(*log, 5);
    }
    const auto log = open_on(disk);
    ASSERT_TRUE(log->seal().ok());
    ASSERT_TRUE(log->rewrite({log->end(), wipe_marker}).ok());
    EXPECT_FALSE(on_disk(disk, kMarker));
    fill(*log, 0);
    EXPECT_EQ(entries_of(*log).size(), 10U);
}

TEST(Rewrite, OfALogThatNobodyWritesDoesTheSame) {
    SimulatedFiles disk;
    std::vector<std::string> before;
    {
        const auto log = open_on(disk);
        fill(*log, 40);
        before = entries_of(*log);
    }
    ASSERT_TRUE(rewrite_log(disk, "log", {Position{80}, wipe_marker}).ok());
    EXPECT_FALSE(on_disk(disk, kMarker));
    expect_wiped(*open_on(disk), before);
}

TEST(Rewrite, CutAtAnyCallLosesNothingAndIsDoneWhenCalledAgain) {
    for (std::uint64_t call = 1;; ++call) {
        auto disk = std::make_unique<SimulatedFiles>();
        std::vector<std::string> before;
        bool struck = false;
        {
            const auto log = open_on(*disk);
            fill(*log, 20);
            before = entries_of(*log);
            ASSERT_TRUE(log->seal().ok());
            ASSERT_TRUE(log->append({.now = log->latest_now()}, {}).ok());
            ASSERT_TRUE(log->flush().ok());
            disk->arm({.kind = Fault::Kind::PowerCut, .at_call = call});
            static_cast<void>(log->rewrite({Position{40}, wipe_marker}));
            struck = disk->struck();
        }
        disk = disk->after_power_cut(call);
        const auto log = open_on(*disk);
        const std::vector<std::string> found = entries_of(*log);
        ASSERT_EQ(found.size(), before.size()) << "cut at call " << call;
        ASSERT_TRUE(log->rewrite({Position{40}, wipe_marker}).ok());
        expect_wiped(*log, before);
        EXPECT_FALSE(on_disk(*disk, kMarker)) << "cut at call " << call;
        if (!struck) {
            EXPECT_GT(call, 20U);
            return;
        }
    }
}

}  // namespace
}  // namespace attune::segments
