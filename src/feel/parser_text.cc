#include <algorithm>
#include <array>

#include "feel/chars.h"
#include "feel/parser.h"

namespace attune::feel {

namespace {

constexpr std::array<std::string_view, 21> kKeywords{
    "if",    "then",      "else",     "for",      "in",       "return", "some",
    "every", "satisfies", "function", "external", "or",       "and",    "between",
    "not",   "true",      "false",    "null",     "instance", "of",     "partial"};

/// "partial" names a variable and "of", "external" and "not" stand inside names often enough.
constexpr std::array<std::string_view, 4> kSoft{"partial", "of", "external", "not"};

// A tree higher than this could exhaust the stack of whoever walks it.
constexpr std::uint32_t kHeightMax = 1'000;
// A node takes about half a kilobyte while compiling.
constexpr std::size_t kNodesMax = 400'000;

}  // namespace

bool keyword(std::string_view word) {
    return std::find(kKeywords.begin(), kKeywords.end(), word) != kKeywords.end() &&
           std::find(kSoft.begin(), kSoft.end(), word) == kSoft.end();
}

NestingGuard::NestingGuard(Parser& parser) : parser_(parser) {
    if (++parser_.nesting_ > parser_.options_.nesting_max && !parser_.failed_) {
        parser_.fail(
            "the expression nests more than " + std::to_string(parser_.options_.nesting_max) +
            " levels deep"
        );
    }
}

NestingGuard::~NestingGuard() {
    --parser_.nesting_;
}

Parser::Parser(
    std::string_view text, const Scope& scope, const CompileOptions& options, Arena& arena
)
    : text_(text), scope_(&scope), options_(options), names_(scope), arena_(&arena) {}

std::size_t Parser::skip_to() const {
    return skip_space(text_, offset_);
}

char Parser::peek() {
    skip();
    return offset_ < text_.size() ? text_[offset_] : '\0';
}

bool Parser::peek_text(std::string_view text) {
    skip();
    return text_.substr(offset_, text.size()) == text;
}

bool Parser::accept(std::string_view symbol) {
    if (failed_ || !peek_text(symbol)) {
        return false;
    }
    offset_ += symbol.size();
    return true;
}

std::string_view Parser::word_here() {
    skip();
    const NamePart part = name_part_at(text_, offset_);
    return part.symbol ? std::string_view() : text_.substr(part.offset, part.length);
}

bool Parser::peek_word(std::string_view word) {
    return word_here() == word;
}

bool Parser::accept_word(std::string_view word) {
    if (failed_ || !peek_word(word)) {
        return false;
    }
    offset_ += word.size();
    return true;
}

bool Parser::expect(std::string_view symbol, std::string_view where) {
    const bool word = name_start(code_point_at(symbol, 0).value);
    if (word ? accept_word(symbol) : accept(symbol)) {
        return true;
    }
    fail("expected \"" + std::string(symbol) + "\" " + std::string(where));
    return false;
}

NodePtr Parser::fail(std::string message, std::string hint) {
    skip();
    const std::size_t from = std::min(offset_, text_.size());
    const std::size_t bytes = std::max<std::size_t>(word_here().size(), 1);
    if (from == text_.size()) {
        message += ", but the text ends";
    } else {
        message +=
            ", found \"" + std::string(text_.substr(from, std::min<std::size_t>(bytes, 40))) + "\"";
    }
    return fail_at(from, from + bytes, std::move(message), std::move(hint));
}

NodePtr Parser::fail_at(std::size_t from, std::size_t to, std::string message, std::string hint) {
    if (!failed_) {
        failed_ = true;
        to = std::min(to, text_.size());
        diagnostics_.push_back(
            {Diagnostic::Severity::Error, from, to - from, std::move(message), std::move(hint)}
        );
        // Everything after the first syntax error would be a guess: let all productions end.
        offset_ = text_.size();
    }
    return std::make_unique<Node>(NodeKind::Constant, from, from);
}

void Parser::doubt(const Node& at, std::string message, std::string hint) {
    const auto severity =
        options_.lenient ? Diagnostic::Severity::Warning : Diagnostic::Severity::Error;
    diagnostics_.push_back({severity, at.offset, at.length, std::move(message), std::move(hint)});
}

void Parser::judge(Node& node, Judgement judgement) {
    node.type = std::move(judgement.type);
    if (!judgement.problem.empty() && !failed_) {
        doubt(node, std::move(judgement.problem), std::move(judgement.hint));
    }
}

NodePtr Parser::make(NodeKind kind, std::size_t from) {
    if (++node_count_ > kNodesMax) {
        fail_at(from, from, "the expression has more than " + std::to_string(kNodesMax) + " parts");
    }
    return std::make_unique<Node>(kind, from, std::max(from, offset_));
}

NodePtr Parser::constant(std::size_t from, const Value& value, Type type) {
    NodePtr node = make(NodeKind::Constant, from);
    node->value = value;
    node->type = std::move(type);
    return node;
}

void Parser::adopt(Node& node, NodePtr child) {
    if (child) {
        node.height = std::max(node.height, child->height + 1);
        if (node.height > kHeightMax) {
            fail_at(
                child->offset,
                child->offset + child->length,
                "the expression chains more than " + std::to_string(kHeightMax) + " operations"
            );
        }
    }
    node.children.push_back(std::move(child));
}

NodePtr Parser::finish(NodePtr node) {
    node->length = std::max(node->offset, std::min(offset_, text_.size())) - node->offset;
    return node;
}

}  // namespace attune::feel
