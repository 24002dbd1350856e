#include "decisions/decision.h"

#include <map>
#include <string>

#include <gtest/gtest.h>

#include "customer/attributes.h"
#include "customer/sections.h"
#include "program/test_program.h"
#include "value/json.h"

namespace attune::decisions {
namespace {

constexpr Timestamp kNow{1'767'225'600'000};  // 2026-01-01T00:00:00Z

/// One customer who can be asked about.
class Person {
public:
    explicit Person(const std::string& yaml, std::uint64_t id = 7)
        : program_(program::test_program(yaml)),
          frame_(*program_),
          blob_(program_->layout.empty_blob()),
          id_(id) {}

    void trait(const std::string& key, const Value& value) {
        customer::set_attribute(blob_, customer::kTraits, key, kNow, value);
    }
    void consent(const std::string& purpose, bool given) {
        customer::set_attribute(blob_, customer::kConsent, purpose, kNow, Value::boolean(given));
    }

    Decision decide(const std::string& placement, std::uint64_t question = 1, Timestamp at = kNow) {
        frame_.bind(id_, blob_, at);
        return decisions::decide(frame_, {*program_->placement(placement), question, true});
    }
    void count(const Decision& decision) {
        decisions::count(*program_, decision.placement, decision.offer, decision.at, blob_);
    }
    void become(std::uint64_t id) { id_ = id; }

