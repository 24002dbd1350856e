#include "delivery/webhook/signature.h"

#include <gtest/gtest.h>

namespace attune::delivery {
namespace {

// The vector that the libraries of Standard Webhooks test themselves with.
const Secret kSecret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
constexpr std::string_view kId = "msg_p5jXN8AQM9LWM0D4loKWxJek";
constexpr Timestamp kAt{1614265330'000};
constexpr std::string_view kBody = R"({"test": 2432232314})";
constexpr std::string_view kSignature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

TEST(Signature, EqualsThatOfTheStandard) {
    EXPECT_EQ(SigningKey::create(kSecret).value().sign(kId, kAt, kBody), kSignature);
}

TEST(Signature, IsMadeWithEachKeyWhileKeysRotate) {
    const SigningKey old_key = SigningKey::create(kSecret).value();
    const SigningKey new_key =
        SigningKey::create(Secret("whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")).value();
    const std::string both = sign({new_key, old_key}, kId, kAt, kBody);
    EXPECT_EQ(both, new_key.sign(kId, kAt, kBody) + " " + std::string(kSignature));
}

TEST(SigningKey, IsRefusedUnlessItIsWhatTheStandardAsksFor) {
    for (const char* text :
         {"",
          "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
          "whsec_",
          "whsec_c2hvcnQ=",
          "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS",
          "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLa\nw",
          "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2La===="}) {
        EXPECT_FALSE(SigningKey::create(Secret(text)).ok()) << text;
    }
    EXPECT_EQ(
        SigningKey::create(Secret("whsec_hush")).error().message.find("hush"), std::string::npos
    );
}

}  // namespace
}  // namespace attune::delivery
