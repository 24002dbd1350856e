#include "host/access.h"

#include <cstdlib>
#include <map>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "api/routes.h"

namespace attune::host {
namespace {

using namespace std::chrono_literals;
using api::Caller;

constexpr Timestamp kNow(1'764'000'000'000);

/// Keys in the environment, and a server's routes.
class AccessTest : public ::testing::Test {
protected:
    AccessTest() {
        ::setenv("TEST_SERVER_KEY", "server-key", 1);
        ::setenv("TEST_WRITE_KEY", "write-key", 1);
        ::setenv("TEST_USER_KEYS", api::access::jwk_set_of(key_).c_str(), 1);
        program::SourceSpec web;
        web.write_key.text = "env:TEST_WRITE_KEY";
        workspace_.sources.push_back(web);
        api::add_ingest_routes(router_, services_);
        api::add_decide_routes(router_, services_);
        api::add_profile_routes(router_, services_);
        api::add_erasure_routes(router_, services_);
        api::add_message_routes(router_, services_);
        api::add_dead_letter_routes(router_, services_);
        api::add_admin_routes(router_, services_);
    }

    [[nodiscard]] Access access(const std::string& user_keys = "env:TEST_USER_KEYS") {
        return Access::create(
                   {.server_key = "env:TEST_SERVER_KEY",
                    .user_keys = user_keys,
                    .token_rules = {},
                    .clock = &clock_,
                    .metrics = &metrics_},
                   workspace_
        )
            .value();
    }

    /// The status of a refusal, 0 for none.
    unsigned admit(
        const Access& access, const api::Route& route, const std::string& authorization
    ) {
        const api::HeaderField field{"authorization", authorization};
        request_ = {};
        request_.query = query_;
        if (!authorization.empty()) {
            request_.headers = {&field, 1};
        }
        const auto refusal = access.admit(request_, route);
        request_.headers = {};
        return refusal ? refusal->status : 0;
    }

    const api::Route& route(std::string_view pattern) const {
        for (const auto& one : router_.routes()) {
            if (one->pattern == pattern) {
                return *one;
            }
        }
        ADD_FAILURE() << "there is no route " << pattern;
        return *router_.routes().front();
    }

    const api::access::SigningKey key_ = api::access::SigningKey::make().value();
    ManualClock clock_{kNow};
    Metrics metrics_;
    program::Workspace workspace_;
    api::Services services_;
    api::Router router_;
    api::Request request_;
    std::string query_;
};

TEST_F(AccessTest, OfEveryRouteIsWhatItSays) {
    const Access keys = access();
    const std::string token =
        "Bearer " + api::access::make_user_token(key_, "ada", clock_.now(), 1h);
    std::set<std::string> anyone;
    std::set<std::string> visitor;
    for (const auto& one : router_.routes()) {
        const api::Access allowed = one->options.access;
        SCOPED_TRACE(one->pattern);
        const bool open = allowed == api::Access::Anyone;
        EXPECT_EQ(admit(keys, *one, ""), open ? 0U : 401U);
        EXPECT_EQ(admit(keys, *one, "Bearer guessed"), open ? 0U : 401U);
        EXPECT_EQ(admit(keys, *one, "Bearer server-key"), 0U);
        EXPECT_EQ(request_.caller.kind, Caller::Kind::Server);
        const bool asks = allowed == api::Access::Visitor;
        const bool sends = allowed == api::Access::Source || asks;
        EXPECT_EQ(admit(keys, *one, "Bearer write-key"), open || sends ? 0U : 403U);
        EXPECT_EQ(request_.caller.kind, sends ? Caller::Kind::Source : Caller::Kind::Server);
        EXPECT_EQ(admit(keys, *one, token), open || asks ? 0U : 403U);
        EXPECT_EQ(request_.caller.user, asks ? "ada" : "");
        if (open) {
            anyone.insert(one->pattern);
        } else if (asks) {
            visitor.insert(one->pattern);
        }
    }
    EXPECT_EQ(anyone, (std::set<std::string>{"/livez", "/readyz"}));
    EXPECT_EQ(
        visitor, (std::set<std::string>{"/v1/decide", "/v1/messages", "/v1/messages/stream"})
    );
}

TEST_F(AccessTest, KeysComeInEachOfTheirWays) {
    const Access keys = access();
    const api::Route& track = route("/v1/track");
    EXPECT_EQ(admit(keys, track, "Basic d3JpdGUta2V5Og=="), 0U);  // "write-key:"
    EXPECT_EQ(admit(keys, track, "Basic d3JpdGUta2V5"), 0U);
    EXPECT_EQ(admit(keys, track, "Basic d3JpdGUta2V6Og=="), 401U);
    const api::HeaderField field{"x-api-key", "write-key"};
    api::Request request;
    request.headers = {&field, 1};
    EXPECT_FALSE(keys.admit(request, track).has_value());
}

TEST_F(AccessTest, ABrowsersTokenMayStandInTheQueryWhereVisitorsAsk) {
    const Access keys = access();
    const std::string token = api::access::make_user_token(key_, "ada", clock_.now(), 1h);
    query_ = "userId=ada&access_token=" + token;
    EXPECT_EQ(admit(keys, route("/v1/messages/stream"), ""), 0U);
    EXPECT_EQ(request_.caller.user, "ada");
    EXPECT_EQ(admit(keys, route("/v1/track"), ""), 401U);
    clock_.set(kNow + 2h);
    EXPECT_EQ(admit(keys, route("/v1/messages/stream"), ""), 401U);
}

TEST_F(AccessTest, TokensAreNothingWhereNoKeysAreKnown) {
    const Access keys = access("");
    const std::string token =
        "Bearer " + api::access::make_user_token(key_, "ada", clock_.now(), 1h);
    EXPECT_EQ(admit(keys, route("/v1/messages"), token), 401U);
}

TEST_F(AccessTest, KeysThatCannotBeReadAreNamed) {
    const auto message = [&](const std::string& user_keys) {
        const auto made = Access::create(
            {.server_key = "env:TEST_SERVER_KEY",
             .user_keys = user_keys,
             .token_rules = {},
             .clock = &clock_,
             .metrics = &metrics_},
            workspace_
        );
        return made ? std::string("none") : made.error().message;
    };
    EXPECT_NE(message("env:TEST_NO_SUCH").find("TEST_NO_SUCH"), std::string::npos);
    EXPECT_NE(message("env:TEST_SERVER_KEY").find("keys of user tokens"), std::string::npos);
}

}  // namespace
}  // namespace attune::host
