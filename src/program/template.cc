#include "program/template.h"

#include <algorithm>

#include "feel/text.h"
#include "program/template_html.h"
#include "program/written.h"
#include "value/decimal.h"
#include "value/json.h"

namespace attune::program {

namespace {

constexpr std::string_view kOpen = "{{";
constexpr std::string_view kClose = "}}";

/// Where the expression that begins at `from` ends: at the first `}}` that is neither in a string
/// nor closes a context.
std::size_t find_close(std::string_view text, std::size_t from) {
    std::size_t depth = 0;
    bool in_string = false;
    for (std::size_t at = from; at < text.size(); ++at) {
        const char letter = text[at];
        if (in_string) {
            at += letter == '\\' ? 1 : 0;
            in_string = letter != '"';
        } else if (letter == '"') {
            in_string = true;
        } else if (letter == '{') {
            ++depth;
        } else if (letter == '}' && depth > 0) {
            --depth;
        } else if (text.substr(at, 2) == kClose) {
            return at;
        }
    }
    return std::string_view::npos;
}

void add_slots(std::vector<feel::Slot>& slots, std::span<const feel::Slot> more) {
    slots.insert(slots.end(), more.begin(), more.end());
    std::sort(slots.begin(), slots.end());
    slots.erase(std::unique(slots.begin(), slots.end()), slots.end());
}

/// A value as it is read by people.
void append_text(const Value& value, std::string& out) {
    switch (value.kind()) {
    case Value::Kind::Null:
        break;
    case Value::Kind::String:
        out.append(value.as_string());
        break;
    case Value::Kind::Context:
        json::write(value, out);
        break;
    case Value::Kind::List: {
        bool first = true;
        for (const Value& item : value.as_list()) {
            out.append(first ? "" : ", ");
            append_text(item, out);
            first = false;
        }
        break;
    }
    default:
        out += feel::to_feel_string(value);
    }
}

void append_html(std::string_view text, std::string& out) {
    for (const char letter : text) {
        switch (letter) {
        case '&':
            out += "&amp;";
            break;
        case '<':
            out += "&lt;";
            break;
        case '>':
            out += "&gt;";
            break;
        case '"':
            out += "&quot;";
            break;
        case '\'':
            out += "&#39;";
            break;
        case '\0':
            out += "\xef\xbf\xbd";
            break;
        default:
            out += letter;
        }
    }
}

void append_percent(char letter, std::string& out) {
    constexpr std::string_view kHex = "0123456789ABCDEF";
    const auto byte = static_cast<unsigned char>(letter);
    out += '%';
    out += kHex[byte >> 4U];
    out += kHex[byte & 15U];
}

/// RFC 3986: everything but the unreserved is escaped.
void append_url_part(std::string_view text, std::string& out) {
    for (const char letter : text) {
        const bool plain = (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
                           (letter >= '0' && letter <= '9') || letter == '-' || letter == '.' ||
                           letter == '_' || letter == '~';
        if (plain) {
            out += letter;
        } else {
            append_percent(letter, out);
        }
    }
}

/// A whole URL, or its beginning: only what must not stand in one is escaped.
void append_url_start(std::string_view text, std::string& out) {
    if (!safe_url(text)) {
        out += '#';
        return;
    }
    constexpr std::string_view kNever = "\"<>\\^`{|}";
    for (const char letter : text) {
        const auto byte = static_cast<unsigned char>(letter);
        if (byte <= ' ' || byte >= 0x7f || kNever.find(letter) != std::string_view::npos) {
            append_percent(letter, out);
        } else {
            out += letter;
        }
    }
}

void append_header(std::string_view text, std::string& out) {
    for (const char letter : text) {
        out += static_cast<unsigned char>(letter) < 0x20 || letter == 0x7f ? ' ' : letter;
    }
}

}  // namespace

/// Takes one template's text apart.
class Template::Compiler {
public:
    Compiler(const Text& text, Target target, const feel::Scope& scope, Diagnostics& diagnostics)
        : text_(text), target_(target), scope_(scope), diagnostics_(diagnostics) {}

    std::optional<Template> compile();

private:
    bool add_expression(std::size_t start, std::size_t end);
    bool escape_html(Part& part, std::size_t start);
    void escape_url(Part& part);
    void add_literal(std::string_view literal) { literal_.append(literal); }