    [[nodiscard]] const program::Program& program() const { return *program_; }
    [[nodiscard]] std::string offer(const Decision& decision) const {
        return decision.offer ? program_->offers[*decision.offer].name : "none";
    }
    /// "stage: reason" of a candidate.
    [[nodiscard]] std::string why(const Decision& decision, const std::string& offer) const {
        for (const Candidate& candidate : decision.candidates) {
            if (program_->offers[candidate.offer].name == offer) {
                return std::string(to_string(candidate.outcome)) + ", " +
                       std::string(to_string(candidate.stage)) + ": " + candidate.reason;
            }
        }
        return "no candidate";
    }

private:
    std::shared_ptr<const program::Program> program_;
    program::Frame frame_;
    customer::Blob blob_;
    std::uint64_t id_;
};

constexpr const char* kStages = R"(
offers:
  early: {valid: {from: 2026-02-01}, priority: 9}
  late: {valid: {from: 2025-01-01, to: 2026-01-01}, priority: 9}
  private: {consent: marketing, priority: 8}
  rare: {limit: {times: 1, per: 1h}, priority: 7}
  vip: {eligible: traits.vip = true, priority: 6}
  plain: {priority: 5}
  weak: {priority: 1}
placements:
  hero: {offers: [early, late, private, rare, vip, plain, weak]}
)";

TEST(Decision, SaysForEachOfferWhereItStoppedAndWhy) {
    Person person(kStages);
    person.count(person.decide("hero"));
    const Decision decision = person.decide("hero");
    EXPECT_EQ(person.offer(decision), "plain");
    EXPECT_EQ(
        person.why(decision, "early"),
        "rejected, validity: not valid before 2026-02-01T00:00:00.000Z"
    );
    EXPECT_EQ(
        person.why(decision, "late"),
        "rejected, validity: not valid from 2026-01-01T00:00:00.000Z on"
    );
    EXPECT_EQ(
        person.why(decision, "private"),
        "rejected, consent: the customer has not agreed to \"marketing\""
    );
    EXPECT_EQ(
        person.why(decision, "rare"),
        "rejected, limit: the offer's limit of 1 time in 1h is used up"
    );
    EXPECT_EQ(person.why(decision, "vip"), "rejected, eligibility: not true: traits.vip = true");
    EXPECT_EQ(person.why(decision, "plain"), "chosen, rank: best score of those allowed");
    EXPECT_EQ(person.why(decision, "weak"), "outranked, rank: another offer ranks higher");
    EXPECT_EQ(decision.propensity, 1);
}

TEST(Decision, TakesTheBestOfThoseAllowed) {
    Person person(kStages);
    EXPECT_EQ(person.offer(person.decide("hero")), "rare");
    person.consent("marketing", true);
    EXPECT_EQ(person.offer(person.decide("hero")), "private");
    person.consent("marketing", false);
    person.trait("vip", Value::boolean(true));
    person.count(person.decide("hero"));
    EXPECT_EQ(person.offer(person.decide("hero")), "vip");
    EXPECT_EQ(person.offer(person.decide("hero", 1, kNow + Duration(3'600'000))), "rare");
    EXPECT_EQ(person.offer(person.decide("hero", 1, kNow - Duration(1))), "late");
}

TEST(Decision, CountsOnlyWhereALimitIsUsedOrAChanceTaken) {
    Person person(
        std::string(kStages) +
        "  two: {offers: [plain]}\n  three: {offers: [plain, weak], explore: 10%}\n"
    );
    EXPECT_TRUE(person.decide("hero").counts);
    EXPECT_FALSE(person.decide("two").counts);
    EXPECT_TRUE(person.decide("three").counts);
}

TEST(Decision, APlacementsLimitClosesIt) {
    Person person("offers: {a: {}}\nplacements: {p: {offers: [a], limit: {times: 2, per: 1d}}}\n");
    for (int i = 0; i < 2; ++i) {
        person.count(person.decide("p"));
    }
    const Decision decision = person.decide("p");
    EXPECT_FALSE(decision.offer.has_value());
    EXPECT_EQ(decision.reason, "the placement's limit of 2 times in 1d is used up");
    EXPECT_FALSE(decision.counts);
}

TEST(Decision, FallsBackOnlyWhenNothingElseIsAllowed) {
    Person person(R"(
offers: {vip: {eligible: traits.vip = true}, hello: {content: {title: Hello}}}
placements:
  p: {offers: [vip], fallback: hello}
  bare: {offers: [vip]}
)");
    const Decision decision = person.decide("p");
    EXPECT_EQ(person.offer(decision), "hello");
    EXPECT_EQ(decision.reason, "fallback: no other offer is allowed");
    EXPECT_EQ(json::to_json(decision.content), R"({"title":"Hello"})");
    EXPECT_EQ(person.decide("bare").reason, "no offer is allowed");
    person.trait("vip", Value::boolean(true));
    EXPECT_EQ(person.offer(person.decide("p")), "vip");
}

TEST(Decision, RanksByTheOffersScore) {
    Person person(R"(
offers:
  a: {score: traits.a}
  b: {score: traits.b}
  c: {score: '"no number"', priority: 5}
placements: {p: {offers: [a, b, c], rank: score}}
)");
    person.trait("a", Value::integer(3));
    person.trait("b", Value::number(Decimal::scaled(35, -1)));
    Decision decision = person.decide("p");
    EXPECT_EQ(person.offer(decision), "b");
    EXPECT_EQ(decision.score, Decimal::scaled(35, -1));
    person.trait("a", Value::integer(4));
    EXPECT_EQ(person.offer(person.decide("p")), "a");
}

TEST(Decision, TheSameQuestionHasTheSameAnswer) {
    Person person(
        "offers: {a: {}, b: {}, c: {}}\nplacements: {p: {offers: [a, b, c], explore: 50%}}\n"
    );
    for (std::uint64_t question = 0; question < 100; ++question) {
        const Decision one = person.decide("p", question);
        const Decision other = person.decide("p", question);
        EXPECT_EQ(one.offer, other.offer);
        EXPECT_EQ(one.propensity, other.propensity);
    }
}

TEST(Decision, ExploresAsOftenAsItSaysAndWithThePropensityThatItStates) {
    Person person(
        "offers: {a: {priority: 3}, b: {}, c: {}, d: {}}\nplacements: {p: {offers: [a, b, c, d], "
        "explore: 20%}}\n"
    );
    std::map<std::string, int> chosen;
    std::map<std::string, double> propensity;
    constexpr int kQuestions = 20'000;
    for (std::uint64_t question = 0; question < kQuestions; ++question) {
        const Decision decision = person.decide("p", question * 0x9e3779b97f4a7c15U);
        const std::string offer = person.offer(decision);
        ++chosen[offer];
        EXPECT_TRUE(!propensity.contains(offer) || propensity[offer] == decision.propensity);
        propensity[offer] = decision.propensity;
        EXPECT_EQ(decision.reason.starts_with("explored"), offer != "a");
    }
    double sum = 0;
    for (const auto& [offer, chance] : propensity) {
        sum += chance;
        EXPECT_NEAR(static_cast<double>(chosen[offer]) / kQuestions, chance, 0.01) << offer;
    }
    EXPECT_NEAR(sum, 1.0, 1e-12);
    EXPECT_NEAR(propensity["a"], 0.85, 1e-12);
}

TEST(Decision, TheHoldoutIsAShareOfCustomersAndStaysTheSame) {
    Person person(
        "offers: {a: {}}\nplacements: {p: {offers: [a], holdout: 20%}, q: {offers: [a], holdout: "
        "20%}}\n"
    );
    int held = 0;
    int held_in_both = 0;
    constexpr int kCustomers = 5'000;
    for (std::uint64_t id = 1; id <= kCustomers; ++id) {
        person.become(id * 0x9e3779b97f4a7c15U);
        const Decision decision = person.decide("p", 1);
        EXPECT_EQ(decision.offer, person.decide("p", 2, kNow + Duration(86'400'000)).offer);
        if (!decision.offer) {
            ++held;
            EXPECT_EQ(decision.reason, "the customer is in the holdout of this placement");
            held_in_both += person.decide("q").offer ? 0 : 1;
        }
    }
    EXPECT_NEAR(held, 0.2 * kCustomers, 100);
    EXPECT_NEAR(held_in_both, 0.04 * kCustomers, 60) << "each placement draws for itself";
}

TEST(Decision, ContentIsRenderedForTheCustomer) {
    Person person(R"(
offers: {a: {content: {title: "Hi {{ traits.name }}", price: "{{ 2 * 1.50 }}", list: [1, "{{ traits.name }}"]}}}
placements: {p: {offers: [a]}}
)");
    person.trait("name", Value::string("Ada \"A\" <b>"));
    EXPECT_EQ(
        json::to_json(person.decide("p").content),
        R"({"title":"Hi Ada \"A\" <b>","price":3,"list":[1,"Ada \"A\" <b>"]})"
    );
}

