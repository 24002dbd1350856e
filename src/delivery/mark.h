#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"

namespace attune::delivery {

/// What became of a delivery, as an entry of the log: the outbox asks for it, the server appends
/// it, and only applying it changes what the outbox owes. So a crash between the two repeats an
/// attempt and never forgets one.
struct Mark {
    /// The numbers are part of docs/formats/outbox.md.
    enum class Kind : std::uint8_t {
        Delivered = 1,
        Dead = 2,      ///< Given up; kept as a dead letter with `reason`.
        Replayed = 3,  ///< A dead letter is to be attempted again, from the first attempt.
        Dropped = 4,   ///< A dead letter is forgotten.
    };

    Kind kind = Kind::Delivered;
    std::string id;  ///< Of the delivery.
    Timestamp at;
    std::uint32_t attempts = 0;
    std::string reason;
    /// Whose delivery it was, so that an erasure finds the mark when the delivery is long gone;
    /// empty in a mark of version 1.
    std::string customer{};

    friend bool operator==(const Mark&, const Mark&) = default;
};

[[nodiscard]] std::string encode(const Mark& mark);
[[nodiscard]] Result<Mark> decode_mark(std::string_view bytes);

}  // namespace attune::delivery
