#include "program/workspace.h"

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "program/program.h"
#include "program/workspace_schema.h"
#include "schema/json_schema.h"
#include "value/json.h"

namespace attune::program {
namespace {

/// What reading says about one file, without source lines.
std::string complaints(const std::string& yaml, std::vector<FileText> more = {}) {
    Diagnostics diagnostics;
    more.push_back({"w.yaml", yaml});
    (void)read_workspace(std::move(more), diagnostics);
    return diagnostics.render({.colours = false, .source = false});
}

Workspace read(std::vector<FileText> files) {
    Diagnostics diagnostics;
    Workspace workspace = read_workspace(std::move(files), diagnostics);
    EXPECT_EQ(diagnostics.render({}), "");
    return workspace;
}

constexpr const char* kWhole = R"(
workspace: {name: shop, zone: Europe/Paris, undeclared: quarantine, limits: {recent_ids: 32}}
sources:
  web: {kind: http, write_key: env:WEB_KEY}
events:
  Product Viewed:
    properties:
      product_id: {type: string, required: true, min_length: 1}
      price: {type: number, min: 0}
      colour: {type: string, enum: [red, blue]}
      quantity: integer
  Product Added: {}
  Order Completed: {properties: {total: number}}
features:
  views_1h: {count: Product Viewed, window: 1h}
  spend_30d: {sum: Order Completed, of: properties.total, window: 30d}
  engaged: {count: [Product Viewed, Product Added], window: 1d}
  affinity: {top: Product Viewed, of: properties.category, keep: 5, half_life: 7d}
  rate: {ratio: [views_1h, engaged]}
segments:
  lapsing big spender: spend_30d > 500
  looking: {when: views_1h > 3, for at least: 10m}
patterns:
  cart_abandoned:
    sequence: [{cart: Product Added, where: properties.price > 10}, {not: Order Completed, within: 30m}]
  browsed:
    sequence: [{any of: [Product Viewed, Product Added]}, {bought: Order Completed}]
    within: 1d
    on_repeat: parallel up to 3
rules:
  r1: {on: Product Viewed, when: views_1h >= 5}
  r5: spend_30d > 500
offers:
  spring: {content: {title: "Spring {{ traits.name }}"}, tags: [hero, new], priority: 3}
  summer: {tags: [hero, old], valid: {from: 2026-06-01, to: 2026-09-01}, limit: {times: 3, per: 1d}}
placements:
  home: {offers: 'tags contains "hero" and not tags contains "old"', rank: score, holdout: 5%}
  named: {offers: [summer, spring], fallback: spring}
templates:
  mail: {subject: Hello, text_file: mail.txt}
campaigns:
  win back:
    on: [cart_abandoned, entered looking, r1, Product Viewed]
    when: consent.marketing
    decide: home
    do:
      - email: {to: traits.email, template: mail}
      - message: {title: Hi, body: "{{ offer }}"}
      - webhook: {url: "https://example.com/hook", body: {a: 1}}
    limit: {times: 1, per: 7d}
    quiet_hours: {from: "22:00", to: "08:00", then: drop}
tests:
  all of it:
    customer: ada
    steps:
      - {event: Product Viewed, properties: {product_id: p1}, repeat: 3}
      - {after: 30m, expect: {features: {views_1h: 3}, segments: {looking: false}, rules: {r1: 0}}}
)";

TEST(Workspace, HoldsAllSections) {
    const Workspace workspace = read({{"w.yaml", kWhole}, {"mail.txt", "Dear customer"}});
    EXPECT_EQ(workspace.settings.name.text, "shop");
    EXPECT_EQ(workspace.settings.undeclared, schema::Undeclared::Quarantine);
    EXPECT_EQ(workspace.settings.limits.recent_ids_max, 32U);
    ASSERT_EQ(workspace.events.size(), 3U);
    const schema::EventType& viewed = workspace.events[2].type;
    ASSERT_EQ(viewed.name, "Product Viewed");
    EXPECT_EQ(viewed.properties[0].length_min, 1U);
    EXPECT_EQ(viewed.properties[1].minimum, Decimal(0));
    EXPECT_EQ(viewed.properties[2].values.size(), 2U);
    EXPECT_EQ(viewed.properties[3].type, schema::PropertyType::Integer);
    ASSERT_EQ(workspace.features.size(), 5U);
    EXPECT_EQ(workspace.features[0].aggregate, Aggregate::Top);
    EXPECT_EQ(workspace.features[1].events.size(), 2U);
    EXPECT_EQ(workspace.features[2].numerator.text, "views_1h");
    EXPECT_EQ(workspace.segments[1].for_at_least, Duration(600'000));
    EXPECT_EQ(workspace.patterns[0].parallel_max, 3U);
    EXPECT_TRUE(workspace.patterns[1].steps[1].absent);
    EXPECT_EQ(workspace.patterns[1].steps[0].name.text, "cart");
    EXPECT_EQ(workspace.rules[1].when.text, "spend_30d > 500");
    EXPECT_EQ(workspace.placements[0].offers, (std::vector<std::uint32_t>{0}));
    EXPECT_DOUBLE_EQ(workspace.placements[0].holdout, 0.05);
    EXPECT_EQ(workspace.placements[1].offers, (std::vector<std::uint32_t>{0, 1}));
    EXPECT_EQ(workspace.placements[1].fallback, 0U);
    const CampaignSpec& campaign = workspace.campaigns[0];
    ASSERT_EQ(campaign.on.size(), 4U);
    EXPECT_EQ(campaign.on[0].kind, Trigger::Kind::Pattern);
    EXPECT_EQ(campaign.on[1].kind, Trigger::Kind::SegmentEntered);
    EXPECT_EQ(campaign.on[1].name.text, "looking");
    EXPECT_EQ(campaign.on[2].kind, Trigger::Kind::Rule);
    EXPECT_EQ(campaign.on[3].kind, Trigger::Kind::Event);
    EXPECT_EQ(campaign.decide.kind, CampaignDecision::Kind::Placement);
    EXPECT_EQ(campaign.actions[0].named_template, 0U);
    EXPECT_EQ(campaign.quiet_hours->from_minute, 22 * 60);
    EXPECT_EQ(workspace.templates[0].text.text, "Dear customer");
    ASSERT_EQ(workspace.tests.size(), 1U);
    EXPECT_EQ(
        to_call_json(workspace.tests[0], workspace.tests[0].steps[0], Timestamp(0), 7),
        R"({"type":"track","messageId":"step-7","userId":"ada","event":"Product Viewed",)"
        R"("timestamp":"1970-01-01T00:00:00.000Z","properties":{"product_id":"p1"}})"
    );
}

TEST(Workspace, DoesNotDependOnTheOrderOfFiles) {
    const FileText one{"a.yaml", "features: {a: {count: X}, c: {ratio: [a, b]}}\n"};
    const FileText two{"sub/b.yml", "---\nfeatures: {b: {count: X}}\n---\nsegments: {s: a > b}\n"};
    const Workspace forward = read({one, two});
    const Workspace backward = read({two, one});
    ASSERT_EQ(forward.features.size(), 3U);
    EXPECT_EQ(forward.files[1].path, "sub/b.yml");
    for (std::size_t i = 0; i < 3; ++i) {
        EXPECT_EQ(forward.features[i].name.text, backward.features[i].name.text);
    }
}

TEST(Workspace, SaysEveryErrorAtOnceWithPlaceAndHint) {
    EXPECT_EQ(
        complaints(R"(features:
  a: {count: X, windw: 1h}
  b: {count: X, window: an hour}
  c: {sum: X}
  d: {count: X, sum: X, of: y}
  e: []
segmnts: {}
)"),
        R"(w.yaml:2:17: cannot read feature "a": unknown key "windw"; did you mean "window"?
w.yaml:3:25: cannot read "window" of feature "b": must be a time span such as 30m or 7d (ms, s, m, h, d, w), or one of today, this week, this month, this year, got "an hour"
w.yaml:4:6: cannot read feature "c": sum needs `of`: what to take from the event
w.yaml:5:6: cannot read feature "d": it needs only one of count, sum, min, max, avg, stddev, distinct, last, first, top, since, rate, ratio, set, session, quantile
w.yaml:6:6: cannot read feature "e": must be a mapping, got a list
w.yaml:7:1: cannot read the file: unknown section "segmnts"; did you mean "segments"?
6 errors, 0 warnings
)"
    );
}

TEST(Workspace, FindsNamesThatAreNotThere) {
    EXPECT_EQ(
        complaints(R"(events: {Product Viewed: {}}
features: {a: {count: Product Vewed}, b: {count: Something Else}, r: {ratio: [a, bb]}}
campaigns:
  c: {on: entered nobody, decide: hero, do: [{email: {to: x, template: mial}}]}
  d: {on: a, do: [{message: {title: t}}]}
templates: {mail: {subject: s, text: t}}
)"),
        R"(w.yaml:2:23: cannot read "count" of feature "a": there is no event "Product Vewed"; did you mean "Product Viewed"?
w.yaml:2:82: cannot read "ratio[1]" of feature "r": there is no feature "bb"; did you mean "b"?
w.yaml:4:11: cannot read "on" of campaign "c": there is no segment "nobody"; declare it under `segments:`
w.yaml:4:35: cannot read "decide" of campaign "c": there is no offer, placement "hero"; declare it under `offers:`
w.yaml:4:72: cannot read "do[0].email.template" of campaign "c": there is no template "mial"; did you mean "mail"?
w.yaml:5:11: cannot read "on" of campaign "d": there is no event "a"; "a" is a feature
6 errors, 0 warnings
)"
    );
}

TEST(Workspace, RefusesExperimentsThatDoNotAddUpOrExcludeEachOther) {
    EXPECT_EQ(
        complaints(R"(experiments:
  a: {group: g, share: 60%, variants: {x: 50%, y: 50%}}
  b: {group: g, from: 50%, share: 20%, variants: {x: 50%, y: 50%}}
  c: {from: 50%, share: 60%, variants: {x: 50%, y: 50%}}
  d: {variants: {x: 50%, y: 40%}}
  e: {variants: {x: 100%}}
  f: {group: g, from: 70%, variants: {x: 0.333, y: 0.333, z: 0.334}}
)"),
        R"(w.yaml:3:14: cannot read experiment "b": it has customers in common with "a", which is of group "g" too; let it begin `from:` where the other ends
w.yaml:4:6: cannot read experiment "c": its part of the customers ends beyond 100 %; `from` and `share` together may be 100 %
w.yaml:5:17: cannot read experiment "d": the shares of its variants do not add up to 100 %
w.yaml:6:17: cannot read experiment "e": there is nothing to compare with fewer than two variants
4 errors, 0 warnings
)"
    );
}

