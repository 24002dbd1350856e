#include "delivery/payload.h"

#include <algorithm>
#include <cstdint>

#include "base/bytes.h"

namespace attune::delivery {

namespace {

constexpr std::uint8_t kVersion = 1;

Error unknown_version(std::string_view what, std::uint8_t version) {
    return {
        Error::Kind::Conflict,
        "cannot read " + std::string(what) + ": version " + std::to_string(version) +
            " is not known here"};
}

Error malformed(std::string_view what) {
    return {
        Error::Kind::Corrupt,
        "cannot read " + std::string(what) + ": its bytes do not follow the format"};
}

void write_headers(ByteWriter& writer, const Headers& headers) {
    writer.varint(headers.size());
    for (const auto& [name, value] : headers) {
        writer.text(name);
        writer.text(value);
    }
}

/// Says whether there were headers, and no more than there may be.
bool read_headers(ByteReader& reader, Headers& headers) {
    const std::uint64_t count = reader.varint();
    for (std::uint64_t i = 0; reader.ok() && i < count && i < kHeadersMax; ++i) {
        std::string name(reader.text());
        std::string value(reader.text());
        headers.emplace_back(std::move(name), std::move(value));
    }
    return reader.ok() && count <= kHeadersMax;
}

char lower(char byte) {
    return byte >= 'A' && byte <= 'Z' ? static_cast<char>(byte - 'A' + 'a') : byte;
}

}  // namespace

std::string encode(const EmailPayload& payload) {
    std::string bytes;
    ByteWriter writer(bytes);
    writer.fixed(kVersion);
    writer.text(payload.from);
    writer.text(payload.to);
    writer.text(payload.subject);
    writer.text(payload.text);
    writer.text(payload.html);
    write_headers(writer, payload.headers);
    return bytes;
}

Result<EmailPayload> decode_email(std::string_view bytes) {
    ByteReader reader(bytes);
    const auto version = reader.fixed<std::uint8_t>();
    if (reader.ok() && version != kVersion) {
        return unknown_version("an e-mail payload", version);
    }
    EmailPayload payload;
    payload.from = reader.text();
    payload.to = reader.text();
    payload.subject = reader.text();
    payload.text = reader.text();
    payload.html = reader.text();
    if (!read_headers(reader, payload.headers) || !reader.at_end()) {
        return malformed("an e-mail payload");
    }
    return payload;
}

std::string encode(const WebhookPayload& payload) {
    std::string bytes;
    ByteWriter writer(bytes);
    writer.fixed(kVersion);
    writer.text(payload.url);
    writer.text(payload.body);
    writer.text(payload.content_type);
    writer.text(payload.secret);
    write_headers(writer, payload.headers);
    return bytes;
}

Result<WebhookPayload> decode_webhook(std::string_view bytes) {
    ByteReader reader(bytes);
    const auto version = reader.fixed<std::uint8_t>();
    if (reader.ok() && version != kVersion) {
        return unknown_version("a webhook payload", version);
    }
    WebhookPayload payload;
    payload.url = reader.text();
    payload.body = reader.text();
    payload.content_type = reader.text();
    payload.secret = reader.text();
    if (!read_headers(reader, payload.headers) || !reader.at_end()) {
        return malformed("a webhook payload");
    }
    return payload;
}

std::string origin_of(std::string_view url) {
    const std::size_t scheme_end = url.find("://");
    if (scheme_end == std::string_view::npos) {
        return std::string(url);
    }
    std::string scheme(url.substr(0, scheme_end));
    std::transform(scheme.begin(), scheme.end(), scheme.begin(), lower);
    if (scheme != "http" && scheme != "https") {
        return std::string(url);
    }
    std::string_view authority = url.substr(scheme_end + 3);
    authority = authority.substr(0, authority.find_first_of("/?#\\"));
    if (const std::size_t at = authority.rfind('@'); at != std::string_view::npos) {
        authority.remove_prefix(at + 1);
    }
    std::string host(authority);
    std::transform(host.begin(), host.end(), host.begin(), lower);
    return scheme + "://" + host;
}

}  // namespace attune::delivery
