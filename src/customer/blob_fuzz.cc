#include <cstddef>
#include <cstdint>

#include "customer/read_everything.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace attune::customer;
    static const Layout layout = layout_of_everything();
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    if (const auto blob = Blob::from_bytes(bytes); blob.ok()) {
        read_everything(layout, blob.value());
    }
    // Most inputs are no blob; so each also stands in every section of a sound one.
    for (std::size_t i = 0; i < kFeatures + layout.features.size() && size < 4'096; ++i) {
        Blob blob = layout.empty_blob();
        blob.assign(i, bytes);
        read_everything(layout, blob);
    }
    return 0;
}
