#include "dmn/type_catalog.h"

#include <algorithm>

#include <fmt/format.h>

namespace attune::dmn {

TypeCatalog::TypeCatalog(const Definitions& definitions, std::vector<Diagnostic>& diagnostics)
    : definitions_(&definitions), diagnostics_(&diagnostics) {}

void TypeCatalog::import(const Import& import, TypeCatalog& catalog) {
    imports_.push_back({import.name, import.namespace_, &catalog});
}

TypePtr TypeCatalog::find(const TypeName& name, Place place, std::string_view element) {
    if (name.empty()) {
        return any_type();
    }
    TypePtr found;
    if (name.namespace_.empty()) {
        found = by_name(name.name);
    } else {
        for (const Imported& each : imports_) {
            if (!found && each.namespace_ == name.namespace_) {
                found = each.catalog->own(name.name);
            }
        }
    }
    if (found) {
        return found;
    }
    diagnostics_->push_back(
        {Diagnostic::Severity::Error,
         definitions_->file,
         place,
         std::string(element),
         "",
         fmt::format("unknown type \"{}\"", name.name),
         ""}
    );
    return any_type();
}

TypePtr TypeCatalog::by_name(const std::string& name) {
    if (TypePtr found = own(name)) {
        return found;
    }
    for (const Imported& each : imports_) {
        if (each.prefix.empty()) {
            if (TypePtr found = each.catalog->own(name)) {
                return found;
            }
        } else if (name.size() > each.prefix.size() + 1 && name.starts_with(each.prefix) &&
                   name[each.prefix.size()] == '.') {
            if (TypePtr found = each.catalog->own(name.substr(each.prefix.size() + 1))) {
                return found;
            }
        }
    }
    return built_in_type(name);
}

TypePtr TypeCatalog::own(const std::string& name) {
    const auto known = compiled_.find(name);
    if (known != compiled_.end()) {
        return known->second;
    }
    const auto item = std::find_if(
        definitions_->items.begin(),
        definitions_->items.end(),
        [&](const ItemDefinition& each) { return each.name == name; }
    );
    if (item == definitions_->items.end()) {
        return nullptr;
    }
    if (!in_progress_.insert(name).second) {
        return any_type();
    }
    TypePtr compiled = compile(*item);
    in_progress_.erase(name);
    compiled_.emplace(name, compiled);
    return compiled;
}

TypePtr TypeCatalog::compile(const ItemDefinition& item) {
    ItemType single = item.function ? function_type(item) : structure(item);
    single.name = item.name;
    single.allowed_values = tests(item.allowed_values, single.type, item);
    single.constrained = single.constrained || single.allowed_values.has_value();
    if (!item.collection) {
        single.constraint = tests(item.type_constraint, single.type, item);
        single.constrained = single.constrained || single.constraint.has_value();
        return std::make_shared<const ItemType>(std::move(single));
    }
    ItemType list;
    list.name = item.name;
    list.type = feel::Type::list(single.type);
    list.constraint = tests(item.type_constraint, list.type, item);
    list.constrained = single.constrained || list.constraint.has_value();
    list.item = std::make_shared<const ItemType>(std::move(single));
    return std::make_shared<const ItemType>(std::move(list));
}

ItemType TypeCatalog::function_type(const ItemDefinition& item) {
    std::vector<feel::Type> parameters;
    for (const Variable& parameter : item.parameters) {
        parameters.push_back(find(parameter.type, parameter.place, item.name)->type);
    }
    ItemType result;
    result.type =
        feel::Type::function(std::move(parameters), find(item.result, item.place, item.name)->type);
    return result;
}

ItemType TypeCatalog::structure(const ItemDefinition& item) {
    ItemType result;
    if (item.components.empty()) {
        const std::string element = fmt::format("item definition \"{}\"", item.name);
        result.base = find(item.type, item.place, element);
        result.type = result.base->type;
        result.constrained = result.base->constrained;
        return result;
    }
    std::vector<feel::Type::Field> fields;
    for (const ItemDefinition& component : item.components) {
        TypePtr type = compile(component);
        fields.push_back({component.name, type->type});
        result.constrained = result.constrained || type->constrained;
        result.components.push_back({component.name, std::move(type)});
    }
    result.type = feel::Type::context(std::move(fields));
    return result;
}

std::optional<feel::Expression> TypeCatalog::tests(
    const std::optional<Text>& text, const feel::Type& type, const ItemDefinition& item
) {
    if (!text) {
        return std::nullopt;
    }
    const feel::Scope scope;
    feel::CompileOptions options;
    options.dialect = definitions_->b_feel ? feel::Dialect::BFeel : feel::Dialect::Feel;
    feel::Compilation compiled =
        feel::Expression::compile_unary_tests(text->text, scope, type, options);
    for (const feel::Diagnostic& each : compiled.diagnostics) {
        const bool error = each.severity == feel::Diagnostic::Severity::Error;
        diagnostics_->push_back(
            {error ? Diagnostic::Severity::Error : Diagnostic::Severity::Warning,
             definitions_->file,
             definitions_->place_in(*text, each.offset),
             fmt::format("item definition \"{}\"", item.name),
             item.id,
             each.message,
             each.hint}
        );
    }
    return std::move(compiled.expression);
}

void TypeCatalog::declare_types(feel::Scope& scope) {
    for (const ItemDefinition& item : definitions_->items) {
        scope.declare_type(item.name, own(item.name)->type);
    }
    for (const Imported& each : imports_) {
        for (const ItemDefinition& item : each.catalog->definitions_->items) {
            const std::string name =
                each.prefix.empty() ? item.name : each.prefix + "." + item.name;
            scope.declare_type(name, each.catalog->own(item.name)->type);
        }
    }
}

}  // namespace attune::dmn