    const Text& text_;
    Target target_;
    const feel::Scope& scope_;
    Diagnostics& diagnostics_;
    std::string literal_;  ///< Before the next expression.
    HtmlPlace place_;
    bool url_begun_ = false;
    Template made_;
};

std::optional<Template> Template::Compiler::compile() {
    const std::string_view text = text_.text;
    bool fits = true;
    std::size_t at = 0;
    while (at < text.size()) {
        const std::size_t open = text.find(kOpen, at);
        add_literal(text.substr(at, open - at));
        if (open == std::string_view::npos) {
            break;
        }
        const std::size_t start = open + kOpen.size();
        if (text.substr(start, kOpen.size()) == kOpen) {
            add_literal(kOpen);
            at = start + kOpen.size();
            continue;
        }
        const std::size_t close = find_close(text, start);
        if (close == std::string_view::npos) {
            diagnostics_.error_in(text_, open, 2, "cannot read the template: \"{{\" has no \"}}\"");
            return std::nullopt;
        }
        fits = add_expression(start, close) && fits;
        at = close + kClose.size();
    }
    place_.feed(target_ == Target::Html ? literal_ : "");
    if (target_ == Target::Html && !place_.complete()) {
        diagnostics_.error(
            text_.at,
            "cannot read the template: its HTML ends " + place_.reason(),
            "a bracket or quote is missing"
        );
        fits = false;
    }
    made_.parts_.push_back({std::move(literal_), std::nullopt, Escape::None, false});
    return fits ? std::optional(std::move(made_)) : std::nullopt;
}

bool Template::Compiler::escape_html(Part& part, std::size_t start) {
    place_.feed(part.literal);
    switch (place_.kind()) {
    case HtmlPlace::Kind::Text:
    case HtmlPlace::Kind::Attribute:
        part.escape = Escape::Html;
        break;
    case HtmlPlace::Kind::UrlStart:
        part.escape = Escape::UrlStart;
        part.html_too = true;
        break;
    case HtmlPlace::Kind::UrlPart:
        part.escape = Escape::UrlPart;
        part.html_too = true;
        break;
    case HtmlPlace::Kind::NotAllowed:
        diagnostics_.error_in(
            text_,
            start,
            1,
            "cannot insert a value " + place_.reason(),
            "move it into text or a quoted attribute"
        );
        return false;
    }
    place_.insert();
    return true;
}

void Template::Compiler::escape_url(Part& part) {
    url_begun_ = url_begun_ || !part.literal.empty();
    part.escape = url_begun_ ? Escape::UrlPart : Escape::UrlStart;
    url_begun_ = true;
}

bool Template::Compiler::add_expression(std::size_t start, std::size_t end) {
    const std::string_view source = std::string_view(text_.text).substr(start, end - start);
    feel::Compilation compilation = feel::Expression::compile(source, scope_);
    for (const feel::Diagnostic& found : compilation.diagnostics) {
        const std::size_t at = start + std::min(found.offset, source.size());
        if (found.severity == feel::Diagnostic::Severity::Error) {
            diagnostics_.error_in(
                text_,
                at,
                found.length,
                "cannot compile the template's expression: " + found.message,
                found.hint
            );
        } else {
            diagnostics_.warning_in(text_, at, found.length, found.message, found.hint);
        }
    }
    Part part;
    part.literal = std::exchange(literal_, {});
    part.escape = target_ == Target::Header ? Escape::Header : Escape::None;
    const bool placed = target_ != Target::Html || escape_html(part, start);
    if (target_ == Target::Url) {
        escape_url(part);
    }
    if (!compilation || !placed) {
        return false;
    }
    add_slots(made_.slots_, compilation.value().slots());
    part.expression = compilation.value();
    made_.parts_.push_back(std::move(part));
    return true;
}

std::optional<Template> Template::compile(
    const Text& text, Target target, const feel::Scope& scope, Diagnostics& diagnostics
) {
    return Compiler(text, target, scope, diagnostics).compile();
}

bool Template::constant() const {
    return std::none_of(parts_.begin(), parts_.end(), [](const Part& part) {
        return part.expression.has_value();
    });
}

std::optional<feel::Expression> Template::sole_expression() const {
    const bool sole = parts_.size() == 2 && parts_[0].literal.empty() && parts_[1].literal.empty();
    return sole ? parts_[0].expression : std::nullopt;
}

void Template::append(const Part& part, std::string_view value, std::string& out) {
    std::string url;
    switch (part.escape) {
    case Escape::None:
        out.append(value);
        return;
    case Escape::Header:
        append_header(value, out);
        return;
    case Escape::Html:
        append_html(value, out);
        return;
    case Escape::UrlStart:
        append_url_start(value, url);
        break;
    case Escape::UrlPart:
        append_url_part(value, url);
        break;
    }
    if (part.html_too) {
        append_html(url, out);
    } else {
        out += url;
    }
}

bool Template::render(feel::Evaluation& evaluation, std::string& out) const {
    const std::size_t before = out.size();
    for (const Part& part : parts_) {
        const std::size_t whole = out.size();
        out += part.literal;
        if (part.expression) {
            std::string value;
            append_text(evaluate_to_write(*part.expression, evaluation), value);
            append(part, value, out);
        }
        if (out.size() - before > kOutputBytesMax) {
            out.resize(whole);
            if (evaluation.warnings != nullptr) {
                feel::Warning warning;
                warning.source = part.expression ? std::string(part.expression->text()) : "";
                warning.cause = "the template's result has more than " +
                                std::to_string(kOutputBytesMax) + " bytes and is cut";
                evaluation.warnings->add(std::move(warning));
            }
            return false;
        }
    }
    return true;
}

/// One value of the data, with what is to be done to fill it in.
struct ContentTemplate::Node {
    Data::Kind kind = Data::Kind::Null;
    bool truth = false;
    Decimal number;
    Template text;
    std::optional<feel::Expression> whole;  ///< A string that is one insertion.
    std::vector<Node> items;
    std::vector<std::string> keys;  ///< Of a map: those of its items.

