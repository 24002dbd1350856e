#include <algorithm>
#include <array>

#include "feel/chars.h"
#include "feel/parser.h"

namespace attune::feel {

NodePtr Parser::postfix() {
    NodePtr node = primary();
    while (!failed_) {
        if (peek_text(".") && !peek_text("..")) {
            accept(".");
            node = path(std::move(node));
        } else if (peek() == '[' && !(in_endpoint_ && bracket_closes_range())) {
            accept("[");
            node = filter(std::move(node));
        } else if (accept("(")) {
            node = call(std::move(node));
        } else {
            break;
        }
    }
    return node;
}

/// In the second end of a range, `[` may be its bracket (`[1..5[`) or start a filter: it closes the
/// range if what follows cannot start an expression; `.` starts one only before a digit.
bool Parser::bracket_closes_range() {
    std::size_t at = skip_space(text_, offset_ + 1);
    const char next = at < text_.size() ? text_[at] : '\0';
    if (next == '.') {
        return at + 1 >= text_.size() || text_[at + 1] < '0' || text_[at + 1] > '9';
    }
    static constexpr std::string_view kFollowers = "),]}=<>!:+*/";
    if (next == '\0' || kFollowers.find(next) != std::string_view::npos) {
        return true;
    }
    const NamePart part = name_part_at(text_, at);
    static constexpr std::array<std::string_view, 8> kWords{
        "and", "or", "then", "else", "return", "satisfies", "instance", "in"};
    const std::string_view word = text_.substr(part.offset, part.length);
    return std::find(kWords.begin(), kWords.end(), word) != kWords.end();
}

/// The parts of a name that nothing declares: words with white space between, up to a keyword.
std::string Parser::greedy_name() {
    std::string name;
    std::size_t at = skip_to();
    while (true) {
        const NamePart part = name_part_at(text_, at);
        const std::string_view word = text_.substr(part.offset, part.length);
        if (part.length == 0 || part.symbol || (!name.empty() && keyword(word))) {
            break;
        }
        name += (name.empty() ? "" : " ") + std::string(word);
        at = part.offset + part.length;
        offset_ = at;
    }
    return name;
}

/// The name after a dot: the longest entry or property that the source may have, else greedy.
std::string Parser::path_name(const Type& source) {
    std::vector<std::string> known;
    const Type& element = source.is(Type::Kind::List) ? source.item() : source;
    for (const Type::Field& field : element.fields()) {
        known.push_back(field.name);
    }
    for (const std::string_view property : properties_of(element.kind())) {
        known.emplace_back(property);
    }
    std::string best = longest_known(known);
    return best.empty() ? greedy_name() : best;
}

/// The longest of these names that stands here; empty, without moving, if none does.
std::string Parser::longest_known(std::span<const std::string> known) {
    std::string canonical;
    std::string best;
    std::size_t best_end = offset_;
    std::size_t parts_max = 0;
    for (const std::string& name : known) {
        const std::string key = canonical_name(name);
        const auto parts = static_cast<std::size_t>(std::count(key.begin(), key.end(), ' ')) + 1;
        parts_max = std::max(parts_max, parts);
    }
    std::size_t at = offset_;
    for (std::size_t parts = 0; parts < parts_max; ++parts) {
        const NamePart part = name_part_at(text_, at);
        if (part.length == 0) {
            break;
        }
        canonical +=
            (canonical.empty() ? "" : " ") + std::string(text_.substr(part.offset, part.length));
        at = part.offset + part.length;
        for (const std::string& name : known) {
            if (canonical_name(name) == canonical) {
                best = name;
                best_end = at;
            }
        }
    }
    offset_ = best_end;
    return best;
}

NodePtr Parser::path(NodePtr source) {
    skip();
    const std::size_t name_at = offset_;
    const std::string name = path_name(source->type);
    if (name.empty()) {
        return fail("expected a name after \".\"");
    }
    NodePtr node = finish(make(NodeKind::Path, source->offset));
    node->text = name;
    Judgement judgement = judge_path(source->type, name);
    node->type = judgement.type;
    if (!judgement.problem.empty()) {
        const Node place(NodeKind::Path, name_at, offset_);
        doubt(place, std::move(judgement.problem), std::move(judgement.hint));
    }
    adopt(*node, std::move(source));
    return node;
}

/// A name of the scope, with as many of its members after dots as have slots of their own.
NodePtr Parser::bound_name(const Scope::Binding& root, std::size_t from) {
    const Scope::Binding* binding = &root;
    std::string name = root.name;
    while (!binding->members.empty() && peek_text(".") && !peek_text("..")) {
        const std::size_t dot = offset_;
        accept(".");
        std::vector<std::string> known;
        for (const auto& [canonical, member] : binding->members) {
            known.push_back(member.name);
        }
        const std::string member = longest_known(known);
        if (member.empty()) {
            offset_ = dot;
            break;
        }
        binding = &binding->members.find(canonical_name(member))->second;
        name += "." + member;
    }
    return names_.binding_node(*binding, name, from, offset_);
}

NodePtr Parser::filter(NodePtr source) {
    const bool outer_endpoint = in_endpoint_;
    in_endpoint_ = false;
    NodePtr node = make(NodeKind::Filter, source->offset);
    node->index = names_.add_local();
    const std::size_t visible = names_.size();
    const bool list = source->type.is(Type::Kind::List);
    names_.push_item(list ? source->type.item() : source->type, node->index);
    NodePtr predicate = expression();
    names_.pop_to(visible);
    in_endpoint_ = outer_endpoint;
    expect("]", "after the filter");
    node = finish(std::move(node));
    judge(*node, judge_filter(source->type, predicate->type));
    adopt(*node, std::move(source));
    adopt(*node, std::move(predicate));
    return node;
}

NodePtr Parser::call(NodePtr callee) {
    const bool outer_endpoint = in_endpoint_;
    in_endpoint_ = false;
    NodePtr node = make(NodeKind::Call, callee->offset);
    std::vector<NodePtr> arguments;
    while (!failed_ && !accept(")")) {
        if (!arguments.empty() && !expect(",", "or \")\" after an argument")) {
            break;
        }
        const std::size_t from = skip_to();
        offset_ = from;
        std::string name = declared_name({}, ":");
        if (!name.empty() && peek() == ':') {
            accept(":");
            node->by_name = true;
            node->keys.push_back(std::move(name));
        } else {
            offset_ = from;
        }
        arguments.push_back(expression());
        if (node->by_name && node->keys.size() != arguments.size()) {
            fail_at(from, offset_, "arguments stand either all by name or all by position");
        }
    }
    in_endpoint_ = outer_endpoint;
    node = finish(std::move(node));
    if (!failed_) {
        judge(*node, judge_call(*callee, arguments, node->keys));
    }
    adopt(*node, std::move(callee));
    for (NodePtr& argument : arguments) {
        adopt(*node, std::move(argument));
    }
    return node;
}

}  // namespace attune::feel
