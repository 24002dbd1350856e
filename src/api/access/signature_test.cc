#include "api/access/signature.h"

#include <string>

#include <gtest/gtest.h>

#include "api/access/base64url.h"

namespace attune::api::access {
namespace {

std::string bytes(std::string_view text) {
    return from_base64url(text).value();
}

// The examples of RFC 7515, appendix A, and RFC 8037, appendix A.4.
constexpr std::string_view kClaims =
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVl"
    "fQ";

std::string claimed_by(std::string_view head) {
    return std::string(head) + "." + std::string(kClaims);
}

void expect_one_signature(
    const Result<SignatureKey>& key, const std::string& text, const std::string& signature
) {
    ASSERT_TRUE(key.ok()) << key.error().message;
    EXPECT_TRUE(key.value().verify(text, signature));
    EXPECT_FALSE(key.value().verify(text + "x", signature));
    EXPECT_FALSE(key.value().verify(text, signature + "x"));
    EXPECT_FALSE(key.value().verify(text, ""));
    for (std::size_t at = 0; at < signature.size(); at += 7) {
        std::string other = signature;
        other[at] = static_cast<char>(other[at] ^ 1);
        EXPECT_FALSE(key.value().verify(text, other)) << at;
    }
}

TEST(Signature, OfHs256IsThatOfTheStandardsExample) {
    expect_one_signature(
        SignatureKey::hs256(bytes("AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0i"
                                  "PS4hcgUuTwjAzZr1Z9CAow")),
        claimed_by("eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9"),
        bytes("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")
    );
}

TEST(Signature, OfEs256IsThatOfTheStandardsExample) {
    expect_one_signature(
        SignatureKey::es256(
            bytes("f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"),
            bytes("x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0")
        ),
        claimed_by("eyJhbGciOiJFUzI1NiJ9"),
        bytes("DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU"
              "1Q")
    );
}

TEST(Signature, OfRs256IsThatOfTheStandardsExample) {
    expect_one_signature(
        SignatureKey::rs256(
            bytes("ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJ"
                  "PMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0"
                  "LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uD"
                  "Zlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2"
                  "PAcDTW9gb54h4FRWyuXpoQ"),
            bytes("AQAB")
        ),
        claimed_by("eyJhbGciOiJSUzI1NiJ9"),
        bytes("cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt"
              "_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArL"
              "IARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7no"
              "OPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQ"
              "Ge77Rw")
    );
}

TEST(Signature, OfEdDsaIsThatOfTheStandardsExample) {
    expect_one_signature(
        SignatureKey::eddsa(bytes("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo")),
        "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc",
        bytes("hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0K"
              "Ag")
    );
}

TEST(Signature, KeysThatAreTooWeakOrBrokenAreRefused) {
    EXPECT_FALSE(SignatureKey::hs256(std::string(31, 'k')).ok());
    EXPECT_FALSE(SignatureKey::rs256(std::string(128, '\xff'), "\x01").ok());
    EXPECT_FALSE(SignatureKey::es256(std::string(32, 'x'), std::string(32, 'y')).ok());
    EXPECT_FALSE(SignatureKey::es256(std::string(31, 'x'), std::string(32, 'y')).ok());
    EXPECT_FALSE(SignatureKey::eddsa("short").ok());
    EXPECT_FALSE(SigningKey::from_pem("no PEM").ok());
}

TEST(Signature, OfAKeyOfOursSurvivesBeingWrittenDown) {
    const SigningKey made = SigningKey::make().value();
    const SigningKey read = SigningKey::from_pem(made.to_pem()).value();
    const auto [x, y] = made.point();
    EXPECT_TRUE(SignatureKey::es256(x, y).value().verify("text", read.sign("text")));
}

TEST(Base64Url, HasOneTextForEachValue) {
    for (const std::string text : {"", "f", "fo", "foo", "\xff\xfe\xfd\xfc", "foobar"}) {
        EXPECT_EQ(from_base64url(to_base64url(text)), text);
    }
    EXPECT_EQ(to_base64url("\xff\xfe"), "__4");
    for (const std::string_view broken : {"a", "__5", "Zm9v=", "Zm 9v", "a+b/"}) {
        EXPECT_FALSE(from_base64url(broken).has_value()) << broken;
    }
}

}  // namespace
}  // namespace attune::api::access
