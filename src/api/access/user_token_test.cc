#include "api/access/user_token.h"

#include <string>

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "api/access/base64url.h"

namespace attune::api::access {
namespace {

using namespace std::chrono_literals;

constexpr Timestamp kNow(1'764'000'000'000);
constexpr std::string_view kSecret = "a secret of thirty-two bytes, ok";

std::string hs256_keys(const std::string& more = "") {
    return R"({"keys":[{"kty":"oct","kid":"k1","k":")" + to_base64url(kSecret) + "\"" + more +
           "}]}";
}

/// A token with these parts, signed by the secret.
std::string token(const std::string& head, const std::string& claims) {
    const std::string text = to_base64url(head) + "." + to_base64url(claims);
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned bytes = 0;
    HMAC(
        EVP_sha256(),
        kSecret.data(),
        static_cast<int>(kSecret.size()),
        reinterpret_cast<const unsigned char*>(text.data()),
        text.size(),
        digest,
        &bytes
    );
    return text + "." + to_base64url({reinterpret_cast<const char*>(digest), bytes});
}

std::string token(const std::string& claims) {
    return token(R"({"alg":"HS256"})", claims);
}

/// The subject, or what is wrong.
std::string verdict(const std::string& text, TokenRules rules = {}) {
    const Result<UserTokens> tokens = UserTokens::create(hs256_keys(), std::move(rules));
    EXPECT_TRUE(tokens.ok()) << tokens.error().message;
    const Result<std::string> subject = tokens.value().verify(text, kNow);
    return subject ? subject.value() : subject.error().message;
}

std::string refusal(const std::string& why) {
    return "cannot accept the token: " + why;
}

TEST(UserToken, NamesItsBearer) {
    EXPECT_EQ(verdict(token(R"({"sub":"ada","exp":1764000060})")), "ada");
    EXPECT_EQ(
        verdict(token(R"({"alg":"HS256","kid":"k1"})", R"({"sub":"ada","exp":1764000060.5})")),
        "ada"
    );
}

TEST(UserToken, IsGoodForItsTimeOnly) {
    EXPECT_EQ(verdict(token(R"({"sub":"ada","exp":1763999941})")), "ada");  // clocks differ
    EXPECT_EQ(verdict(token(R"({"sub":"ada","exp":1763999940})")), refusal("it has expired"));
    EXPECT_EQ(verdict(token(R"({"sub":"ada"})")), refusal("it does not say when it ends (`exp`)"));
    EXPECT_EQ(
        verdict(token(R"({"sub":"ada","exp":"1764000060"})")),
        refusal("it does not say when it ends (`exp`)")
    );
    EXPECT_EQ(
        verdict(token(R"({"sub":"ada","exp":1e300})")),
        refusal("it does not say when it ends (`exp`)")
    );
    EXPECT_EQ(
        verdict(token(R"({"sub":"ada","exp":1764000900,"nbf":1764000061})")),
        refusal("it is not valid yet (`nbf`)")
    );
    EXPECT_EQ(verdict(token(R"({"sub":"ada","exp":1764000900,"nbf":1764000060})")), "ada");
}

TEST(UserToken, IsForWhomItSays) {
    const std::string good = R"({"sub":"ada","exp":1764000060,"iss":"shop","aud":["a","attune"]})";
    EXPECT_EQ(verdict(token(good), {.issuer = "shop", .audience = "attune"}), "ada");
    EXPECT_EQ(
        verdict(token(good), {.issuer = "other"}), refusal("it was issued by somebody else (`iss`)")
    );
    EXPECT_EQ(
        verdict(token(good), {.audience = "other"}),
        refusal("it is meant for somebody else (`aud`)")
    );
    EXPECT_EQ(
        verdict(token(R"({"exp":1764000060})")),
        refusal("it does not say whose it is (`sub`, 1 to 256 bytes)")
    );
}

TEST(UserToken, ThatNobodyKnownSignedIsRefused) {
    const std::string unknown = refusal("it is signed by none of the keys that are known");
    const std::string claims = R"({"sub":"ada","exp":1764000060})";
    const std::string good = token(claims);
    EXPECT_EQ(verdict(good.substr(0, good.size() - 4) + "AAAA"), unknown);
    EXPECT_EQ(verdict(token(R"({"alg":"none"})", claims)), unknown);
    EXPECT_EQ(verdict(token(R"({"alg":"hs256"})", claims)), unknown);
    EXPECT_EQ(verdict(token(R"({"alg":"RS256"})", claims)), unknown);
    EXPECT_EQ(verdict(token(R"({"alg":"HS256","kid":"k2"})", claims)), unknown);
    EXPECT_EQ(
        verdict(token(R"({"alg":"HS256","crit":["b64"]})", claims)),
        refusal("it asks for extensions that are not understood (`crit`)")
    );
    const std::string bare = to_base64url(R"({"alg":"none"})") + "." + to_base64url(claims) + ".";
    EXPECT_EQ(verdict(bare), unknown);
}

TEST(UserToken, ThatIsNoneIsRefused) {
    const std::string none = refusal("it is no signed JSON Web Token");
    for (const std::string text : {"", "a", "a.b", "a.b.c.d", "..", "e30.e30.*", "W10.e30.AA"}) {
        EXPECT_EQ(verdict(text), none) << text;
    }
    EXPECT_EQ(verdict(std::string(8'193, 'a')), refusal("it is longer than 8,192 bytes"));
    EXPECT_EQ(verdict(token("[1]")), refusal("what it claims is no JSON object"));
}

TEST(UserToken, KeysAreReadFromASetAndOthersLeftOut) {
    const auto message = [](const std::string& set) {
        const Result<UserTokens> tokens = UserTokens::create(set, {});
        return tokens ? std::string("read") : tokens.error().message;
    };
    const std::string nothing =
        "cannot read the keys of user tokens: there is none for HS256, ES256 (P-256), RS256 or "
        "EdDSA (Ed25519)";
    EXPECT_EQ(message(hs256_keys()), "read");
    EXPECT_EQ(message(hs256_keys(R"(,"use":"enc")")), nothing);
    EXPECT_EQ(message(hs256_keys(R"(,"alg":"HS512")")), nothing);
    EXPECT_EQ(message(R"({"keys":[{"kty":"EC","crv":"P-521"},{"kty":"x"},7]})"), nothing);
    EXPECT_EQ(
        message(R"({"keys":[{"kty":"oct","kid":"weak","k":"QUJD"}]})"),
        "cannot read the keys of user tokens: key \"weak\": cannot use a key: a secret for HS256 "
        "has at least 32 bytes"
    );
    EXPECT_NE(message("[]").find("they are no JWK Set"), std::string::npos);
    EXPECT_NE(message("{").find("cannot read the keys of user tokens: "), std::string::npos);
}

TEST(UserToken, OfOursIsAccepted) {
    const SigningKey key = SigningKey::make().value();
    const UserTokens tokens = UserTokens::create(jwk_set_of(key), {}).value();
    const std::string made = make_user_token(key, "ada \"x\"", kNow, 1h);
    EXPECT_EQ(tokens.verify(made, kNow + 1h).value(), "ada \"x\"");
    EXPECT_FALSE(tokens.verify(made, kNow + 2h).ok());
    const SigningKey other = SigningKey::make().value();
    EXPECT_FALSE(tokens.verify(make_user_token(other, "ada", kNow, 1h), kNow).ok());
}

}  // namespace
}  // namespace attune::api::access
