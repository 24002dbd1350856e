#include "program/table.h"

#include <algorithm>

#include "base/closest.h"
#include "dmn/decision_model.h"
#include "feel/similar.h"
#include "program/frame.h"

namespace attune::program {

struct Table::Model {
    dmn::Model model;
    const dmn::Goal* goal;
};

Table::Table() = default;
Table::~Table() = default;

namespace {

void report(
    const DecisionRef& ref, const std::vector<dmn::Diagnostic>& problems, Diagnostics& diagnostics
) {
    for (const dmn::Diagnostic& problem : problems) {
        const std::string text = "decision model: " + to_string(problem);
        if (problem.severity == dmn::Diagnostic::Severity::Error) {
            diagnostics.error(ref.file.at, text, problem.hint);
        } else {
            diagnostics.warning(ref.file.at, text, problem.hint);
        }
    }
}

/// The referred file first, then every other model of the workspace, which it may import.
std::vector<dmn::File> model_files(const Workspace& workspace, const FileText& first) {
    std::vector<dmn::File> files{{first.path, first.text}};
    for (const FileText& file : workspace.files) {
        if (file.path != first.path && file.path.ends_with(".dmn")) {
            files.push_back({file.path, file.text});
        }
    }
    return files;
}

/// The slots of a goal's inputs, in their order; errors name those that nothing stands for.
std::vector<feel::Slot> input_slots(
    const dmn::Goal& goal,
    const DecisionRef& ref,
    const feel::Scope& scope,
    Diagnostics& diagnostics
) {
    std::vector<feel::Slot> slots;
    for (const dmn::Goal::Parameter& input : goal.parameters) {
        const feel::Scope::Binding* binding = scope.find(feel::canonical_name(input.name));
        if (binding != nullptr && binding->slot) {
            slots.push_back(*binding->slot);
            continue;
        }
        const std::string near = feel::did_you_mean(feel::most_similar(input.name, scope.names()));
        diagnostics.error(
            ref.decision.at,
            "cannot ask decision \"" + goal.name + "\" of \"" + ref.file.text + "\": its input \"" +
                input.name + "\" is neither a feature nor a name that expressions know",
            near.empty()
                ? "name the input data like a feature, or `traits`, `properties`, `context`"
                : near
        );
    }
    return slots;
}

void matched_rows(const dmn::Explanation& explanation, std::vector<std::uint32_t>& rows) {
    const dmn::TableTrace* last = nullptr;
    for (const dmn::TableTrace* trace = explanation.tables(); trace != nullptr;
         trace = trace->next) {
        last = trace;  // The asked decision's own table is the last to finish.
    }
    if (last != nullptr) {
        for (const std::uint32_t row : last->hits) {
            rows.push_back(row + 1);
        }
    }
}

}  // namespace

std::shared_ptr<const Table> Table::compile(
    const Workspace& workspace,
    const DecisionRef& ref,
    const feel::Scope& scope,
    Diagnostics& diagnostics
) {
    const FileText* file = workspace.file(ref.file.text);
    if (file == nullptr) {
        diagnostics.error(
            ref.file.at,
            "cannot open decision model \"" + ref.file.text + "\": there is no such file"
        );
        return nullptr;
    }
    dmn::Compilation compilation = dmn::Model::compile(model_files(workspace, *file));
    report(ref, compilation.diagnostics, diagnostics);
    if (!compilation) {
        return nullptr;
    }
    const dmn::Goal* goal = compilation.model->find(ref.decision.text);
    if (goal == nullptr) {
        std::vector<std::string> names;
        for (const dmn::Goal& one : compilation.model->goals()) {
            names.push_back(one.name);
        }
        diagnostics.error(
            ref.decision.at,
            "cannot find decision \"" + ref.decision.text + "\" in \"" + ref.file.text + "\"",
            feel::did_you_mean(feel::most_similar(ref.decision.text, names))
        );
        return nullptr;
    }
    std::shared_ptr<Table> table(new Table());
    table->name_ = ref.file.text + "#" + goal->name;
    table->slots_ = input_slots(*goal, ref, scope, diagnostics);
    if (table->slots_.size() != goal->parameters.size()) {
        return nullptr;
    }
    table->model_ = std::make_unique<Model>(Model{*compilation.model, nullptr});
    table->model_->goal = table->model_->model.find(ref.decision.text);
    return table;
}

Value Table::evaluate(Frame& frame, std::vector<std::uint32_t>* rows) const {
    const std::span<Value> arguments = frame.arena().array<Value>(slots_.size());
    std::transform(slots_.begin(), slots_.end(), arguments.begin(), [&](feel::Slot slot) {
        return frame.value(slot);
    });
    dmn::Explanation explanation;
    const Value answer = model_->model.evaluate(
        *model_->goal, arguments, frame.evaluation(), rows != nullptr ? &explanation : nullptr
    );
    if (rows != nullptr) {
        matched_rows(explanation, *rows);
    }
    return answer;
}

}  // namespace attune::program
