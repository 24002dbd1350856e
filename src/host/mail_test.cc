#include "host/mail.h"

#include <gtest/gtest.h>

namespace attune::host {
namespace {

TEST(Mail, ShowsBothPartsDecoded) {
    const Mail mail = parse_mail(
        "Subject: =?UTF-8?B?R3LDvMOfZQ==?=\r\n"
        " =?utf-8?q?_von_Ann?= and more\r\n"
        "Message-ID: <d1@shop.example>\r\n"
        "Content-Type: multipart/alternative; boundary=\"b\"\r\n"
        "\r\n"
        "preamble\r\n"
        "--b\r\n"
        "Content-Type: text/plain\r\n"
        "Content-Transfer-Encoding: quoted-printable\r\n"
        "\r\n"
        "Gr=C3=BC=C3=9Fe=\r\n"
        "!\r\n"
        "--b\r\n"
        "content-type: TEXT/HTML\r\n"
        "Content-Transfer-Encoding: base64\r\n"
        "\r\n"
        "PGI+SGk8\r\n"
        "L2I+\r\n"
        "--b--\r\n"
    );
    EXPECT_EQ(mail.subject, "Grüße von Ann and more");
    EXPECT_EQ(mail.message_id, "d1@shop.example");
    EXPECT_EQ(mail.text, "Grüße!");
    EXPECT_EQ(mail.html, "<b>Hi</b>");
}

TEST(Mail, WithoutPartsIsTextOrHtml) {
    EXPECT_EQ(parse_mail("Subject: a\r\n\r\nhello\r\n").text, "hello\r\n");
    EXPECT_EQ(parse_mail("Content-Type: text/html\r\n\r\n<p>").html, "<p>");
}

TEST(Mail, LeavesWhatItCannotReadAsItStands) {
    EXPECT_EQ(parse_mail("").text, "");
    EXPECT_EQ(parse_mail(" folded before any header\r\n\r\nx").text, "x");
    EXPECT_EQ(
        parse_mail("Subject: =?UTF-8?X?abc?= =?broken\r\n\r\n").subject, "=?UTF-8?X?abc?= =?broken"
    );
    EXPECT_EQ(parse_mail("Content-Transfer-Encoding: quoted-printable\r\n\r\n=ZZ=4").text, "=ZZ=4");
    EXPECT_EQ(parse_mail("Content-Type: multipart/mixed; boundary=x\r\n\r\n--x").text, "");
}

}  // namespace
}  // namespace attune::host
