#pragma once

#include <cstdio>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/assert.h"
#include "program/diagnostics.h"
#include "program/program.h"

namespace attune::program {

/// Compiles a workspace out of YAML, and further files that it names; for tests. What is wrong with
/// it is printed and ends the test program.
[[nodiscard]] inline std::shared_ptr<const Program> test_program(
    const std::string& yaml, std::vector<FileText> more = {}
) {
    Diagnostics diagnostics;
    more.push_back({"workspace.yaml", yaml});
    auto program = Program::compile(read_workspace(std::move(more), diagnostics), diagnostics);
    if (!program) {
        std::fputs(diagnostics.render({}).c_str(), stderr);
    }
    ATTUNE_ASSERT(program != nullptr);
    return program;
}

}  // namespace attune::program
