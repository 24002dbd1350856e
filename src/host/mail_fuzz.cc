#include <cstddef>
#include <cstdint>
#include <string>

#include "base/assert.h"
#include "host/mail.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string source(reinterpret_cast<const char*>(data), size);
    ATTUNE_ASSERT(attune::host::parse_mail(source).source == source);
    return 0;
}