TEST(Workspace, AsksUndeclaredEventsToBeDeclaredWhereTheyAreQuarantined) {
    EXPECT_EQ(complaints("features: {a: {count: X}}\n"), "");
    EXPECT_EQ(
        complaints(
            "workspace: {undeclared: quarantine}\nfeatures: {a: {count: X}, b: {count: page}}\n"
        ),
        "w.yaml:2:23: cannot read \"count\" of feature \"a\": there is no event \"X\"; declare it "
        "under "
        "`events:`\n1 error, 0 warnings\n"
    );
}

TEST(Workspace, FindsNamesDeclaredTwice) {
    EXPECT_EQ(
        complaints(
            "features: {a: {count: X}, s: {count: X}}\n",
            {{"v.yaml", "features: {a: {count: Y}}\nsegments: {s: true}\n"}}
        ),
        "w.yaml:1:12: cannot declare feature \"a\": it is declared at v.yaml:1:12 already\n"
        "w.yaml:1:27: cannot declare feature \"s\": a segment has that name already, and "
        "expressions use both\n"
        "2 errors, 0 warnings\n"
    );
    EXPECT_EQ(
        complaints("features:\n  a: {count: X}\n  a: {count: Y}\n"),
        "w.yaml:3:3: cannot use key \"a\" twice in one mapping: it stands at w.yaml:2:3 already\n"
        "1 error, 0 warnings\n"
    );
}

