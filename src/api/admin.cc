#include <charconv>
#include <map>
#include <mutex>

#include "api/ask.h"
#include "api/routes.h"
#include "runtime/call_entry.h"
#include "value/json_writer.h"

namespace attune::api {

namespace {

constexpr std::size_t kQuarantineDefault = 100;
constexpr std::size_t kQuarantineMax = 1'000;

std::optional<std::uint64_t> number_in_query(const Request& request, std::string_view name) {
    const std::optional<std::string> text = request.query_value(name);
    std::uint64_t number = 0;
    if (!text ||
        std::from_chars(text->data(), text->data() + text->size(), number).ec != std::errc()) {
        return std::nullopt;
    }
    return number;
}

/// Calls `visit` for at most `limit` calls of the log from `from` on.
template <typename Visit>
Status read_entries(Log& log, Position from, std::size_t limit, Visit visit) {
    Result<std::unique_ptr<LogReader>> reader = log.reader(from);
    if (!reader) {
        return reader.error();
    }
    std::size_t count = 0;
    while (count < limit) {
        const Result<const LogBatch*> batch = reader.value()->next();
        if (!batch) {
            return batch.error();
        }
        if (batch.value() == nullptr) {
            break;
        }
        batch.value()->for_each([&](Position position, std::string_view bytes) {
            const std::optional<runtime::EntryView> entry = runtime::read_entry(bytes);
            if (position < from || count >= limit || !entry ||
                entry->head.kind != runtime::EntryKind::Call) {
                return;
            }
            if (const auto call = runtime::read_call_entry(entry->body)) {
                visit(position, *batch.value(), *call);
                ++count;
            }
        });
    }
    return Done{};
}

void list_quarantine(const Services& services, const Request& request, Responder responder) {
    const std::optional<std::uint64_t> after = number_in_query(request, "after");
    const std::size_t limit = std::min<std::size_t>(
        number_in_query(request, "limit").value_or(kQuarantineDefault), kQuarantineMax
    );
    const auto items = services.runtime->kept().quarantined(
        after ? std::optional(Position{*after}) : std::nullopt, limit
    );
    if (!items) {
        responder.send(to_problem(items.error()));
        return;
    }
    std::string body;
    json::ObjectWriter object(body);
    json::ArrayWriter list(object.member("items"));
    for (const auto& item : items.value()) {
        list.item() += item.json;
    }
    list.close();
    if (items.value().size() == limit && limit > 0) {
        object.number("next", items.value().back().position.index);
    } else {
        object.raw("next", "null");
    }
    object.close();
    responder.send(Response::json(std::move(body)));
}

/// Logged calls behind `after`, as they came in: what `attune events tail` shows.
void list_events(const Services& services, const Request& request, Responder responder) {
    Log& log = services.runtime->log();
    const std::optional<std::uint64_t> after = number_in_query(request, "after");
    const std::size_t limit = std::min<std::size_t>(
        number_in_query(request, "limit").value_or(kQuarantineDefault), kQuarantineMax
    );
    const Position from = after ? std::max(Position{*after + 1}, log.begin()) : log.durable();
    std::string body;
    json::ObjectWriter object(body);
    json::ArrayWriter list(object.member("items"));
    std::size_t count = 0;
    Position last = from.index > 0 ? Position{from.index - 1} : Position{};
    const Status read =
        from >= log.durable()
            ? Status(Done{})
            : read_entries(
                  log,
                  from,
                  limit,
                  [&](Position position, const LogBatch& batch, const runtime::CallEntry& entry) {
                      json::ObjectWriter item(list.item());
                      item.number("position", position.index);
                      item.text("now", to_string(batch.stamp.now));
                      const std::string type =
                          runtime::write_call_json(entry.call, item.member("event"));
                      item.text("type", type);
                      item.close();
                      ++count;
                      last = position;
                  }
              );
    if (!read) {
        responder.send(to_problem(read.error()));
        return;
    }
    list.close();
    object.number(
        "next",
        count == 0 && !after ? log.durable().index - std::min<std::uint64_t>(log.durable().index, 1)
                             : std::max(last.index, after.value_or(0))
    );
    object.close();
    responder.send(Response::json(std::move(body)));
}

/// What the status page shows, gathered from every worker.
struct Overview {
    engine::Totals counts;
    std::uint64_t customers = 0;
    std::uint64_t state_bytes = 0;
    std::uint64_t pending = 0;
    std::uint64_t dead_letters = 0;
    std::uint64_t judging = 0;
    std::uint64_t unjudged = 0;
    std::optional<runtime::DeliveryFailure> failure;
    std::map<std::string, std::uint64_t> events;
    std::map<std::string, std::uint64_t> rules;
    std::map<std::string, std::uint64_t> patterns;
    std::map<std::string, std::int64_t> segments;
    std::map<std::string, std::uint64_t> campaigns;
    std::mutex mutex;
};

template <typename List, typename Map>
void add_named(const List& list, const std::vector<std::uint64_t>& counts, Map& totals) {
    for (std::size_t i = 0; i < list.size() && i < counts.size(); ++i) {
        totals[list[i].name] += counts[i];
    }
}

void gather(runtime::Worker& worker, Overview& overview) {
    const engine::Counts& counts = worker.counts();
    const program::Program& program = worker.program();
    const delivery::OutboxGauges outbox = worker.outbox().gauges();
    const std::lock_guard lock(overview.mutex);
    overview.counts.add(counts);
    overview.customers += worker.customer_count();
    overview.state_bytes += worker.state_bytes();
    overview.judging += worker.judging().customers;
    overview.unjudged += worker.judging().left;
    overview.pending += outbox.pending;
    overview.dead_letters += outbox.dead_letters;
    const auto& failure = worker.last_failure();
    if (failure && (!overview.failure || overview.failure->at < failure->at)) {
        overview.failure = failure;
    }
    add_named(program.kinds, counts.kinds, overview.events);
    add_named(program.rules, counts.rules, overview.rules);
    add_named(program.patterns, counts.patterns, overview.patterns);
    add_named(program.campaigns, counts.campaigns, overview.campaigns);
    for (std::size_t i = 0; i < program.segments.size(); ++i) {
        overview.segments[program.segments[i].name] +=
            static_cast<std::int64_t>(counts.segments_entered[i]) -
            static_cast<std::int64_t>(counts.segments_left[i]);
    }
}

template <typename Map>
void write_map(const Map& map, std::string& out) {
    json::ObjectWriter object(out);
    for (const auto& [name, count] : map) {
        object.raw(name.empty() ? "other" : name, std::to_string(count));
    }
    object.close();
}

std::string milliseconds(double seconds) {
    const auto decimal = Decimal::from_double(seconds * 1'000);
    const auto rounded =
        decimal ? Decimal::round(*decimal, 3, Decimal::Rounding::HalfEven) : std::nullopt;
    return rounded ? rounded->to_string() : "0";
}

void write_failure(const std::optional<runtime::DeliveryFailure>& failure, std::string& out) {
    if (!failure) {
        out += "null";
        return;
    }
    json::ObjectWriter object(out);
    object.text("at", to_string(failure->at));
    object.text("id", failure->id);
    object.text("channel", failure->channel);
    object.text("destination", failure->destination);
    object.text("reason", failure->reason);
    object.raw("final", failure->final ? "true" : "false");
    object.close();
}

std::string status_json(const Services& services, const Overview& overview) {
    const runtime::Numbers& numbers = services.runtime->numbers();
    const HistogramSnapshot decide = numbers.decide_seconds.snapshot();
    std::string body;
    json::ObjectWriter object(body);
    object.text("program", program::hash_text(services.runtime->program()->hash));
    object.text("at", to_string(services.clock->now()));
    object.number("events", overview.counts.accepted);
    object.number("duplicates", overview.counts.duplicates);
    object.number("quarantined", overview.counts.quarantined);
    object.number("too_late", overview.counts.too_late);
    object.number("merges", overview.counts.merges);
    object.number("merges_refused", overview.counts.merges_refused);
    object.number("out_of_order", overview.counts.out_of_order);
    object.number("campaigns_held", overview.counts.held);
    object.number("campaigns_dropped", overview.counts.quiet_dropped);
    object.number("campaigns_held_out", overview.counts.held_out);
    object.number("actions_capped", overview.counts.capped);
    object.number("customers", overview.customers);
    object.number("state_bytes", overview.state_bytes);
    object.number("decisions", numbers.decisions.value());
    object.raw("decide_p50_ms", milliseconds(decide.quantile(0.5)));
    object.raw("decide_p99_ms", milliseconds(decide.quantile(0.99)));
    object.number("messages", numbers.messages.value());
    object.number("emails", numbers.emails.value());
    object.number("webhooks", numbers.webhooks.value());
    object.number("outbox_pending", overview.pending);
    object.number("dead_letters", overview.dead_letters);
    object.number("segments_customers", overview.judging);
    object.number("segments_customers_left", overview.unjudged);
    write_failure(overview.failure, object.member("last_delivery_failure"));
    object.number("log_position", services.runtime->log().end().index);
    object.number("durable_position", services.runtime->log().durable().index);
    write_map(overview.events, object.member("event_types"));
    write_map(overview.rules, object.member("rules"));
    write_map(overview.patterns, object.member("patterns"));
    write_map(overview.segments, object.member("segments"));
    write_map(overview.campaigns, object.member("campaigns"));
    object.close();
    return body;
}

void answer_status(const Services& services, Responder responder) {
    auto overview = std::make_shared<Overview>();
    auto answer = std::make_shared<Responder>(std::move(responder));
    services.runtime->each_worker(
        [overview](runtime::Worker& worker) { gather(worker, *overview); },
        [&services, overview, answer] {
            answer->send(Response::json(status_json(services, *overview)));
        }
    );
}

void answer_metrics(const Services& services, const Request& request, Responder responder) {
    const bool open =
        request.header("accept").find("application/openmetrics-text") != std::string_view::npos;
    const MetricsFormat format = open ? MetricsFormat::OpenMetrics : MetricsFormat::Prometheus;
    Response response;
    response.content_type = media_type(format);
    services.metrics->write(format, response.body);
    responder.send(std::move(response));
}

void answer_ready(const Services& services, Responder responder) {
    std::string reason;
    bool ready = services.ready(reason);
    if (const Status writable = services.runtime->log().writable(); ready && !writable) {
        ready = false;
        reason = writable.error().message;
    }
    std::string body;
    json::ObjectWriter object(body);
    object.text("status", ready ? "ready" : "not ready");
    object.text("reason", reason);
    object.close();
    responder.send(Response::json(std::move(body), ready ? 200 : 503));
}

}  // namespace

void add_admin_routes(Router& router, const Services& services) {
    RouteOptions options;
    options.priority = Priority::Admin;
    RouteOptions open = options;
    open.cors = Cors{};
    RouteOptions health = options;
    health.access = Access::Anyone;
    router.add(
        Method::Get,
        "/v1/quarantine",
        [&services](const Request& request, Responder responder) {
            list_quarantine(services, request, std::move(responder));
        },
        options
    );
    router.add(
        Method::Get,
        "/v1/events",
        [&services](const Request& request, Responder responder) {
            list_events(services, request, std::move(responder));
        },
        options
    );
    router.add(
        Method::Post,
        "/v1/programs",
        [&services](const Request&, Responder responder) {
            services.publish(std::move(responder));
        },
        options
    );
    router.add(
        Method::Get,
        "/v1/status",
        [&services](const Request&, Responder responder) {
            answer_status(services, std::move(responder));
        },
        open
    );
    router.add(
        Method::Get,
        "/metrics",
        [&services](const Request& request, Responder responder) {
            answer_metrics(services, request, std::move(responder));
        },
        options
    );
    router.add(
        Method::Get,
        "/livez",
        [](const Request&, Responder responder) {
            responder.send(Response::json(R"({"status":"live"})"));
        },
        health
    );
    router.add(
        Method::Get,
        "/readyz",
        [&services](const Request&, Responder responder) {
            answer_ready(services, std::move(responder));
        },
        health
    );
}

}  // namespace attune::api
