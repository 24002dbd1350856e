#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/assert.h"
#include "replication/messages.h"

/// Whatever comes, decoding neither crashes nor takes what encode() would not have made.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace attune::replication;
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    if (const auto fetch = decode_fetch(bytes)) {
        ATTUNE_ASSERT(encode(fetch.value()) == bytes);
    }
    if (const auto fetched = decode_fetched(bytes)) {
        const auto again = decode_fetched(encode(fetched.value()));
        ATTUNE_ASSERT(again && again.value().batches == fetched.value().batches);
    }
    return 0;
}
