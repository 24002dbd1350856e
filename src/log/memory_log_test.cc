#include "log/memory_log.h"

#include <gtest/gtest.h>

namespace attune {
namespace {

LogRange append(Log& log, std::initializer_list<std::string_view> texts, std::int64_t now = 0) {
    LogEntries entries;
    for (const std::string_view text : texts) {
        entries.add(text);
    }
    return log.append({.now = Timestamp(now)}, entries).value();
}

std::string all(Log& log, Position from = {}) {
    std::string text;
    const Status status = read_log(log, from, [&](const LogBatch& batch) {
        text += "[" + to_string(batch.range.first);
        batch.for_each([&](Position at, std::string_view entry) {
            text += " " + to_string(at) + "=" + std::string(entry);
        });
        text += "]";
    });
    EXPECT_TRUE(status.ok());
    return text;
}

TEST(MemoryLog, GivesEveryEntryAPlaceAndATickOne) {
    MemoryLog log;
    EXPECT_EQ(append(log, {"a", "b"}).end, Position{2});
    EXPECT_EQ(append(log, {}).end, Position{3});
    EXPECT_EQ(append(log, {"c"}).first, Position{3});
    EXPECT_EQ(all(log), "[0 0=a 1=b][2][3 3=c]");
    EXPECT_EQ(all(log, Position{1}), "[0 0=a 1=b][2][3 3=c]");
    EXPECT_EQ(all(log, Position{2}), "[2][3 3=c]");
}

TEST(MemoryLog, HoldsBackUntilReleased) {
    MemoryLog log({.hold = true});
    Position heard;
    log.on_durable([&](Position durable) { heard = durable; });
    append(log, {"a"});
    EXPECT_EQ(log.durable(), Position{0});
    EXPECT_EQ(all(log), "");
    log.release();
    EXPECT_EQ(heard, Position{1});
    EXPECT_EQ(all(log), "[0 0=a]");
}

TEST(MemoryLog, RemovesOnlyWhatIsOverALimitAndNeedNotBeKept) {
    MemoryLog log;
    append(log, {"a"}, 10);
    append(log, {"b"}, 20);
    append(log, {"c"}, 30);
    EXPECT_EQ(log.trim(Position{3}, {}, Timestamp(100)).value(), Position{0});
    EXPECT_EQ(
        log.trim(Position{1}, {.age_max = Duration(10)}, Timestamp(100)).value(), Position{1}
    );
    EXPECT_EQ(log.trim(Position{3}, {.age_max = Duration(10)}, Timestamp(35)).value(), Position{2});
    EXPECT_EQ(log.reader(Position{0}).value()->next().error().kind, Error::Kind::NotFound);
}

TEST(LogEntries, JoinsHeadAndBody) {
    LogEntries entries;
    entries.add("head", "body");
    MemoryLog log;
    ASSERT_TRUE(log.append({}, entries).ok());
    EXPECT_EQ(all(log), "[0 0=headbody]");
}

}  // namespace
}  // namespace attune
