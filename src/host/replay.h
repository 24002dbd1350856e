#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "engine/population.h"

namespace attune::host {

/// Folds calls from files in memory, without a log. The time is the files' own: the greatest
/// timestamp so far.
class Replay {
public:
    explicit Replay(std::shared_ptr<const program::Program> program);

    /// Folds one line; schema::kPadding bytes behind it must be readable.
    void line(std::string_view json);
    /// Lets happen what the files' time has passed.
    void finish();

    [[nodiscard]] engine::Population& population() { return population_; }
    [[nodiscard]] Timestamp time() const { return time_; }
    [[nodiscard]] std::uint64_t lines() const { return lines_; }
    [[nodiscard]] const std::string& first_rejection() const { return first_rejection_; }

private:
    engine::Population population_;
    Timestamp time_;
    std::uint64_t lines_ = 0;
    std::string first_rejection_;
};

/// One JSON object: lines, what became of them, and counts by event type, rule, pattern, segment
/// and campaign.
[[nodiscard]] std::string to_json(Replay& replay);

}  // namespace attune::host
