#include "customer/waiting.h"

#include <algorithm>
#include <string>
#include <tuple>
#include <unordered_map>

#include "customer/instances.h"
#include "customer/sections.h"
#include "customer/tiles.h"

namespace attune::customer {

namespace {

std::vector<Waiting> read(std::string_view section) {
    std::vector<Waiting> all;
    for (std::size_t at = 0; at + kWaitingBytes <= section.size(); at += kWaitingBytes) {
        const char* record = section.data() + at;
        all.push_back(
            {Timestamp(load_at<std::int64_t>(record)),
             load_at<std::uint64_t>(record + 8),
             load_at<std::uint64_t>(record + 16),
             load_at<std::uint64_t>(record + 24),
             load_at<std::uint64_t>(record + 32)}
        );
    }
    return all;
}

void write(Blob& blob, const std::vector<Waiting>& all) {
    std::string bytes(all.size() * kWaitingBytes, '\0');
    char* record = bytes.data();
    for (const Waiting& one : all) {
        store_at(record, one.due.ms());
        store_at(record + 8, one.cause);
        store_at(record + 16, one.pattern);
        store_at(record + 24, one.steps);
        store_at(record + 32, one.key);
        record += kWaitingBytes;
    }
    blob.assign(kWaiting, bytes);
}

std::tuple<Timestamp, std::uint64_t, std::uint64_t> order(const Waiting& one) {
    return {one.due, one.cause, one.pattern};
}

/// Sorts, drops repeats, and of each pattern those that there is no room for; how many of these.
std::size_t settle(std::vector<Waiting>& all) {
    std::sort(all.begin(), all.end(), [](const Waiting& lhs, const Waiting& rhs) {
        return order(lhs) < order(rhs);
    });
    const auto same = [](const Waiting& lhs, const Waiting& rhs) {
        return order(lhs) == order(rhs);
    };
    all.erase(std::unique(all.begin(), all.end(), same), all.end());
    std::unordered_map<std::uint64_t, std::size_t> counts;
    return std::erase_if(all, [&](const Waiting& one) {
        return ++counts[one.pattern] > kWaitingMax;
    });
}

}  // namespace

std::vector<Waiting> waiting(const Blob& blob) {
    return read(blob.section(kWaiting));
}

bool wait(Blob& blob, const Waiting& one) {
    std::vector<Waiting> all = waiting(blob);
    all.push_back(one);
    const std::size_t dropped = settle(all);
    write(blob, all);
    return dropped == 0;
}

std::vector<Waiting> take_waiting(Blob& blob, Timestamp until) {
    std::vector<Waiting> due = waiting(blob);
    const auto later =
        std::find_if(due.begin(), due.end(), [&](const Waiting& one) { return one.due > until; });
    write(blob, {later, due.end()});
    due.erase(later, due.end());
    return due;
}

Timestamp earliest_waiting(const Blob& blob) {
    const std::string_view section = blob.section(kWaiting);
    return section.size() < kWaitingBytes ? kNever
                                          : Timestamp(load_at<std::int64_t>(section.data()));
}

void merge_waiting(Blob& into, std::string_view other) {
    if (other.empty()) {
        return;
    }
    std::vector<Waiting> all = waiting(into);
    const std::vector<Waiting> theirs = read(other);
    all.insert(all.end(), theirs.begin(), theirs.end());
    settle(all);
    write(into, all);
}

}  // namespace attune::customer
