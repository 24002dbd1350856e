#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/arena.h"
#include "base/time.h"
#include "value/value.h"

namespace attune::feel {

/// How much one evaluation may cost. Going over makes the whole result null, with a warning that
/// names the limit.
struct Limits {
    std::uint64_t steps_max = 5'000'000;  ///< Loop rounds, calls, items looked at.
    std::uint32_t depth_max = 3'000;      ///< Nested operations, over all calls in progress.
    std::uint32_t list_length_max = 1'000'000;
    std::uint32_t string_bytes_max = 10'000'000;
    std::uint64_t memory_bytes_max = 256'000'000;  ///< Text and lists built in all.
    std::uint32_t regex_steps_max = 1'000'000;
};

/// Why a null came to be.
struct Warning {
    std::string source;      ///< The text of the expression.
    std::size_t offset = 0;  ///< The part at fault: bytes in `source`.
    std::size_t length = 0;
    std::string cause;                  ///< `cannot add a number and a string`
    std::vector<std::string> operands;  ///< As FEEL text, cut to 80 bytes each.

    /// The part of `source` at fault.
    [[nodiscard]] std::string_view place() const {
        return std::string_view(source).substr(offset, length);
    }
};

/// `cannot add 1 and "a": ... (in "1 + "a"")`: one line for people.
[[nodiscard]] std::string to_string(const Warning& warning);

/// Collects warnings; keeps the first `kept_max` and counts all.
class Warnings {
public:
    explicit Warnings(std::size_t kept_max = 64) : kept_max_(kept_max) {}

    void add(Warning warning) {
        ++count_;
        if (kept_.size() < kept_max_) {
            kept_.push_back(std::move(warning));
        }
    }
    void clear() {
        kept_.clear();
        count_ = 0;
    }
    /// False once further warnings are only counted: then texts need not be built.
    [[nodiscard]] bool keeping() const { return kept_.size() < kept_max_; }
    void count_only() { ++count_; }

    [[nodiscard]] std::span<const Warning> kept() const { return kept_; }
    [[nodiscard]] std::uint64_t count() const { return count_; }

private:
    std::size_t kept_max_;
    std::uint64_t count_ = 0;
    std::vector<Warning> kept_;
};

/// What an expression needs besides its text, and what it has used so far. One thread, reusable:
/// set the inputs, evaluate as often as wanted, reset the arena when the results are no longer
/// needed. Results live in the arena, in the slots' memory and in the expression.
struct Evaluation {
    explicit Evaluation(Arena& memory) : arena(memory) {}
    Evaluation(Arena& memory, std::span<const Value> values) : arena(memory), slots(values) {}

    Arena& arena;
    std::span<const Value> slots;
    Timestamp now;                ///< For now() and today().
    std::string_view zone = "Z";  ///< Of now() and today(): "Z", "+02:00" or "Europe/Paris".
    Warnings* warnings = nullptr;
    Limits limits;
    /// Whatever functions supplied by the embedder want to find again; FEEL does not look at it.
    void* embedder = nullptr;

    // What has been used; `restart()` sets it to zero.
    std::uint64_t steps = 0;
    std::uint64_t memory_bytes = 0;
    std::uint32_t depth = 0;
    const char* exceeded = nullptr;  ///< The limit that was hit, after which all results are null.

    void restart() {
        steps = 0;
        memory_bytes = 0;
        depth = 0;
        exceeded = nullptr;
    }
};

}  // namespace attune::feel
