#include "host/line_editor.h"

#include <cstdio>
#include <cstdlib>

#include <histedit.h>

#include "host/completion.h"

namespace attune::host {

struct LineEditor::Terminal {
    explicit Terminal(Options chosen)
        : options(std::move(chosen)),
          history(history_init()),
          line(el_init("attune", stdin, stdout, stderr)) {}
    Terminal(const Terminal&) = delete;
    Terminal& operator=(const Terminal&) = delete;
    Terminal(Terminal&&) = delete;
    Terminal& operator=(Terminal&&) = delete;
    ~Terminal() {
        el_end(line);
        history_end(history);
    }

    Options options;
    History* history;
    HistEvent event{};
    EditLine* line;
};

namespace {

char* prompt(EditLine* /*line*/) {
    // libedit wants to be able to write there.
    static std::string text = "> ";
    return text.data();
}

/// Called for the tabulator key.
unsigned char complete_name(EditLine* line, wint_t /*key*/) {
    void* data = nullptr;
    el_get(line, EL_CLIENTDATA, &data);
    const auto& options = *static_cast<const LineEditor::Options*>(data);
    const LineInfo* const info = el_line(line);
    const std::string_view before(
        info->buffer, static_cast<std::size_t>(info->cursor - info->buffer)
    );
    const std::vector<std::string> names = options.names();
    const Completion found = complete(before, names);
    const std::string more = found.common();
    if (!more.empty()) {
        return el_insertstr(line, more.c_str()) == 0 ? CC_REFRESH : CC_ERROR;
    }
    if (found.names.size() < 2) {
        return CC_ERROR;
    }
    std::fputc('\n', stdout);
    for (const std::string& name : found.names) {
        std::fprintf(stdout, "%s\n", name.c_str());
    }
    return CC_REDISPLAY;
}

}  // namespace

LineEditor::LineEditor(Options options)
    : terminal_(std::make_unique<Terminal>(std::move(options))) {
    Terminal& terminal = *terminal_;
    history(
        terminal.history, &terminal.event, H_SETSIZE, static_cast<int>(terminal.options.history_max)
    );
    history(terminal.history, &terminal.event, H_SETUNIQUE, 1);
    if (!terminal.options.history.empty()) {
        history(terminal.history, &terminal.event, H_LOAD, terminal.options.history.c_str());
    }
    el_set(terminal.line, EL_PROMPT, prompt);
    el_set(terminal.line, EL_EDITOR, "emacs");
    el_set(terminal.line, EL_SIGNAL, 1);
    el_set(terminal.line, EL_HIST, history, terminal.history);
    el_set(terminal.line, EL_CLIENTDATA, &terminal.options);
    // The narrow form would keep copies of the texts that nobody frees.
    el_wset(terminal.line, EL_ADDFN, L"complete-name", L"Completes a name", complete_name);
    el_set(terminal.line, EL_BIND, "^I", "complete-name", nullptr);
    el_source(terminal.line, nullptr);
}

LineEditor::~LineEditor() {
    const std::filesystem::path& path = terminal_->options.history;
    if (!path.empty()) {
        std::error_code failed;
        std::filesystem::create_directories(path.parent_path(), failed);
        history(terminal_->history, &terminal_->event, H_SAVE, path.c_str());
    }
}

std::optional<std::string> LineEditor::read() {
    int size = 0;
    const char* const text = el_gets(terminal_->line, &size);
    if (text == nullptr || size <= 0) {
        return std::nullopt;
    }
    std::string line(text, static_cast<std::size_t>(size));
    while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) {
        line.pop_back();
    }
    if (line.find_first_not_of(" \t") != std::string::npos) {
        history(terminal_->history, &terminal_->event, H_ENTER, line.c_str());
    }
    return line;
}

std::filesystem::path history_path(const std::string& name) {
    if (const char* const state = std::getenv("XDG_STATE_HOME");
        state != nullptr && *state == '/') {
        return std::filesystem::path(state) / "attune" / name;
    }
    const char* const home = std::getenv("HOME");
    return home == nullptr || *home == '\0'
               ? std::filesystem::path()
               : std::filesystem::path(home) / ".local" / "state" / "attune" / name;
}

}  // namespace attune::host
