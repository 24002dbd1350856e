#include <algorithm>

#include "feel/parser.h"

namespace attune::feel {

NodePtr Parser::parse_unary_tests(const Type& input) {
    const std::uint32_t local = names_.add_local();
    names_.push("?", input, local);
    NodePtr node = make(NodeKind::Tests, 0);
    node->index = local;
    node->type = Type::Kind::Boolean;
    if (at_end()) {
        fail("expected a test");
        return nullptr;
    }
    if (accept("-")) {
        if (at_end()) {
            node->any = true;
            return finish(std::move(node));
        }
        offset_ = 0;
    }
    if (peek_word("not")) {
        if (NodePtr negated = negated_tests(local)) {
            return negated;
        }
    }
    tests_until(*node, '\0');
    if (!failed_ && !at_end()) {
        fail("expected \",\" or the end of the tests");
    }
    for (const NodePtr& child : node->children) {
        check_test(*child, input);
    }
    return failed_ ? nullptr : finish(std::move(node));
}

/// `not(...)` around all tests; null, with nothing consumed, if it is the start of an expression.
NodePtr Parser::negated_tests(std::uint32_t input_local) {
    const std::size_t start = offset_;
    const std::size_t diagnostics = diagnostics_.size();
    NodePtr node = make(NodeKind::Tests, start);
    node->index = input_local;
    node->negated = true;
    node->type = Type::Kind::Boolean;
    accept_word("not");
    if (accept("(")) {
        tests_until(*node, ')');
        if (!failed_ && at_end()) {
            return finish(std::move(node));
        }
    }
    failed_ = false;
    offset_ = start;
    diagnostics_.resize(diagnostics);
    return nullptr;
}

/// Tests separated by commas, up to and with `closing`, or to the end of the text.
void Parser::tests_until(Node& node, char closing) {
    do {
        adopt(node, test(node.index));
    } while (accept(","));
    if (closing != '\0') {
        expect(std::string_view(&closing, 1), "after the tests");
    }
}

NodePtr Parser::test(std::uint32_t input_local) {
    skip();
    const std::size_t from = offset_;
    NodePtr node = make(NodeKind::Test, from);
    node->index = input_local;
    node->type = Type::Kind::Boolean;
    const bool outer_input = names_.used_input;
    names_.used_input = false;
    NodePtr operand;
    if (accept("<=")) {
        node->op = BinaryOp::LessEqual;
    } else if (accept("<")) {
        node->op = BinaryOp::Less;
    } else if (accept(">=")) {
        node->op = BinaryOp::GreaterEqual;
    } else if (accept(">")) {
        node->op = BinaryOp::Greater;
    } else if (accept("!=")) {
        node->op = BinaryOp::NotEqual;
    } else if (accept("=")) {
        node->op = BinaryOp::Equal;
    } else {
        operand = expression();
        operand->uses_input = names_.used_input;
        names_.used_input = outer_input || names_.used_input;
        return operand;
    }
    operand = additive();
    names_.used_input = outer_input || names_.used_input;
    node = finish(std::move(node));
    adopt(*node, std::move(operand));
    return node;
}

/// `value in` has been read; then comes one test, or several in parentheses.
NodePtr Parser::in(NodePtr value, std::size_t from) {
    NodePtr node = make(NodeKind::In, from);
    node->type = Type::Kind::Boolean;
    node->index = names_.add_local();
    const Type type = value->type;
    adopt(*node, std::move(value));
    const std::size_t visible = names_.size();
    const bool outer_input = names_.used_input;
    names_.push("?", type, node->index);
    names_.used_input = false;
    if (peek() == '(') {
        const std::size_t open = offset_;
        accept("(");
        adopt(*node, test(node->index));
        if (accept("..")) {
            NodePtr start = std::move(node->children.back());
            node->children.pop_back();
            adopt(*node, range_tail(std::move(start), false, open));
        } else {
            if (accept(",")) {
                tests_until(*node, ')');
            } else {
                expect(")", "after the tests");
            }
        }
    } else {
        adopt(*node, single_test(node->index));
    }
    names_.pop_to(visible);
    names_.used_input = outer_input;
    node = finish(std::move(node));
    for (std::size_t i = 1; i < node->children.size(); ++i) {
        check_test(*node->children[i], type);
    }
    return node;
}

/// A test without parentheses ends where an operand of a comparison does: `x in a and b` is
/// `(x in a) and b`.
NodePtr Parser::single_test(std::uint32_t input_local) {
    const char next = peek();
    if (next == '<' || next == '>' || next == '=' || next == '!') {
        return test(input_local);
    }
    return additive();
}

/// Reports a test that no value of type `input` passes.
void Parser::check_test(const Node& test, const Type& input) {
    if (failed_ || test.uses_input || input.any() || input.is(Type::Kind::Null)) {
        return;
    }
    const bool comparison = test.kind == NodeKind::Test;
    const Type& tested = comparison ? test.children.front()->type : test.type;
    Type compared = tested;
    if (tested.is(Type::Kind::Range) && !input.is(Type::Kind::Range)) {
        compared = tested.item();
    } else if (tested.is(Type::Kind::List)) {
        return;
    }
    const Judgement judgement =
        judge_binary(comparison ? test.op : BinaryOp::Equal, input, compared);
    if (!judgement.problem.empty() && !input.is(Type::Kind::List)) {
        doubt(test, judgement.problem, judgement.hint);
    }
}

}  // namespace attune::feel
