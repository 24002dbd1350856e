#include "feel/range_text.h"

#include "feel/chars.h"
#include "feel/expression.h"
#include "feel/parser.h"
#include "feel/vm.h"

namespace attune::feel {

namespace {

std::string_view trimmed(std::string_view text) {
    const std::size_t from = skip_space(text, 0);
    text.remove_prefix(from);
    while (!text.empty() && white_space(static_cast<unsigned char>(text.back()))) {
        text.remove_suffix(1);
    }
    return text;
}

/// Whether `node` is a literal, a negative one, or a temporal constructor with a literal text.
bool literal(const Node& node) {
    if (node.kind == NodeKind::Constant) {
        return !node.value.null();
    }
    if (node.kind == NodeKind::Negate) {
        return node.children[0]->kind == NodeKind::Constant;
    }
    if (node.kind != NodeKind::Call || node.by_name || node.children.size() != 2 ||
        node.children[0]->kind != NodeKind::Builtin) {
        return false;
    }
    const std::string& name = node.children[0]->text;
    const bool constructor = name == "date" || name == "time" || name == "date and time" ||
                             name == "duration" || name == "years and months duration";
    return constructor && node.children[1]->kind == NodeKind::Constant &&
           node.children[1]->value.is(Value::Kind::String);
}

/// The value of one end; null if it is no literal.
Value endpoint(std::string_view text, Evaluation& evaluation) {
    const Scope nothing;
    const CompileOptions options{.lenient = true};
    Arena scratch(256);
    Parser parser(text, nothing, options, scratch);
    const NodePtr tree = parser.parse_expression();
    if (!tree || !literal(*tree)) {
        return {};
    }
    const Compilation compiled = Expression::compile(text, nothing, options);
    return compiled.ok() ? compiled.value().evaluate(evaluation).clone(evaluation.arena) : Value();
}

/// Where ".." stands outside of quotes; npos if nowhere.
std::size_t find_dots(std::string_view text) {
    bool quoted = false;
    for (std::size_t i = 0; i + 1 < text.size(); ++i) {
        if (text[i] == '\\' && quoted) {
            ++i;
        } else if (text[i] == '"') {
            quoted = !quoted;
        } else if (!quoted && text[i] == '.' && text[i + 1] == '.') {
            return i;
        }
    }
    return std::string_view::npos;
}

Value bracket_range(std::string_view text, Evaluation& evaluation) {
    const char open = text.front();
    const char close = text.back();
    const std::string_view inside = text.substr(1, text.size() - 2);
    const std::size_t dots = find_dots(inside);
    if (dots == std::string_view::npos) {
        return {};
    }
    const std::string_view first = trimmed(inside.substr(0, dots));
    const std::string_view last = trimmed(inside.substr(dots + 2));
    const Value start = first.empty() ? Value() : endpoint(first, evaluation);
    const Value end = last.empty() ? Value() : endpoint(last, evaluation);
    if ((!first.empty() && start.null()) || (!last.empty() && end.null())) {
        return {};
    }
    // A missing end is open: "[..2]" names no start that it could include.
    if ((first.empty() && open == '[') || (last.empty() && close == ']')) {
        return {};
    }
    RangeForm form;
    form.start_included = open == '[';
    form.end_included = close == ']';
    form.start_undefined = first.empty();
    form.end_undefined = last.empty();
    return make_range(evaluation, {}, form, start, end);
}

}  // namespace

Value parse_range(std::string_view text, Evaluation& evaluation) {
    text = trimmed(text);
    if (text.size() < 4 || std::string_view("[(]").find(text.front()) == std::string_view::npos ||
        std::string_view("])[").find(text.back()) == std::string_view::npos) {
        return {};
    }
    return bracket_range(text, evaluation);
}

}  // namespace attune::feel
