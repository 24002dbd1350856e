#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "dmn/decision_model.h"

/// Runs test cases in the format of the DMN TCK (testCases.xsd).
namespace attune::dmn::tck {

/// One result node of a test case.
struct Outcome {
    std::string file;       ///< The test file.
    std::string test_case;  ///< Its id.
    std::string node;       ///< The decision asked for.
    bool passed = false;
    bool null_passes = false;  ///< Whether answering null would pass.
    bool needs_java = false;   ///< Not passed since it calls Java, which is refused.
    bool known = false;        ///< Not passed, as a list of known failures says.
    std::string expected;      ///< As FEEL text.
    std::string actual;
    std::vector<std::string> warnings;  ///< What the evaluation had to say, if it failed.
};

/// The outcomes of a test file; an error if it or its model cannot be read.
///
/// Numbers may differ by 1e-8, absolutely or relatively. A case passes if all its result nodes do.
[[nodiscard]] Result<std::vector<Outcome>> run_file(const std::string& path);

/// Cases, not result nodes. A case that needs Java, or is known to fail, neither passes nor fails.
struct Tally {
    std::size_t cases = 0;
    std::size_t passed = 0;
    std::size_t failed = 0;
    std::size_t needs_java = 0;
    std::size_t known = 0;
    std::size_t null_passes = 0;  ///< What answering null to everything would pass.
};

struct Report {
    std::vector<Outcome> outcomes;
    /// Errors of files that could not be run, and lines of the list of known failures that name no
    /// failure. Each counts as failed.
    std::vector<std::string> unreadable;

    [[nodiscard]] Tally tally() const;
    [[nodiscard]] std::size_t passed() const { return tally().passed; }
    [[nodiscard]] std::size_t failed() const { return tally().failed; }
};

/// Runs every test file at or below the paths: `*.xml` whose root is `testCases`; of a checkout of
/// the TCK those in its folder TestCases. A path without any is named in `unreadable`.
[[nodiscard]] Report run(const std::vector<std::string>& paths);

/// Marks the failures that `list` names: a line for each result node, `FILE CASE NODE` with the
/// name of the test file without its folder; `#` begins a comment. A line that names no failure is
/// reported as an error, so that the list stays true.
void mark_known(Report& report, std::string_view list);

/// A line for each folder (passed, cases, those that need Java or are known to fail, what null
/// would pass), the failures, and at the end `N passed, N failed`.
[[nodiscard]] std::string to_text(const Report& report);

/// A JSON object for each result node, one a line.
[[nodiscard]] std::string to_json_lines(const Report& report);

}  // namespace attune::dmn::tck
