#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace attune::program {

/// A place in a workspace: lines and columns count from 1, columns in bytes. Line 0 means the file
/// as a whole, file kNowhere the workspace as a whole.
struct Location {
    static constexpr std::uint32_t kNowhere = 0xffff'ffff;

    std::uint32_t file = kNowhere;  ///< Into the sources of Diagnostics.
    std::uint32_t line = 0;
    std::uint32_t column = 0;

    friend bool operator==(const Location&, const Location&) = default;
};

/// A text of the workspace, with where it stands.
struct Text {
    std::string text;
    Location at;

    [[nodiscard]] bool empty() const { return text.empty(); }
};

struct Diagnostic {
    enum class Severity : std::uint8_t { Error, Warning };

    Severity severity = Severity::Error;
    Location at;
    std::size_t length = 1;  ///< Bytes underlined.
    std::string message;     ///< What was attempted, on what, why.
    std::string hint;        ///< `did you mean "window"?`; may be empty.
};

/// Collects what is wrong with a workspace, from reading it to compiling it, and shows it.
class Diagnostics {
public:
    /// Beyond this many, problems are only counted: nobody reads on.
    static constexpr std::size_t kKeptMax = 200;

    /// Registers a file, so that places in it can be named and shown.
    std::uint32_t add_source(std::string path, std::string text);

    void error(Location at, std::string message, std::string hint = {});
    void warning(Location at, std::string message, std::string hint = {});
    /// An error inside `text`, at a byte offset of it: an expression's `tota`. The place in the
    /// file is found again through quotes, folds and indentation.
    void error_in(
        const Text& text,
        std::size_t offset,
        std::size_t length,
        std::string message,
        std::string hint = {}
    );
    void warning_in(
        const Text& text,
        std::size_t offset,
        std::size_t length,
        std::string message,
        std::string hint = {}
    );
    void add(Diagnostic diagnostic);
    /// From now on says nothing of names that expressions do not know: what declares them may stand
    /// where nothing could be read, which has been reported.
    void forgive_unknown_names() { unknown_names_forgiven_ = true; }

    [[nodiscard]] bool ok() const { return error_count_ == 0; }
    [[nodiscard]] std::size_t error_count() const { return error_count_; }
    [[nodiscard]] std::size_t warning_count() const { return warning_count_; }
    /// Sorted by file, line and column.
    [[nodiscard]] std::vector<Diagnostic> sorted() const;

    [[nodiscard]] std::string_view path(std::uint32_t file) const;
    [[nodiscard]] std::string_view source(std::uint32_t file) const;
    [[nodiscard]] std::size_t source_count() const { return sources_.size(); }
    /// Where byte `offset` of `text` stands in its file.
    [[nodiscard]] Location locate(const Text& text, std::size_t offset) const;
    /// "shop.yaml:12:5", "shop.yaml", or "workspace".
    [[nodiscard]] std::string to_string(Location at) const;

    struct Style {
        bool colours = false;  ///< For a terminal.
        bool source = true;    ///< The line and a caret below each message.
    };

    /// Everything as text, with a closing line that counts. Empty if there is nothing to say.
    [[nodiscard]] std::string render(Style style) const;
    /// `[{"severity","file","line","column","message","hint"?}]`
    [[nodiscard]] std::string to_json() const;

private:
    struct Source {
        std::string path;
        std::string text;
    };

    std::vector<Source> sources_;
    std::vector<Diagnostic> kept_;
    bool unknown_names_forgiven_ = false;
    std::size_t error_count_ = 0;
    std::size_t warning_count_ = 0;
};

}  // namespace attune::program
