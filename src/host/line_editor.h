#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace attune::host {

/// Reads lines from a terminal, with editing keys, a history kept in a file, and completion with
/// the tabulator key.
class LineEditor {
public:
    struct Options {
        std::filesystem::path history;  ///< Made with its folder; empty keeps nothing.
        std::size_t history_max = 1'000;
        std::function<std::vector<std::string>()> names;  ///< What may be completed.
    };

    explicit LineEditor(Options options);
    LineEditor(const LineEditor&) = delete;
    LineEditor& operator=(const LineEditor&) = delete;
    LineEditor(LineEditor&&) = delete;
    LineEditor& operator=(LineEditor&&) = delete;
    /// Writes the history.
    ~LineEditor();

    /// The next line without its end, or nothing at the end of the input. Lines with something in
    /// them enter the history.
    [[nodiscard]] std::optional<std::string> read();

private:
    struct Terminal;
    std::unique_ptr<Terminal> terminal_;
};

/// Where the history of `name` belongs: under $XDG_STATE_HOME, else under ~/.local/state; empty
/// without a home.
[[nodiscard]] std::filesystem::path history_path(const std::string& name);

}  // namespace attune::host