TEST(Decision, ItsJsonExplainsItself) {
    Person person(R"(
features: {views: {count: Viewed}}
offers:
  a: {eligible: views >= 0, content: {title: A}}
  b: {eligible: views > 5}
placements: {p: {offers: [a, b]}}
)");
    const Decision decision = person.decide("p", 0xabc);
    const std::string front =
        R"({"id":"d0000000000000abc","customer":"c0000000000000007","placement":"p",)"
        R"("at":"2026-01-01T00:00:00.000Z","offer":"a","content":{"title":"A"},)"
        R"("reason":"best score of those allowed","score":0,"propensity":1)";
    EXPECT_EQ(to_json(person.program(), decision, false), front + "}");
    EXPECT_EQ(
        to_json(person.program(), decision, true),
        front +
            R"(,"candidates":[{"offer":"a","outcome":"chosen","stage":"rank",)"
            R"("reason":"best score of those allowed","score":0,"features":{"views":0},"rows":[]},)"
            R"({"offer":"b","outcome":"rejected","stage":"eligibility","reason":"not true: views > 5",)"
            R"("features":{"views":0},"rows":[]}]})"
    );
}

TEST(Decision, WithoutAnOfferIsNullInJson) {
    Person person("offers: {a: {eligible: traits.vip = true}}\nplacements: {p: {offers: [a]}}\n");
    const std::string json = to_json(person.program(), person.decide("p"), false);
    EXPECT_NE(
        json.find(R"("offer":null,"content":null,"reason":"no offer is allowed")"),
        std::string::npos
    );
}

