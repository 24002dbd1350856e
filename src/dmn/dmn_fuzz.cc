// Any bytes as a model: reading, compiling, evaluating, drawing, analysing and writing it end with
// a value, a diagnostic or a limit.

#include <cstddef>
#include <cstdint>
#include <string>

#include "dmn/analyse.h"
#include "dmn/decision_model.h"
#include "dmn/show.h"
#include "dmn/writer.h"

using namespace attune;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const dmn::File file{"fuzz.dmn", std::string(reinterpret_cast<const char*>(data), size)};
    const dmn::Reading reading = dmn::read_definitions(file.name, file.content);
    if (!reading.definitions) {
        return 0;
    }
    (void)dmn::graph_text(*reading.definitions);
    (void)dmn::graph_svg(*reading.definitions);
    for (const dmn::Decision& each : reading.definitions->decisions) {
        (void)dmn::logic_text(*reading.definitions, each.name);
    }
    (void)dmn::write_definitions(*reading.definitions);
    dmn::CompileOptions options;
    options.lenient = true;
    const dmn::Compilation compiled = dmn::Model::compile({&file, 1}, options);
    if (!compiled) {
        return 0;
    }
    Arena arena;
    for (const dmn::Goal& goal : compiled.model->goals()) {
        arena.reset();
        feel::Warnings warnings;
        feel::Evaluation evaluation(arena);
        evaluation.warnings = &warnings;
        evaluation.limits.steps_max = 10'000;
        evaluation.limits.list_length_max = 1'000;
        evaluation.limits.string_bytes_max = 100'000;
        evaluation.limits.memory_bytes_max = 1'000'000;
        dmn::Explanation explanation;
        const std::vector<Value> arguments(goal.parameters.size());
        (void)compiled.model->evaluate(goal, arguments, evaluation, &explanation);
        (void)dmn::describe(explanation, evaluation);
    }
    for (const dmn::Table* table : compiled.model->tables()) {
        dmn::AnalysisLimits limits;
        limits.rows_max = 20;
        limits.steps_max = 1'000;
        (void)dmn::analyse(*table, limits);
    }
    return 0;
}
