#pragma once

#include <cstddef>

namespace attune::customer {

/// The sections that every blob has; a feature's section follows at `kFeatures` + its number in the
/// layout.
enum Section : std::size_t {
    kIdentifiers = 0,
    kTraits = 1,
    kConsent = 2,
    kRecentIds = 3,
    kSegments = 4,
    kPatterns = 5,
    kLimits = 6,
    kInbox = 7,
    kHeld = 8,
    kMerges = 9,
    kWaiting = 10,
    kFeatures = 11,
};

}  // namespace attune::customer
