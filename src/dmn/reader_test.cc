#include <gtest/gtest.h>

#include "dmn/model.h"

namespace attune::dmn {
namespace {

std::string model(
    std::string_view body, std::string_view uri = "https://www.omg.org/spec/DMN/20230324/MODEL/"
) {
    return "<definitions xmlns=\"" + std::string(uri) + "\" name=\"m\" namespace=\"n\">\n" +
           std::string(body) + "</definitions>";
}

std::string first_diagnostic(const Reading& reading) {
    return reading.diagnostics.empty() ? "" : to_string(reading.diagnostics[0]);
}

TEST(Reader, KnowsAllVersionsByTheirNamespaces) {
    for (const auto& [uri, version] :
         {std::pair{"http://www.omg.org/spec/DMN/20151101/dmn.xsd", "1.1"},
          {"http://www.omg.org/spec/DMN/20180521/MODEL/", "1.2"},
          {"https://www.omg.org/spec/DMN/20191111/MODEL/", "1.3"},
          {"https://www.omg.org/spec/DMN/20211108/MODEL/", "1.4"},
          {"https://www.omg.org/spec/DMN/20230324/MODEL/", "1.5"},
          {"https://www.omg.org/spec/DMN/20240513/MODEL/", "1.6"}}) {
        const Reading reading = read_definitions("m.dmn", model("", uri));
        ASSERT_TRUE(reading.definitions.has_value()) << uri;
        EXPECT_EQ(reading.definitions->version, version);
    }
    EXPECT_FALSE(read_definitions("m.dmn", model("", "urn:other")).definitions.has_value());
}

TEST(Reader, RefusesDocumentTypes) {
    const Reading reading = read_definitions(
        "m.dmn", "<!DOCTYPE d [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>\n" + model("")
    );
    EXPECT_FALSE(reading.definitions.has_value());
    EXPECT_NE(first_diagnostic(reading).find("DTD"), std::string::npos);
}

TEST(Reader, RefusesDeepNesting) {
    std::string deep;
    for (int level = 0; level < 400; ++level) {
        deep += "<list>";
    }
    for (int level = 0; level < 400; ++level) {
        deep += "</list>";
    }
    EXPECT_FALSE(read_definitions("m.dmn", model(deep)).definitions.has_value());
}

TEST(Reader, NamesUnknownExpressionLanguages) {
    const Reading reading = read_definitions(
        "m.dmn",
        model("<decision id=\"d\" name=\"D\"><literalExpression expressionLanguage=\"groovy\">"
              "<text>1</text></literalExpression></decision>")
    );
    EXPECT_EQ(
        first_diagnostic(reading),
        "m.dmn:2:28: decision \"D\" (id d): expression language \"groovy\" is not supported; only "
        "FEEL is"
    );
}

TEST(Reader, PassesOverElementsOfOtherNamespaces) {
    const Reading reading = read_definitions(
        "m.dmn",
        model("<x:decision xmlns:x=\"urn:x\" name=\"Not ours\"/><decision name=\"Ours\"/>"
              "<decision xmlns=\"urn:y\" name=\"Not ours either\"/>")
    );
    ASSERT_EQ(reading.definitions->decisions.size(), 1U);
    EXPECT_EQ(reading.definitions->decisions[0].name, "Ours");
}

TEST(Reader, KnowsWhereTheBytesOfATextStand) {
    const Reading reading = read_definitions(
        "m.dmn",
        model("<decision name=\"D\"><literalExpression>\n<text>a &lt; b &amp;&#x20AC;\r\n  c</text>"
              "</literalExpression></decision>")
    );
    const auto& text =
        std::get<LiteralExpression>(reading.definitions->decisions[0].logic->body).text;
    EXPECT_EQ(text.text, "a < b &\xE2\x82\xAC\n  c");
    const auto at = [&](std::string_view what) {
        const Place place = reading.definitions->place_in(text, text.text.find(what));
        return std::pair(place.line, place.column);
    };
    EXPECT_EQ(at("a"), std::pair(3U, 7U));
    EXPECT_EQ(at("b"), std::pair(3U, 14U));
    EXPECT_EQ(at("\xE2"), std::pair(3U, 21U));
    EXPECT_EQ(at("c"), std::pair(4U, 3U));
}

TEST(Reader, CollectsAllFaults) {
    const Reading reading = read_definitions(
        "m.dmn",
        model("<decision name=\"D\" id=\"d\"><decisionTable hitPolicy=\"BEST\"><input id=\"i\"/>"
              "<output/><rule id=\"r\"><inputEntry><text>-</text></inputEntry></rule>"
              "</decisionTable></decision>")
    );
    std::string all;
    for (const Diagnostic& each : reading.diagnostics) {
        all += to_string(each) + "\n";
    }
    EXPECT_NE(all.find("hitPolicy \"BEST\" is not known"), std::string::npos) << all;
    EXPECT_NE(all.find("needs an inputExpression"), std::string::npos) << all;
    EXPECT_NE(
        all.find("rule 1 of decision \"D\" (id r): has 0 output entries for 1 columns"),
        std::string::npos
    ) << all;
}

TEST(Reader, ResolvesQualifiedTypeNames) {
    const Reading reading = read_definitions(
        "m.dmn",
        "<d:definitions xmlns:d=\"http://www.omg.org/spec/DMN/20151101/dmn.xsd\" "
        "xmlns:feel=\"http://www.omg.org/spec/FEEL/20140401\" xmlns:own=\"n\" xmlns:far=\"f\" "
        "namespace=\"n\" name=\"m\"><d:inputData name=\"A\"><d:variable typeRef=\"feel:number\"/>"
        "</d:inputData><d:inputData name=\"B\"><d:variable typeRef=\"own:tB\"/></d:inputData>"
        "<d:inputData name=\"C\"><d:variable typeRef=\"far:tC\"/></d:inputData></d:definitions>"
    );
    const auto& inputs = reading.definitions->inputs;
    ASSERT_EQ(inputs.size(), 3U);
    EXPECT_EQ(inputs[0].variable.type.name, "number");
    EXPECT_EQ(inputs[1].variable.type.name, "tB");
    EXPECT_EQ(inputs[2].variable.type.name, "tC");
    EXPECT_EQ(inputs[2].variable.type.namespace_, "f");
}

}  // namespace
}  // namespace attune::dmn
