#include "host/smtp_session.h"

#include <gtest/gtest.h>

namespace attune::host {
namespace {

struct Taken {
    std::string from;
    std::vector<std::string> to;
    std::string source;
};

class Conversation {
public:
    explicit Conversation(
        SmtpSession::Options options = {.message_bytes_max = 1000, .user = "", .password = ""}
    )
        : session_(
              std::move(options),
              [this](std::string from, std::vector<std::string> to, std::string source) {
                  taken.push_back({std::move(from), std::move(to), std::move(source)});
              }
          ) {}

    /// The code of the last reply to `bytes`.
    std::string say(const std::string& bytes) {
        const std::string replies = session_.receive(bytes, {});
        const std::size_t last = replies.rfind("\r\n", replies.size() - 3);
        return replies.empty() ? "" : replies.substr(last == std::string::npos ? 0 : last + 2, 3);
    }

    [[nodiscard]] bool over() const { return session_.over(); }

    std::vector<Taken> taken;

private:
    SmtpSession session_;
};

TEST(SmtpSession, TakesAMailAndItsDots) {
    Conversation client;
    EXPECT_EQ(client.say("EHLO shop\r\n"), "250");
    EXPECT_EQ(
        client.say("mail from:<a@x> SIZE=10\r\nRCPT TO:<b@x>\r\nRCPT TO:<c@x>\r\nDATA\r\n"), "354"
    );
    EXPECT_EQ(client.say("Subject: s\r\n\r\n..dot\r\n.\r"), "");
    EXPECT_EQ(client.say("\n"), "250");
    ASSERT_EQ(client.taken.size(), 1U);
    EXPECT_EQ(client.taken[0].from, "a@x");
    EXPECT_EQ(client.taken[0].to, (std::vector<std::string>{"b@x", "c@x"}));
    EXPECT_EQ(client.taken[0].source, "Subject: s\r\n\r\n.dot\r\n");
    EXPECT_EQ(client.say("DATA\r\n"), "503") << "the recipients are gone";
    EXPECT_EQ(client.say("QUIT\r\n"), "221");
    EXPECT_TRUE(client.over());
}

TEST(SmtpSession, WantsCommandsInTheirOrder) {
    Conversation client;
    EXPECT_EQ(client.say("RCPT TO:<b@x>\r\n"), "503");
    EXPECT_EQ(client.say("MAIL FROM:a@x\r\n"), "501");
    EXPECT_EQ(client.say("MAIL FROM:<a@x>\r\nRSET\r\nRCPT TO:<b@x>\r\n"), "503");
    EXPECT_EQ(client.say("NOOP\r\n"), "250");
    EXPECT_EQ(client.say("VRFY b\r\n"), "502");
    EXPECT_EQ(client.say("HELO x\r\n"), "250");
}

TEST(SmtpSession, RefusesWhatIsTooLarge) {
    Conversation client;
    client.say("MAIL FROM:<a@x>\r\nRCPT TO:<b@x>\r\nDATA\r\n");
    EXPECT_EQ(
        client.say(std::string(900, 'x') + "\r\n" + std::string(900, 'x') + "\r\n.\r\n"), "552"
    );
    EXPECT_TRUE(client.taken.empty());
    EXPECT_EQ(client.say(std::string(5000, 'x')), "500");
    EXPECT_TRUE(client.over());
}

TEST(SmtpSession, TakesMailAfterTheRightPasswordOnlyWhereThereIsOne) {
    Conversation client({.message_bytes_max = 1000, .user = "shop", .password = "swordfish"});
    EXPECT_EQ(client.say("MAIL FROM:<a@x>\r\n"), "530");
    EXPECT_EQ(client.say("AUTH PLAIN AHNob3AAd3Jvbmc=\r\n"), "535");
    EXPECT_EQ(client.say("AUTH PLAIN AHNob3AAc3dvcmRmaXNo\r\n"), "235");
    EXPECT_EQ(client.say("AUTH PLAIN\r\n"), "334");
    EXPECT_EQ(client.say("AHNob3AAc3dvcmRmaXNo\r\n"), "235");
    EXPECT_EQ(client.say("MAIL FROM:<a@x>\r\n"), "250");
}

}  // namespace
}  // namespace attune::host
