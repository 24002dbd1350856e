#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/arena.h"
#include "schema/envelope.h"
#include "schema/event.h"
#include "schema/event_types.h"

namespace attune::schema {

/// Bytes that must be readable behind the JSON given to an EventReader; their content does not
/// matter. A `std::string` with this much spare capacity will do.
constexpr std::size_t kPadding = 64;

/// Which parts of a call an EventReader hands over whole, besides the declared properties. What is
/// not wanted is checked and skipped.
struct Wants {
    bool properties = false;  ///< `all_properties` of every type.
    bool context = false;
    /// The same by declared type, for types whose undeclared properties somebody reads; may be
    /// shorter than the types.
    std::vector<bool> properties_of = {};
};

/// Why a call was not accepted.
struct Rejected {
    enum class Kind : std::uint8_t {
        Malformed,   ///< No JSON, not UTF-8, or no object.
        TooLarge,    ///< Over a limit, which the reason names.
        NotACall,    ///< JSON, but no event: no type, no identifier, no time that can be read.
        Undeclared,  ///< A type that nobody declared, where that means quarantine.
        Schema,      ///< Does not fit its declared type.
    };

    Kind kind = Kind::Malformed;
    std::string field;   ///< "properties.price"; may be empty.
    std::string reason;  ///< `property "price" must be a number, got "12,5"`
};

struct ReaderLimits {
    std::size_t bytes_max = std::size_t{32} * 1024;
    std::size_t depth_max = 32;
    std::size_t properties_max = 255;  ///< Members of `properties` or `traits`.
    std::size_t id_bytes_max = 255;    ///< Of userId, anonymousId and their kind.
    /// How far an event's time may lie ahead of its reception; one day covers every zone mix-up.
    /// Nothing: any time will do, as when history is read from files.
    std::optional<Duration> future_max = Duration(std::int64_t{24} * 3600 * 1000);
};

/// Turns the JSON of one call into an Event, checked against the declared types, in one pass.
///
/// This is the hot path. Members are looked up in the order in which the last call of the same type
/// had them; nothing is allocated but in the caller's arena. One thread; keep it and reuse it.
class EventReader {
public:
    /// `types` must outlive the reader.
    explicit EventReader(const EventTypes& types, Wants wants = {}, ReaderLimits limits = {});
    ~EventReader();
    EventReader(const EventReader&) = delete;
    EventReader& operator=(const EventReader&) = delete;
    EventReader(EventReader&&) noexcept;
    EventReader& operator=(EventReader&&) noexcept;

    /// Reads one call; kPadding bytes behind `call_json` must be readable. False if it is rejected:
    /// then `rejected()` says why, and `event` holds what had been read by then (its identifiers
    /// and name, for the quarantine, as far as known).
    [[nodiscard]] bool read(
        std::string_view call_json, const Envelope& envelope, Arena& arena, Event& event
    );

    /// Why the last `read` returned false.
    [[nodiscard]] const Rejected& rejected() const;

private:
    class Reading;
    struct State;

    std::unique_ptr<State> state_;
};

}  // namespace attune::schema
