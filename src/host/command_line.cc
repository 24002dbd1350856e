#include "host/command_line.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <map>

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

void declare_packing(CLI::App& app, segments::Packing& packing) {
    std::map<std::string, segments::Packing> words;
    for (const auto one :
         {segments::Packing::None, segments::Packing::Lz4, segments::Packing::Zstd}) {
        words[std::string(to_string(one))] = one;
    }
    const auto take = [&packing, words](const std::string& word) { packing = words.at(word); };
    app.add_option_function<std::string>(
           "--log-compression",
           take,
           "Of batches of half a KiB and more: lz4 is quick, zstd smaller, none as it came"
    )
        ->check(CLI::IsMember(std::move(words)))
        ->default_str(std::string(to_string(packing)));
}

}  // namespace attune::host
