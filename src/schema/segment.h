#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/arena.h"
#include "base/result.h"
#include "schema/envelope.h"
#include "schema/event.h"

namespace attune::schema {

/// The call that a path of the Segment protocol stands for: "/v1/track", "/v1/t"; nothing for the
/// batch paths and everything else.
[[nodiscard]] std::optional<Call> call_of_path(std::string_view path);
/// "/v1/batch" and "/v1/b", and what old importers use.
[[nodiscard]] bool is_batch_path(std::string_view path);

/// Parts of a call that routing reads besides, whole: identifiers may stand in them.
struct RouteWants {
    bool traits = false;
    bool properties = false;
    bool context = false;
};

/// What routing needs of a call.
struct Route {
    std::string_view user_id;
    std::string_view anonymous_id;
    std::string_view previous_id;
    std::string_view message_id;
    std::string_view type;   ///< "track", …; empty where the path says it.
    std::string_view event;  ///< A track call's name.
    Value traits;            ///< These three as asked for, else null; the batch's context is not
    Value properties;        ///< merged in.
    Value context;
};

/// One call of a body, as the bytes that were sent.
struct RawCall {
    std::string_view json;
    Route route;
    /// Set if the item cannot be a call at all (no object, broken JSON); then `json` is what there
    /// was.
    std::optional<std::string> problem;
};

/// A body taken apart. Views into the body and the arena.
struct Batch {
    std::vector<RawCall> calls;
    std::optional<Timestamp> sent_at;
    std::string_view context;  ///< JSON, or empty.
    Value context_value;       ///< The same, if asked for; else null.
};

struct BatchLimits {
    std::size_t body_bytes_max = std::size_t{500} * 1024;
    std::size_t calls_max = 2'500;
    std::size_t call_bytes_max = std::size_t{32} * 1024;
    std::size_t depth_max = 32;
};

/// Takes the body of `/v1/batch` (an object with `batch`), of `/v1/track` and its kind (one call)
/// or of `/v1/events` (a call, a list of calls, or a batch) apart, without copying the calls.
///
/// A bad item does not spoil the others: it is marked with its problem. The body as a whole fails
/// if it is no JSON up to the point where items can be told apart, is over a limit, or holds no
/// item. kPadding bytes behind `body` must be readable; each call's json then has them too.
[[nodiscard]] Result<Batch> split_batch(
    std::string_view body, Arena& arena, const BatchLimits& limits = {}, RouteWants wants = {}
);

/// The same for a body that is one call.
[[nodiscard]] Result<Batch> single_call(
    std::string_view body, Arena& arena, const BatchLimits& limits = {}, RouteWants wants = {}
);

}  // namespace attune::schema
