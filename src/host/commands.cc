#include "host/commands.h"

#include <array>

#include <fmt/format.h>

#include "host/cli_backup.h"
#include "host/cli_dmn.h"
#include "host/cli_feel.h"
#include "host/cli_log.h"
#include "host/cli_simulate.h"
#include "host/command_line.h"

namespace attune::host {

namespace {

constexpr std::array kCommands{
    Command{
        "serve",
        "Run the server on a workspace",
        run_serve,
        "--cut-tail --follow --follow-authority --replication-key --sync --sync-alone --sync-wait "
        "--data --decisions-age-max --decisions-max --disk-reserve-mib --listen --log-age-max "
        "--log-keep-for-backup "
        "--log-mib-max --log-segment-mib --open --quarantine-age-max --quarantine-max --threads "
        "--server-key --smtp "
        "--allow-webhooks-to --tls-certificate --tls-client-authority --tls-key "
        "--user-keys --user-token-audience --user-token-issuer --help"},
    Command{
        "check",
        "Check a workspace and say what a customer can cost",
        run_check,
        "--json --schema --help"},
    Command{"test", "Run a workspace's own scenarios", run_test, "--json --filter --help"},
    Command{"replay", "Fold event files in memory and count", run_replay, "--json --help"},
    Command{
        "simulate",
        "Make a shop's traffic: to a file or to a server",
        run_simulate,
        "--seed --customers --events --rate --for --out --url --help"},
    Command{
        "decide",
        "Ask a server for decisions",
        run_decide,
        "--user --anonymous --placement --explain --url --key --tls-authority --json --help"},
    Command{
        "profile",
        "Show what a server knows of a customer",
        run_profile,
        "--by --url --key --tls-authority --json --help"},
    Command{
        "explain",
        "Show why a customer is in a segment, or not",
        run_explain,
        "segment --customer --by --url --key --tls-authority --json --help"},
    Command{
        "publish",
        "Let a server use its workspace as it is now",
        run_publish,
        "--no-wait --json --url --key --help"},
    Command{
        "events",
        "Send events from a file, or watch them come in",
        run_events,
        "--url --key --tls-authority --help"},
    Command{
        "dead-letters",
        "List, replay or drop deliveries that were given up",
        run_dead_letters,
        "--all --json --url --key --tls-authority --help"},
    Command{
        "dmn",
        "Run, check, test, analyse, compare and draw decision models",
        run_dmn,
        "run check test analyse diff show --decision --input --explain --svg --warnings --help"},
    Command{
        "demo",
        "Serve the example shop with simulated traffic",
        run_demo,
        "--for --data --port --help"},
    Command{
        "erase",
        "Erase a customer everywhere, the log included",
        run_erase,
        "--by --no-wait --json --url --key --tls-authority --help"},
    Command{
        "feel",
        "Evaluate an expression, or describe the built-ins",
        run_feel,
        "--context --json --functions --help"},
    Command{
        "dmn",
        "Run, check, test, analyse, compare and draw decision models",
        run_dmn,
        "run check test analyse diff show write --decision --input --explain --help"},
    Command{
        "log",
        "List, verify, dump and follow a server's log",
        run_log,
        "ls verify dump tail --help"},
    Command{
        "promote",
        "Make a standby the server that writes",
        run_promote,
        "--tls-authority --json --key --help"},
    Command{"backup", "Copy a data folder while its server runs", run_backup, "--json --help"},
    Command{
        "restore",
        "Make a data folder from a backup, up to a place or time",
        run_restore,
        "--erasures --to-position --to-time --json --help"},
    Command{"verify", "Check every checksum, and the state against its log", run_verify, "--help"},
    Command{"bench", "Measure", run_bench, "--list --input --json --help"},
    Command{
        "keys",
        "Make certificates, and users' keys and tokens",
        run_keys,
        "certificates users token --out --days --key --for --help"},
    Command{
        "completion", "Print a completion script for bash, zsh or fish", run_completion, "--help"},
};

constexpr std::string_view kBash = R"(# attune completion for bash: source <(attune completion bash)
_attune() {{
    local word=${{COMP_WORDS[COMP_CWORD]}} command=${{COMP_WORDS[1]}}
    if [[ $COMP_CWORD == 1 ]]; then
        COMPREPLY=($(compgen -W "{commands} --help --version" -- "$word"))
        return
    fi
    case $command in
{cases}    esac
    [[ ${{#COMPREPLY[@]}} == 0 ]] && COMPREPLY=($(compgen -f -- "$word"))
}}
complete -o filenames -F _attune attune
)";

std::string bash_completion() {
    std::string names;
    std::string cases;
    for (const Command& command : kCommands) {
        names += (names.empty() ? "" : " ") + std::string(command.name);
        cases += fmt::format(
            "        {}) [[ $word == -* ]] && COMPREPLY=($(compgen -W \"{}\" -- \"$word\")) ;;\n",
            command.name,
            command.options
        );
    }
    return fmt::format(fmt::runtime(kBash), fmt::arg("commands", names), fmt::arg("cases", cases));
}

std::string fish_completion() {
    std::string script = "# attune completion for fish: attune completion fish | source\n";
    for (const Command& command : kCommands) {
        script += fmt::format(
            "complete -c attune -n __fish_use_subcommand -f -a {} -d '{}'\n",
            command.name,
            command.summary
        );
        std::string_view options = command.options;
        while (!options.empty()) {
            const std::string_view option = options.substr(0, options.find(' '));
            options.remove_prefix(std::min(options.size(), option.size() + 1));
            script += fmt::format(
                "complete -c attune -n '__fish_seen_subcommand_from {}' -l {}\n",
                command.name,
                option.substr(2)
            );
        }
    }
    return script;
}

}  // namespace

std::span<const Command> commands() {
    return kCommands;
}

int run_completion(std::span<const std::string> args) {
    CLI::App app("Prints a completion script for a shell", "attune completion");
    std::string shell;
    app.add_option("SHELL", shell, "bash, zsh or fish")
        ->required()
        ->check(CLI::IsMember({"bash", "zsh", "fish"}));
    app.footer("Examples:\n  source <(attune completion bash)\n  attune completion fish | source");
    if (const auto code = parse(app, args)) {
        return *code;
    }
    if (shell == "fish") {
        fmt::print("{}", fish_completion());
        return kDone;
    }
    if (shell == "zsh") {
        fmt::print("autoload -U +X bashcompinit && bashcompinit\n");
    }
    fmt::print("{}", bash_completion());
    return kDone;
}

}  // namespace attune::host
