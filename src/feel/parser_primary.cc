#include <algorithm>

#include "feel/chars.h"
#include "feel/parser.h"
#include "feel/similar.h"
#include "feel/temporal.h"
#include "feel/text.h"

namespace attune::feel {

namespace {

bool digit(char byte) {
    return byte >= '0' && byte <= '9';
}

}  // namespace

NodePtr Parser::primary() {
    const NestingGuard guard(*this);
    const char first = failed_ ? '\0' : peek();
    const bool fraction = first == '.' && offset_ + 1 < text_.size() && digit(text_[offset_ + 1]);
    if (digit(first) || fraction) {
        return number();
    }
    switch (first) {
    case '"':
        return string();
    case '@':
        return at_literal();
    case '(':
        return parenthesised();
    case '[':
        return list_or_range();
    case ']':
        return reversed_range();
    case '{':
        return context();
    default:
        return name();
    }
}

NodePtr Parser::number() {
    const std::size_t from = offset_;
    const auto digits = [this] {
        while (offset_ < text_.size() && digit(text_[offset_])) {
            ++offset_;
        }
    };
    digits();
    if (offset_ + 1 < text_.size() && text_[offset_] == '.' && digit(text_[offset_ + 1])) {
        ++offset_;
        digits();
    }
    if (offset_ < text_.size() && (text_[offset_] == 'e' || text_[offset_] == 'E')) {
        std::size_t at = offset_ + 1;
        at += at < text_.size() && (text_[at] == '+' || text_[at] == '-') ? 1 : 0;
        if (at < text_.size() && digit(text_[at])) {
            offset_ = at;
            digits();
        }
    }
    if (offset_ < text_.size() && name_start(code_point_at(text_, offset_).value)) {
        return fail("a name may not follow a number without space");
    }
    const std::string_view written = text_.substr(from, offset_ - from);
    const std::optional<Decimal> number = Decimal::parse(written);
    if (!number) {
        return fail_at(from, offset_, "the number is beyond the range of decimal128");
    }
    return constant(from, Value::number(*number, *arena_), Type::Kind::Number);
}

std::optional<char32_t> Parser::hexadecimal(std::size_t digits) {
    if (offset_ + digits > text_.size()) {
        return std::nullopt;
    }
    char32_t value = 0;
    for (const char byte : text_.substr(offset_, digits)) {
        const bool letter = (byte >= 'a' && byte <= 'f') || (byte >= 'A' && byte <= 'F');
        if (!digit(byte) && !letter) {
            return std::nullopt;
        }
        value =
            value * 16 + static_cast<char32_t>(digit(byte) ? byte - '0' : (byte | 0x20) - 'a' + 10);
    }
    offset_ += digits;
    return value;
}

/// After a backslash. An unknown escape stands for itself, backslash included: the standard has no
/// others, and regular expressions are full of them.
void Parser::escape(std::string& out) {
    static constexpr std::string_view kLetters = "nrt\"'\\";
    static constexpr std::string_view kMeanings = "\n\r\t\"'\\";
    const char letter = offset_ < text_.size() ? text_[offset_] : '\0';
    const std::size_t simple = kLetters.find(letter);
    if (letter != '\0' && simple != std::string_view::npos) {
        out.push_back(kMeanings[simple]);
        ++offset_;
        return;
    }
    if (letter == 'u' || letter == 'U') {
        const std::size_t start = offset_++;
        std::optional<char32_t> code = hexadecimal(letter == 'u' ? 4 : 6);
        if (code && *code >= 0xd800 && *code < 0xdc00 && text_.substr(offset_, 2) == "\\u") {
            offset_ += 2;
            const std::optional<char32_t> low = hexadecimal(4);
            const bool pair = low && *low >= 0xdc00 && *low < 0xe000;
            code = pair ? std::optional(0x10000 + ((*code - 0xd800) << 10U) + (*low - 0xdc00))
                        : std::nullopt;
        }
        if (code && *code <= 0x10ffff && (*code < 0xd800 || *code >= 0xe000)) {
            append_utf8(*code, out);
            return;
        }
        fail_at(start - 1, offset_, "the escape does not name a Unicode character");
        return;
    }
    out.push_back('\\');
}

/// From the opening quote to after the closing one.
std::string Parser::string_body() {
    const std::size_t from = offset_++;
    std::string content;
    while (offset_ < text_.size() && text_[offset_] != '"') {
        const char byte = text_[offset_++];
        if (byte == '\\') {
            escape(content);
        } else {
            content.push_back(byte);
        }
    }
    if (!failed_ && offset_ >= text_.size()) {
        fail_at(from, text_.size(), "the string has no closing quote");
    }
    offset_ += failed_ ? 0 : 1;
    return content;
}

NodePtr Parser::string() {
    const std::size_t from = offset_;
    const std::string content = string_body();
    return constant(
        from, Value::string(arena_->copy(std::string_view(content))), Type::Kind::String
    );
}

NodePtr Parser::at_literal() {
    const std::size_t from = offset_;
    accept("@");
    if (peek() != '"') {
        return fail("expected a string after \"@\"");
    }
    const std::string body = string_body();
    const std::string_view content = arena_->copy(std::string_view(body));
    const Value value = parse_temporal(content, *arena_);
    NodePtr node = constant(from, value, type_of(value));
    if (value.null() && !failed_) {
        doubt(
            *node,
            "\"" + std::string(content) + "\" is no date, time, date and time or duration",
            "write @\"2024-01-31\", @\"13:20:00\", @\"2024-01-31T13:20:00\", @\"P1Y2M\" or "
            "@\"P1DT2H\""
        );
    }
    return node;
}

NodePtr Parser::parenthesised() {
    const std::size_t from = offset_;
    accept("(");
    const bool outer_endpoint = in_endpoint_;
    in_endpoint_ = false;
    NodePtr node;
    const char next = peek();
    if (next == '<' || next == '>' || next == '=' || (next == '!' && peek_text("!="))) {
        node = operator_range(from);
        expect(")", "after the range");
        node = finish(std::move(node));
    } else {
        node = expression();
        if (accept("..")) {
            in_endpoint_ = outer_endpoint;
            return range_tail(std::move(node), false, from);
        }
        expect(")", "after the expression");
    }
    in_endpoint_ = outer_endpoint;
    return node;
}

/// `< 10` as a value: a range that is open on the other side; `= 10`, one that holds a single
/// value;
/// `!= 10`, one that holds all others (grammar rule 7).
NodePtr Parser::operator_range(std::size_t from) {
    NodePtr node = make(NodeKind::Range, from);
    const bool less = accept("<");
    const bool greater = !less && accept(">");
    const bool included = !accept("!=") && accept("=");
    node->range.start_included = !less && included;
    node->range.end_included = !greater && included;
    node->range.start_undefined = !greater;
    node->range.end_undefined = !less;
    NodePtr end = endpoint();
    node->type = Type::range(end->type);
    node = finish(std::move(node));
    if (!less && !greater) {
        // `(=10)` has 10 at both ends.
        node->height = std::max(node->height, end->height + 1);
        node->children.push_back(nullptr);
        node->children.push_back(std::move(end));
        return node;
    }
    if (less) {
        adopt(*node, nullptr);
    }
    adopt(*node, std::move(end));
    if (!less) {
        adopt(*node, nullptr);
    }
    return node;
}

NodePtr Parser::endpoint() {
    const bool outer = in_endpoint_;
    in_endpoint_ = true;
    NodePtr node = additive();
    in_endpoint_ = outer;
    return node;
}

/// After `start ..`: the second end and the closing bracket.
NodePtr Parser::range_tail(NodePtr start, bool start_included, std::size_t from) {
    NodePtr node = make(NodeKind::Range, from);
    node->range.start_included = start_included;
    NodePtr end = endpoint();
    node->range.end_included = accept("]");
    if (!node->range.end_included && !accept(")") && !accept("[")) {
        fail("expected \"]\", \")\" or \"[\" after the range");
    }
    node = finish(std::move(node));
    node->type = Type::range(common_type(start->type, end->type));
    adopt(*node, std::move(start));
    adopt(*node, std::move(end));
    return node;
}

NodePtr Parser::reversed_range() {
    const std::size_t from = offset_;
    accept("]");
    NodePtr start = expression();
    if (!expect("..", "in a range")) {
        return start;
    }
    return range_tail(std::move(start), false, from);
}

NodePtr Parser::list_or_range() {
    const std::size_t from = offset_;
    accept("[");
    const bool outer_endpoint = in_endpoint_;
    in_endpoint_ = false;
    NodePtr node = make(NodeKind::List, from);
    Type item = Type::Kind::Null;
    while (!failed_ && !accept("]")) {
        if (!node->children.empty() && !expect(",", "or \"]\" after an item")) {
            break;
        }
        const bool operator_first = peek() == '<' || peek() == '>';
        NodePtr child = operator_first ? operator_range(skip_to()) : expression();
        if (node->children.empty() && accept("..")) {
            in_endpoint_ = outer_endpoint;
            return range_tail(std::move(child), true, from);
        }
        item = node->children.empty() ? child->type : merged_type(item, child->type);
        adopt(*node, std::move(child));
    }
    in_endpoint_ = outer_endpoint;
    node->type = Type::list(item);
    return finish(std::move(node));
}

NodePtr Parser::context() {
    const std::size_t from = offset_;
    accept("{");
    const bool outer_endpoint = in_endpoint_;
    in_endpoint_ = false;
    NodePtr node = make(NodeKind::Context, from);
    const std::size_t visible = names_.size();
    while (!failed_ && !accept("}")) {
        if (!node->children.empty() && !expect(",", "or \"}\" after an entry")) {
            break;
        }
        context_entry(*node);
    }
    names_.pop_to(visible);
    in_endpoint_ = outer_endpoint;
    std::vector<Type::Field> fields;
    for (std::size_t i = 0; i < node->children.size(); ++i) {
        fields.push_back({node->keys[i], node->children[i]->type});
    }
    node->type = Type::context(std::move(fields));
    return finish(std::move(node));
}

void Parser::context_entry(Node& node) {
    const std::size_t from = skip_to();
    const std::string key = peek() == '"' ? string_body() : declared_name({}, ":");
    if (key.empty() && offset_ == from) {
        fail("expected the key of an entry");
        return;
    }
    if (std::find(node.keys.begin(), node.keys.end(), key) != node.keys.end()) {
        fail_at(from, offset_, "the context has two entries \"" + key + "\"");
        return;
    }
    expect(":", "after the key of an entry");
    const std::uint32_t local = names_.add_local();
    const std::size_t visible = names_.size();
    if (peek_word("function")) {
        names_.push_for_functions(key, Type::any_function(), local);
    }
    NodePtr value = expression();
    names_.pop_to(visible);
    if (value->kind == NodeKind::Function) {
        // A capture of the entry's own local is the function itself: recursion.
        const std::vector<NodePtr>& captures = value->function->captures;
        const auto self =
            std::find_if(captures.begin(), captures.end(), [local](const NodePtr& each) {
                return each->kind == NodeKind::Local && each->index == local;
            });
        if (self != captures.end()) {
            value->function->self_capture = static_cast<std::int32_t>(self - captures.begin());
        }
    }
    names_.push(key, value->type, local);
    node.keys.push_back(key);
    node.indexes.push_back(local);
    adopt(node, std::move(value));
}

NodePtr Parser::name() {
    const std::size_t from = offset_;
    const std::string_view word = word_here();
    if (word.empty() || !name_start(code_point_at(word, 0).value)) {
        return fail("expected an expression");
    }
    if (word == "true" || word == "false") {
        accept_word(word);
        return constant(from, Value::boolean(word == "true"), Type::Kind::Boolean);
    }
    if (word == "null") {
        accept_word(word);
        return constant(from, Value(), Type::Kind::Null);
    }
    if (word == "if") {
        return conditional();
    }
    if (word == "for") {
        return loop(NodeKind::For);
    }
    if (word == "some" || word == "every") {
        return loop(word == "some" ? NodeKind::Some : NodeKind::Every);
    }
    if (word == "function") {
        return function();
    }
    if (keyword(word)) {
        return fail("expected an expression");
    }
    const std::optional<Names::Match> match = names_.longest(text_, offset_);
    if (!match) {
        return unknown_name(from);
    }
    offset_ = match->end;
    ++node_count_;
    if (const Scope::Binding* binding = names_.binding(match->canonical)) {
        return bound_name(*binding, from);
    }
    NodePtr node = names_.resolve(match->canonical, from, offset_);
    return node ? std::move(node) : unknown_name(from);
}

NodePtr Parser::unknown_name(std::size_t from) {
    offset_ = from;
    std::string name = greedy_name();
    NodePtr node = make(NodeKind::Unknown, from);
    node->text = name;
    // The entry of an item of whose type nothing is known: looked for when the filter runs.
    if (names_.in_dynamic_filter()) {
        NodePtr dynamic = names_.resolve(name, from, offset_);
        if (dynamic) {
            return dynamic;
        }
    }
    doubt(*node, "unknown name \"" + name + "\"", did_you_mean(names_.similar(name)));
    return node;
}

}  // namespace attune::feel
