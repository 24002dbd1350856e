#include <algorithm>
#include <filesystem>
#include <map>
#include <span>
#include <sstream>

#include <fmt/format.h>

#include "dmn/tck.h"
#include "value/json.h"

namespace attune::dmn::tck {
namespace {

/// Visits each case: its outcomes stand next to each other.
template <typename Visit>
void for_each_case(const std::vector<Outcome>& outcomes, const Visit& visit) {
    for (std::size_t begin = 0; begin < outcomes.size();) {
        std::size_t end = begin + 1;
        while (end < outcomes.size() && outcomes[end].file == outcomes[begin].file &&
               outcomes[end].test_case == outcomes[begin].test_case) {
            ++end;
        }
        visit(std::span(outcomes).subspan(begin, end - begin));
        begin = end;
    }
}

void add(Tally& tally, std::span<const Outcome> nodes) {
    const auto all = [&](auto holds) { return std::all_of(nodes.begin(), nodes.end(), holds); };
    ++tally.cases;
    tally.null_passes += all([](const Outcome& each) { return each.null_passes; }) ? 1 : 0;
    if (all([](const Outcome& each) { return each.passed; })) {
        ++tally.passed;
    } else if (!all([](const Outcome& each) { return each.passed || each.needs_java || each.known; }
               )) {
        ++tally.failed;
    } else if (all([](const Outcome& each) { return !each.known; })) {
        ++tally.needs_java;
    } else {
        ++tally.known;
    }
}

std::string line_of(const Outcome& outcome) {
    return fmt::format(
        "{}: case {}, {}: {}expected {}, got {}{}\n",
        outcome.file,
        outcome.test_case,
        outcome.node,
        outcome.needs_java ? "needs Java: "
        : outcome.known    ? "known: "
                           : "",
        outcome.expected,
        outcome.actual,
        outcome.warnings.empty() ? "" : " (" + outcome.warnings[0] + ")"
    );
}

std::string name_of(const Outcome& outcome) {
    return fmt::format(
        "{} {} {}",
        std::filesystem::path(outcome.file).filename().string(),
        outcome.test_case,
        outcome.node
    );
}

}  // namespace

Tally Report::tally() const {
    Tally tally;
    for_each_case(outcomes, [&](std::span<const Outcome> nodes) { add(tally, nodes); });
    tally.failed += unreadable.size();
    return tally;
}

void mark_known(Report& report, std::string_view list) {
    std::istringstream lines{std::string(list)};
    for (std::string line; std::getline(lines, line);) {
        line.resize(std::min(line.size(), line.find('#')));
        line.resize(line.find_last_not_of(" \t\r") + 1);
        if (line.empty()) {
            continue;
        }
        bool found = false;
        for (Outcome& each : report.outcomes) {
            if (!each.passed && name_of(each) == line) {
                each.known = found = true;
            }
        }
        if (!found) {
            report.unreadable.push_back(
                fmt::format("the list of known failures names \"{}\", which does not fail", line)
            );
        }
    }
}

std::string to_text(const Report& report) {
    std::map<std::string, Tally> folders;
    std::string failures;
    for_each_case(report.outcomes, [&](std::span<const Outcome> nodes) {
        add(folders[std::filesystem::path(nodes[0].file).parent_path().string()], nodes);
        for (const Outcome& each : nodes) {
            failures += each.passed ? "" : line_of(each);
        }
    });
    std::string text = "passed  cases  need Java  known failures  null passes  folder\n";
    for (const auto& [folder, tally] : folders) {
        text += fmt::format(
            "{:6} {:6} {:10} {:15} {:12}  {}\n",
            tally.passed,
            tally.cases,
            tally.needs_java,
            tally.known,
            tally.null_passes,
            folder
        );
    }
    text += failures;
    for (const std::string& each : report.unreadable) {
        text += each + "\n";
    }
    const Tally total = report.tally();
    text += fmt::format(
        "{} cases: {} need Java, {} are known to fail; answering null to everything passes {}\n",
        total.cases,
        total.needs_java,
        total.known,
        total.null_passes
    );
    return text + fmt::format("{} passed, {} failed\n", total.passed, total.failed);
}

std::string to_json_lines(const Report& report) {
    std::string lines;
    for (const Outcome& each : report.outcomes) {
        std::vector<Value> warnings;
        for (const std::string& warning : each.warnings) {
            warnings.push_back(Value::string(warning));
        }
        const Entry entries[] = {
            {"file", Value::string(each.file)},
            {"case", Value::string(each.test_case)},
            {"node", Value::string(each.node)},
            {"passed", Value::boolean(each.passed)},
            {"needs_java", Value::boolean(each.needs_java)},
            {"known", Value::boolean(each.known)},
            {"null_passes", Value::boolean(each.null_passes)},
            {"expected", Value::string(each.expected)},
            {"actual", Value::string(each.actual)},
            {"warnings", Value::list(warnings)}};
        lines += json::to_json(Value::context(entries)) + "\n";
    }
    return lines;
}

}  // namespace attune::dmn::tck