TEST(Workspace, RefusesPatternsThatCouldWaitForEver) {
    EXPECT_EQ(
        complaints("patterns:\n  a: {sequence: [{x: X}, {y: Y}]}\n  b: {sequence: [{not: X, "
                   "within: 1m}]}\n"
                   "  c: {sequence: [{x: X}, {not: Y}], within: 1h, on_repeat: sometimes}\n"
                   "  d: {sequence: [{x: X, witin: Y}], within: 1h}\n"),
        R"(w.yaml:2:3: cannot read pattern "a": it could wait for ever; give the pattern `within`, or each step after the first
w.yaml:3:18: cannot read pattern "b": the first step cannot be an absence: nothing would begin it
w.yaml:4:60: cannot read pattern "c": "on_repeat" must be ignore, restart or `parallel up to N`, got "sometimes"
w.yaml:5:25: cannot read pattern "d": a step says once which event it waits for, and "witin" is the second; did you mean "within"?
4 errors, 0 warnings
)"
    );
}

TEST(Workspace, ChecksPropertiesAndTheirFiles) {
    EXPECT_EQ(
        complaints(
            R"(events:
  A: {properties: {p: {type: string, min: 3}, q: {type: number, pattern: x}, r: {type: string, pattern: "("}}}
  B: {schema: b.json}
  C: {schema: c.json}
  D: {schema: ../secret.json}
  E: {properties: {p: {type: strng}}}
)",
            {{"b.json", R"({"type": "object", "properties": {"a": {"minimun": 3}}})"}}
        ),
        R"(b.json: cannot read the JSON Schema at /properties/a/minimun: unknown keyword "minimun"; did you mean "minimum"?
w.yaml:2:43: cannot read property "p" of event "A": "min" is for numbers only
w.yaml:2:74: cannot read property "q" of event "A": "pattern" is for strings only
w.yaml:2:105: cannot read property "r" of event "A": pattern "(" is wrong at byte 2: missing closing parenthesis
w.yaml:4:15: cannot read file "c.json": there is no such file in the workspace
w.yaml:5:15: cannot read file "../secret.json": there is no such file in the workspace
w.yaml:6:30: cannot read "properties.p.type" of event "E": must be one of any, string, number, integer, boolean, object, array, timestamp, got "strng"; did you mean "string"?
7 errors, 0 warnings
)"
    );
}

