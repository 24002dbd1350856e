#include "feel/names.h"

#include <algorithm>

#include "feel/builtins.h"
#include "feel/chars.h"
#include "feel/similar.h"

namespace attune::feel {

namespace {

/// "years and months duration"
constexpr std::size_t kBuiltinPartsMax = 4;

std::size_t part_count(std::string_view canonical) {
    return static_cast<std::size_t>(std::count(canonical.begin(), canonical.end(), ' ')) + 1;
}

NodePtr make(NodeKind kind, std::size_t from, std::size_t to, Type type, std::uint32_t index) {
    auto node = std::make_unique<Node>(kind, from, to);
    node->type = std::move(type);
    node->index = index;
    return node;
}

}  // namespace

Names::Names(const Scope& scope)
    : scope_(&scope), frames_(1), parts_max_(std::max(scope.parts_max(), kBuiltinPartsMax)) {}

std::uint32_t Names::add_local() {
    return frames_.back().local_count++;
}

void Names::push(std::string_view name, const Type& type, std::uint32_t local) {
    std::string canonical = canonical_name(name);
    parts_max_ = std::max(parts_max_, part_count(canonical));
    locals_.push_back({std::move(canonical), type, local, frames_.size() - 1, {}, false, false});
}

void Names::push_for_functions(std::string_view name, const Type& type, std::uint32_t local) {
    push(name, type, local);
    locals_.back().functions_only = true;
}

void Names::push_item(const Type& type, std::uint32_t local) {
    Local item{{}, type, local, frames_.size() - 1, {}, false, false};
    item.dynamic = type.any() || (type.is(Type::Kind::Context) && type.fields().empty());
    for (const Type::Field& field : type.fields()) {
        item.fields.push_back(canonical_name(field.name));
        parts_max_ = std::max(parts_max_, part_count(item.fields.back()));
    }
    locals_.push_back(std::move(item));
}

void Names::push_frame() {
    frames_.emplace_back();
}

std::vector<NodePtr> Names::pop_frame() {
    std::vector<NodePtr> sources;
    for (Capture& capture : frames_.back().captures) {
        sources.push_back(std::move(capture.source));
    }
    frames_.pop_back();
    return sources;
}

bool Names::visible(const std::string& canonical) const {
    for (const Local& local : locals_) {
        const bool item = local.canonical.empty();
        if (!item && local.canonical == canonical) {
            return true;
        }
        if (item && (canonical == "item" ||
                     std::find(local.fields.begin(), local.fields.end(), canonical) !=
                         local.fields.end())) {
            return true;
        }
    }
    return scope_->find(canonical) != nullptr || find_builtin(canonical) != nullptr;
}

std::optional<Names::Match> Names::longest(std::string_view text, std::size_t offset) const {
    std::optional<Match> best;
    std::string canonical;
    for (std::size_t parts = 0; parts < parts_max_; ++parts) {
        const NamePart part = name_part_at(text, offset);
        if (part.length == 0 || (part.symbol && parts == 0)) {
            break;
        }
        canonical += canonical.empty() ? "" : " ";
        canonical += text.substr(part.offset, part.length);
        offset = part.offset + part.length;
        if (visible(canonical)) {
            best = Match{offset, canonical};
        }
    }
    return best;
}

NodePtr Names::captured(std::size_t frame, Capture capture, std::size_t from, std::size_t to) {
    std::vector<Capture>& captures = frames_[frame].captures;
    const Type type = capture.source->type;
    const std::string text = capture.source->text;
    const auto same = [&capture](const Capture& other) {
        return other.kind == capture.kind && other.frame == capture.frame &&
               other.index == capture.index;
    };
    auto found = std::find_if(captures.begin(), captures.end(), same);
    if (found == captures.end()) {
        captures.push_back(std::move(capture));
        found = captures.end() - 1;
    }
    NodePtr node = make(
        NodeKind::Capture, from, to, type, static_cast<std::uint32_t>(found - captures.begin())
    );
    node->text = text;
    return node;
}

NodePtr Names::local_node(const Local& local, std::size_t frame, std::size_t from, std::size_t to) {
    if (local.frame == frame) {
        NodePtr node = make(NodeKind::Local, from, to, local.type, local.index);
        node->text = local.canonical.empty() ? "item" : local.canonical;
        return node;
    }
    NodePtr source = local_node(local, frame - 1, from, to);
    return captured(
        frame, {NodeKind::Local, local.frame, local.index, std::move(source)}, from, to
    );
}

NodePtr Names::slot_node(
    Slot slot, const Type& type, std::size_t frame, std::size_t from, std::size_t to
) {
    if (frame == 0) {
        return make(NodeKind::SlotValue, from, to, type, slot);
    }
    NodePtr source = slot_node(slot, type, frame - 1, from, to);
    return captured(frame, {NodeKind::SlotValue, 0, slot, std::move(source)}, from, to);
}

const Scope::Binding* Names::binding(const std::string& canonical) const {
    for (const Local& local : locals_) {
        const bool item = local.canonical.empty();
        const bool hidden =
            item
                ? local.dynamic || std::find(local.fields.begin(), local.fields.end(), canonical) !=
                                       local.fields.end()
                : local.canonical == canonical;
        if (hidden) {
            return nullptr;
        }
    }
    return scope_->find(canonical);
}

NodePtr Names::binding_node(
    const Scope::Binding& binding, const std::string& name, std::size_t from, std::size_t to
) {
    NodePtr node;
    if (binding.constant) {
        node = make(NodeKind::Constant, from, to, binding.type, 0);
        node->value = *binding.constant;
    } else if (binding.slot) {
        node = slot_node(*binding.slot, binding.type, frames_.size() - 1, from, to);
    } else {
        node = make(NodeKind::Context, from, to, binding.type, 0);
        for (const auto& [canonical, member] : binding.members) {
            node->keys.push_back(member.name);
            node->indexes.push_back(add_local());
            node->children.push_back(binding_node(member, name + "." + member.name, from, to));
        }
    }
    node->text = name;
    node->bare = true;
    return node;
}

NodePtr Names::resolve_outer(const std::string& canonical, std::size_t from, std::size_t to) {
    if (const Scope::Binding* binding = scope_->find(canonical)) {
        return binding_node(*binding, binding->name, from, to);
    }
    if (const Builtin* builtin = find_builtin(canonical)) {
        NodePtr node = make(NodeKind::Builtin, from, to, Type::any_function(), 0);
        node->value = builtin_function(*builtin);
        node->text = builtin->name;
        return node;
    }
    return nullptr;
}

NodePtr Names::resolve_item(
    std::size_t at, const std::string& canonical, std::size_t from, std::size_t to
) {
    const std::size_t frame = frames_.size() - 1;
    const Local& item = locals_[at];
    const auto field = std::find(item.fields.begin(), item.fields.end(), canonical);
    if (field != item.fields.end()) {
        const Type::Field& known =
            item.type.fields()[static_cast<std::size_t>(field - item.fields.begin())];
        NodePtr path = make(NodeKind::Path, from, to, known.type, 0);
        path->text = known.name;
        path->bare = true;
        path->height = 2;
        path->children.push_back(local_node(item, frame, from, to));
        return path;
    }
    NodePtr fallback = canonical == "item" ? local_node(item, frame, from, to)
                                           : resolve_from(at, canonical, from, to);
    if (!item.dynamic) {
        return fallback;
    }
    NodePtr node = make(NodeKind::Dynamic, from, to, {}, 0);
    node->text = canonical;
    node->height = 2 + (fallback ? fallback->height : 0);
    node->children.push_back(local_node(item, frame, from, to));
    node->children.push_back(std::move(fallback));
    return node;
}

NodePtr Names::resolve_from(
    std::size_t locals, const std::string& canonical, std::size_t from, std::size_t to
) {
    const std::size_t frame = frames_.size() - 1;
    for (std::size_t i = locals; i-- > 0;) {
        const Local& local = locals_[i];
        if (local.canonical.empty()) {
            return resolve_item(i, canonical, from, to);
        }
        if (local.canonical == canonical && !(local.functions_only && local.frame == frame)) {
            used_input = used_input || canonical == "?";
            used_partial = used_partial || canonical == "partial";
            return local_node(local, frame, from, to);
        }
    }
    return resolve_outer(canonical, from, to);
}

NodePtr Names::resolve(const std::string& canonical, std::size_t from, std::size_t to) {
    return resolve_from(locals_.size(), canonical, from, to);
}

bool Names::in_dynamic_filter() const {
    return std::any_of(locals_.begin(), locals_.end(), [](const Local& local) {
        return local.canonical.empty() && local.dynamic;
    });
}

std::string Names::similar(std::string_view name) const {
    std::vector<std::string> candidates = scope_->names();
    for (const Local& local : locals_) {
        if (!local.canonical.empty()) {
            candidates.push_back(local.canonical);
        }
        for (const Type::Field& field : local.type.fields()) {
            if (local.canonical.empty()) {
                candidates.push_back(field.name);
            }
        }
    }
    for (const Builtin& builtin : builtins()) {
        candidates.emplace_back(builtin.name);
    }
    return most_similar(name, candidates);
}

}  // namespace attune::feel
