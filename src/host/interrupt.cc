#include "host/interrupt.h"

#include <csignal>

namespace attune::host {
namespace {

std::atomic<bool>& flag() {
    static std::atomic<bool> raised = false;
    static_assert(std::atomic<bool>::is_always_lock_free);  // set from a signal handler
    return raised;
}

void raise_flag(int /*signal*/) {
    flag() = true;
}

bool listen() {
    flag() = false;
    struct sigaction action {};
    action.sa_handler = &raise_flag;
    action.sa_flags = static_cast<int>(SA_RESETHAND);
    sigemptyset(&action.sa_mask);
    return sigaction(SIGINT, &action, nullptr) == 0 && sigaction(SIGTERM, &action, nullptr) == 0;
}

}  // namespace

const std::atomic<bool>& interrupted() {
    static const bool kListening = listen();
    static_cast<void>(kListening);
    return flag();
}

}  // namespace attune::host
