// Files as other tools save them, read and written back: nothing may be lost, whatever the version.

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dmn/decision_model.h"
#include "dmn/writer.h"
#include "feel/text.h"
#include "value/json.h"

namespace attune::dmn {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kModel15 = "https://www.omg.org/spec/DMN/20230324/MODEL/";

std::string read_text(const fs::path& path) {
    const std::ifstream stream(path, std::ios::binary);
    std::ostringstream text;
    text << stream.rdbuf();
    return text.str();
}

std::string written(const std::string& xml) {
    const Reading reading = read_definitions("m.dmn", xml);
    EXPECT_TRUE(reading.definitions.has_value());
    return reading.definitions ? write_definitions(*reading.definitions) : std::string();
}

bool may_change(std::string_view attribute) {
    return attribute.starts_with("xmlns") || attribute == "typeRef" ||
           attribute == "outputTypeRef" || attribute == "expressionLanguage" ||
           attribute == "typeLanguage" || attribute == "importType";
}

/// Everything in a file as text, one node a line, with namespaces and types left out: those are
/// what writing may change.
void list(const pugi::xml_node& node, std::size_t depth, std::string& out) {
    out += std::string(depth, ' ') + std::to_string(node.type()) + " " + node.name();
    for (const pugi::xml_attribute& each : node.attributes()) {
        out += std::string(" ") + each.name();
        out += may_change(each.name()) ? "" : std::string("=[") + each.value() + "]";
    }
    const bool type = local_name(node.parent().name()) == "typeRef";
    out += type ? "\n" : std::string(" [") + node.value() + "]\n";
    for (const pugi::xml_node& each : node.children()) {
        list(each, depth + 1, out);
    }
}

std::string list(const std::string& xml) {
    pugi::xml_document document;
    EXPECT_TRUE(document.load_string(xml.c_str(), pugi::parse_full | pugi::parse_ws_pcdata));
    std::string out;
    list(document, 0, out);
    return out;
}

std::string answers(const std::string& xml) {
    const File file{"m.dmn", xml};
    const Compilation compiled = Model::compile({&file, 1});
    EXPECT_TRUE(compiled.ok()) << compiled.error();
    std::string all;
    for (const char* const inputs :
         {R"({"Zone": "A", "Hours": 0.5})",
          R"({"Zone": "A", "Hours": 3})",
          R"({"Zone": "B", "Hours": 0.5})"}) {
        Arena arena;
        feel::Evaluation evaluation(arena);
        const Value context = json::parse(inputs, arena).value();
        all +=
            feel::to_literal(compiled.model->evaluate("Fee", context, evaluation, nullptr).value()
            ) +
            " ";
    }
    return all;
}

std::string replaced(std::string text, std::string_view from, std::string_view to) {
    for (std::size_t at = text.find(from); at != std::string::npos;
         at = text.find(from, at + to.size())) {
        text.replace(at, from.size(), to);
    }
    return text;
}

class RoundTrip : public testing::TestWithParam<const char*> {
protected:
    static std::string source() {
        return read_text(fs::path(ATTUNE_SOURCE_DIR) / "test/dmn" / GetParam());
    }
};

TEST_P(RoundTrip, LosesNothing) {
    const std::string xml = source();
    const std::string again = written(xml);
    EXPECT_EQ(list(again), list(xml));
    EXPECT_THAT(again, testing::HasSubstr(kModel15));
    EXPECT_EQ(read_definitions("m.dmn", again).definitions->version, "1.5");
}

TEST_P(RoundTrip, KeepsTheAnswers) {
    EXPECT_EQ(answers(source()), "0 6 1 ");
    EXPECT_EQ(answers(written(source())), "0 6 1 ");
}

TEST_P(RoundTrip, ChangesNothingTheSecondTime) {
    const std::string once = written(source());
    EXPECT_EQ(written(once), once);
}

INSTANTIATE_TEST_SUITE_P(
    Tools,
    RoundTrip,
    testing::Values("kie.dmn", "camunda.dmn", "trisotech.dmn", "dmn-js.dmn"),
    [](const testing::TestParamInfo<const char*>& each) {
        std::string name = each.param;
        std::erase_if(name, [](char letter) { return letter == '.' || letter == '-'; });
        return name;
    }
);

TEST(RoundTrip, ReadsTheSameFileInEveryVersion) {
    const std::string xml = read_text(fs::path(ATTUNE_SOURCE_DIR) / "test/dmn/kie.dmn");
    constexpr std::string_view kRoot = "http://www.omg.org/spec/DMN/20180521/";
    for (const char* const version :
         {"http://www.omg.org/spec/DMN/20180521/",
          "https://www.omg.org/spec/DMN/20191111/",
          "https://www.omg.org/spec/DMN/20211108/",
          "https://www.omg.org/spec/DMN/20230324/",
          "https://www.omg.org/spec/DMN/20240513/"}) {
        std::string other = xml;
        for (const std::string_view part : {"MODEL/", "FEEL/", "DMNDI/"}) {
            const std::string from = fmt::format("{}{}", kRoot, part);
            other = replaced(std::move(other), from, fmt::format("{}{}", version, part));
        }
        const std::string again = written(other);
        EXPECT_EQ(list(again), list(xml)) << version;
        EXPECT_THAT(again, testing::HasSubstr(kModel15)) << version;
        EXPECT_EQ(answers(again), "0 6 1 ") << version;
    }
}

/// Files of other tools, wherever the variable DMN_FILES leads: folders to search.
TEST(RoundTrip, LosesNothingOfOtherToolsFiles) {
    const fs::path kit = fs::path(ATTUNE_SOURCE_DIR) / "../shared/conformance/dmn-tck";
    const char* const chosen = std::getenv("DMN_FILES");
    const fs::path folder = chosen != nullptr ? fs::path(chosen) : kit;
    if (!fs::exists(folder)) {
        GTEST_SKIP() << "no files of other tools: set DMN_FILES to a folder with some";
    }
    std::size_t count = 0;
    for (const fs::directory_entry& each : fs::recursive_directory_iterator(folder)) {
        const std::string xml =
            each.path().extension() == ".dmn" ? read_text(each.path()) : std::string();
        if (xml.empty() || !read_definitions(each.path().string(), xml).definitions) {
            continue;
        }
        ++count;
        EXPECT_EQ(list(written(xml)), list(xml)) << each.path();
    }
    EXPECT_GT(count, 0U);
}

}  // namespace
}  // namespace attune::dmn
