#include <memory>

#include <fmt/format.h>

#include "files/posix.h"
#include "host/command_line.h"
#include "host/commands.h"
#include "host/http_client.h"
#include "host/replication_record.h"
#include "log/segments/segment_log.h"
#include "value/json.h"

namespace attune::host {

namespace {

constexpr Duration kPatience{60'000};  // What was copied is folded to its end first.

int say(Epoch epoch, std::string_view position, bool json) {
    if (json) {
        fmt::print("{{\"epoch\":{},\"position\":{}}}\n", epoch, position);
    } else {
        fmt::print("leads from position {} on, in epoch {}\n", position, epoch);
    }
    return kDone;
}

/// A folder whose server does not run: its next one leads.
Result<std::pair<Epoch, Position>> promote_folder(const std::string& data) {
    files::FileSystem& disk = files::posix();
    Result<ReplicationRecord> record = ReplicationRecord::read(disk, data);
    if (!record) {
        return record.error();
    }
    const Result<std::vector<std::string>> there = disk.list(data + "/log");
    if (!there) {
        return there.error();
    }
    segments::LogOptions options;
    options.folder = data + "/log";
    const Result<std::unique_ptr<Log>> log = segments::open_log(options);
    if (!log) {
        return log.error();
    }
    const Epoch highest = std::max(log.value()->epoch(), record.value().fenced);
    if (record.value().was_promoted() && record.value().promoted >= highest) {
        return std::pair(record.value().promoted, log.value()->end());
    }
    record.value().promoted = static_cast<Epoch>(highest + 1);
    if (Status written = record.value().write(disk, data); !written) {
        return written.error();
    }
    return std::pair(record.value().promoted, log.value()->end());
}

int promote_server(HttpClient::Options options, bool json) {
    options.timeout = kPatience;
    Result<HttpClient> client = HttpClient::create(options);
    const Result<HttpClient::Response> answer =
        client ? client.value().send({"POST", "/v1/promote", ""})
               : Result<HttpClient::Response>(client.error());
    if (!answer) {
        return fail("attune promote", answer.error().message);
    }
    Arena arena;
    const Result<Value> said = json::parse(answer.value().body, arena);
    if (answer.value().status != 200 || !said) {
        const bool explained = said && said.value().get("detail").is(Value::Kind::String);
        return fail(
            "attune promote",
            explained ? std::string(said.value().get("detail").as_string())
                      : fmt::format(
                            "{} was answered with {}: {}",
                            options.url,
                            answer.value().status,
                            answer.value().body
                        )
        );
    }
    if (json) {
        fmt::print("{}\n", answer.value().body);
        return kDone;
    }
    fmt::print(
        "leads from position {} on, in epoch {}\n",
        json::to_json(said.value().get("position")),
        json::to_json(said.value().get("epoch"))
    );
    return kDone;
}

}  // namespace

int run_promote(std::span<const std::string> args) {
    CLI::App app("Makes a standby the server that writes", "attune promote");
    HttpClient::Options options;
    std::string standby;
    bool json = false;
    app.add_option("STANDBY", standby, "Its URL, or its data folder when it does not run")
        ->required();
    app.add_option("--key", options.bearer, "Its server key")->envname("ATTUNE_KEY");
    app.add_option(
           "--tls-authority", options.authority, "PEM: who vouches for it, instead of the system's"
    )
        ->envname("ATTUNE_TLS_AUTHORITY");
    app.add_flag("--json", json, "The answer as JSON");
    app.footer(
        "Examples:\n  attune promote http://10.0.0.2:8080\n  attune promote /var/lib/attune\n\n"
        "What the standby has is folded to its end, then a new epoch begins in its log and it "
        "takes writes. The\nserver that led before is told, as soon as it can be reached, and "
        "acknowledges nothing from then on; with\n--sync it has not since, for want of a "
        "standby.\nExit codes: 0 it leads; 1 it does not, and why; 2 wrong usage."
    );
    if (const auto code = parse(app, args)) {
        return *code;
    }
    if (standby.starts_with("http://") || standby.starts_with("https://")) {
        options.url = standby;
        return promote_server(std::move(options), json);
    }
    const auto promoted = promote_folder(standby);
    return promoted ? say(promoted.value().first, to_string(promoted.value().second), json)
                    : fail("attune promote", promoted.error().message);
}

}  // namespace attune::host