constexpr const char* kExperiments = R"(
experiments:
  tone: {variants: {plain: 50%, warm: 30%, loud: 20%}}
  banner: {group: home, share: 40%, variants: {old: 50%, new: 50%}}
  order: {group: home, from: 40%, share: 20%, variants: {price: 50%, taste: 50%}}
offers:
  warm: {eligible: experiments.tone = "warm", priority: 2}
  plain: {eligible: experiments.tone != "warm", priority: 1, content: {tone: "{{ experiments.tone }}"}}
placements:
  hero: {offers: [warm, plain]}
)";

TEST(Experiment, SplitsCustomersByTheSharesDeclaredEachExperimentForItself) {
    const auto program = program::test_program(kExperiments);
    ASSERT_EQ(program->experiments.size(), 3U);
    std::map<std::string, int> counts;
    constexpr int kCustomers = 20'000;
    for (std::uint64_t customer = 0; customer < kCustomers; ++customer) {
        std::string home;
        for (const program::Experiment& experiment : program->experiments) {
            const auto variant = program::variant_of(experiment, customer);
            if (!variant) {
                continue;
            }
            ++counts[experiment.name + "=" + std::string(*variant)];
            if (experiment.name != "tone") {
                EXPECT_EQ(home, "") << "two experiments of one group share customer " << customer;
                home = experiment.name;
                ++counts
                    [home + "&" +
                     std::string(*program::variant_of(program->experiments.back(), customer))];
            }
        }
    }
    const std::map<std::string, double> wanted{
        {"tone=plain", 0.5},
        {"tone=warm", 0.3},
        {"tone=loud", 0.2},
        {"banner=old", 0.2},
        {"banner=new", 0.2},
        {"order=price", 0.1},
        {"order=taste", 0.1},
        {"banner&warm", 0.4 * 0.3},
        {"order&loud", 0.2 * 0.2}};
    for (const auto& [name, share] : wanted) {
        EXPECT_NEAR(counts[name] / double{kCustomers}, share, 0.012) << name;
    }
}

TEST(Experiment, IsSeenByExpressionsAndTemplatesAndToldWithTheDecision) {
    Person person(kExperiments);
    std::map<std::string, std::string> offers;
    for (std::uint64_t id = 1; id <= 50; ++id) {
        person.become(id);
        const auto variant = program::variant_of(person.program().experiments.back(), id);
        const Decision decision = person.decide("hero");
        EXPECT_EQ(person.offer(decision), variant == "warm" ? "warm" : "plain");
        const std::string json = to_json(person.program(), decision, false);
        EXPECT_NE(json.find("\"tone\":\"" + std::string(*variant) + "\""), std::string::npos)
            << json;
        if (variant != "warm") {
            EXPECT_EQ(decision.content.get("tone").as_string(), *variant);
        }
        offers[person.offer(decision)] = *variant;
    }
    EXPECT_EQ(offers.size(), 2U) << "all variants were met";
}

TEST(Experiment, IsTheSameForACustomerWhateverElseIsDeclared) {
    const auto alone = program::test_program("experiments: {tone: {variants: {a: 50%, b: 50%}}}\n");
    const auto more = program::test_program(
        "experiments:\n  early: {variants: {x: 10%, y: 90%}}\n"
        "  tone: {variants: {a: 50%, b: 50%}}\n"
    );
    for (std::uint64_t customer = 0; customer < 100; ++customer) {
        EXPECT_EQ(
            program::variant_of(alone->experiments[0], customer),
            program::variant_of(more->experiments[1], customer)
        );
    }
}

}  // namespace
}  // namespace attune::decisions
