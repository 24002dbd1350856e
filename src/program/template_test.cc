#include "program/template.h"

#include <array>

#include <gtest/gtest.h>

#include "value/json.h"

namespace attune::program {
namespace {

class Templates : public ::testing::Test {
protected:
    Templates() {
        scope_.declare("name", feel::Type::Kind::String, 0);
        scope_.declare("price", feel::Type::Kind::Number, 1);
        scope_.declare("tags", feel::Type::list(feel::Type::Kind::String), 2);
        tags_ = {Value::string("new"), Value::string("red")};
        slots_ = {
            Value::string("<Ada> & \"Bo\""),
            Value::number(Decimal::scaled(599, -1)),
            Value::list(tags_)};
    }

    std::string render(const std::string& text, Target target = Target::PlainText) {
        Diagnostics diagnostics;
        const auto compiled = Template::compile({text, {}}, target, scope_, diagnostics);
        if (!compiled) {
            return "error: " + diagnostics.sorted()[0].message;
        }
        std::string out;
        feel::Evaluation evaluation(arena_, slots_);
        evaluation.warnings = &warnings_;
        compiled->render(evaluation, out);
        return out;
    }

    feel::Scope scope_;
    Arena arena_;
    feel::Warnings warnings_;
    std::array<Value, 2> tags_;
    std::array<Value, 3> slots_;
};

TEST_F(Templates, InsertWhatExpressionsGive) {
    EXPECT_EQ(render("Only {{ price }} for {{ tags }}."), "Only 59.9 for new, red.");
    EXPECT_EQ(render("{{ if price > 50 then \"}} dear\" else \"cheap\" }}"), "}} dear");
    EXPECT_EQ(render("{{ {a: {b: 1}}.a.b }}"), "1");
    EXPECT_EQ(render("{{{{ name }}"), "{{ name }}");
    EXPECT_EQ(render("nothing to insert"), "nothing to insert");
    EXPECT_EQ(render("<{{ null }}>"), "<>");
}

TEST_F(Templates, LeaveAWarningWhereAnExpressionFails) {
    EXPECT_EQ(render("a{{ 1 / (price - price) }}b"), "ab");
    EXPECT_EQ(warnings_.count(), 1U);
}

TEST_F(Templates, LeaveOutWhatIsFarLargerWrittenThanInMemory) {
    constexpr const char* kDoubled =
        "a{{ {f: function(x, n) if n = 0 then x else f([x, x], n - 1), r: f(tags, 60)}.r }}b";
    EXPECT_EQ(render(kDoubled), "ab");
    ASSERT_EQ(warnings_.count(), 1U);
    EXPECT_EQ(
        warnings_.kept()[0].cause,
        "the value is too large to write: more than 1000000 items and bytes"
    );
    EXPECT_FALSE(render("{{ for i in 1..1000 return i }}").empty());
    EXPECT_EQ(warnings_.count(), 1U);
}

TEST_F(Templates, EscapeForTheirPlaceInHtml) {
    const auto html = [&](const std::string& text) { return render(text, Target::Html); };
    EXPECT_EQ(html("<p>{{ name }}</p>"), "<p>&lt;Ada&gt; &amp; &quot;Bo&quot;</p>");
    EXPECT_EQ(
        html("<p title='{{ name }}'>x</p>"), "<p title='&lt;Ada&gt; &amp; &quot;Bo&quot;'>x</p>"
    );
    EXPECT_EQ(
        html("<a href=\"https://a.example/?q={{ name }}\">x</a>"),
        "<a href=\"https://a.example/?q=%3CAda%3E%20%26%20%22Bo%22\">x</a>"
    );
    slots_[0] = Value::string("javascript:alert(1)");
    EXPECT_EQ(html("<a href=\"{{ name }}\">x</a>"), "<a href=\"#\">x</a>");
    slots_[0] = Value::string(" java\tscript:alert(1)");
    EXPECT_EQ(html("<a href=\" {{ name }}\">x</a>"), "<a href=\" #\">x</a>");
    slots_[0] = Value::string("https://b.example/a?b=1&c=<d>");
    EXPECT_EQ(
        html("<a href=\"{{ name }}\">x</a>"),
        "<a href=\"https://b.example/a?b=1&amp;c=%3Cd%3E\">x</a>"
    );
}

TEST_F(Templates, RefusePlacesInHtmlThatNoEscapeMakesSafe) {
    const auto html = [&](const std::string& text) { return render(text, Target::Html); };
    EXPECT_EQ(
        html("<script>{{ name }}</script>"), "error: cannot insert a value in a <script> element"
    );
    EXPECT_EQ(
        html("<style>a{{ name }}</style>"), "error: cannot insert a value in a <style> element"
    );
    EXPECT_EQ(
        html("<p onclick=\"{{ name }}\">"), "error: cannot insert a value in the attribute onclick"
    );
    EXPECT_EQ(
        html("<p title={{ name }}>"), "error: cannot insert a value in an attribute without quotes"
    );
    EXPECT_EQ(html("<{{ name }}>"), "error: cannot insert a value inside a tag");
    EXPECT_EQ(
        html("<!-- {{ name }} -->"), "error: cannot insert a value in a comment or a declaration"
    );
    EXPECT_EQ(
        html("<a href=\"javascript:{{ name }}\">x</a>"),
        "error: cannot insert a value behind a URL's scheme that is not http, https, mailto or tel"
    );
    EXPECT_EQ(
        html("<p title=\"x>"),
        "error: cannot read the template: its HTML ends in the attribute title"
    );
}

TEST_F(Templates, KeepHeadersOnOneLine) {
    slots_[0] = Value::string("Hello\r\nBcc: everybody@example.com");
    EXPECT_EQ(render("{{ name }}", Target::Header), "Hello  Bcc: everybody@example.com");
}

TEST_F(Templates, EncodeWhatIsInsertedIntoUrls) {
    slots_[0] = Value::string("../a b");
    EXPECT_EQ(render("https://a.example/{{ name }}", Target::Url), "https://a.example/..%2Fa%20b");
}

TEST_F(Templates, PointAtWhatIsWrong) {
    Diagnostics diagnostics;
    const std::uint32_t file = diagnostics.add_source("w.yaml", "title: Hello {{ nam }}\n");
    EXPECT_FALSE(
        Template::compile({"Hello {{ nam }}", {file, 1, 8}}, Target::PlainText, scope_, diagnostics)
    );
    ASSERT_EQ(diagnostics.error_count(), 1U);
    EXPECT_EQ(diagnostics.sorted()[0].at, (Location{file, 1, 17}));
    EXPECT_EQ(render("{{ name"), "error: cannot read the template: \"{{\" has no \"}}\"");
}

TEST_F(Templates, AreCutAtTheirLimit) {
    const std::string large(200'000, 'x');
    slots_[0] = Value::string(large);
    EXPECT_EQ(render("{{ name }}{{ name }}").size(), 200'000U);
    EXPECT_EQ(warnings_.count(), 1U);
}

TEST_F(Templates, FillInContent) {
    Data data;
    data.kind = Data::Kind::Map;
    const auto text = [](const std::string& written) {
        Data made;
        made.kind = Data::Kind::String;
        made.text.text = written;
        return made;
    };
    data.entries.push_back({Text{"title", {}}, text("Only {{ price }}")});
    data.entries.push_back({Text{"price", {}}, text("{{ price }}")});
    Data list;
    list.kind = Data::Kind::List;
    list.items = {text("{{ tags[1] }}"), text("x")};
    data.entries.push_back({Text{"list", {}}, list});
    Diagnostics diagnostics;
    const auto compiled = ContentTemplate::compile(data, scope_, diagnostics);
    ASSERT_TRUE(compiled) << diagnostics.render({});
    feel::Evaluation evaluation(arena_, slots_);
    EXPECT_EQ(
        json::to_json(compiled->render(evaluation)),
        R"({"title":"Only 59.9","price":59.9,"list":["new","x"]})"
    );
    EXPECT_EQ(compiled->slots(), (std::vector<feel::Slot>{1, 2}));
}

}  // namespace
}  // namespace attune::program
