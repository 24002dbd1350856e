#include "customer/instances.h"

#include <algorithm>
#include <tuple>

#include "customer/sections.h"
#include "customer/tiles.h"

namespace attune::customer {

namespace {

constexpr std::size_t kDeadlineAt = 17;
constexpr std::size_t kKeyAt = 25;
constexpr std::size_t kCountAt = 33;

Instance instance_at(const char* record) {
    return {
        load_at<std::uint64_t>(record),
        static_cast<std::uint8_t>(record[8]),
        Timestamp(load_at<std::int64_t>(record + 9)),
        Timestamp(load_at<std::int64_t>(record + kDeadlineAt)),
        load_at<std::uint64_t>(record + kKeyAt),
        static_cast<std::uint8_t>(record[kCountAt])};
}

}  // namespace

void read_instances(const Blob& blob, std::vector<Instance>& all) {
    const std::string_view section = blob.section(kPatterns);
    all.clear();
    for (std::size_t at = 0; at + kInstanceBytes <= section.size(); at += kInstanceBytes) {
        all.push_back(instance_at(section.data() + at));
    }
}

std::vector<Instance> instances(const Blob& blob) {
    std::vector<Instance> all;
    read_instances(blob, all);
    return all;
}

void set_instances(Blob& blob, const std::vector<Instance>& all) {
    const std::size_t wanted = all.size() * kInstanceBytes;
    const std::size_t old = std::as_const(blob).section(kPatterns).size();
    if (wanted > old) {
        blob.insert(kPatterns, old, wanted - old);
    } else if (wanted < old) {
        blob.erase(kPatterns, wanted, old - wanted);
    }
    char* record = blob.section(kPatterns).data();
    for (const Instance& instance : all) {
        store_at(record, instance.pattern);
        record[8] = static_cast<char>(instance.step);
        store_at(record + 9, instance.start.ms());
        store_at(record + kDeadlineAt, instance.deadline.ms());
        store_at(record + kKeyAt, instance.key);
        record[kCountAt] = static_cast<char>(instance.count);
        record += kInstanceBytes;
    }
}

Timestamp earliest_deadline(const Blob& blob) {
    const std::string_view section = blob.section(kPatterns);
    std::int64_t earliest = kNever.ms();
    for (std::size_t at = 0; at + kInstanceBytes <= section.size(); at += kInstanceBytes) {
        earliest = std::min(earliest, load_at<std::int64_t>(section.data() + at + kDeadlineAt));
    }
    return Timestamp(earliest);
}

}  // namespace attune::customer
