#include "delivery/payload.h"

#include <gtest/gtest.h>

#include "delivery/effect.h"
#include "delivery/mark.h"

namespace attune::delivery {
namespace {

const EmailPayload kEmail{
    .from = "Shop <shop@example.com>",
    .to = "ann@example.com",
    .subject = "Grüße",
    .text = "Hello",
    .html = "<p>Hello</p>",
    .headers = {{"Reply-To", "help@example.com"}, {"X-A", "b"}}};

const WebhookPayload kWebhook{
    .url = "https://example.com/hook",
    .body = "{}",
    .content_type = "text/plain",
    .secret = "env:CRM",
    .headers = {{"X-A", "b"}}};

/// No shorter or longer text may pass for what was written.
template <typename Decode>
void expect_exact(const std::string& bytes, Decode decode) {
    EXPECT_TRUE(decode(bytes).ok());
    EXPECT_FALSE(decode(bytes + "x").ok());
    for (std::size_t length = 0; length < bytes.size(); ++length) {
        EXPECT_FALSE(decode(bytes.substr(0, length)).ok()) << length;
    }
    std::string newer = bytes;
    newer[0] = static_cast<char>(newer[0] + 1);
    EXPECT_EQ(decode(newer).error().kind, Error::Kind::Conflict);
}

TEST(Payload, IsReadBackAsWritten) {
    EXPECT_EQ(decode_email(encode(kEmail)).value(), kEmail);
    EXPECT_EQ(decode_webhook(encode(kWebhook)).value(), kWebhook);
    expect_exact(encode(kEmail), decode_email);
    expect_exact(encode(kWebhook), decode_webhook);
}

TEST(Payload, WithMoreHeadersThanAllowedIsNotRead) {
    EmailPayload payload = kEmail;
    payload.headers.assign(kHeadersMax + 1, {"X-A", "b"});
    EXPECT_EQ(decode_email(encode(payload)).error().kind, Error::Kind::Corrupt);
}

TEST(Delivery, IsReadBackAsWritten) {
    const Delivery delivery{
        .id = "d-1:2.3_x",
        .customer = "c1",
        .channel = ChannelKind::Webhook,
        .destination = "https://example.com",
        .order = "c1/webhook",
        .created_at = Timestamp(-5),
        .payload = encode(kWebhook)};
    EXPECT_EQ(decode_delivery(encode(delivery)).value(), delivery);
    expect_exact(encode(delivery), decode_delivery);
}

TEST(Delivery, HasAnIdThatFitsIntoAHeader) {
    EXPECT_TRUE(well_formed_id("a.B-9_:x"));
    EXPECT_TRUE(well_formed_id(std::string(200, 'a')));
    EXPECT_FALSE(well_formed_id(std::string(201, 'a')));
    EXPECT_FALSE(well_formed_id(""));
    EXPECT_FALSE(well_formed_id("a b"));
    EXPECT_FALSE(well_formed_id("a\r\nBcc: all"));
}

TEST(Mark, IsReadBackAsWritten) {
    const Mark mark{
        Mark::Kind::Dead, "d1", Timestamp(77), 10, "550 no such user", "c0000000000000001"};
    EXPECT_EQ(decode_mark(encode(mark)).value(), mark);
    expect_exact(encode(mark), decode_mark);
}

TEST(Mark, OfTheFirstVersionHasNoCustomer) {
    const std::string bytes(
        "\x01\x02\x02"
        "d1\x9a\x01\x0a\x03"
        "550",
        12
    );
    const Mark mark{Mark::Kind::Dead, "d1", Timestamp(77), 10, "550"};
    EXPECT_EQ(decode_mark(bytes).value(), mark);
}

TEST(Origin, IsTheUrlUpToItsPath) {
    EXPECT_EQ(origin_of("HTTPS://Hooks.Example.com:8443/a?b#c"), "https://hooks.example.com:8443");
    EXPECT_EQ(origin_of("http://example.com"), "http://example.com");
    EXPECT_EQ(origin_of("https://user:pass@example.com/x"), "https://example.com");
    EXPECT_EQ(origin_of("https://example.com?x=@y"), "https://example.com");
    EXPECT_EQ(origin_of("ftp://example.com/"), "ftp://example.com/");
    EXPECT_EQ(origin_of("nonsense"), "nonsense");
}

}  // namespace
}  // namespace attune::delivery
