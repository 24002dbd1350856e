#include "feel/parser.h"

#include <algorithm>
#include <array>

#include "feel/chars.h"
#include "feel/type_reader.h"

namespace attune::feel {

NodePtr Parser::parse_expression() {
    if (at_end()) {
        fail("expected an expression");
        return nullptr;
    }
    NodePtr node = expression();
    if (!failed_ && !at_end()) {
        fail("expected the end of the expression");
    }
    return failed_ ? nullptr : std::move(node);
}

NodePtr Parser::expression() {
    const NestingGuard guard(*this);
    return disjunction();
}

NodePtr Parser::binary(BinaryOp op, NodePtr lhs, NodePtr rhs, std::size_t operator_at) {
    NodePtr node = make(NodeKind::Binary, lhs->offset);
    node->op = op;
    node->index = static_cast<std::uint32_t>(operator_at);
    node = finish(std::move(node));
    judge(*node, judge_binary(op, lhs->type, rhs->type));
    adopt(*node, std::move(lhs));
    adopt(*node, std::move(rhs));
    return node;
}

NodePtr Parser::disjunction() {
    NodePtr lhs = conjunction();
    while (peek_word("or")) {
        const std::size_t at = offset_;
        accept_word("or");
        NodePtr rhs = conjunction();
        lhs = binary(BinaryOp::Or, std::move(lhs), std::move(rhs), at);
    }
    return lhs;
}

NodePtr Parser::conjunction() {
    NodePtr lhs = comparison();
    while (peek_word("and")) {
        const std::size_t at = offset_;
        accept_word("and");
        NodePtr rhs = comparison();
        lhs = binary(BinaryOp::And, std::move(lhs), std::move(rhs), at);
    }
    return lhs;
}

NodePtr Parser::comparison() {
    skip();
    const std::size_t from = offset_;
    return comparison_tail(additive(), from);
}

NodePtr Parser::comparison_tail(NodePtr lhs, std::size_t from) {
    static constexpr std::array<std::pair<std::string_view, BinaryOp>, 6> kOperators{
        {{"<=", BinaryOp::LessEqual},
         {">=", BinaryOp::GreaterEqual},
         {"!=", BinaryOp::NotEqual},
         {"=", BinaryOp::Equal},
         {"<", BinaryOp::Less},
         {">", BinaryOp::Greater}}};
    while (!failed_) {
        skip();
        const std::size_t at = offset_;
        const auto* found =
            std::find_if(kOperators.begin(), kOperators.end(), [&](const auto& each) {
                return accept(each.first);
            });
        if (found != kOperators.end()) {
            NodePtr rhs = additive();
            lhs = binary(found->second, std::move(lhs), std::move(rhs), at);
        } else if (accept_word("between")) {
            lhs = between(std::move(lhs), from);
        } else if (accept_word("in")) {
            lhs = in(std::move(lhs), from);
        } else {
            break;
        }
    }
    return lhs;
}

NodePtr Parser::between(NodePtr value, std::size_t from) {
    NodePtr low = additive();
    expect("and", "between the ends of \"between\"");
    NodePtr high = additive();
    NodePtr node = finish(make(NodeKind::Between, from));
    judge(*node, judge_between(value->type, low->type, high->type));
    adopt(*node, std::move(value));
    adopt(*node, std::move(low));
    adopt(*node, std::move(high));
    return node;
}

NodePtr Parser::additive() {
    NodePtr lhs = multiplicative();
    while (!failed_) {
        skip();
        const std::size_t at = offset_;
        const bool add = accept("+");
        if (!add && !accept("-")) {
            break;
        }
        NodePtr rhs = multiplicative();
        const BinaryOp op = add ? BinaryOp::Add : BinaryOp::Subtract;
        lhs = binary(op, std::move(lhs), std::move(rhs), at);
    }
    return lhs;
}

NodePtr Parser::multiplicative() {
    NodePtr lhs = power();
    while (!failed_) {
        skip();
        const std::size_t at = offset_;
        const bool multiply = !peek_text("**") && accept("*");
        if (!multiply && !accept("/")) {
            break;
        }
        NodePtr rhs = power();
        const BinaryOp op = multiply ? BinaryOp::Multiply : BinaryOp::Divide;
        lhs = binary(op, std::move(lhs), std::move(rhs), at);
    }
    return lhs;
}

NodePtr Parser::power() {
    NodePtr lhs = unary();
    while (!failed_) {
        skip();
        const std::size_t at = offset_;
        if (!accept("**")) {
            break;
        }
        NodePtr rhs = unary();
        lhs = binary(BinaryOp::Power, std::move(lhs), std::move(rhs), at);
    }
    return lhs;
}

NodePtr Parser::unary() {
    skip();
    const std::size_t from = offset_;
    if (!accept("-")) {
        return instance_of();
    }
    const NestingGuard guard(*this);
    NodePtr operand = failed_ ? fail({}) : unary();
    NodePtr node = finish(make(NodeKind::Negate, from));
    judge(*node, judge_negation(operand->type));
    adopt(*node, std::move(operand));
    return node;
}

NodePtr Parser::instance_of() {
    skip();
    const std::size_t from = offset_;
    NodePtr operand = postfix();
    while (!failed_ && accept_word("instance")) {
        expect("of", "after \"instance\"");
        const std::size_t type_at = skip_to();
        NodePtr node = make(NodeKind::InstanceOf, from);
        node->type = Type::Kind::Boolean;
        const std::optional<Type> type = read_type(node->bare_generic);
        node->unknown_type = !type;
        node->tested = type.value_or(Type());
        node->text = text_.substr(type_at, offset_ - type_at);
        node = finish(std::move(node));
        if (node->bare_generic && type) {
            doubt(
                *node,
                "\"" + to_string(node->tested) + "\" says too little for \"instance of\"",
                "write what it holds, such as list<Any>"
            );
        }
        adopt(*node, std::move(operand));
        operand = std::move(node);
    }
    return operand;
}

/// The type here. A name that nothing declares is an error or, when lenient, passed over.
std::optional<Type> Parser::read_type(bool& bare_generic) {
    const std::size_t from = skip_to();
    TypeReader reader(text_, from, *scope_);
    std::optional<Type> type = failed_ ? std::nullopt : reader.read();
    bare_generic = reader.bare_generic();
    if (type) {
        offset_ = reader.offset();
    } else if (reader.unknown() && options_.lenient && reader.offset() > from) {
        offset_ = reader.offset();
        doubt(Node(NodeKind::InstanceOf, from, offset_), reader.problem());
    } else {
        fail_at(from, from + word_here().size(), reader.problem());
    }
    return type;
}

}  // namespace attune::feel
