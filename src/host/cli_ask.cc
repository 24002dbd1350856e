#include <chrono>
#include <thread>

#include <fmt/format.h>

#include "host/command_line.h"
#include "host/commands.h"
#include "host/http_client.h"
#include "host/interrupt.h"
#include "host/line_file.h"
#include "host/progress.h"
#include "value/json.h"
#include "value/json_writer.h"

// `attune decide`, `profile`, `erase`, `events` and `dead-letters`: a server asked over HTTP.

namespace attune::host {

namespace {

constexpr const char* kDefaultUrl = "http://127.0.0.1:8080";

struct Server {
    std::string url = kDefaultUrl;
    std::string key;
    std::string authority;

    void declare(CLI::App& app) {
        app.add_option("--url", url, "The server")->capture_default_str();
        app.add_option("--key", key, "Its access key")->envname("ATTUNE_KEY");
        app.add_option(
               "--tls-authority", authority, "PEM: who vouches for it, instead of the system's"
        )
            ->envname("ATTUNE_TLS_AUTHORITY");
    }
};

std::string url_encoded(std::string_view text) {
    std::string out;
    for (const char byte : text) {
        const bool plain = std::isalnum(static_cast<unsigned char>(byte)) != 0 ||
                           std::string_view("-_.~").find(byte) != std::string_view::npos;
        out +=
            plain ? std::string(1, byte) : fmt::format("%{:02X}", static_cast<unsigned char>(byte));
    }
    return out;
}

Result<std::string> send(const Server& server, const HttpClient::Request& request) {
    HttpClient::Options options;
    options.url = server.url;
    options.bearer = server.key;
    options.authority = server.authority;
    Result<HttpClient> client = HttpClient::create(options);
    if (!client) {
        return client.error();
    }
    Result<HttpClient::Response> response = client.value().send(request);
    if (!response) {
        return response.error();
    }
    if (response.value().status / 100 != 2) {
        return Error{
            Error::Kind::InvalidInput,
            fmt::format(
                "{} {} was answered with {}: {}",
                request.method,
                request.path,
                response.value().status,
                response.value().body
            )};
    }
    return std::move(response.value().body);
}

/// Prints an answer as it came, or over several lines for people.
int print_answer(const std::string& command, const Result<std::string>& answer, bool json) {
    if (!answer) {
        return fail(command, answer.error().message);
    }
    Arena arena;
    json::Limits limits;
    limits.entries_max = 1'000'000;
    const Result<Value> value = json::parse(answer.value(), arena, limits);
    fmt::print("{}\n", json || !value ? answer.value() : json::to_pretty_json(value.value()));
    return kDone;
}

/// What became of events that were sent.
struct Sent {
    std::uint64_t events = 0;
    std::uint64_t quarantined = 0;
    std::string reason;  ///< Of the first that was quarantined.
};

/// Counts what a server answered about a batch.
void count_results(const std::string& answer, Sent& sent) {
    Arena arena;
    json::Limits limits;
    limits.entries_max = 1'000'000;
    const Result<Value> body = json::parse(answer, arena, limits);
    const Value results = body ? body.value().get("results") : Value();
    if (!results.is(Value::Kind::List)) {
        return;
    }
    for (const Value& result : results.as_list()) {
        const Value status = result.get("status");
        if (!status.is(Value::Kind::String) || status.as_string() != "quarantined") {
            continue;
        }
        const Value reason = result.get("reason");
        if (sent.quarantined++ == 0 && reason.is(Value::Kind::String)) {
            sent.reason = reason.as_string();
        }
    }
}

Result<Sent> send_lines(const Server& server, LineReader& reader, Progress& progress) {
    constexpr std::size_t kBatch = 500;
    constexpr std::size_t kBatchBytes = 400'000;
    Sent sent;
    std::string batch;
    std::size_t count = 0;
    const auto flush = [&]() -> Status {
        if (count == 0) {
            return Done{};
        }
        const Result<std::string> answer =
            send(server, {"POST", "/v1/events", "{\"batch\":[" + batch + "]}"});
        if (answer) {
            sent.events += count;
            count_results(answer.value(), sent);
        }
        batch.clear();
        count = 0;
        progress.at(sent.events);
        return answer ? Status(Done{}) : Status(answer.error());
    };
    while (!interrupted()) {
        const Result<std::optional<std::string_view>> line = reader.next();
        if (!line) {
            return line.error();
        }
        if (!line.value()) {
            break;
        }
        if (line.value()->empty()) {
            continue;
        }
        batch += (count == 0 ? "" : ",") + std::string(*line.value());
        if (++count == kBatch || batch.size() > kBatchBytes) {
            if (Status flushed = flush(); !flushed) {
                return flushed.error();
            }
        }
    }
    if (Status flushed = flush(); !flushed) {
        return flushed.error();
    }
    return sent;
}

/// Prints events as they become durable, until Ctrl-C.
int tail_events(const Server& server) {
    std::string after;
    while (!interrupted()) {
        const std::string path = "/v1/events?limit=500" + (after.empty() ? "" : "&after=" + after);
        const Result<std::string> answer = send(server, {"GET", path, ""});
        if (!answer) {
            return fail("attune events", answer.error().message);
        }
        Arena arena;
        json::Limits limits;
        limits.entries_max = 1'000'000;
        limits.depth_max = 100;  // What lies in an event has a limit of its own.
        const Result<Value> page = json::parse(answer.value(), arena, limits);
        if (!page || !page.value().get("items").is(Value::Kind::List)) {
            return fail("attune events", page ? "cannot read the list" : page.error().message);
        }
        const Value items = page.value().get("items");
        for (const Value& item : items.as_list()) {
            const Value type = item.get("type");
            fmt::print(
                "{} {} {} {}\n",
                json::to_json(item.get("position")),
                item.get("now").as_string(),
                type.is(Value::Kind::String) && !type.as_string().empty() ? type.as_string() : "-",
                json::to_json(item.get("event"))
            );
        }
        std::fflush(stdout);
        after = json::to_json(page.value().get("next"));
        if (items.as_list().empty()) {
            std::this_thread::sleep_for(std::chrono::milliseconds(300));
        }
    }
    return kDone;
}

/// A page of dead letters: prints each, or only collects the ids; where the next page begins.
Result<std::string> read_page(
    const Server& server, const std::string& after, bool json, std::vector<std::string>* ids
) {
    const std::string path =
        "/v1/dead-letters?limit=1000" + (after.empty() ? "" : "&after=" + url_encoded(after));
    const Result<std::string> answer = send(server, {"GET", path, ""});
    if (!answer) {
        return answer.error();
    }
    Arena arena;
    json::Limits limits;
    limits.entries_max = 1'000'000;
    const Result<Value> page = json::parse(answer.value(), arena, limits);
    if (!page || !page.value().get("items").is(Value::Kind::List)) {
        return Error{Error::Kind::Corrupt, "cannot read the list of dead letters"};
    }
    const auto text = [](const Value& letter, std::string_view name) {
        const Value value = letter.get(name);
        return value.is(Value::Kind::String) ? std::string(value.as_string())
                                             : json::to_json(value);
    };
    for (const Value& letter : page.value().get("items").as_list()) {
        if (ids != nullptr) {
            ids->push_back(text(letter, "id"));
        } else if (json) {
            fmt::print("{}\n", json::to_json(letter));
        } else {
            fmt::print(
                "{}  {}  {} to {} for {}, {} attempts: {}\n",
                text(letter, "id"),
                text(letter, "diedAt"),
                text(letter, "channel"),
                text(letter, "destination"),
                text(letter, "customer"),
                text(letter, "attempts"),
                text(letter, "reason")
            );
        }
    }
    const Value next = page.value().get("next");
    return next.is(Value::Kind::String) ? std::string(next.as_string()) : std::string();
}

/// All pages, one after the other.
Status read_letters(const Server& server, bool json, std::vector<std::string>* ids) {
    std::string after;
    do {
        Result<std::string> next = read_page(server, after, json, ids);
        if (!next) {
            return next.error();
        }
        after = std::move(next).value();
    } while (!after.empty());
    return Done{};
}

int settle_letters(const Server& server, bool replay, const std::vector<std::string>& ids) {
    for (const std::string& id : ids) {
        const std::string path = "/v1/dead-letters/" + url_encoded(id);
        const Result<std::string> answer = replay ? send(server, {"POST", path + "/replay", ""})
                                                  : send(server, {"DELETE", path, ""});
        if (!answer) {
            return fail("attune dead-letters", answer.error().message);
        }
    }
    fmt::print("{} dead letters {}\n", ids.size(), replay ? "to be sent again" : "dropped");
    return kDone;
}

}  // namespace

int run_decide(std::span<const std::string> args) {
    CLI::App app("Asks a server for decisions", "attune decide");
    Server server;
    std::string user;
    std::string anonymous;
    std::vector<std::string> placements;
    bool explain = false;
    bool json = false;
    app.add_option("PLACEMENT", placements, "Where the decision is wanted")->required();
    auto* by_user = app.add_option("--user", user, "The customer's userId");
    app.add_option("--anonymous", anonymous, "The customer's anonymousId")->excludes(by_user);
    app.add_flag("--explain", explain, "Every candidate, with what became of it and why");
    app.add_flag("--json", json, "The answer as it came");
    server.declare(app);
    app.footer(
        "Examples:\n  attune decide home_hero --user u1 --explain\n  attune decide home_hero cart "
        "--anonymous a7 --json\n\nExit codes: 0 decided; 1 not, and why; 2 wrong usage."
    );
    if (const auto code = parse(app, args)) {
        return *code;
    }
    if (user.empty() && anonymous.empty()) {
        fmt::print(stderr, "attune decide: for whom? name a customer by --user or --anonymous\n");
        return kWrongUsage;
    }
    std::string body;
    json::ObjectWriter object(body);
    object.text(user.empty() ? "anonymousId" : "userId", user.empty() ? anonymous : user);
    json::ArrayWriter list(object.member("placements"));
    for (const std::string& placement : placements) {
        json::write_string(placement, list.item());
    }
    list.close();
    object.raw("explain", explain ? "true" : "false");
    object.close();
    return print_answer("attune decide", send(server, {"POST", "/v1/decide", body}), json);
}

int run_publish(std::span<const std::string> args) {
    CLI::App app("Lets a server read its workspace again and use it", "attune publish");
    Server server;
    server.declare(app);
    bool json = false;
    bool no_wait = false;
    app.add_flag("--json", json, "Print the server's answer as it came");
    app.add_flag("--no-wait", no_wait, "Do not wait until new segments are computed for everybody");
    app.footer("Traffic goes on meanwhile; what is wrong with the workspace is told, and refused.");
    if (const auto code = parse(app, args)) {
        return *code;
    }
    const Result<std::string> published = send(server, {"POST", "/v1/programs", ""});
    if (!published || no_wait) {
        return print_answer("attune publish", published, json);
    }
    Progress progress("customers judged by new segments", 0);
    while (!interrupted()) {
        const Result<std::string> status = send(server, {"GET", "/v1/status", ""});
        if (!status) {
            return fail("attune publish", status.error().message);
        }
        Arena arena;
        const Result<Value> numbers = json::parse(status.value(), arena);
        const auto number = [&](std::string_view name) {
            const Value value = numbers ? numbers.value().get(name) : Value();
            return value.is(Value::Kind::Number) ? value.as_number().to_int64().value_or(0) : 0;
        };
        const std::int64_t left = number("segments_customers_left");
        progress.at(static_cast<std::uint64_t>(number("segments_customers") - left));
        if (left == 0) {
            break;
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(200));
    }
    return print_answer("attune publish", published, json);
}

int run_profile(std::span<const std::string> args) {
    CLI::App app("Shows what a server knows of a customer", "attune profile");
    Server server;
    std::string id;
    std::string by;
    bool json = false;
    app.add_option("ID", id, "An identifier of the customer")->required();
    app.add_option("--by", by, "Which kind it is: userId, anonymousId, email, …");
    app.add_flag("--json", json, "The answer as it came");
    server.declare(app);
    app.footer(
        "Without --by, a userId is tried, then an anonymousId, then KIND:VALUE.\n\n"
        "Examples:\n  attune profile u1\n  attune profile a7 --by anonymousId --json\n"
        "  attune profile email:ada@example.com"
    );
    if (const auto code = parse(app, args)) {
        return *code;
    }
    const std::string path =
        "/v1/profiles/" + url_encoded(id) + (by.empty() ? "" : "?by=" + url_encoded(by));
    return print_answer("attune profile", send(server, {"GET", path, ""}), json);
}

int run_explain(std::span<const std::string> args) {
    CLI::App app("Shows why a customer is in a segment, or not", "attune explain");
    Server server;
    std::string what;
    std::string name;
    std::string id;
    std::string by;
    bool json = false;
    app.add_option("WHAT", what, "segment")->required()->check(CLI::IsMember({"segment"}));
    app.add_option("NAME", name, "The segment")->required();
    app.add_option("--customer", id, "An identifier of the customer")->required();
    app.add_option("--by", by, "Which kind it is: userId, anonymousId, email, …");
    app.add_flag("--json", json, "The answer as it came");
    server.declare(app);
    app.footer("Example:\n  attune explain segment \"big spenders\" --customer u1");
    if (const auto code = parse(app, args)) {
        return *code;
    }
    const std::string path = "/v1/profiles/" + url_encoded(id) + "/segments/" + url_encoded(name) +
                             (by.empty() ? "" : "?by=" + url_encoded(by));
    return print_answer("attune explain", send(server, {"GET", path, ""}), json);
}

int run_events(std::span<const std::string> args) {
    CLI::App app("Sends events from a file to a server, or watches them come in", "attune events");
    Server server;
    std::string verb;
    std::string file = "/dev/stdin";
    app.add_option("VERB", verb, "send or tail")
        ->required()
        ->check(CLI::IsMember({"send", "tail"}));
    app.add_option("FILE", file, "JSON Lines, .gz or not; default: standard input");
    server.declare(app);
    app.footer(
        "Examples:\n  attune events send monday.jsonl.gz\n  attune events send < monday.jsonl\n  "
        "attune events tail\n\nExit codes: 0 done; 1 something was not sent or did not fit; 2 "
        "wrong "
        "usage."
    );
    if (const auto code = parse(app, args)) {
        return *code;
    }
    if (verb == "tail") {
        return tail_events(server);
    }
    Result<LineReader> reader = LineReader::open(file);
    if (!reader) {
        return fail("attune events", reader.error().message);
    }
    Progress progress("events", 0);
    const Result<Sent> sent = send_lines(server, reader.value(), progress);
    if (!sent) {
        return fail("attune events", sent.error().message);
    }
    const std::uint64_t quarantined = sent.value().quarantined;
    if (quarantined == 0) {
        fmt::print("{} events sent\n", sent.value().events);
        return kDone;
    }
    fmt::print("{} events sent, {} of them quarantined\n", sent.value().events, quarantined);
    return fail(
        "attune events",
        fmt::format(
            "{} did not fit, the first since {}; GET /v1/quarantine lists them",
            quarantined,
            sent.value().reason
        )
    );
}

int run_dead_letters(std::span<const std::string> args) {
    CLI::App app(
        "Lists deliveries that were given up, sends them again, or drops them",
        "attune dead-letters"
    );
    Server server;
    std::string verb;
    std::vector<std::string> ids;
    bool all = false;
    bool json = false;
    app.add_option("VERB", verb, "list, replay or drop")
        ->required()
        ->check(CLI::IsMember({"list", "replay", "drop"}));
    app.add_option("ID", ids, "Which ones, as the list names them");
    app.add_flag("--all", all, "All that there are");
    app.add_flag("--json", json, "The list, one JSON object a line");
    server.declare(app);
    app.footer(
        "Examples:\n  attune dead-letters list\n  attune dead-letters replay e0123456789abcdef\n"
        "  attune dead-letters drop --all\n\nA replayed one keeps its id, so a receiver that has "
        "seen it can tell."
    );
    if (const auto code = parse(app, args)) {
        return *code;
    }
    if (verb != "list" && all == !ids.empty()) {
        fmt::print(stderr, "attune dead-letters: name which ones to {}, or --all\n", verb);
        return kWrongUsage;
    }
    if (verb == "list" || all) {
        const Status read = read_letters(server, json, verb == "list" ? nullptr : &ids);
        if (!read) {
            return fail("attune dead-letters", read.error().message);
        }
    }
    return verb == "list" ? int{kDone} : settle_letters(server, verb == "replay", ids);
}

int run_erase(std::span<const std::string> args) {
    CLI::App app("Erases a customer everywhere, the log included", "attune erase");
    Server server;
    std::string customer;
    std::string by;
    bool json = false;
    bool at_once = false;
    app.add_option("CUSTOMER", customer, "A userId, or else an anonymousId")->required();
    app.add_option("--by", by, "userId or anonymousId, when it must not be the other");
    app.add_flag("--no-wait", at_once, "Do not wait for the log; GET /v1/erasures/ID tells");
    app.add_flag("--json", json, "The answer as it came");
    server.declare(app);
    app.footer(
        "Examples:\n  attune erase ada\n  attune erase 4f2a-11 --by anonymousId --no-wait\n\n"
        "Ends when nothing of the customer is left on the server's disk; backups follow with the "
        "next attune backup.\nExit codes: 0 erased; 1 not, and why; 2 wrong usage."
    );
    if (const auto code = parse(app, args)) {
        return *code;
    }
    Result<std::string> answer = send(
        server,
        {"DELETE",
         "/v1/profiles/" + url_encoded(customer) + (by.empty() ? "" : "?by=" + url_encoded(by)),
         ""}
    );
    while (answer && !at_once && !interrupted()) {
        Arena arena;
        const Result<Value> said = json::parse(answer.value(), arena);
        if (!said || !said.value().get("erasure").is(Value::Kind::String) ||
            said.value().get("status").as_string() == "complete") {
            break;
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(200));
        const std::string path =
            "/v1/erasures/" + std::string(said.value().get("erasure").as_string());
        answer = send(server, {"GET", path, ""});
    }
    return print_answer("attune erase", answer, json);
}

}  // namespace attune::host
