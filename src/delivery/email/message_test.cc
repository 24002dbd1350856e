#include "delivery/email/message.h"

#include <gtest/gtest.h>

#include "delivery/email/encoding.h"

namespace attune::delivery {
namespace {

constexpr MessageOrigin kOrigin{"d1", "shop.example", Timestamp(1'764'000'000'000)};

EmailPayload payload() {
    EmailPayload payload;
    payload.from = "Shop <shop@example.com>";
    payload.to = "ann@example.com";
    payload.subject = "Hello";
    payload.text = "Hi Ann";
    payload.html = "<p>Hi Ann</p>";
    return payload;
}

std::string write(const EmailPayload& payload) {
    return write_message(payload, kOrigin).value().source;
}

TEST(Message, CarriesTextAndHtmlAsAlternatives) {
    EmailPayload mail = payload();
    mail.headers = {{"Reply-To", "help@example.com"}};
    const Message message = write_message(mail, kOrigin).value();
    EXPECT_EQ(message.envelope.from, "shop@example.com");
    EXPECT_EQ(message.envelope.to, "ann@example.com");
    EXPECT_EQ(
        message.source,
        "Date: Mon, 24 Nov 2025 16:00:00 +0000\r\n"
        "From: \"Shop\" <shop@example.com>\r\n"
        "To: ann@example.com\r\n"
        "Subject: Hello\r\n"
        "Message-ID: <d1@shop.example>\r\n"
        "MIME-Version: 1.0\r\n"
        "Reply-To: help@example.com\r\n"
        "Content-Type: multipart/alternative; boundary=\"=_attune_part\"\r\n"
        "\r\n"
        "--=_attune_part\r\n"
        "Content-Type: text/plain; charset=utf-8\r\n"
        "Content-Transfer-Encoding: quoted-printable\r\n"
        "\r\n"
        "Hi Ann\r\n"
        "--=_attune_part\r\n"
        "Content-Type: text/html; charset=utf-8\r\n"
        "Content-Transfer-Encoding: quoted-printable\r\n"
        "\r\n"
        "<p>Hi Ann</p>\r\n"
        "--=_attune_part--\r\n"
    );
}

TEST(Message, HasNoPartsWhenItHasOnlyOneBody) {
    EmailPayload mail = payload();
    mail.html.clear();
    EXPECT_NE(write(mail).find("Content-Type: text/plain"), std::string::npos);
    EXPECT_EQ(write(mail).find("multipart"), std::string::npos);
    mail = payload();
    mail.text.clear();
    EXPECT_NE(write(mail).find("Content-Type: text/html"), std::string::npos);
}

TEST(Message, LetsNoValueStartAnotherHeader) {
    EmailPayload mail = payload();
    mail.subject = "Hello\r\nBcc: everybody@example.com";
    mail.from = "Shop\nX-Evil: 1 <shop@example.com>";
    mail.headers = {{"X-Note", "a\r\nBcc: everybody@example.com"}};
    const std::string source = write(mail);
    EXPECT_EQ(source.find("\nBcc"), std::string::npos);
    EXPECT_EQ(source.find("\nX-Evil"), std::string::npos);
    for (const char* name :
         {"Bcc", "to", "Content-Type", "X A", "X:", "", "X\r\nBcc", "Message-ID"}) {
        mail.headers = {{name, "x"}};
        EXPECT_FALSE(write_message(mail, kOrigin).ok()) << name;
    }
    EXPECT_FALSE(write_message(payload(), {"a\r\nb", "x", Timestamp(0)}).ok());
}

TEST(Message, RefusesAddressesThatItCannotSendTo) {
    for (const char* to :
         {"",
          "ann",
          "@",
          "ann@",
          "@example.com",
          "ann@example.com, bob@example.com",
          "a b@example.com",
          "ann@exam ple.com",
          "ann@example.com>\r\nRCPT TO:<bob@example.com",
          "<ann@example.com",
          "ann@example..com",
          ".ann@example.com",
          "ann@@example.com",
          "änn@example.com",
          "Ann <ann@example.com> x",
          "ann@[127.0.0.1]"}) {
        EmailPayload mail = payload();
        mail.to = to;
        EXPECT_FALSE(write_message(mail, kOrigin).ok()) << to;
    }
}

TEST(Mailbox, IsReadWithAndWithoutName) {
    EXPECT_EQ(parse_mailbox(" o'hara+x@mail.example ")->address, "o'hara+x@mail.example");
    const Mailbox named = *parse_mailbox("\"Ann, of Shop\" <ann@localhost>");
    EXPECT_EQ(named.name, "Ann, of Shop");
    EXPECT_EQ(named.address, "ann@localhost");
}

TEST(HeaderText, IsEncodedInWholeCharactersWhereAsciiDoesNotSuffice) {
    EXPECT_EQ(header_text("plain = text?", 70), "plain = text?");
    EXPECT_EQ(header_text("Grüße", 70), "=?UTF-8?B?R3LDvMOfZQ==?=");
    EXPECT_EQ(header_text("=?fake?=", 70), "=?UTF-8?B?PT9mYWtlPz0=?=");
    std::string umlauts;
    for (int i = 0; i < 50; ++i) {
        umlauts += "ü";
    }
    const std::string encoded = header_text(umlauts, 70);
    std::size_t start = 0;
    while (start < encoded.size()) {
        const std::size_t end = std::min(encoded.find("\r\n", start), encoded.size());
        EXPECT_LE(end - start, 76U);
        start = end + 2;
    }
    EXPECT_EQ(
        encoded.rfind(
            "=?UTF-8?B?"
            "w7zDvMO8w7zDvMO8w7zDvMO8w7zDvMO8w7zDvMO8w7zDvMO8w7zDvMO8w7w=?=\r\n ",
            0
        ),
        0U
    );
}

TEST(QuotedPrintable, KeepsLinesShortAndSafeOnTheWay) {
    EXPECT_EQ(
        quoted_printable("a=b\nGrüße \n.\n-- \nend"),
        "a=3Db\r\nGr=C3=BC=C3=9Fe=20\r\n=2E\r\n=2D-=20\r\nend\r\n"
    );
    EXPECT_EQ(quoted_printable("a\r\n\r\nb"), "a\r\n\r\nb\r\n");
    EXPECT_EQ(quoted_printable(""), "");
    const std::string wrapped =
        quoted_printable(std::string(75, 'x') + ".." + std::string(200, 'y'));
    EXPECT_EQ(wrapped.substr(0, 82), std::string(75, 'x') + "=\r\n=2E.");
    EXPECT_EQ(wrapped.find("\n."), std::string::npos);
}

TEST(MailDate, IsInUniversalTime) {
    EXPECT_EQ(mail_date(Timestamp(0)), "Thu, 01 Jan 1970 00:00:00 +0000");
    EXPECT_EQ(mail_date(Timestamp(951'827'696'789)), "Tue, 29 Feb 2000 12:34:56 +0000");
}

}  // namespace
}  // namespace attune::delivery
