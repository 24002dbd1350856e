#include "api/access/user_token.h"

#include <algorithm>
#include <array>
#include <optional>

#include <openssl/evp.h>

#include "api/access/base64url.h"
#include "value/json.h"
#include "value/json_writer.h"

namespace attune::api::access {

namespace {

constexpr std::size_t kSubjectBytesMax = 256;          // as long as an identifier may be
constexpr std::int64_t kSecondsMax = 253'402'300'799;  // the end of the year 9999
constexpr std::size_t kKeyIdBytes = 8;

Error refused(const std::string& why) {
    return {Error::Kind::InvalidInput, "cannot accept the token: " + why};
}

std::string text_of(const Value& value) {
    return value.is(Value::Kind::String) ? std::string(value.as_string()) : std::string();
}

/// A part of a JWK that is bytes in base64url; empty when it is missing or is none.
std::string bytes_in(const Value& key, std::string_view name) {
    return from_base64url(text_of(key.get(name))).value_or("");
}

/// Nothing for a key of a kind that tokens are not signed with here.
std::optional<Result<SignatureKey>> read_key(const Value& key) {
    const std::string kind = text_of(key.get("kty"));
    const std::string curve = text_of(key.get("crv"));
    if (kind == "oct") {
        return SignatureKey::hs256(bytes_in(key, "k"));
    }
    if (kind == "EC" && curve == "P-256") {
        return SignatureKey::es256(bytes_in(key, "x"), bytes_in(key, "y"));
    }
    if (kind == "RSA") {
        return SignatureKey::rs256(bytes_in(key, "n"), bytes_in(key, "e"));
    }
    if (kind == "OKP" && curve == "Ed25519") {
        return SignatureKey::eddsa(bytes_in(key, "x"));
    }
    return std::nullopt;
}

/// Whether a JWK says of itself that it is for something else.
bool for_something_else(const Value& key, Algorithm algorithm) {
    const std::string use = text_of(key.get("use"));
    const std::string named = text_of(key.get("alg"));
    return (!use.empty() && use != "sig") || (!named.empty() && named != to_string(algorithm));
}

/// The three parts of a compact token.
struct Parts {
    std::string_view head;
    std::string_view claims;
    std::string_view signature;
    std::string_view signed_text;
};

std::optional<Parts> split(std::string_view token) {
    const std::size_t first = token.find('.');
    const std::size_t second = first == std::string_view::npos ? first : token.find('.', first + 1);
    if (second == std::string_view::npos || token.find('.', second + 1) != std::string_view::npos) {
        return std::nullopt;
    }
    return Parts{
        token.substr(0, first),
        token.substr(first + 1, second - first - 1),
        token.substr(second + 1),
        token.substr(0, second)};
}

std::optional<Value> object_in(std::string_view part, Arena& arena) {
    const std::optional<std::string> text = from_base64url(part);
    if (!text) {
        return std::nullopt;
    }
    const Result<Value> value = json::parse(*text, arena);
    if (!value || !value.value().is(Value::Kind::Context)) {
        return std::nullopt;
    }
    return value.value();
}

/// A NumericDate; nothing for anything else, or a time beyond all calendars.
std::optional<Timestamp> time_in(const Value& claims, std::string_view name) {
    const Value value = claims.get(name);
    if (!value.is(Value::Kind::Number)) {
        return std::nullopt;
    }
    const auto whole = Decimal::round(value.as_number(), 0, Decimal::Rounding::Floor);
    const std::optional<std::int64_t> seconds = whole ? whole->to_int64() : std::nullopt;
    if (!seconds || *seconds < 0 || *seconds > kSecondsMax) {
        return std::nullopt;
    }
    return Timestamp(*seconds * 1'000);
}

bool names(const Value& audience, std::string_view wanted) {
    if (audience.is(Value::Kind::List)) {
        const auto list = audience.as_list();
        return std::any_of(list.begin(), list.end(), [&](const Value& one) {
            return text_of(one) == wanted;
        });
    }
    return text_of(audience) == wanted;
}

std::optional<std::string> wrong_with(const Value& claims, const TokenRules& rules, Timestamp now) {
    const std::optional<Timestamp> end = time_in(claims, "exp");
    if (!end) {
        return "it does not say when it ends (`exp`)";
    }
    if (*end + rules.leeway <= now) {
        return "it has expired";
    }
    if (!claims.get("nbf").null()) {
        const std::optional<Timestamp> begin = time_in(claims, "nbf");
        if (!begin || now + rules.leeway < *begin) {
            return "it is not valid yet (`nbf`)";
        }
    }
    if (!rules.issuer.empty() && text_of(claims.get("iss")) != rules.issuer) {
        return "it was issued by somebody else (`iss`)";
    }
    if (!rules.audience.empty() && !names(claims.get("aud"), rules.audience)) {
        return "it is meant for somebody else (`aud`)";
    }
    const std::string subject = text_of(claims.get("sub"));
    if (subject.empty() || subject.size() > kSubjectBytesMax) {
        return "it does not say whose it is (`sub`, 1 to 256 bytes)";
    }
    return std::nullopt;
}

/// A short name for a key, from its public half.
std::string id_of(const SigningKey& key) {
    const auto [x, y] = key.point();
    const std::string both = x + y;
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    EVP_Digest(both.data(), both.size(), digest.data(), nullptr, EVP_sha256(), nullptr);
    return to_base64url({reinterpret_cast<const char*>(digest.data()), kKeyIdBytes});
}

}  // namespace

Result<UserTokens> UserTokens::create(std::string_view jwk_set, TokenRules rules) {
    Arena arena;
    const Result<Value> set = json::parse(jwk_set, arena);
    if (!set) {
        return Error{
            Error::Kind::InvalidInput,
            "cannot read the keys of user tokens: " + set.error().message};
    }
    const Value list = set.value().is(Value::Kind::Context) ? set.value().get("keys") : Value();
    if (!list.is(Value::Kind::List) || list.as_list().size() > kKeysMax) {
        return Error{
            Error::Kind::InvalidInput,
            "cannot read the keys of user tokens: they are no JWK Set, an object with a list "
            "`keys` of at most 64"};
    }
    UserTokens tokens(std::move(rules));
    for (const Value& key : list.as_list()) {
        std::optional<Result<SignatureKey>> read =
            key.is(Value::Kind::Context) ? read_key(key) : std::nullopt;
        if (!read) {
            continue;
        }
        const std::string id = text_of(key.get("kid"));
        if (!*read) {
            return Error{
                Error::Kind::InvalidInput,
                "cannot read the keys of user tokens: key \"" + id +
                    "\": " + read->error().message};
        }
        if (!for_something_else(key, read->value().algorithm())) {
            tokens.keys_.push_back({id, std::move(*read).value()});
        }
    }
    if (tokens.keys_.empty()) {
        return Error{
            Error::Kind::InvalidInput,
            "cannot read the keys of user tokens: there is none for HS256, ES256 (P-256), RS256 or "
            "EdDSA (Ed25519)"};
    }
    return tokens;
}

bool UserTokens::signed_by_one(
    std::string_view id,
    std::string_view algorithm,
    std::string_view text,
    std::string_view signature
) const {
    return std::any_of(keys_.begin(), keys_.end(), [&](const Key& candidate) {
        return (id.empty() || candidate.id.empty() || candidate.id == id) &&
               to_string(candidate.key.algorithm()) == algorithm &&
               candidate.key.verify(text, signature);
    });
}

Result<std::string> UserTokens::verify(std::string_view token, Timestamp now) const {
    if (token.size() > kTokenBytesMax) {
        return refused("it is longer than 8,192 bytes");
    }
    Arena arena;
    const std::optional<Parts> parts = split(token);
    const std::optional<Value> head = parts ? object_in(parts->head, arena) : std::nullopt;
    const std::optional<std::string> signature =
        parts ? from_base64url(parts->signature) : std::nullopt;
    if (!head || !signature) {
        return refused("it is no signed JSON Web Token");
    }
    if (!head->get("crit").null()) {
        return refused("it asks for extensions that are not understood (`crit`)");
    }
    const std::string id = text_of(head->get("kid"));
    const std::string algorithm = text_of(head->get("alg"));
    if (!signed_by_one(id, algorithm, parts->signed_text, *signature)) {
        return refused("it is signed by none of the keys that are known");
    }
    const std::optional<Value> claims = object_in(parts->claims, arena);
    if (!claims) {
        return refused("what it claims is no JSON object");
    }
    if (const std::optional<std::string> wrong = wrong_with(*claims, rules_, now)) {
        return refused(*wrong);
    }
    return text_of(claims->get("sub"));
}

std::string jwk_set_of(const SigningKey& key) {
    const auto [x, y] = key.point();
    return R"({"keys":[{"kty":"EC","crv":"P-256","use":"sig","alg":"ES256","kid":")" + id_of(key) +
           R"(","x":")" + to_base64url(x) + R"(","y":")" + to_base64url(y) + "\"}]}\n";
}

std::string make_user_token(
    const SigningKey& key, std::string_view subject, Timestamp now, Duration life
) {
    std::string head;
    json::ObjectWriter head_object(head);
    head_object.text("alg", "ES256");
    head_object.text("typ", "JWT");
    head_object.text("kid", id_of(key));
    head_object.close();
    std::string claims;
    json::ObjectWriter claims_object(claims);
    claims_object.text("sub", subject);
    claims_object.member("iat") += std::to_string(now.ms() / 1'000);
    claims_object.member("exp") += std::to_string((now + life).ms() / 1'000);
    claims_object.close();
    const std::string text = to_base64url(head) + "." + to_base64url(claims);
    return text + "." + to_base64url(key.sign(text));
}

}  // namespace attune::api::access
