#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "api/access/base64url.h"
#include "api/access/user_token.h"

// Tokens and key sets, which strangers write. The first byte says which.

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace attune;  // NOLINT(google-build-using-namespace): this function only.
    static const std::string keys =
        R"({"keys":[{"kty":"oct","k":"QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWY"}]})";
    static const api::access::UserTokens tokens =
        api::access::UserTokens::create(keys, {.issuer = "a", .audience = "b"}).value();
    if (size == 0) {
        return 0;
    }
    const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
    if (data[0] % 2 == 0) {
        (void)tokens.verify(text, Timestamp(1'764'000'000'000));
    } else {
        (void)api::access::UserTokens::create(text, {});
    }
    if (const auto bytes = api::access::from_base64url(text)) {
        if (api::access::to_base64url(*bytes) != text) {
            __builtin_trap();
        }
    }
    return 0;
}
