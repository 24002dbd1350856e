#include "delivery/secret.h"

#include <cstdlib>
#include <fstream>

#include <gtest/gtest.h>
#include <sys/stat.h>

namespace attune::delivery {
namespace {

std::string write_file(const std::string& content, mode_t mode) {
    std::string path = testing::TempDir() + "attune_secret_XXXXXX";
    const int file = mkstemp(path.data());
    EXPECT_GE(file, 0);
    std::ofstream(path) << content;
    EXPECT_EQ(fchmod(file, mode), 0);
    return path;
}

TEST(Secret, ComesFromTheEnvironment) {
    setenv("ATTUNE_TEST_SECRET", "swordfish", 1);
    EXPECT_EQ(Secret::load("env:ATTUNE_TEST_SECRET").value().reveal(), "swordfish");
    EXPECT_EQ(Secret::load("env:ATTUNE_NO_SUCH").error().kind, Error::Kind::NotFound);
}

TEST(Secret, ComesFromAFileThatOnlyItsOwnerReads) {
    EXPECT_EQ(
        Secret::load("file:" + write_file("swordfish\n", 0400)).value().reveal(), "swordfish"
    );
    EXPECT_EQ(
        Secret::load("file:" + write_file("swordfish", 0440)).error().kind,
        Error::Kind::InvalidInput
    );
    EXPECT_FALSE(Secret::load("file:" + write_file("\n", 0400)).ok());
    EXPECT_EQ(Secret::load("file:/no/such").error().kind, Error::Kind::NotFound);
    EXPECT_EQ(Secret::load("file:/").error().kind, Error::Kind::InvalidInput);
    EXPECT_EQ(
        Secret::load("file:" + write_file(std::string(70'000, 'x'), 0400)).error().kind,
        Error::Kind::LimitExceeded
    );
}

TEST(Secret, IsNotRepeatedInTheErrorWhenItStandsInTheConfiguration) {
    const Error error = Secret::load("swordfish").error();
    EXPECT_EQ(error.message.find("swordfish"), std::string::npos);
}

}  // namespace
}  // namespace attune::delivery
