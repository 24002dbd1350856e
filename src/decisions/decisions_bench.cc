// How long does one decision among 50 offers take, depending on how many different eligibility
// conditions they have? Prints nanoseconds of CPU: the median of several runs, the answer checked
// first.
#include <algorithm>
#include <cstdio>
#include <ctime>
#include <string>
#include <string_view>
#include <vector>

#include "customer/attributes.h"
#include "customer/sections.h"
#include "decisions/decision.h"
#include "program/test_program.h"

namespace {

using attune::Timestamp;
using attune::Value;
namespace customer = attune::customer;
namespace program = attune::program;

constexpr int kRuns = 9;
constexpr int kRounds = 2'000;
constexpr int kOffers = 50;
constexpr Timestamp kNow{1'767'225'600'000};

/// Of this thread, so that other work on the machine does not count.
double cpu_nanoseconds() {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

/// `distinct` conditions, in turn; each also asks for a number of its own, which all have.
std::string workspace(std::string_view condition, int distinct) {
    std::string yaml = "features: {views: {count: Viewed}}\noffers:\n";
    std::string names;
    for (int at = 0; at < kOffers; ++at) {
        const std::string number = std::to_string(at);
        yaml += "  offer" + number + ": {content: {title: T}, eligible: '";
        yaml +=
            std::string(condition) + " and views >= " + std::to_string(-(at % distinct)) + "'}\n";
        names += (at == 0 ? "" : ", ") + std::string("offer") + number;
    }
    return yaml + "placements: {home: {offers: [" + names + "]}}\n";
}

void measure(std::string_view condition, int distinct) {
    const auto compiled = program::test_program(workspace(condition, distinct));
    program::Frame frame(*compiled);
    customer::Blob blob = compiled->layout.empty_blob();
    customer::set_attribute(blob, customer::kTraits, "vip", kNow, Value::boolean(true));
    customer::set_attribute(blob, customer::kTraits, "city", kNow, Value::string("Villeurbanne"));
    std::vector<double> runs;
    for (int run = 0; run < kRuns; ++run) {
        const double start = cpu_nanoseconds();
        int eligible = 0;
        for (int round = 0; round < kRounds; ++round) {
            frame.bind(1, blob, kNow);
            for (const program::Offer& offer : compiled->offers) {
                eligible += frame.holds(*offer.eligible) ? 1 : 0;
            }
        }
        runs.push_back((cpu_nanoseconds() - start) / kRounds);
        if (eligible != kRounds * kOffers) {
            std::fprintf(stderr, "wrong answer: not every offer is eligible\n");
            std::exit(1);
        }
    }
    std::sort(runs.begin(), runs.end());
    std::printf(
        "%2d of %d conditions differ: %7.0f ns a decision  %s\n",
        distinct,
        kOffers,
        runs[kRuns / 2],
        std::string(condition).c_str()
    );
}

}  // namespace

int main() {
    for (const std::string_view condition :
         {"traits.vip = true", R"(contains(lower case(traits.city), "ville"))"}) {
        for (const int distinct : {1, 5, 25, 50}) {
            measure(condition, distinct);
        }
    }
    return 0;
}
