#include "host/out_of_memory.h"

#include <cstdio>
#include <cstdlib>
#include <exception>

namespace attune::host {

namespace {

[[noreturn]] void terminated() {
    if (const std::exception_ptr error = std::current_exception()) {
        try {
            std::rethrow_exception(error);
        } catch (const std::bad_alloc&) {
            std::fputs(
                "attune: out of memory: it ends rather than go on with half of something; what was "
                "acknowledged is on the disk\n",
                stderr
            );
            std::_Exit(1);
        } catch (...) {  // NOLINT(bugprone-empty-catch): not what this is about.
        }
    }
    std::abort();
}

}  // namespace

void end_when_out_of_memory() {
    std::set_terminate(terminated);
}

}  // namespace attune::host
