#include "feel/scope.h"

#include <algorithm>

#include "feel/chars.h"
#include "feel/conversion.h"

namespace attune::feel {

namespace {

std::size_t part_count(std::string_view canonical) {
    return static_cast<std::size_t>(std::count(canonical.begin(), canonical.end(), ' ')) + 1;
}

/// `outer` with the field at `path` set to `type`, contexts made on the way.
Type with_field(const Type& outer, std::span<const std::string> path, const Type& type) {
    if (path.empty()) {
        return type;
    }
    std::vector<Type::Field> fields(outer.fields().begin(), outer.fields().end());
    const auto same = [&](const Type::Field& field) { return field.name == path.front(); };
    auto found = std::find_if(fields.begin(), fields.end(), same);
    if (found == fields.end()) {
        fields.push_back({path.front(), Type()});
        found = fields.end() - 1;
    }
    found->type = with_field(found->type, path.subspan(1), type);
    return Type::context(std::move(fields));
}

}  // namespace

std::string canonical_name(std::string_view name) {
    std::string canonical;
    std::size_t offset = 0;
    while (true) {
        const NamePart part = name_part_at(name, offset);
        if (part.length == 0) {
            // A name from outside FEEL may hold anything; it stays reachable as the entry of a
            // context.
            if (part.offset < name.size()) {
                return std::string(name);
            }
            return canonical;
        }
        if (!canonical.empty()) {
            canonical += ' ';
        }
        canonical += name.substr(part.offset, part.length);
        offset = part.offset + part.length;
    }
}

Scope::Binding& Scope::root(std::string_view name) {
    std::string canonical = canonical_name(name);
    parts_max_ = std::max(parts_max_, part_count(canonical));
    Binding& binding = bindings_[std::move(canonical)];
    binding.name = name;
    return binding;
}

void Scope::declare(std::string_view name, Type type, Slot slot) {
    Binding& binding = root(name);
    binding.type = std::move(type);
    binding.slot = slot;
    binding.constant.reset();
    binding.members.clear();
}

void Scope::declare_member(std::span<const std::string> path, Type type, Slot slot) {
    ATTUNE_ASSERT(path.size() >= 2);
    Binding* binding = &root(path.front());
    binding->constant.reset();
    for (std::size_t depth = 1; depth < path.size(); ++depth) {
        binding->type = with_field(binding->type, path.subspan(depth), type);
        Binding& member = binding->members[canonical_name(path[depth])];
        member.name = path[depth];
        binding = &member;
    }
    binding->type = std::move(type);
    binding->slot = slot;
}

void Scope::declare_constant(std::string_view name, const Value& value) {
    declare_constant(name, value, type_of(value));
}

void Scope::declare_constant(std::string_view name, const Value& value, Type type) {
    Binding& binding = root(name);
    binding.type = std::move(type);
    binding.slot.reset();
    binding.constant = value;
    binding.members.clear();
}

void Scope::declare_type(std::string_view name, Type type) {
    types_[canonical_name(name)] = std::move(type);
}

const Scope::Binding* Scope::find(std::string_view canonical) const {
    for (const Scope* scope = this; scope != nullptr; scope = scope->parent_) {
        const auto found = scope->bindings_.find(canonical);
        if (found != scope->bindings_.end()) {
            return &found->second;
        }
    }
    return nullptr;
}

const Type* Scope::find_type(std::string_view canonical) const {
    for (const Scope* scope = this; scope != nullptr; scope = scope->parent_) {
        const auto found = scope->types_.find(canonical);
        if (found != scope->types_.end()) {
            return &found->second;
        }
    }
    return nullptr;
}

std::size_t Scope::parts_max() const {
    return parent_ == nullptr ? parts_max_ : std::max(parts_max_, parent_->parts_max());
}

std::vector<std::string> Scope::names() const {
    std::vector<std::string> names;
    for (const Scope* scope = this; scope != nullptr; scope = scope->parent_) {
        for (const auto& [canonical, binding] : scope->bindings_) {
            names.push_back(binding.name);
        }
    }
    return names;
}

}  // namespace attune::feel