    static bool compile(
        const Data& data,
        const feel::Scope& scope,
        Diagnostics& diagnostics,
        Node& node,
        std::vector<feel::Slot>& slots
    );
    [[nodiscard]] Value render(feel::Evaluation& evaluation, std::size_t& bytes) const;
    [[nodiscard]] Value render_text(feel::Evaluation& evaluation, std::size_t& bytes) const;
};

bool ContentTemplate::Node::compile(
    const Data& data,
    const feel::Scope& scope,
    Diagnostics& diagnostics,
    Node& node,
    std::vector<feel::Slot>& slots
) {
    node.kind = data.kind;
    node.truth = data.text.text == "true";
    bool fits = true;
    if (data.kind == Data::Kind::Number) {
        node.number = Decimal::parse(data.text.text).value_or(Decimal());
    }
    if (data.kind == Data::Kind::String) {
        std::optional<Template> text =
            Template::compile(data.text, Target::PlainText, scope, diagnostics);
        fits = text.has_value();
        if (text) {
            add_slots(slots, text->slots());
            node.whole = text->sole_expression();
            node.text = std::move(*text);
        }
    }
    for (const Data& item : data.items) {
        fits = compile(item, scope, diagnostics, node.items.emplace_back(), slots) && fits;
    }
    for (const auto& [name, item] : data.entries) {
        node.keys.push_back(name.text);
        fits = compile(item, scope, diagnostics, node.items.emplace_back(), slots) && fits;
    }
    return fits;
}

Value ContentTemplate::Node::render_text(feel::Evaluation& evaluation, std::size_t& bytes) const {
    if (whole) {
        return evaluate_to_write(*whole, evaluation);
    }
    std::string result;
    text.render(evaluation, result);
    bytes += result.size();
    // Over the limit nothing more is filled in; the templates before it stand.
    return bytes > kOutputBytesMax ? Value::string("")
                                   : Value::string(evaluation.arena.copy(std::string_view(result)));
}

Value ContentTemplate::Node::render(feel::Evaluation& evaluation, std::size_t& bytes) const {
    switch (kind) {
    case Data::Kind::Null:
        return {};
    case Data::Kind::Boolean:
        return Value::boolean(truth);
    case Data::Kind::Number:
        return Value::number(number, evaluation.arena);
    case Data::Kind::String:
        return render_text(evaluation, bytes);
    case Data::Kind::List: {
        const std::span<Value> list = evaluation.arena.array<Value>(items.size());
        for (std::size_t i = 0; i < items.size(); ++i) {
            list[i] = items[i].render(evaluation, bytes);
        }
        return Value::list(list);
    }
    case Data::Kind::Map: {
        const std::span<Entry> context = evaluation.arena.array<Entry>(keys.size());
        for (std::size_t i = 0; i < keys.size(); ++i) {
            // The key is copied too: results must not depend on how long the program lives.
            const std::string_view key = keys[i];
            context[i] = Entry{evaluation.arena.copy(key), items[i].render(evaluation, bytes)};
        }
        return Value::context(context);
    }
    }
    return {};
}

std::optional<ContentTemplate> ContentTemplate::compile(
    const Data& data, const feel::Scope& scope, Diagnostics& diagnostics
) {
    ContentTemplate made;
    auto root = std::make_shared<Node>();
    if (!Node::compile(data, scope, diagnostics, *root, made.slots_)) {
        return std::nullopt;
    }
    made.root_ = std::move(root);
    return made;
}

Value ContentTemplate::render(feel::Evaluation& evaluation) const {
    std::size_t bytes = 0;
    return root_ == nullptr ? Value() : root_->render(evaluation, bytes);
}

}  // namespace attune::program
