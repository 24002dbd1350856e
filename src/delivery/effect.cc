#include "delivery/effect.h"

#include <algorithm>

#include "base/bytes.h"

namespace attune::delivery {

namespace {

constexpr std::uint8_t kVersion = 1;

bool known(std::uint8_t kind) {
    return kind == static_cast<std::uint8_t>(ChannelKind::Email) ||
           kind == static_cast<std::uint8_t>(ChannelKind::Webhook);
}

bool allowed_in_id(char byte) {
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= '0' && byte <= '9') || std::string_view("-_.:").find(byte) != std::string::npos;
}

}  // namespace

std::string_view to_string(ChannelKind kind) {
    return kind == ChannelKind::Email ? "email" : "webhook";
}

bool well_formed_id(std::string_view id) {
    return !id.empty() && id.size() <= kDeliveryIdBytesMax &&
           std::all_of(id.begin(), id.end(), allowed_in_id);
}

std::string encode(const Delivery& delivery) {
    std::string bytes;
    ByteWriter writer(bytes);
    writer.fixed(kVersion);
    writer.fixed(static_cast<std::uint8_t>(delivery.channel));
    writer.text(delivery.id);
    writer.text(delivery.customer);
    writer.text(delivery.destination);
    writer.text(delivery.order);
    writer.signed_varint(delivery.created_at.ms());
    writer.text(delivery.payload);
    return bytes;
}

Result<Delivery> decode_delivery(std::string_view bytes) {
    ByteReader reader(bytes);
    const auto version = reader.fixed<std::uint8_t>();
    if (reader.ok() && version != kVersion) {
        return Error{
            Error::Kind::Conflict,
            "cannot read a delivery: version " + std::to_string(version) + " is not known here"};
    }
    const auto kind = reader.fixed<std::uint8_t>();
    Delivery delivery;
    delivery.channel = static_cast<ChannelKind>(kind);
    delivery.id = reader.text();
    delivery.customer = reader.text();
    delivery.destination = reader.text();
    delivery.order = reader.text();
    delivery.created_at = Timestamp(reader.signed_varint());
    delivery.payload = reader.text();
    if (!reader.ok() || !reader.at_end() || !known(kind) || !well_formed_id(delivery.id)) {
        return Error{
            Error::Kind::Corrupt, "cannot read a delivery: its bytes do not follow the format"};
    }
    return delivery;
}

}  // namespace attune::delivery
