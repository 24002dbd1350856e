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
    bool needs_java = false;   ///< The model calls Java, which is refused.
    std::string expected;      ///< As FEEL text.
    std::string actual;
    std::vector<std::string> warnings;  ///< What the evaluation had to say, if it failed.
};

/// The outcomes of a test file; an error if it or its model cannot be read.
///
/// Numbers may differ by 1e-8, absolutely or relatively. A case passes if all its result nodes do.
[[nodiscard]] Result<std::vector<Outcome>> run_file(const std::string& path);

struct Report {
    std::vector<Outcome> outcomes;
    std::vector<std::string> unreadable;  ///< Errors of files that could not be run.

    /// Cases, not result nodes.
    [[nodiscard]] std::size_t passed() const;
    [[nodiscard]] std::size_t failed() const;
};

/// Runs every test file at or below the paths: `*.xml` whose root is `testCases`.
[[nodiscard]] Report run(const std::vector<std::string>& paths);

/// A line for each folder (passed, cases, what null would pass), the failures, and at the end
/// `N passed, N failed`.
[[nodiscard]] std::string to_text(const Report& report);

}  // namespace attune::dmn::tck
