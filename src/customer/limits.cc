#include "customer/limits.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "customer/sections.h"
#include "customer/tiles.h"

namespace attune::customer {

namespace {

// A record: the limit's id, how many uses it has room for, the number of uses, then their times,
// oldest first. Records are sorted by id.
constexpr std::size_t kRoomAt = sizeof(std::uint64_t);
constexpr std::size_t kCountAt = kRoomAt + 1;
constexpr std::size_t kHeaderBytes = kLimitHeaderBytes;
static_assert(kHeaderBytes == kCountAt + 1);

struct Record {
    std::size_t offset = 0;
    std::size_t room = 0;
    std::size_t count = 0;
    bool present = false;

    [[nodiscard]] std::size_t bytes() const { return kHeaderBytes + count * sizeof(std::int64_t); }
};

/// The record at `offset`, or nothing if the section ends before it does.
std::optional<Record> record_at(std::string_view section, std::size_t offset) {
    if (offset + kHeaderBytes > section.size()) {
        return std::nullopt;
    }
    const Record record{
        offset,
        static_cast<std::uint8_t>(section[offset + kRoomAt]),
        static_cast<std::uint8_t>(section[offset + kCountAt]),
        true};
    return record.bytes() <= section.size() - offset ? std::optional(record) : std::nullopt;
}

Record find(std::string_view section, std::uint64_t id) {
    std::size_t offset = 0;
    while (const std::optional<Record> record = record_at(section, offset)) {
        const auto found = load_at<std::uint64_t>(section.data() + offset);
        if (found >= id) {
            return found == id ? *record : Record{offset, 0, 0, false};
        }
        offset += record->bytes();
    }
    return {offset, 0, 0, false};
}

std::vector<std::int64_t> times_of(std::string_view section, const Record& record) {
    std::vector<std::int64_t> times(record.count);
    if (record.count > 0) {
        std::memcpy(
            times.data(),
            section.data() + record.offset + kHeaderBytes,
            record.count * sizeof(std::int64_t)
        );
    }
    return times;
}

void replace(
    Blob& blob,
    std::uint64_t id,
    std::size_t room,
    const Record& old,
    const std::vector<std::int64_t>& times
) {
    if (old.present) {
        blob.erase(kLimits, old.offset, old.bytes());
    }
    char* record =
        blob.insert(kLimits, old.offset, kHeaderBytes + times.size() * sizeof(std::int64_t));
    store_at(record, id);
    record[kRoomAt] = static_cast<char>(room);
    record[kCountAt] = static_cast<char>(times.size());
    std::memcpy(record + kHeaderBytes, times.data(), times.size() * sizeof(std::int64_t));
}

}  // namespace

std::uint32_t used(const Blob& blob, const Limit& limit, Timestamp now) {
    const std::string_view section = blob.section(kLimits);
    const Record record = find(section, limit.id);
    if (!record.present) {
        return 0;
    }
    const std::vector<std::int64_t> times = times_of(section, record);
    if (limit.calendar != Calendar::None) {
        const std::uint32_t unit = calendar_unit(limit.calendar, *limit.zone, now);
        const auto same_unit = [&](std::int64_t time) {
            return calendar_unit(limit.calendar, *limit.zone, Timestamp(time)) == unit;
        };
        return static_cast<std::uint32_t>(std::count_if(times.begin(), times.end(), same_unit));
    }
    const std::int64_t oldest = now.ms() - limit.per.count();
    return static_cast<std::uint32_t>(
        std::count_if(times.begin(), times.end(), [&](std::int64_t time) { return time > oldest; })
    );
}

void use(Blob& blob, const Limit& limit, Timestamp now) {
    const std::string_view section = std::as_const(blob).section(kLimits);
    const Record record = find(section, limit.id);
    std::vector<std::int64_t> times = times_of(section, record);
    times.insert(std::upper_bound(times.begin(), times.end(), now.ms()), now.ms());
    if (times.size() > limit.times) {
        times.erase(times.begin(), times.end() - limit.times);
    }
    replace(blob, limit.id, limit.times, record, times);
}

void merge_limits(Blob& into, std::string_view other) {
    std::size_t at = 0;
    while (const std::optional<Record> found = record_at(other, at)) {
        const Record& theirs = *found;
        const auto id = load_at<std::uint64_t>(other.data() + at);
        const Record ours = find(std::as_const(into).section(kLimits), id);
        const std::size_t room = std::max(ours.room, theirs.room);
        std::vector<std::int64_t> times = times_of(std::as_const(into).section(kLimits), ours);
        const std::vector<std::int64_t> more = times_of(other, theirs);
        times.insert(times.end(), more.begin(), more.end());
        std::sort(times.begin(), times.end());
        if (times.size() > room) {
            times.erase(times.begin(), times.end() - static_cast<std::ptrdiff_t>(room));
        }
        replace(into, id, room, ours, times);
        at += theirs.bytes();
    }
}

}  // namespace attune::customer
