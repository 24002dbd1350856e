#pragma once

#include <span>
#include <string>
#include <string_view>

namespace attune::host {

/// One word of `attune`, as `attune --help`, the completion and main() know it.
struct Command {
    std::string_view name;
    std::string_view summary;
    int (*run)(std::span<const std::string> args);
    std::string_view options;  ///< Completed by the shell, separated by spaces.
};

/// Every command, in the order in which the help lists them.
[[nodiscard]] std::span<const Command> commands();

// Each takes the words behind its own and returns an exit code (command_line.h).
int run_serve(std::span<const std::string> args);
int run_check(std::span<const std::string> args);
int run_test(std::span<const std::string> args);
int run_replay(std::span<const std::string> args);
int run_decide(std::span<const std::string> args);
int run_erase(std::span<const std::string> args);
int run_publish(std::span<const std::string> args);
int run_profile(std::span<const std::string> args);
int run_explain(std::span<const std::string> args);
int run_events(std::span<const std::string> args);
int run_dead_letters(std::span<const std::string> args);
int run_demo(std::span<const std::string> args);
int run_bench(std::span<const std::string> args);
int run_promote(std::span<const std::string> args);
int run_keys(std::span<const std::string> args);
int run_completion(std::span<const std::string> args);

}  // namespace attune::host
