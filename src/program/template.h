#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "feel/evaluation.h"
#include "feel/expression.h"
#include "feel/scope.h"
#include "program/data.h"
#include "program/diagnostics.h"

namespace attune::program {

/// What a template's result is part of; it decides how inserted values are escaped.
enum class Target : std::uint8_t {
    PlainText,
    Html,    ///< By place: text, attribute, URL attribute.
    Header,  ///< One line: an e-mail's subject, an HTTP header.
    Url,     ///< Inserted values are percent-encoded.
};

/// Text with `{{ FEEL }}` in it, compiled: immutable, cheap to copy, safe to share between threads.
///
/// Null inserts nothing. Numbers are written in full, dates and times as FEEL's string() has them,
/// lists joined by ", ", contexts as JSON. `{{{{` stands for `{{`.
///
/// In Html, inserted values cannot leave their place: text and quoted attributes are escaped, a
/// value that begins a URL attribute must be http, https, mailto, tel or relative (else `#`), and
/// insertions into unquoted attributes, tag names, comments, `<script>`, `<style>` and event
/// attributes are errors when the template is compiled.
class Template {
public:
    static constexpr std::size_t kOutputBytesMax = std::size_t{256} * 1024;

    /// Compiles `text`; errors, those of the expressions included, go to `diagnostics`.
    [[nodiscard]] static std::optional<Template> compile(
        const Text& text, Target target, const feel::Scope& scope, Diagnostics& diagnostics
    );

    /// Appends the result to `out`. An expression that fails at run time inserts nothing and leaves
    /// its warning in `evaluation`. False if the output would go over the limit: it is cut at the
    /// last whole part, with a warning.
    bool render(feel::Evaluation& evaluation, std::string& out) const;

    /// The slots that may be read, ascending, each once.
    [[nodiscard]] const std::vector<feel::Slot>& slots() const { return slots_; }
    /// Whether it is the same for everybody.
    [[nodiscard]] bool constant() const;

private:
    /// How an inserted value is escaped.
    enum class Escape : std::uint8_t { None, Html, UrlStart, UrlPart, Header };

    struct Part {
        std::string literal;  ///< Before the expression.
        std::optional<feel::Expression> expression;
        Escape escape = Escape::None;
        bool html_too = false;  ///< A URL inside HTML.
    };

    class Compiler;
    friend class ContentTemplate;

    /// The expression, if the template is one insertion and nothing else.
    [[nodiscard]] std::optional<feel::Expression> sole_expression() const;
    static void append(const Part& part, std::string_view value, std::string& out);

    std::vector<Part> parts_;
    std::vector<feel::Slot> slots_;
};

/// Data whose strings are templates: an offer's content, a webhook's body.
class ContentTemplate {
public:
    static constexpr std::size_t kOutputBytesMax = std::size_t{256} * 1024;

    [[nodiscard]] static std::optional<ContentTemplate> compile(
        const Data& data, const feel::Scope& scope, Diagnostics& diagnostics
    );

    /// The data with every template filled in, in the evaluation's arena. A string that is one
    /// insertion and nothing else becomes that value itself, not its text.
    [[nodiscard]] Value render(feel::Evaluation& evaluation) const;

    [[nodiscard]] const std::vector<feel::Slot>& slots() const { return slots_; }

private:
    struct Node;

    std::shared_ptr<const Node> root_;
    std::vector<feel::Slot> slots_;
};

}  // namespace attune::program
