#include "program/diagnostics.h"

#include <algorithm>
#include <tuple>

#include "value/json.h"

namespace attune::program {

namespace {

/// Line `line` (from 1) of a text, without its end.
std::string_view line_of(std::string_view text, std::uint32_t line) {
    std::size_t start = 0;
    for (std::uint32_t i = 1; i < line; ++i) {
        const std::size_t end = text.find('\n', start);
        if (end == std::string_view::npos) {
            return {};
        }
        start = end + 1;
    }
    std::string_view found = text.substr(start, text.find('\n', start) - start);
    if (found.ends_with('\r')) {
        found.remove_suffix(1);
    }
    return found;
}

std::size_t offset_of(std::string_view text, Location at) {
    std::size_t start = 0;
    for (std::uint32_t i = 1; i < at.line; ++i) {
        const std::size_t end = text.find('\n', start);
        if (end == std::string_view::npos) {
            return text.size();
        }
        start = end + 1;
    }
    return std::min(text.size(), start + at.column - 1);
}

bool blank(char letter) {
    return letter == ' ' || letter == '\t' || letter == '\r' || letter == '\n';
}

/// Walks a scalar's text and its source side by side until `offset` bytes of the text are behind:
/// quotes, escapes, block indicators and the white space of folded lines stand only in the source.
std::size_t align(
    std::string_view source, std::size_t start, std::string_view text, std::size_t offset
) {
    std::size_t at = start;
    if (at < source.size() && (source[at] == '|' || source[at] == '>')) {
        at = std::min(source.find('\n', at), source.size());
    }
    for (std::size_t i = 0; i <= offset && i < text.size(); ++i) {
        if (blank(text[i])) {
            at += at < source.size() && blank(source[at]) ? 1 : 0;
            continue;
        }
        while (at < source.size() && source[at] != text[i]) {
            ++at;
        }
        if (i == offset) {
            return std::min(at, source.size());
        }
        ++at;
    }
    return std::min(at, source.size());
}

std::string_view severity_name(Diagnostic::Severity severity) {
    return severity == Diagnostic::Severity::Error ? "error" : "warning";
}

std::string counted(std::size_t count, std::string_view what) {
    return std::to_string(count) + " " + std::string(what) + (count == 1 ? "" : "s");
}

/// The source line with a caret line below; tabs are kept so that the caret stands right.
void append_excerpt(
    std::string& out, std::string_view line, const Diagnostic& diagnostic, bool colours
) {
    constexpr std::size_t kLineBytesMax = 200;
    if (line.empty() || diagnostic.at.column > kLineBytesMax) {
        return;
    }
    const std::string number = std::to_string(diagnostic.at.line);
    out.append("  ").append(number).append(" | ");
    out.append(line.substr(0, kLineBytesMax)).append("\n  ");
    out.append(number.size(), ' ').append(" | ");
    const std::size_t before = std::min<std::size_t>(diagnostic.at.column - 1, line.size());
    for (const char letter : line.substr(0, before)) {
        if ((static_cast<unsigned char>(letter) & 0xc0U) != 0x80U) {  // One column a code point.
            out.push_back(letter == '\t' ? '\t' : ' ');
        }
    }
    const std::size_t length = std::clamp<std::size_t>(
        diagnostic.length, 1, std::max<std::size_t>(1, line.size() - before)
    );
    out.append(colours ? "\033[32m" : "").append("^");
    out.append(length - 1, '~').append(colours ? "\033[0m" : "").append("\n");
}

}  // namespace

std::uint32_t Diagnostics::add_source(std::string path, std::string text) {
    sources_.push_back({std::move(path), std::move(text)});
    return static_cast<std::uint32_t>(sources_.size() - 1);
}

void Diagnostics::error(Location at, std::string message, std::string hint) {
    add({Diagnostic::Severity::Error, at, 1, std::move(message), std::move(hint)});
}

void Diagnostics::warning(Location at, std::string message, std::string hint) {
    add({Diagnostic::Severity::Warning, at, 1, std::move(message), std::move(hint)});
}

void Diagnostics::error_in(
    const Text& text, std::size_t offset, std::size_t length, std::string message, std::string hint
) {
    if (unknown_names_forgiven_ && message.starts_with("unknown name ")) {
        return;
    }
    add(
        {Diagnostic::Severity::Error,
         locate(text, offset),
         length,
         std::move(message),
         std::move(hint)}
    );
}

void Diagnostics::warning_in(
    const Text& text, std::size_t offset, std::size_t length, std::string message, std::string hint
) {
    add(
        {Diagnostic::Severity::Warning,
         locate(text, offset),
         length,
         std::move(message),
         std::move(hint)}
    );
}

void Diagnostics::add(Diagnostic diagnostic) {
    ++(diagnostic.severity == Diagnostic::Severity::Error ? error_count_ : warning_count_);
    if (kept_.size() < kKeptMax) {
        kept_.push_back(std::move(diagnostic));
    }
}

std::vector<Diagnostic> Diagnostics::sorted() const {
    std::vector<Diagnostic> sorted = kept_;
    const auto place = [this](const Diagnostic& diagnostic) {
        return std::tuple(path(diagnostic.at.file), diagnostic.at.line, diagnostic.at.column);
    };
    std::stable_sort(sorted.begin(), sorted.end(), [&](const auto& lhs, const auto& rhs) {
        return place(lhs) < place(rhs);
    });
    return sorted;
}

std::string_view Diagnostics::path(std::uint32_t file) const {
    return file < sources_.size() ? std::string_view(sources_[file].path) : "workspace";
}

std::string_view Diagnostics::source(std::uint32_t file) const {
    return file < sources_.size() ? std::string_view(sources_[file].text) : std::string_view();
}

Location Diagnostics::locate(const Text& text, std::size_t offset) const {
    if (text.at.line == 0 || text.at.file >= sources_.size()) {
        return text.at;
    }
    const std::string_view all = source(text.at.file);
    const std::size_t found = align(all, offset_of(all, text.at), text.text, offset);
    const std::string_view before = all.substr(0, found);
    const std::size_t line_start = before.rfind('\n') + 1;  // npos + 1 is 0.
    return {
        text.at.file,
        static_cast<std::uint32_t>(std::count(before.begin(), before.end(), '\n') + 1),
        static_cast<std::uint32_t>(found - line_start + 1)};
}

std::string Diagnostics::to_string(Location at) const {
    std::string text(path(at.file));
    if (at.file < sources_.size() && at.line != 0) {
        text += ":" + std::to_string(at.line) + ":" + std::to_string(at.column);
    }
    return text;
}

std::string Diagnostics::render(Style style) const {
    std::string out;
    const auto colour = [&](const char* code) { return style.colours ? code : ""; };
    for (const Diagnostic& diagnostic : sorted()) {
        const bool error = diagnostic.severity == Diagnostic::Severity::Error;
        out.append(colour("\033[1m")).append(to_string(diagnostic.at)).append(": ");
        out.append(colour(error ? "\033[31m" : "\033[33m"));
        out.append(error ? "" : "warning: ").append(colour("\033[0m"));
        out.append(diagnostic.message);
        if (!diagnostic.hint.empty()) {
            out.append("; ").append(diagnostic.hint);
        }
        out.push_back('\n');
        if (style.source && diagnostic.at.line != 0) {
            append_excerpt(
                out,
                line_of(source(diagnostic.at.file), diagnostic.at.line),
                diagnostic,
                style.colours
            );
        }
    }
    const std::size_t all = error_count_ + warning_count_;
    if (all > kept_.size()) {
        out += "and " + std::to_string(all - kept_.size()) + " more\n";
    }
    if (all > 0) {
        out += counted(error_count_, "error") + ", " + counted(warning_count_, "warning") + "\n";
    }
    return out;
}

std::string Diagnostics::to_json() const {
    std::string out = "[";
    for (const Diagnostic& diagnostic : sorted()) {
        out += out.size() > 1 ? ",\n {" : "{";
        out.append("\"severity\":\"")
            .append(severity_name(diagnostic.severity))
            .append("\",\"file\":");
        json::write_string(path(diagnostic.at.file), out);
        out += ",\"line\":" + std::to_string(diagnostic.at.line);
        out += ",\"column\":" + std::to_string(diagnostic.at.column);
        out += ",\"message\":";
        json::write_string(diagnostic.message, out);
        if (!diagnostic.hint.empty()) {
            out += ",\"hint\":";
            json::write_string(diagnostic.hint, out);
        }
        out += "}";
    }
    return out + "]\n";
}

}  // namespace attune::program
