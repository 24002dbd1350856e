#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "dmn/item_type.h"
#include "feel/scope.h"

namespace attune::dmn {

/// The types that one file knows: built-in ones, its own item definitions, those of its imports.
///
/// Item definitions are compiled when first asked for. One that contains itself, as a tree does, is
/// unrolled once; below that, anything goes.
class TypeCatalog {
public:
    /// `definitions` and `diagnostics` must outlive the catalog.
    TypeCatalog(const Definitions& definitions, std::vector<Diagnostic>& diagnostics);

    /// Makes the types of an imported file known, under its prefix (empty: without one).
    void import(const Import& import, TypeCatalog& catalog);

    /// The type that `name` stands for; Any for an empty name, and, with a diagnostic at `place`,
    /// for an unknown one.
    [[nodiscard]] TypePtr find(const TypeName& name, Place place, std::string_view element);

    /// Tells FEEL about all types of this file and its imports, for `instance of`.
    void declare_types(feel::Scope& scope);

private:
    struct Imported {
        std::string prefix;
        std::string namespace_;
        TypeCatalog* catalog;
    };

    [[nodiscard]] TypePtr by_name(const std::string& name);
    [[nodiscard]] TypePtr own(const std::string& name);
    [[nodiscard]] TypePtr compile(const ItemDefinition& item);
    [[nodiscard]] ItemType function_type(const ItemDefinition& item);
    [[nodiscard]] ItemType structure(const ItemDefinition& item);
    [[nodiscard]] std::optional<feel::Expression> tests(
        const std::optional<Text>& text, const feel::Type& type, const ItemDefinition& item
    );

    const Definitions* definitions_;
    std::vector<Diagnostic>* diagnostics_;
    std::vector<Imported> imports_;
    std::map<std::string, TypePtr, std::less<>> compiled_;
    std::set<std::string, std::less<>> in_progress_;
};

}  // namespace attune::dmn
