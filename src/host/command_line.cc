#include "host/command_line.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include <fmt/format.h>
#include <unistd.h>

namespace attune::host {

std::optional<int> parse(CLI::App& app, std::span<const std::string> args) {
    try {
        std::vector<std::string> reversed(args.rbegin(), args.rend());
        app.parse(reversed);
    } catch (const CLI::CallForHelp&) {
        fmt::print("{}", app.help());
        return kDone;
    } catch (const CLI::Error& error) {
        fmt::print(
            stderr, "{}: {}\nhint: {} --help\n", app.get_name(), error.what(), app.get_name()
        );
        return kWrongUsage;
    }
    return std::nullopt;
}

int fail(const std::string& command, const std::string& why) {
    fmt::print(stderr, "{}: {}\n", command, why);
    return kFailed;
}

bool colours_wanted() {
    return isatty(STDOUT_FILENO) == 1 && std::getenv("NO_COLOR") == nullptr;
}

}  // namespace attune::host
