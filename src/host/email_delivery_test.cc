// The e-mail channel against the SMTP sink: what a relay may do to a mail.

#include <future>

#include <gtest/gtest.h>

#include "delivery/email/email_channel.h"
#include "delivery/outbox.h"
#include "delivery/payload.h"
#include "host/smtp_sink.h"

namespace attune::host {
namespace {

using delivery::Channel;
using delivery::ChannelKind;
using delivery::Delivery;
using delivery::EmailOptions;
using delivery::EmailPayload;
using delivery::Outcome;
using delivery::Secret;
using std::chrono::milliseconds;
using std::chrono::seconds;
using Fault = SmtpSink::Fault;

const ManualClock kClock{Timestamp(1'764'000'000'000)};

std::unique_ptr<SmtpSink> sink_with(Fault fault) {
    SmtpSink::Options options;
    options.fault = fault;
    return SmtpSink::start(options, kClock).value();
}

EmailOptions relay_at(std::uint16_t port) {
    EmailOptions options;
    options.port = port;
    options.security = EmailOptions::Security::None;
    options.message_id_domain = "shop.example";
    return options;
}

Delivery mail(std::string id = "d1", std::string text = "Hello Ann\n.\n..\nBye") {
    EmailPayload payload;
    payload.from = "Shop <shop@example.com>";
    payload.to = "Ann <ann@example.com>";
    payload.subject = "Grüße aus dem Laden, und ein langer Betreff, der nicht in eine Zeile passt";
    payload.text = std::move(text);
    payload.html = "<p>Hello Ann</p>";
    return {
        .id = std::move(id),
        .customer = "c1",
        .channel = ChannelKind::Email,
        .destination = "smtp",
        .order = "",
        .created_at = kClock.now(),
        .payload = encode(payload)};
}

Outcome send(Channel& channel, Delivery delivery) {
    std::promise<Outcome> outcome;
    channel.start(std::move(delivery), [&](Outcome done) { outcome.set_value(std::move(done)); });
    return outcome.get_future().get();
}

Outcome send(const EmailOptions& options, Delivery delivery = mail()) {
    const auto channel = delivery::make_email_channel(options).value();
    return send(*channel, std::move(delivery));
}

TEST(EmailDelivery, ArrivesAsItWasWritten) {
    const auto sink = sink_with(Fault::None);
    EXPECT_EQ(send(relay_at(sink->port())), Outcome::delivered());
    ASSERT_TRUE(sink->wait_for(1, seconds(10)));
    EXPECT_TRUE(sink->mails("bob@example.com").empty());
    const std::vector<Mail> mails = sink->mails("ANN@example.com");
    ASSERT_EQ(mails.size(), 1U);
    EXPECT_EQ(mails[0].from, "shop@example.com");
    EXPECT_EQ(mails[0].message_id, "d1@shop.example");
    EXPECT_EQ(
        mails[0].subject,
        "Grüße aus dem Laden, und ein langer Betreff, der nicht in eine Zeile passt"
    );
    EXPECT_EQ(mails[0].text, "Hello Ann\r\n.\r\n..\r\nBye");
    EXPECT_EQ(mails[0].html, "<p>Hello Ann</p>");
    EXPECT_EQ(mails[0].received_at, kClock.now());
}

TEST(EmailDelivery, IsTheSameOnEveryAttempt) {
    const auto sink = sink_with(Fault::None);
    const auto channel = delivery::make_email_channel(relay_at(sink->port())).value();
    EXPECT_EQ(send(*channel, mail()), Outcome::delivered());
    EXPECT_EQ(send(*channel, mail()), Outcome::delivered());
    ASSERT_TRUE(sink->wait_for(2, seconds(10)));
    const std::vector<Mail> mails = sink->mails();
    EXPECT_EQ(mails[0].source, mails[1].source);
}

TEST(EmailDelivery, TakesTheRelaysReplyForTheOutcome) {
    const auto sink = sink_with(Fault::Defer);
    const EmailOptions options = relay_at(sink->port());
    EXPECT_EQ(send(options), Outcome::retry("the relay answered 451 try again later"));
    sink->set_fault(Fault::RefuseRecipient);
    EXPECT_EQ(send(options), Outcome::permanent("the relay answered 550 no such mailbox"));
    sink->set_fault(Fault::Unready);
    EXPECT_EQ(send(options), Outcome::retry("the relay answered 554 no mail today"));
    sink->set_fault(Fault::None);
    EXPECT_EQ(send(options), Outcome::delivered());
}

TEST(EmailDelivery, LogsInAndTriesAgainWhileThePasswordIsRefused) {
    SmtpSink::Options guarded;
    guarded.user = "shop";
    guarded.password = "swordfish";
    const auto sink = SmtpSink::start(guarded, kClock).value();
    EmailOptions options = relay_at(sink->port());
    options.user = "shop";
    options.password = Secret("wrong");
    const Outcome refused = send(options);
    EXPECT_EQ(refused.kind, Outcome::Kind::Retry);
    EXPECT_EQ(refused.reason, "the relay answered 535 wrong name or password");
    options.password = Secret("swordfish");
    EXPECT_EQ(send(options), Outcome::delivered());
}

TEST(EmailDelivery, GivesUpOnARelayThatHangs) {
    for (const Fault fault : {Fault::Hang, Fault::HangAtEnd}) {
        const auto sink = sink_with(fault);
        EmailOptions options = relay_at(sink->port());
        options.timeout = milliseconds(100);
        EXPECT_EQ(send(options).kind, Outcome::Kind::Retry);
    }
}

TEST(EmailDelivery, TriesAgainWhenTheRelayIsDown) {
    std::uint16_t port = 0;
    { port = sink_with(Fault::None)->port(); }
    EXPECT_EQ(send(relay_at(port)).kind, Outcome::Kind::Retry);
}

TEST(EmailDelivery, DemandsTlsWhereItIsAskedFor) {
    const auto sink = sink_with(Fault::None);
    EmailOptions options = relay_at(sink->port());
    options.security = EmailOptions::Security::StartTls;
    EXPECT_EQ(send(options).kind, Outcome::Kind::Retry);
    EXPECT_EQ(sink->received(), 0U);
}

TEST(EmailDelivery, RefusesWhatCanNeverBeSent) {
    const auto sink = sink_with(Fault::None);
    Delivery delivery = mail();
    delivery.payload = "nonsense";
    EXPECT_EQ(send(relay_at(sink->port()), delivery).kind, Outcome::Kind::Permanent);
    EmailPayload payload;
    payload.from = "shop@example.com";
    payload.to = "nobody";
    delivery.payload = encode(payload);
    EXPECT_EQ(send(relay_at(sink->port()), delivery).kind, Outcome::Kind::Permanent);
}

TEST(EmailDelivery, EndsOpenAttemptsWhenTheChannelIsDestroyed) {
    const auto sink = sink_with(Fault::Hang);
    auto channel = delivery::make_email_channel(relay_at(sink->port())).value();
    std::promise<Outcome> outcome;
    channel->start(mail(), [&](Outcome done) { outcome.set_value(std::move(done)); });
    channel.reset();
    EXPECT_EQ(outcome.get_future().get(), Outcome::retry("the server is shutting down"));
}

TEST(EmailChannel, IsNotMadeFromAnUnusableConfiguration) {
    EmailOptions options = relay_at(25);
    options.host = "mail.example/x";
    EXPECT_FALSE(delivery::make_email_channel(options).ok());
    options = relay_at(0);
    EXPECT_FALSE(delivery::make_email_channel(options).ok());
    options = relay_at(25);
    options.user = "shop";
    EXPECT_FALSE(delivery::make_email_channel(options).ok());
    options.password = Secret("swordfish");
    EXPECT_TRUE(delivery::make_email_channel(options).ok());
    options.host = "mail.example";
    EXPECT_FALSE(delivery::make_email_channel(options).ok()) << "a password in the clear";
    options.security = EmailOptions::Security::StartTls;
    EXPECT_TRUE(delivery::make_email_channel(options).ok());
    options.greeting_name = "a\r\nRSET";
    EXPECT_FALSE(delivery::make_email_channel(options).ok());
}

TEST(EmailDelivery, SendsManyAtOnce) {
    const auto sink = sink_with(Fault::None);
    const auto channel = delivery::make_email_channel(relay_at(sink->port())).value();
    std::vector<std::promise<Outcome>> outcomes(100);
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
        channel->start(
            mail("d" + std::to_string(i), std::string(20'000, 'x')),
            [&outcomes, i](Outcome done) { outcomes[i].set_value(std::move(done)); }
        );
    }
    for (std::promise<Outcome>& outcome : outcomes) {
        EXPECT_EQ(outcome.get_future().get(), Outcome::delivered());
    }
    EXPECT_EQ(sink->received(), outcomes.size());
}

TEST(SmtpSink, KeepsTheLastMailsOnly) {
    SmtpSink::Options options;
    options.mails_max = 1;
    const auto sink = SmtpSink::start(options, kClock).value();
    const auto channel = delivery::make_email_channel(relay_at(sink->port())).value();
    EXPECT_EQ(send(*channel, mail("d1")), Outcome::delivered());
    EXPECT_EQ(send(*channel, mail("d2")), Outcome::delivered());
    EXPECT_EQ(sink->received(), 2U);
    ASSERT_EQ(sink->mails().size(), 1U);
    EXPECT_EQ(sink->mails()[0].message_id, "d2@shop.example");
}

TEST(SmtpSink, SaysWhenItsPortIsTaken) {
    const auto sink = sink_with(Fault::None);
    SmtpSink::Options options;
    options.port = sink->port();
    const auto second = SmtpSink::start(options, kClock);
    ASSERT_FALSE(second.ok());
    EXPECT_NE(second.error().message.find("in use"), std::string::npos);
}

}  // namespace
}  // namespace attune::host
