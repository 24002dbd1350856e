#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "customer/feature.h"
#include "customer/sections.h"
#include "value/json.h"

namespace attune::customer {

/// An event as tests of features see it. Its key is its value modulo 3; of a session it is a page
/// if its value is above 7.
struct Seen {
    std::int64_t ms = 0;
    std::int64_t value = 0;
};

inline Blob folded(const FeatureShape& shape, const std::vector<Seen>& events) {
    Blob blob(1, kFeatures + 1);
    for (const Seen& seen : events) {
        const bool page = shape.aggregate == Aggregate::Session;
        apply(
            shape,
            blob,
            kFeatures,
            Timestamp(seen.ms),
            page ? Value::boolean(seen.value > 7) : Value::integer(seen.value),
            Value::integer(seen.value % 3)
        );
    }
    return blob;
}

inline std::string read_text(const FeatureShape& shape, const Blob& blob, std::int64_t now) {
    Arena arena;
    return json::to_json(read(shape, blob.section(kFeatures), Timestamp(now), arena));
}

inline FeatureShape keeping(Aggregate aggregate, std::uint32_t keep) {
    FeatureShape shape;
    shape.aggregate = aggregate;
    shape.keep = keep;
    return shape;
}

}  // namespace attune::customer
