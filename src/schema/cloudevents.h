#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace attune::schema {

using Header = std::pair<std::string_view, std::string_view>;

/// CloudEvents 1.0.2, by the content type of a request.
enum class CloudEventsMode : unsigned char { None, Structured, Batch, Binary };

/// Structured for `application/cloudevents+json`, Batch for `application/cloudevents-batch+json`,
/// Binary where a `ce-specversion` header stands, else None. Header names in any case.
[[nodiscard]] CloudEventsMode cloud_events_mode(std::span<const Header> headers);

/// An event in the normal form: the JSON of one Segment call.
///
/// `type` becomes the track call's event name (types "identify", "page", "screen", "group" and
/// "alias" become those calls), `data` its properties, `time` its timestamp, `source` and `id`
/// together its messageId; `subject` is the customer's userId, or else `data.userId` or
/// `data.anonymousId`. Attributes and extensions are kept under `context.cloudevent`.
struct NormalForm {
    std::string json;     ///< With a problem: of a batch's event as it was read, else empty.
    std::string problem;  ///< `attribute "source" is missing`
};

/// One event in structured mode.
[[nodiscard]] NormalForm from_structured(std::string_view body);

/// A batch: one result an event, in order; an empty batch is valid. Fails if the body is no JSON
/// array or over the limit.
[[nodiscard]] Result<std::vector<NormalForm>> from_batch(
    std::string_view body, std::size_t events_max = 2'500
);

/// One event in binary mode: attributes in `ce-` headers, percent-encoded; the body is the data.
[[nodiscard]] NormalForm from_binary(std::span<const Header> headers, std::string_view body);

}  // namespace attune::schema
