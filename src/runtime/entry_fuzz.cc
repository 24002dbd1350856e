#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/assert.h"
#include "delivery/mark.h"
#include "runtime/call_entry.h"
#include "runtime/entry.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace attune;
    using namespace attune::runtime;
    const auto entry = read_entry({reinterpret_cast<const char*>(data), size});
    if (!entry) {
        return 0;
    }
    // What is read and written again is read as the same.
    const std::string body(entry->body);
    if (const auto decision = decode_decision(body)) {
        const auto again = decode_decision(encode(*decision));
        ATTUNE_ASSERT(again && again->json == decision->json && again->at == decision->at);
    }
    if (const auto release = decode_release(body)) {
        const auto again = decode_release(encode(*release));
        ATTUNE_ASSERT(again && again->from == release->from && again->to == release->to);
    }
    if (const auto absorb = decode_absorb(body)) {
        const auto again = decode_absorb(encode(*absorb));
        ATTUNE_ASSERT(again && again->state == absorb->state);
    }
    if (const auto refuse = decode_refuse(body)) {
        const auto again = decode_refuse(encode(*refuse));
        ATTUNE_ASSERT(again && again->identifier == refuse->identifier);
    }
    static_cast<void>(read_call_entry(body));
    static_cast<void>(delivery::decode_mark(body));
    return 0;
}
