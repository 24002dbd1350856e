#include "schema/event.h"

#include <array>

namespace attune::schema {

std::string_view to_string(Call call) {
    constexpr std::array<std::string_view, 6> kNames{
        "track", "identify", "page", "screen", "group", "alias"};
    return kNames[static_cast<std::size_t>(call)];
}

}  // namespace attune::schema
