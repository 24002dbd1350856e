#include "host/cli_log.h"

#include <filesystem>
#include <vector>

#include <gtest/gtest.h>
#include <unistd.h>

#include "log/segments/segment_log.h"

namespace attune::host {
namespace {

class CliLog : public testing::Test {
protected:
    void SetUp() override {
        std::filesystem::remove_all(folder_);
        std::filesystem::create_directory(folder_);
        segments::LogOptions options;
        options.folder = folder_ + "/log";
        options.segment_bytes = 4U << 20U;
        options.buffer_bytes = 1U << 20U;
        options.batch_bytes_max = 1U << 20U;
        options.free_bytes_min = 0;
        log_ = std::move(segments::open_log(options).value());
        LogEntries entries;
        entries.add("first \"entry\"\n");
        entries.add("second");
        ASSERT_TRUE(log_->append({.now = Timestamp(0), .program = 0xabc}, entries).ok());
        ASSERT_TRUE(log_->append({.now = Timestamp(1000)}, {}).ok());
        ASSERT_TRUE(log_->flush().ok());
    }
    void TearDown() override {
        log_.reset();
        std::filesystem::remove_all(folder_);
    }

    std::string run(std::vector<std::string> args) {
        testing::internal::CaptureStdout();
        testing::internal::CaptureStderr();
        code_ = run_log(args);
        error_ = testing::internal::GetCapturedStderr();
        return testing::internal::GetCapturedStdout();
    }

    std::string folder_ = testing::TempDir() + "cli_log_" + std::to_string(::getpid());
    std::unique_ptr<Log> log_;
    int code_ = -1;
    std::string error_;
};

TEST_F(CliLog, ListsAndVerifiesALogThatIsOpen) {
    EXPECT_NE(run({"ls", folder_}).find("00000000000000000000.log"), std::string::npos);
    EXPECT_EQ(code_, 0);
    EXPECT_EQ(
        run({"verify", folder_, "--json"}),
        "{\"begin\":0,\"end\":3,\"segments\":1,\"batches\":2,\"entries\":2,\"bytes\":150,"
        "\"unpacked\":150}\n"
    );
    EXPECT_EQ(code_, 0);
}

TEST_F(CliLog, PrintsBatchesAndEntries) {
    EXPECT_EQ(
        run({"dump", folder_ + "/log"}),
        "batch 0 at 1970-01-01T00:00:00.000Z, 2 entries, program 0000000000000abc, group 0 of 1\n"
        "  0 \"first \\\"entry\\\"\\u000a\"\n"
        "  1 \"second\"\n"
        "batch 2 at 1970-01-01T00:00:01.000Z, 0 entries, program 0000000000000000, group 0 of 1\n"
    );
    EXPECT_EQ(
        run({"dump", folder_, "--from", "1", "--count", "1", "--json"}),
        "{\"batch\":0,\"now\":\"1970-01-01T00:00:00.000Z\",\"program\":\"0000000000000abc\","
        "\"group\":0,\"groups\":1,\"entries\":2,\"packing\":\"none\",\"bytes\":22,"
        "\"stored\":22}\n{\"position\":1,\"entry\":\"second\"}\n"
    );
    EXPECT_EQ(run({"tail", folder_, "-n", "2"}).find("first"), std::string::npos);
}

TEST_F(CliLog, TellsWhatIsPacked) {
    log_.reset();
    segments::LogOptions options;
    options.folder = folder_ + "/log";
    options.segment_bytes = 4U << 20U;
    options.buffer_bytes = 1U << 20U;
    options.batch_bytes_max = 1U << 20U;
    options.free_bytes_min = 0;
    options.packing = segments::Packing::Lz4;
    log_ = std::move(segments::open_log(options).value());
    LogEntries entries;
    entries.add(std::string(5'000, 'x'));
    ASSERT_TRUE(log_->append({.now = Timestamp(2000)}, entries).ok());
    ASSERT_TRUE(log_->flush().ok());
    const std::string dumped = run({"dump", folder_, "--from", "3"});
    EXPECT_NE(dumped.find(" of 5002 bytes with lz4\n"), std::string::npos) << dumped;
    const std::string listed = run({"ls", folder_, "--json"});
    EXPECT_NE(listed.find(R"("packing":"none")"), std::string::npos) << listed;
    EXPECT_NE(listed.find(R"("packing":"lz4")"), std::string::npos) << listed;
    const std::string verified = run({"verify", folder_, "--json"});
    EXPECT_NE(verified.find(R"("unpacked":5216)"), std::string::npos) << verified;
}

TEST_F(CliLog, ExitCodesTellUsageFromFailure) {
    run({"ls", folder_ + "/none"});
    EXPECT_EQ(code_, 1);
    EXPECT_NE(error_.find("No such file"), std::string::npos);
    run({"ls"});
    EXPECT_EQ(code_, 2);
    run({"--help"});
    EXPECT_EQ(code_, 0);
}

}  // namespace
}  // namespace attune::host
