#pragma once

#include <string>
#include <vector>

#include "base/arena.h"
#include "dmn/xml.h"
#include "value/value.h"

namespace attune::dmn::tck {

struct InputNode {
    std::string name;
    std::string model_namespace;
    Value value;
    bool untyped = false;  ///< Text stands for a value of whatever type is wanted.
};

struct ResultNode {
    std::string name;
    std::string model_namespace;
    Value expected;
    bool error = false;    ///< An error, or null, is what is expected.
    bool untyped = false;  ///< As of an input.
};

struct TestCase {
    std::string id;
    std::string invocable;  ///< A decision service or knowledge model; empty for decisions.
    std::vector<InputNode> inputs;
    std::vector<ResultNode> results;
};

/// A test file: values live in `arena`.
struct TestFile {
    std::string model;
    std::vector<TestCase> cases;
};

/// Reads a test file; an error if it is no XML or its root is not `testCases`.
[[nodiscard]] Result<TestFile> read_cases(std::string_view xml, Arena& arena);

}  // namespace attune::dmn::tck
