#pragma once

#include <new>
#include <string>
#include <type_traits>
#include <utility>

#include "base/result.h"

namespace attune::host {

/// What `act` returns, or an Error that says what could not be done for want of memory; then `act`
/// must have left nothing half done.
template <typename Act>
[[nodiscard]] std::invoke_result_t<Act> unless_out_of_memory(const char* what, Act&& act) {
    try {
        return std::forward<Act>(act)();
    } catch (const std::bad_alloc&) {
        return Error{
            Error::Kind::LimitExceeded, std::string("cannot ") + what + ": not enough memory"};
    }
}

/// Where memory runs out in the middle of something that has no half, the process says so and
/// ends: the log has everything that was acknowledged. Other reasons to terminate abort as ever.
void end_when_out_of_memory();

}  // namespace attune::host
