#include "customer/blob_upgrade.h"

#include <string>

#include "customer/instances.h"
#include "customer/sections.h"

namespace attune::customer {

Result<Blob> upgraded_from_1(const Blob& old) {
    constexpr std::size_t kFixedOf1 = 8;
    constexpr std::size_t kInstanceBytesOf1 = 25;
    const std::string_view instances =
        old.section_count() < kFixedOf1 ? std::string_view() : old.section(kPatterns);
    constexpr std::size_t kMore = kInstanceBytes - kInstanceBytesOf1;
    const std::size_t grown = old.bytes().size() + 2 * (kFeatures - kFixedOf1) +
                              instances.size() / kInstanceBytesOf1 * kMore;
    if (old.section_count() < kFixedOf1 || grown > kBlobBytesMax) {
        return Error{
            Error::Kind::Corrupt, "cannot read a customer's state: version 1 holds other sections"};
    }
    Blob blob(old.layout(), old.section_count() + kFeatures - kFixedOf1);
    blob.set_newest(old.newest());
    blob.set_advanced_to(old.advanced_to());
    blob.set_judged_by(old.judged_by());
    for (std::size_t i = 0; i < old.section_count(); ++i) {
        blob.assign(i < kFixedOf1 ? i : i + kFeatures - kFixedOf1, old.section(i));
    }
    std::string longer;
    for (std::size_t at = 0; at + kInstanceBytesOf1 <= instances.size(); at += kInstanceBytesOf1) {
        longer.append(instances.substr(at, kInstanceBytesOf1)).append(kMore, '\0');
    }
    blob.assign(kPatterns, longer);
    return blob;
}

}  // namespace attune::customer
