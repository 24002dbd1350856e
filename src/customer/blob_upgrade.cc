#include "customer/blob_upgrade.h"

#include <string>

#include "customer/instances.h"
#include "customer/sections.h"

namespace attune::customer {

namespace {

/// Sections before the features: version 2 added what is held and the merges, version 3 what waits.
constexpr std::size_t kFixedOf1 = 8;
constexpr std::size_t kFixedOf2 = 10;

/// Since version 2 an instance ends with its key and count.
constexpr std::size_t kInstanceBytesOf1 = 25;
constexpr std::size_t kMore = kInstanceBytes - kInstanceBytesOf1;

std::string longer_instances(std::string_view instances) {
    std::string longer;
    for (std::size_t at = 0; at + kInstanceBytesOf1 <= instances.size(); at += kInstanceBytesOf1) {
        longer.append(instances.substr(at, kInstanceBytesOf1)).append(kMore, '\0');
    }
    return longer;
}

}  // namespace

Result<Blob> upgraded(const Blob& old, std::uint16_t version) {
    const std::size_t fixed = version == 1 ? kFixedOf1 : kFixedOf2;
    const std::string_view instances =
        old.section_count() < fixed || version != 1 ? std::string_view() : old.section(kPatterns);
    const std::size_t grown =
        old.bytes().size() + 2 * (kFeatures - fixed) + instances.size() / kInstanceBytesOf1 * kMore;
    if (old.section_count() < fixed || grown > kBlobBytesMax) {
        return Error{
            Error::Kind::Corrupt,
            "cannot read a customer's state: version " + std::to_string(version) +
                " holds other sections"};
    }
    Blob blob(old.layout(), old.section_count() + kFeatures - fixed);
    blob.set_newest(old.newest());
    blob.set_advanced_to(old.advanced_to());
    blob.set_judged_by(kJudgedByItsProgram);
    for (std::size_t i = 0; i < old.section_count(); ++i) {
        blob.assign(i < fixed ? i : i + kFeatures - fixed, old.section(i));
    }
    if (version == 1) {
        blob.assign(kPatterns, longer_instances(instances));
    }
    return blob;
}

}  // namespace attune::customer
