#include "host/progress.h"

#include <algorithm>
#include <cstdio>

#include <fmt/format.h>
#include <unistd.h>

namespace attune::host {
namespace {

constexpr std::chrono::milliseconds kRedraw{100};
constexpr std::uint64_t kBarCells = 24;

std::string bar(std::uint64_t count, std::uint64_t total) {
    const std::uint64_t full = kBarCells * std::min(count, total) / total;
    std::string cells;
    for (std::uint64_t cell = 0; cell < kBarCells; ++cell) {
        cells += cell < full ? "█" : "░";
    }
    return fmt::format("{} {:3}% ", cells, 100 * std::min(count, total) / total);
}

}  // namespace

Progress::Progress(std::string_view what, std::uint64_t total)
    : what_(what), total_(total), shown_(isatty(STDERR_FILENO) == 1) {}

Progress::~Progress() {
    if (shown_) {
        static_cast<void>(std::fputs("\r\x1b[K", stderr));
    }
}

void Progress::at(std::uint64_t count) {
    const auto now = Clock::now();
    if (!shown_ || now - drawn_ < kRedraw) {
        return;
    }
    drawn_ = now;
    const double seconds = std::max(0.001, std::chrono::duration<double>(now - started_).count());
    const auto rate = static_cast<std::uint64_t>(static_cast<double>(count) / seconds);
    const std::string line = fmt::format(
        "\r\x1b[K{}{} {}, {}/s",
        total_ > 0 ? bar(count, total_) : "",
        with_commas(count),
        what_,
        with_commas(rate)
    );
    static_cast<void>(std::fputs(line.c_str(), stderr));
}

std::string with_commas(std::uint64_t number) {
    std::string digits = std::to_string(number);
    for (std::size_t at = digits.size(); at > 3; at -= 3) {
        digits.insert(at - 3, 1, ',');
    }
    return digits;
}

}  // namespace attune::host
