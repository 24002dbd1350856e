#include "delivery/mark.h"

#include <limits>

#include "base/bytes.h"

namespace attune::delivery {

namespace {

constexpr std::uint8_t kVersion = 2;  // 1 had no customer.

}  // namespace

std::string encode(const Mark& mark) {
    std::string bytes;
    ByteWriter writer(bytes);
    writer.fixed(kVersion);
    writer.fixed(static_cast<std::uint8_t>(mark.kind));
    writer.text(mark.id);
    writer.signed_varint(mark.at.ms());
    writer.varint(mark.attempts);
    writer.text(mark.reason);
    writer.text(mark.customer);
    return bytes;
}

Result<Mark> decode_mark(std::string_view bytes) {
    ByteReader reader(bytes);
    const auto version = reader.fixed<std::uint8_t>();
    if (reader.ok() && (version < 1 || version > kVersion)) {
        return Error{
            Error::Kind::Conflict,
            "cannot read an outbox mark: version " + std::to_string(version) +
                " is not known here"};
    }
    const auto kind = reader.fixed<std::uint8_t>();
    Mark mark;
    mark.kind = static_cast<Mark::Kind>(kind);
    mark.id = reader.text();
    mark.at = Timestamp(reader.signed_varint());
    const std::uint64_t attempts = reader.varint();
    mark.attempts = static_cast<std::uint32_t>(attempts);
    mark.reason = reader.text();
    if (version > 1) {
        mark.customer = reader.text();
    }
    if (!reader.ok() || !reader.at_end() || kind < 1 || kind > 4 ||
        attempts > std::numeric_limits<std::uint32_t>::max()) {
        return Error{
            Error::Kind::Corrupt, "cannot read an outbox mark: its bytes do not follow the format"};
    }
    return mark;
}

}  // namespace attune::delivery
