#include "customer/memberships.h"

#include <algorithm>

#include "customer/sections.h"
#include "customer/tiles.h"

namespace attune::customer {

namespace {

Membership membership_at(std::string_view section, std::size_t offset) {
    return {
        load_at<std::uint64_t>(section.data() + offset),
        Timestamp(load_at<std::int64_t>(section.data() + offset + 8))};
}

/// The offset of the first record not below `segment`; records are sorted.
std::size_t lower_bound(std::string_view section, std::uint64_t segment) {
    std::size_t offset = 0;
    while (offset + kMembershipBytes <= section.size() &&
           membership_at(section, offset).segment < segment) {
        offset += kMembershipBytes;
    }
    return offset;
}

bool present_at(std::string_view section, std::size_t offset, std::uint64_t segment) {
    return offset + kMembershipBytes <= section.size() &&
           membership_at(section, offset).segment == segment;
}

}  // namespace

bool is_member(const Blob& blob, std::uint64_t segment) {
    const std::string_view section = blob.section(kSegments);
    return present_at(section, lower_bound(section, segment), segment);
}

std::vector<Membership> memberships(const Blob& blob) {
    const std::string_view section = blob.section(kSegments);
    std::vector<Membership> all;
    for (std::size_t offset = 0; offset + kMembershipBytes <= section.size();
         offset += kMembershipBytes) {
        all.push_back(membership_at(section, offset));
    }
    return all;
}

void enter(Blob& blob, std::uint64_t segment, Timestamp since) {
    const std::string_view section = std::as_const(blob).section(kSegments);
    const std::size_t offset = lower_bound(section, segment);
    if (present_at(section, offset, segment)) {
        return;
    }
    char* record = blob.insert(kSegments, offset, kMembershipBytes);
    store_at(record, segment);
    store_at(record + 8, since.ms());
}

void leave(Blob& blob, std::uint64_t segment) {
    const std::string_view section = std::as_const(blob).section(kSegments);
    const std::size_t offset = lower_bound(section, segment);
    if (present_at(section, offset, segment)) {
        blob.erase(kSegments, offset, kMembershipBytes);
    }
}

void merge_memberships(Blob& into, std::string_view other) {
    for (std::size_t at = 0; at + kMembershipBytes <= other.size(); at += kMembershipBytes) {
        const Membership theirs = membership_at(other, at);
        enter(into, theirs.segment, theirs.since);
        const std::size_t offset =
            lower_bound(std::as_const(into).section(kSegments), theirs.segment);
        char* record = into.section(kSegments).data() + offset;
        store_at(record + 8, std::min(load_at<std::int64_t>(record + 8), theirs.since.ms()));
    }
}

}  // namespace attune::customer
