#include "schema/envelope.h"

#include "base/bytes.h"

namespace attune::schema {

namespace {

// docs/formats/events.md, "log entry of a call".
constexpr std::uint8_t kVersion = 1;
constexpr std::uint8_t kHasCall = 1;
constexpr std::uint8_t kHasSentAt = 2;
constexpr std::uint8_t kHasContext = 4;
constexpr std::uint8_t kHasProblem = 8;

}  // namespace

void write_entry(const Envelope& envelope, std::string_view call_json, std::string& out) {
    ByteWriter writer(out);
    writer.fixed(kVersion);
    writer.fixed(static_cast<std::uint8_t>(
        (envelope.call ? kHasCall : 0) | (envelope.sent_at ? kHasSentAt : 0) |
        (envelope.context.empty() ? 0 : kHasContext) | (envelope.problem.empty() ? 0 : kHasProblem)
    ));
    writer.signed_varint(envelope.received.ms());
    if (envelope.call) {
        writer.fixed(static_cast<std::uint8_t>(*envelope.call));
    }
    if (envelope.sent_at) {
        writer.signed_varint(envelope.sent_at->ms());
    }
    if (!envelope.context.empty()) {
        writer.text(envelope.context);
    }
    if (!envelope.problem.empty()) {
        writer.text(envelope.problem);
    }
    writer.raw(call_json);
}

std::optional<CallEntry> read_entry(std::string_view entry) {
    ByteReader reader(entry);
    if (reader.fixed<std::uint8_t>() != kVersion) {
        return std::nullopt;
    }
    const auto flags = reader.fixed<std::uint8_t>();
    CallEntry read;
    read.envelope.received = Timestamp(reader.signed_varint());
    if ((flags & kHasCall) != 0) {
        const auto call = reader.fixed<std::uint8_t>();
        if (call > static_cast<std::uint8_t>(Call::Alias)) {
            return std::nullopt;
        }
        read.envelope.call = static_cast<Call>(call);
    }
    if ((flags & kHasSentAt) != 0) {
        read.envelope.sent_at = Timestamp(reader.signed_varint());
    }
    if ((flags & kHasContext) != 0) {
        read.envelope.context = reader.text();
    }
    if ((flags & kHasProblem) != 0) {
        read.envelope.problem = reader.text();
    }
    read.call_json = reader.rest();
    return reader.ok() ? std::optional(read) : std::nullopt;
}

}  // namespace attune::schema
