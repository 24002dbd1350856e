#include "host/line_file.h"

#include <filesystem>
#include <fstream>
#include <vector>

#include <gtest/gtest.h>

namespace attune::host {
namespace {

class LineFile : public testing::Test {
protected:
    void SetUp() override {
        folder_ = std::filesystem::path(testing::TempDir()) /
                  testing::UnitTest::GetInstance()->current_test_info()->name();
        std::filesystem::create_directories(folder_);
    }
    void TearDown() override { std::filesystem::remove_all(folder_); }

    [[nodiscard]] std::string path(const char* name) const { return (folder_ / name).string(); }

    static std::vector<std::string> read_all(const std::string& path) {
        auto reader = LineReader::open(path);
        std::vector<std::string> lines;
        while (true) {
            auto line = reader.value().next();
            if (!line.value()) {
                return lines;
            }
            lines.emplace_back(*line.value());
        }
    }

    static void write_all(const std::string& path, const std::vector<std::string>& lines) {
        auto writer = LineWriter::create(path);
        for (const std::string& line : lines) {
            ASSERT_TRUE(writer.value().write(line).ok());
        }
        ASSERT_TRUE(writer.value().close().ok());
    }

private:
    std::filesystem::path folder_;
};

TEST_F(LineFile, WhatIsWrittenIsReadPlainAndCompressed) {
    const std::vector<std::string> lines{"one", "", "three", std::string(700'000, 'x'), "five"};
    for (const char* name : {"lines.txt", "lines.txt.gz"}) {
        write_all(path(name), lines);
        EXPECT_EQ(read_all(path(name)), lines);
    }
    EXPECT_LT(
        std::filesystem::file_size(path("lines.txt.gz")),
        std::filesystem::file_size(path("lines.txt")) / 10
    );
}

TEST_F(LineFile, TheLastLineNeedsNoEndAndLinesMayEndInCrLf) {
    std::ofstream(path("lines")) << "one\r\ntwo";
    EXPECT_EQ(read_all(path("lines")), (std::vector<std::string>{"one", "two"}));
}

TEST_F(LineFile, AnEmptyFileHasNoLine) {
    std::ofstream(path("empty")).flush();
    EXPECT_TRUE(read_all(path("empty")).empty());
}

TEST_F(LineFile, AMissingFileIsNamed) {
    const auto reader = LineReader::open(path("absent"));
    ASSERT_FALSE(reader.ok());
    EXPECT_EQ(reader.error().kind, Error::Kind::NotFound);
    EXPECT_NE(reader.error().message.find("absent"), std::string::npos);
}

TEST_F(LineFile, AnArchiveThatIsCutOffIsAnError) {
    write_all(path("cut.gz"), std::vector<std::string>(10'000, "a line that compresses well"));
    std::filesystem::resize_file(path("cut.gz"), std::filesystem::file_size(path("cut.gz")) / 2);
    auto reader = LineReader::open(path("cut.gz"));
    bool failed = false;
    for (int line = 0; line < 10'001 && !failed; ++line) {
        auto next = reader.value().next();
        failed = !next.ok();
        ASSERT_TRUE(failed || next.value()) << "the end came without an error";
    }
    EXPECT_TRUE(failed);
}

TEST_F(LineFile, AFolderThatIsNotThereCannotBeWrittenTo) {
    const auto writer = LineWriter::create(path("no/such/folder.txt"));
    ASSERT_FALSE(writer.ok());
    EXPECT_NE(writer.error().message.find("no/such"), std::string::npos);
}

}  // namespace
}  // namespace attune::host
