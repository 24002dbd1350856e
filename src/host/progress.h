#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace attune::host {

/// A line on standard error that says how far long work has come, drawn over itself a few times a
/// second. Nothing is written where no person looks: only a terminal shows it.
class Progress {
public:
    /// `what` is counted: "events". `total` is the count at the end; 0 if nobody knows.
    Progress(std::string_view what, std::uint64_t total);
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;
    Progress(Progress&&) = delete;
    Progress& operator=(Progress&&) = delete;
    /// Wipes the line.
    ~Progress();

    void at(std::uint64_t count);

private:
    using Clock = std::chrono::steady_clock;

    std::string what_;
    std::uint64_t total_;
    bool shown_;  ///< Standard error is a terminal.
    Clock::time_point started_ = Clock::now();
    Clock::time_point drawn_{};
};

/// 1234567 as "1,234,567", for people.
[[nodiscard]] std::string with_commas(std::uint64_t number);

}  // namespace attune::host
