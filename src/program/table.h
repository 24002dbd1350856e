#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "feel/evaluation.h"
#include "feel/scope.h"
#include "program/workspace.h"

namespace attune::program {

class Frame;

/// A DMN decision that a workspace refers to, with its inputs tied to what the program knows: input
/// data named like a feature, or `traits`, `consent`, `event`, `properties`, `segments`, `context`,
/// `time`, `offer`.
class Table {
public:
    /// Null, with errors at `ref`, if the file is no sound model, has no such decision, or wants an
    /// input that no name stands for.
    [[nodiscard]] static std::shared_ptr<const Table> compile(
        const Workspace& workspace,
        const DecisionRef& ref,
        const feel::Scope& scope,
        Diagnostics& diagnostics
    );

    Table(const Table&) = delete;
    Table& operator=(const Table&) = delete;
    Table(Table&&) = delete;
    Table& operator=(Table&&) = delete;
    ~Table();

    /// The decision's value for the customer in the frame; null with a warning where the model
    /// fails. `rows` receives the matched rows, from 1, of the decision's table, where it is one.
    [[nodiscard]] Value evaluate(Frame& frame, std::vector<std::uint32_t>* rows = nullptr) const;

    [[nodiscard]] const std::string& name() const { return name_; }
    [[nodiscard]] const std::vector<feel::Slot>& slots() const { return slots_; }

private:
    struct Model;

    Table();

    std::string name_;  ///< "cart_offer.dmn#Offer"
    std::vector<feel::Slot> slots_;
    std::unique_ptr<Model> model_;
};

}  // namespace attune::program
