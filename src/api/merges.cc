#include <charconv>
#include <memory>

#include "api/ask.h"
#include "api/routes.h"
#include "runtime/entry.h"
#include "value/json_writer.h"

// The audit of joined customers: it is read from the log, which holds each of them.

namespace attune::api {

namespace {

constexpr std::size_t kMergesDefault = 100;
constexpr std::size_t kMergesMax = 1'000;
/// Entries read for one answer: a long log is gone through in several.
constexpr std::size_t kScannedMax = 500'000;

std::optional<std::uint64_t> number_in_query(const Request& request, std::string_view name) {
    const std::optional<std::string> text = request.query_value(name);
    std::uint64_t number = 0;
    if (!text ||
        std::from_chars(text->data(), text->data() + text->size(), number).ec != std::errc()) {
        return std::nullopt;
    }
    return number;
}

/// What one entry says of joining customers.
struct Joined {
    customer::MergeOutcome outcome = customer::MergeOutcome::Merged;
    engine::OwnedIdentifier customer;
    engine::OwnedIdentifier other;  ///< Who was taken over; empty when it was refused.
    engine::OwnedIdentifier by;
};

std::optional<Joined> read_joined(const runtime::EntryView& entry) {
    if (entry.head.kind == runtime::EntryKind::Refuse) {
        if (auto refuse = runtime::decode_refuse(entry.body)) {
            return Joined{refuse->why, std::move(refuse->to), {}, std::move(refuse->identifier)};
        }
    }
    if (entry.head.kind == runtime::EntryKind::Absorb) {
        auto absorb = runtime::decode_absorb(entry.body);
        // Without a state an identifier began to lead to somebody, and nobody was joined.
        if (absorb && !absorb->state.empty()) {
            engine::OwnedIdentifier by = absorb->by.text.empty() ? absorb->from : absorb->by;
            return Joined{{}, std::move(absorb->to), std::move(absorb->from), std::move(by)};
        }
    }
    return std::nullopt;
}

void write_identifier(
    json::ObjectWriter& object, const char* key, const engine::OwnedIdentifier& identifier
) {
    if (!identifier.text.empty()) {
        object.text(
            key,
            std::string(customer::name_of(identifier.view())) + ":" +
                std::string(customer::value_of(identifier.view()))
        );
    }
}

void write_joined(const Joined& joined, Position position, Timestamp now, json::ArrayWriter& list) {
    json::ObjectWriter item(list.item());
    item.number("position", position.index);
    item.text("at", to_string(now));
    item.text("outcome", customer::to_string(joined.outcome));
    write_identifier(item, "customer", joined.customer);
    write_identifier(item, "other", joined.other);
    write_identifier(item, "by", joined.by);
    item.close();
}

/// Writes what lies from `from` on, at most `limit`; the first place that was not looked at.
Result<Position> write_merges(Log& log, Position from, std::size_t limit, json::ArrayWriter& list) {
    Result<std::unique_ptr<LogReader>> reader = log.reader(from);
    if (!reader) {
        return reader.error();
    }
    Position next = from;
    std::size_t count = 0;
    for (std::size_t scanned = 0; scanned < kScannedMax && count < limit;) {
        const Result<const LogBatch*> batch = reader.value()->next();
        if (!batch) {
            return batch.error();
        }
        if (batch.value() == nullptr) {
            break;
        }
        const Timestamp now = batch.value()->stamp.now;
        batch.value()->for_each([&](Position position, std::string_view bytes) {
            if (position < from || count >= limit) {
                return;
            }
            const std::optional<runtime::EntryView> entry = runtime::read_entry(bytes);
            if (const auto joined = entry ? read_joined(*entry) : std::nullopt) {
                write_joined(*joined, position, now, list);
                ++count;
            }
            next = position + 1;
        });
        next = count < limit ? batch.value()->range.end : next;
        scanned += batch.value()->count + 1;
    }
    return next;
}

void list_merges(const Services& services, const Request& request, Responder responder) {
    Log& log = services.runtime->log();
    const Position from =
        std::max(Position{number_in_query(request, "from").value_or(0)}, log.begin());
    const std::size_t limit = std::min<std::size_t>(
        number_in_query(request, "limit").value_or(kMergesDefault), kMergesMax
    );
    std::string body;
    json::ObjectWriter object(body);
    json::ArrayWriter list(object.member("items"));
    const Result<Position> next =
        from >= log.durable() ? Result<Position>(from) : write_merges(log, from, limit, list);
    if (!next) {
        responder.send(to_problem(next.error()));
        return;
    }
    list.close();
    object.number("next", next.value().index);
    object.raw("more", next.value() < log.durable() ? "true" : "false");
    object.close();
    responder.send(Response::json(std::move(body)));
}

}  // namespace

void add_merge_routes(Router& router, const Services& services) {
    RouteOptions options;
    options.priority = Priority::Admin;
    router.add(
        Method::Get,
        "/v1/merges",
        [&services](const Request& request, Responder responder) {
            list_merges(services, request, std::move(responder));
        },
        options
    );
}

}  // namespace attune::api
