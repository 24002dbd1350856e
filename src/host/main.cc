#include <csignal>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "host/command_line.h"
#include "host/commands.h"
#include "host/out_of_memory.h"

namespace {

using attune::host::Command;

void print_help() {
    fmt::print(
        "Attune decides what each customer sees next, from what they just did.\n\nUsage: attune "
        "COMMAND [OPTIONS]\n\n"
    );
    for (const Command& command : attune::host::commands()) {
        fmt::print("  {:<12} {}\n", command.name, command.summary);
    }
    fmt::print(
        "\nEach command has --help with examples.\n"
        "Exit codes: 0 done; 1 it failed, or something checked is wrong; 2 wrong usage.\n"
    );
}

}  // namespace

int main(int argc, char** argv) {
    attune::host::end_when_out_of_memory();
    std::signal(
        SIGPIPE, SIG_IGN
    );  // A reader that has gone is an error of one write, not the end of the process.
    const std::vector<std::string> words(argv + 1, argv + argc);
    if (words.empty() || words[0] == "--help" || words[0] == "-h" || words[0] == "help") {
        print_help();
        return words.empty() ? attune::host::kWrongUsage : attune::host::kDone;
    }
    if (words[0] == "--version") {
        fmt::print("attune {}\n", ATTUNE_VERSION);
        return attune::host::kDone;
    }
    for (const Command& command : attune::host::commands()) {
        if (command.name == words[0]) {
            return command.run(std::span(words).subspan(1));
        }
    }
    fmt::print(stderr, "attune: there is no command \"{}\"\nhint: attune --help\n", words[0]);
    return attune::host::kWrongUsage;
}
