#include "api/caller.h"

#include <gtest/gtest.h>

namespace attune::api {
namespace {

using Kind = customer::Identifier::Kind;

unsigned status(const Caller& caller, Kind kind, const std::string& text) {
    const std::optional<Problem> problem = may_name(caller, {kind, text});
    return problem ? problem->status : 0;
}

TEST(Caller, MayNameWhomTheyHaveProvedToBe) {
    const Caller server{.kind = Caller::Kind::Server};
    const Caller source{.kind = Caller::Kind::Source};
    const Caller ada{.kind = Caller::Kind::User, .user = "ada"};
    EXPECT_EQ(status(server, Kind::UserId, "bob"), 0U);
    EXPECT_EQ(status(server, Kind::AnonymousId, "a1"), 0U);
    EXPECT_EQ(status(source, Kind::AnonymousId, "a1"), 0U);
    EXPECT_EQ(status(source, Kind::UserId, "ada"), 403U);
    EXPECT_EQ(status(ada, Kind::UserId, "ada"), 0U);
    EXPECT_EQ(status(ada, Kind::UserId, "bob"), 403U);
    EXPECT_EQ(status(ada, Kind::UserId, ""), 403U);
    EXPECT_EQ(status(ada, Kind::AnonymousId, "ada"), 403U);
}

}  // namespace
}  // namespace attune::api
