#include "host/feel_prompt.h"

#include <array>
#include <iostream>
#include <optional>

#include <fmt/format.h>
#include <unistd.h>

#include "host/command_line.h"
#include "host/line_editor.h"

namespace attune::host {

namespace {

constexpr const char* kHelp =
    R"(EXPRESSION            its value and its type; warnings say where a null came from
NAME = EXPRESSION     keeps the value under a name
:explain EXPRESSION   the parts of the expression, each with its value
:type EXPRESSION      the type that it has whatever the values are
:names                the names with values
:help FUNCTION        what a built-in function does, with examples
:help                 this
:quit                 ends; so does Ctrl-D

The tabulator key completes names and built-in functions; the arrow keys find earlier lines.
)";

constexpr std::array<const char*, 5> kCommands{":explain", ":type", ":names", ":help", ":quit"};

/// `name = expression`, where the text is no expression as a whole.
std::optional<std::pair<std::string, std::string>> assignment(
    const std::string& line, const FeelSession& session
) {
    const std::size_t sign = line.find('=');
    if (sign == std::string::npos || sign == 0 || session.compiles(line)) {
        return std::nullopt;
    }
    const std::size_t end = line.find_last_not_of(' ', sign - 1);
    if (end == std::string::npos) {
        return std::nullopt;
    }
    return std::pair(line.substr(0, end + 1), line.substr(sign + 1));
}

class Prompt {
public:
    Prompt(FeelSession& session, bool terminal) : session_(session), terminal_(terminal) {}

    /// False if the line could not be answered.
    bool answer(const std::string& line) {
        if (line.front() == ':') {
            return command(line);
        }
        const auto kept = assignment(line, session_);
        const std::optional<Value> value =
            session_.evaluate(kept ? kept->second : line, {.json = false, .types = terminal_});
        if (kept && value) {
            session_.set(kept->first, *value);
        }
        return value.has_value();
    }

    [[nodiscard]] bool ended() const { return ended_; }

private:
    bool command(const std::string& line) {
        const std::size_t space = line.find(' ');
        const std::string name = line.substr(0, space);
        const std::size_t from = line.find_first_not_of(' ', std::min(space, line.size()));
        const std::string rest = from == std::string::npos ? "" : line.substr(from);
        if (name == ":quit") {
            ended_ = true;
            return true;
        }
        if (name == ":help") {
            return help(rest);
        }
        if (name == ":names") {
            session_.print_names();
            return true;
        }
        if (name == ":explain" || name == ":type") {
            if (rest.empty()) {
                fmt::print(stderr, "error: {} needs an expression behind it\n", name);
                return false;
            }
            return name == ":type" ? session_.print_type(rest) : session_.explain(rest);
        }
        fmt::print(stderr, "error: there is no command \"{}\"; :help lists them\n", name);
        return false;
    }

    static bool help(const std::string& name) {
        if (name.empty()) {
            fmt::print("{}", kHelp);
            return true;
        }
        if (!print_builtins(name)) {
            fmt::print(stderr, "error: there is no built-in function \"{}\"\n", name);
            return false;
        }
        return true;
    }

    FeelSession& session_;
    bool terminal_;
    bool ended_ = false;
};

bool blank(const std::string& line) {
    return line.find_first_not_of(" \t\r") == std::string::npos;
}

int read_terminal(FeelSession& session) {
    fmt::print("FEEL; :help tells more, Ctrl-D ends.\n");
    std::fflush(stdout);
    LineEditor editor({.history = history_path("feel_history"), .names = [&session] {
                           std::vector<std::string> names = session.names();
                           names.insert(names.end(), kCommands.begin(), kCommands.end());
                           return names;
                       }});
    Prompt prompt(session, true);
    while (!prompt.ended()) {
        const std::optional<std::string> line = editor.read();
        if (!line) {
            fmt::print("\n");
            break;
        }
        if (!blank(*line)) {
            prompt.answer(*line);
            std::fflush(stdout);
        }
    }
    return kDone;
}

int read_lines(FeelSession& session) {
    Prompt prompt(session, false);
    bool answered = true;
    for (std::string line; !prompt.ended() && std::getline(std::cin, line);) {
        if (!blank(line)) {
            answered = prompt.answer(line) && answered;
        }
    }
    return answered ? kDone : kFailed;
}

}  // namespace

int run_feel_prompt(FeelSession& session) {
    // A program that writes to us is answered as it goes.
    std::setvbuf(stdout, nullptr, _IOLBF, 0);
    return isatty(STDIN_FILENO) == 1 ? read_terminal(session) : read_lines(session);
}

}  // namespace attune::host
