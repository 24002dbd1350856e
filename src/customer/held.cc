#include "customer/held.h"

#include <algorithm>
#include <iterator>
#include <string>

#include "customer/instances.h"
#include "customer/sections.h"
#include "customer/tiles.h"

namespace attune::customer {

namespace {

std::vector<Held> read(std::string_view section) {
    std::vector<Held> all;
    for (std::size_t at = 0; at + kHeldBytes <= section.size(); at += kHeldBytes) {
        const char* record = section.data() + at;
        all.push_back(
            {load_at<std::uint64_t>(record),
             load_at<std::uint64_t>(record + 8),
             Timestamp(load_at<std::int64_t>(record + 16))}
        );
    }
    return all;
}

void write(Blob& blob, const std::vector<Held>& all) {
    std::string bytes(all.size() * kHeldBytes, '\0');
    char* record = bytes.data();
    for (const Held& one : all) {
        store_at(record, one.campaign);
        store_at(record + 8, one.cause);
        store_at(record + 16, one.until.ms());
        record += kHeldBytes;
    }
    blob.assign(kHeld, bytes);
}

}  // namespace

std::vector<Held> held(const Blob& blob) {
    return read(blob.section(kHeld));
}

void hold(Blob& blob, const Held& one) {
    std::vector<Held> all = held(blob);
    const auto at = std::find_if(all.begin(), all.end(), [&](const Held& other) {
        return other.campaign >= one.campaign;
    });
    if (at == all.end() || at->campaign != one.campaign) {
        all.insert(at, one);
        write(blob, all);
    }
}

std::vector<Held> take_held(Blob& blob, Timestamp until) {
    std::vector<Held> due = held(blob);
    std::vector<Held> left;
    std::copy_if(due.begin(), due.end(), std::back_inserter(left), [&](const Held& one) {
        return one.until > until;
    });
    std::erase_if(due, [&](const Held& one) { return one.until > until; });
    write(blob, left);
    return due;
}

Timestamp earliest_held(const Blob& blob) {
    Timestamp earliest = kNever;
    const std::string_view section = blob.section(kHeld);
    for (std::size_t at = 0; at + kHeldBytes <= section.size(); at += kHeldBytes) {
        earliest = std::min(earliest, Timestamp(load_at<std::int64_t>(section.data() + at + 16)));
    }
    return earliest;
}

void merge_held(Blob& into, std::string_view other) {
    if (other.empty()) {
        return;
    }
    std::vector<Held> all = held(into);
    const std::vector<Held> theirs = read(other);
    all.insert(all.end(), theirs.begin(), theirs.end());
    std::sort(all.begin(), all.end(), [](const Held& lhs, const Held& rhs) {
        return lhs.campaign != rhs.campaign ? lhs.campaign < rhs.campaign
               : lhs.until != rhs.until     ? lhs.until < rhs.until
                                            : lhs.cause < rhs.cause;
    });
    const auto same = [](const Held& lhs, const Held& rhs) { return lhs.campaign == rhs.campaign; };
    all.erase(std::unique(all.begin(), all.end(), same), all.end());
    write(into, all);
}

}  // namespace attune::customer
