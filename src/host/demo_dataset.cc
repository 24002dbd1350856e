#include "host/demo_dataset.h"

#include "host/command_line.h"

namespace attune::host {

int replay_dataset(const std::string& folder, std::uint16_t) {
    return fail("attune demo", folder);
}

}  // namespace attune::host
