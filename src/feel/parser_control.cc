#include "feel/chars.h"
#include "feel/parser.h"

namespace attune::feel {

/// A name being declared: the parts up to `stop_word` or one of `stop_symbols`, with one space
/// where the text has white space. Empty, without moving, if no name stands there.
std::string Parser::declared_name(std::string_view stop_word, std::string_view stop_symbols) {
    std::string name;
    std::size_t at = skip_to();
    if (failed_ || !name_start(code_point_at(text_, at).value)) {
        return name;
    }
    while (true) {
        const NamePart part = name_part_at(text_, at);
        const std::string_view word = text_.substr(part.offset, part.length);
        if (part.length == 0 || (!name.empty() && word == stop_word) ||
            stop_symbols.find(text_[part.offset]) != std::string_view::npos) {
            return name;
        }
        name += (name.empty() || part.offset == at ? "" : " ") + std::string(word);
        at = part.offset + part.length;
        offset_ = at;
    }
}

NodePtr Parser::conditional() {
    const std::size_t from = offset_;
    accept_word("if");
    NodePtr condition = expression();
    expect("then", "after the condition");
    NodePtr yes = expression();
    expect("else", "after the first branch");
    NodePtr no = expression();
    NodePtr node = finish(make(NodeKind::If, from));
    judge(*node, judge_condition(condition->type));
    node->type = common_type(yes->type, no->type);
    adopt(*node, std::move(condition));
    adopt(*node, std::move(yes));
    adopt(*node, std::move(no));
    return node;
}

void Parser::iterator(Node& node) {
    Iterator variable;
    variable.name = declared_name("in", "");
    if (variable.name.empty()) {
        fail("expected the name of a variable");
        return;
    }
    expect("in", "after the variable");
    variable.first_child = static_cast<std::uint32_t>(node.children.size());
    NodePtr source = expression();
    Type type = iterated_type(source->type);
    adopt(node, std::move(source));
    if (accept("..")) {
        variable.range = true;
        NodePtr end = expression();
        type = common_type(node.children.back()->type, end->type);
        adopt(node, std::move(end));
    }
    variable.local = names_.add_local();
    names_.push(variable.name, type, variable.local);
    node.iterators.push_back(std::move(variable));
}

NodePtr Parser::loop(NodeKind kind) {
    const std::size_t from = offset_;
    accept_word(word_here());
    const bool outer_endpoint = in_endpoint_;
    in_endpoint_ = false;
    NodePtr node = make(kind, from);
    const std::size_t visible = names_.size();
    do {
        iterator(*node);
    } while (accept(","));
    const bool list = kind == NodeKind::For;
    expect(list ? "return" : "satisfies", "after the variables");
    const bool outer_partial = names_.used_partial;
    names_.used_partial = false;
    std::uint32_t partial = 0;
    if (list) {
        partial = names_.add_local();
        names_.push("partial", Type::list(Type()), partial);
    }
    NodePtr body = expression();
    if (list && names_.used_partial) {
        node->partial_local = partial;
    }
    names_.used_partial = outer_partial;
    names_.pop_to(visible);
    in_endpoint_ = outer_endpoint;
    node = finish(std::move(node));
    if (list) {
        node->type = Type::list(body->type);
    } else {
        judge(*node, judge_condition(body->type));
        node->type = Type::Kind::Boolean;
    }
    adopt(*node, std::move(body));
    return node;
}

void Parser::parameters(FunctionNode& function) {
    expect("(", "after \"function\"");
    while (!failed_ && !accept(")")) {
        if (!function.signature.parameters.empty() && !expect(",", "or \")\" after a parameter")) {
            return;
        }
        Parameter parameter;
        parameter.name = declared_name({}, ":,)");
        if (parameter.name.empty()) {
            fail("expected the name of a parameter");
            return;
        }
        if (accept(":")) {
            bool bare_generic = false;
            parameter.type = read_type(bare_generic).value_or(Type());
        }
        function.signature.parameters.push_back(std::move(parameter));
    }
}

NodePtr Parser::function() {
    const std::size_t from = offset_;
    accept_word("function");
    NodePtr node = make(NodeKind::Function, from);
    node->function = std::make_unique<FunctionNode>();
    FunctionNode& function = *node->function;
    parameters(function);
    if (accept_word("external")) {
        function.external = true;
        NodePtr body = expression();
        node = finish(std::move(node));
        node->type = Type::any_function();
        adopt(*node, std::move(body));
        return node;
    }
    names_.push_frame();
    const std::size_t visible = names_.size();
    std::vector<Type> types;
    for (const Parameter& parameter : function.signature.parameters) {
        names_.push(parameter.name, parameter.type, names_.add_local());
        types.push_back(parameter.type);
    }
    NodePtr body = expression();
    names_.pop_to(visible);
    function.local_count = names_.local_count();
    function.captures = names_.pop_frame();
    node = finish(std::move(node));
    node->type = Type::function(std::move(types), body->type);
    for (const NodePtr& capture : function.captures) {
        node->height = std::max(node->height, capture->height + 1);
    }
    adopt(*node, std::move(body));
    return node;
}

}  // namespace attune::feel
