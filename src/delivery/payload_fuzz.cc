#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/assert.h"
#include "delivery/effect.h"
#include "delivery/mark.h"
#include "delivery/outbox.h"
#include "delivery/payload.h"

using namespace attune;            // NOLINT(google-build-using-namespace)
using namespace attune::delivery;  // NOLINT(google-build-using-namespace)

namespace {

/// What can be read can be written, and reads the same again.
template <typename Decode>
void check_round_trip(std::string_view bytes, Decode decode) {
    const auto first = decode(bytes);
    if (first.ok()) {
        const auto second = decode(encode(first.value()));
        ATTUNE_ASSERT(second.ok() && second.value() == first.value());
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    check_round_trip(bytes, decode_email);
    check_round_trip(bytes, decode_webhook);
    check_round_trip(bytes, decode_delivery);
    check_round_trip(bytes, decode_mark);
    Outbox outbox(Outbox::Options{});
    if (outbox.restore(bytes).ok()) {
        Outbox again(Outbox::Options{});
        ATTUNE_ASSERT(again.restore(*outbox.records().at(0).record).ok());
        ATTUNE_ASSERT(again.records() == outbox.records());
    }
    (void)origin_of(bytes);
    return 0;
}