TEST(Workspace, HelpsWithWhatYamlReadsDifferently) {
    EXPECT_NE(
        complaints("segments: {s: [a, b]}\n")
            .find("put it in quotes: YAML reads [ ] and { } as its own"),
        std::string::npos
    );
    EXPECT_NE(complaints("segments: {s: a: b}\n").find("must stand in quotes"), std::string::npos);
    EXPECT_NE(
        complaints("events: {A: {additional: no}}\n").find("got \"no\"; write false"),
        std::string::npos
    );
    EXPECT_NE(
        complaints("features:\n  segments:\n    count: X\n    rules: y\n").find("is a section"),
        std::string::npos
    );
}

TEST(Workspace, WithstandsYamlThatExpands) {
    std::string bomb = "a: &a [x, x, x, x, x, x, x, x, x, x]\n";
    for (char level = 'b'; level < 'j'; ++level) {
        const char before = static_cast<char>(level - 1);
        bomb += std::string(1, level) + ": &" + level + " [";
        for (int i = 0; i < 10; ++i) {
            bomb += std::string(i == 0 ? "*" : ", *") + before;
        }
        bomb += "]\n";
    }
    EXPECT_NE(complaints(bomb).find("aliases stand for more than"), std::string::npos);
    EXPECT_NE(complaints("a: &a [*a]\n").find("part of"), std::string::npos);
    EXPECT_NE(
        complaints(std::string(100, '[')).find("nested more than 32 deep"), std::string::npos
    );
    EXPECT_NE(complaints(std::string(100'000, '[')).find("w.yaml"), std::string::npos);
}

TEST(Workspace, KeepsKnownNamesWhoseValueIsWrong) {
    EXPECT_EQ(
        complaints("features: {a: {count: X, window: 0}, r: {ratio: [a, a]}}\n"),
        "w.yaml:1:34: cannot read \"window\" of feature \"a\": must be a time span such as 30m or "
        "7d (ms, "
        "s, m, h, d, w), or one of today, this week, this month, this year, got \"0\"\n1 error, 0 "
        "warnings\n"
    );
}

/// Everything that is said of some files, one after the other.
std::string said_of(std::vector<FileText> files) {
    Diagnostics diagnostics;
    Workspace workspace = read_workspace(std::move(files), diagnostics);
    EXPECT_EQ(Program::compile(std::move(workspace), diagnostics), nullptr);
    return diagnostics.render({.colours = false, .source = false});
}

bool holds(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

TEST(Workspace, SaysWhatIsWrongInADefinitionThatIsWrongElsewhereToo) {
    const std::string said = said_of({{"w.yaml", R"(
offers:
  o: {eligible: 1 + true, content: {t: '{{ nofeature }}'}, limit: {times: 0}}
campaigns:
  c: {on: entered s99, decide: pp, when: 3 + "a", do: [{email: {subject: Hi, text: x}}]}
)"}});
    for (const char* part :
         {"w.yaml:3:17:",
          "unknown name \"nofeature\"",
          "w.yaml:3:",
          "\"s99\"",
          "\"pp\"",
          "w.yaml:5:42:",
          "key \"to\" is missing",
          "7 errors"}) {
        EXPECT_TRUE(holds(said, part)) << part << "\n" << said;
    }
}

TEST(Workspace, DoesNotBlameTheUsesOfAFeatureThatIsWrong) {
    const std::string said = said_of({{"w.yaml", R"(
features: {views: {count: Viewed, windw: 1h}}
segments: {looking: views >= 3, other: view >= 3}
)"}});
    EXPECT_TRUE(holds(said, "unknown key \"windw\"")) << said;
    EXPECT_TRUE(holds(said, "unknown name \"view\"")) << said;
    EXPECT_TRUE(holds(said, "2 errors")) << said;
}

TEST(Workspace, ChecksTheOtherFilesWhenOneIsNoYaml) {
    const std::string said = said_of(
        {{"a.yaml", "features: {views: {count: Viewed}\n"},
         {"b.yaml", "segments: {one: views >= 3, two: 1 + true}\nrules: {r: {onn: X}}\n"}}
    );
    EXPECT_TRUE(holds(said, "a.yaml:")) << said;
    EXPECT_TRUE(holds(said, "b.yaml:1:34:")) << said;
    EXPECT_TRUE(holds(said, "unknown key \"onn\"")) << said;
    EXPECT_FALSE(holds(said, "unknown name")) << said;
    EXPECT_TRUE(holds(said, "may stand in a file that cannot be read")) << said;
    EXPECT_TRUE(holds(said, "3 errors")) << said;
}

TEST(Diagnostics, ShowLineAndCaret) {
    Diagnostics diagnostics;
    const std::uint32_t file =
        diagnostics.add_source("w.yaml", "segments:\n  s: >\n    a and\n    tota > 3\n");
    const Text text{"a and tota > 3\n", {file, 2, 6}};
    diagnostics.error_in(text, 6, 4, "unknown name \"tota\"", "did you mean \"total\"?");
    EXPECT_EQ(
        diagnostics.render({}),
        "w.yaml:4:5: unknown name \"tota\"; did you mean \"total\"?\n"
        "  4 |     tota > 3\n"
        "    |     ^~~~\n"
        "1 error, 0 warnings\n"
    );
    EXPECT_EQ(
        diagnostics.to_json(),
        "[{\"severity\":\"error\",\"file\":\"w.yaml\",\"line\":4,\"column\":5,\"message\":"
        "\"unknown name "
        "\\\"tota\\\"\",\"hint\":\"did you mean \\\"total\\\"?\"}]\n"
    );
}

TEST(WorkspaceSchema, IsAJsonSchemaThatAcceptsWhatTheLoaderAccepts) {
    std::vector<schema::SchemaProblem> problems;
    const auto compiled = schema::JsonSchema::compile(workspace_json_schema(), problems);
    ASSERT_TRUE(compiled) << problems[0].pointer << " " << problems[0].message;
    const auto accepts = [&](const std::string& json) {
        Arena arena;
        const Result<Value> value = json::parse(json, arena);
        return value.ok() && compiled->accepts(value.value());
    };
    EXPECT_TRUE(accepts(
        R"({"features": {"a": {"count": "X", "window": "1h"}}, "segments": {"s": "a > 3"},
            "patterns": {"p": {"sequence": [{"x": "X"}, {"not": "Y", "within": "30m"}]}}, "rules": null})"
    ));
    EXPECT_FALSE(accepts(R"({"features": {"a": {"count": "X", "windw": "1h"}}})"));
    EXPECT_FALSE(accepts(R"({"features": {"a": {"window": "1h"}}})"));
    EXPECT_FALSE(accepts(R"({"feature": {}})"));
}

/// docs/guide/workspace.md ends with the reference; ATTUNE_UPDATE_DOCS=1 writes it anew.
TEST(WorkspaceReference, IsWhatTheGuideSays) {
    const std::string path = std::string(ATTUNE_SOURCE_DIR) + "/docs/guide/workspace.md";
    std::ifstream stream(path);
    const std::string page{std::istreambuf_iterator<char>(stream), {}};
    constexpr std::string_view kMark = "a test compares it. -->\n\n";
    const std::size_t mark = page.find(kMark);
    ASSERT_NE(mark, std::string::npos) << path;
    const std::string wanted = page.substr(0, mark + kMark.size()) + workspace_reference();
    if (std::getenv("ATTUNE_UPDATE_DOCS") != nullptr) {
        std::ofstream(path) << wanted;
        return;
    }
    EXPECT_TRUE(page == wanted) << "run program_test with ATTUNE_UPDATE_DOCS=1";
}

}  // namespace
}  // namespace attune::program
