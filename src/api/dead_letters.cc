#include <algorithm>
#include <atomic>
#include <charconv>
#include <memory>
#include <mutex>
#include <vector>

#include "api/routes.h"
#include "value/json_writer.h"

namespace attune::api {

namespace {

constexpr std::size_t kLimitDefault = 100;
constexpr std::size_t kLimitMax = 1'000;

/// Where a page of the list ends: letters go by when they were given up, then by id.
struct Cursor {
    std::int64_t died_ms = 0;
    std::string id;

    friend auto operator<=>(const Cursor&, const Cursor&) = default;
};

Cursor cursor_of(const delivery::DeadLetter& letter) {
    return {letter.died_at.ms(), letter.delivery.id};
}

/// "1767225600000-e0123456789abcdef"; nothing for anything else.
std::optional<Cursor> read_cursor(const std::string& text) {
    Cursor cursor;
    const char* const end = text.data() + text.size();
    const auto [stop, code] = std::from_chars(text.data(), end, cursor.died_ms);
    if (code != std::errc() || stop == end || *stop != '-') {
        return std::nullopt;
    }
    cursor.id.assign(stop + 1, end);
    return cursor;
}

void write_letter(const delivery::DeadLetter& letter, std::string& out) {
    json::ObjectWriter object(out);
    object.text("id", letter.delivery.id);
    object.text("customer", letter.delivery.customer);
    object.text("channel", delivery::to_string(letter.delivery.channel));
    object.text("destination", letter.delivery.destination);
    object.text("createdAt", to_string(letter.delivery.created_at));
    object.text("diedAt", to_string(letter.died_at));
    object.number("attempts", letter.attempts);
    object.text("reason", letter.reason);
    object.close();
}

std::string page(std::vector<delivery::DeadLetter> letters, std::size_t limit) {
    std::sort(letters.begin(), letters.end(), [](const auto& lhs, const auto& rhs) {
        return cursor_of(lhs) < cursor_of(rhs);
    });
    const bool more = letters.size() > limit;
    letters.resize(std::min(letters.size(), limit));
    std::string body;
    json::ObjectWriter object(body);
    json::ArrayWriter list(object.member("items"));
    for (const delivery::DeadLetter& letter : letters) {
        write_letter(letter, list.item());
    }
    list.close();
    if (more && !letters.empty()) {
        const Cursor last = cursor_of(letters.back());
        object.text("next", std::to_string(last.died_ms) + "-" + last.id);
    } else {
        object.raw("next", "null");
    }
    object.close();
    return body;
}

void list_letters(const Services& services, const Request& request, Responder responder) {
    std::size_t limit = kLimitDefault;
    if (const auto text = request.query_value("limit")) {
        std::from_chars(text->data(), text->data() + text->size(), limit);
    }
    limit = std::clamp<std::size_t>(limit, 1, kLimitMax);
    std::optional<Cursor> after;
    if (const auto text = request.query_value("after")) {
        after = read_cursor(*text);
        if (!after) {
            responder.send(Problem{
                400,
                "invalid-question",
                "cannot list dead letters after \"" + *text + "\": `after` is `next` of a page",
                "after"});
            return;
        }
    }
    struct Found {
        std::mutex mutex;
        std::vector<delivery::DeadLetter> letters;
    };
    auto found = std::make_shared<Found>();
    auto answer = std::make_shared<Responder>(std::move(responder));
    services.runtime->each_worker(
        [found, after](runtime::Worker& worker) {
            for (auto& letter :
                 worker.outbox().dead_letters(worker.outbox().gauges().dead_letters)) {
                if (!after || *after < cursor_of(letter)) {
                    letter.delivery.payload.clear();  // It may hold what nobody needs to see here.
                    const std::lock_guard lock(found->mutex);
                    found->letters.push_back(std::move(letter));
                }
            }
        },
        [found, answer, limit] {
            answer->send(Response::json(page(std::move(found->letters), limit)));
        }
    );
}

enum class Act : std::uint8_t { Replay, Drop };

/// Asks every worker, as the id does not say whose it is; answers once the log has it durably.
void settle_letter(const Services& services, const Request& request, Act act, Responder responder) {
    struct Asked {
        std::string id;
        std::atomic<bool> found{false};
    };
    auto asked = std::make_shared<Asked>();
    asked->id = request.parameter("id");
    auto answer = std::make_shared<Responder>(std::move(responder));
    services.runtime->each_worker(
        [asked, answer, act](runtime::Worker& worker) {
            const Timestamp now = worker.now();
            const Status settled = act == Act::Replay ? worker.outbox().replay(asked->id, now)
                                                      : worker.outbox().drop(asked->id, now);
            if (!settled) {
                return;
            }
            asked->found = true;
            worker.pump_outbox();
            worker.when_durable(worker.appended(), [answer] { answer->send(Response::empty()); });
        },
        [asked, answer] {
            if (!asked->found) {
                answer->send(Problem{
                    404, "not-found", "there is no dead letter \"" + asked->id + "\"", ""});
            }
        }
    );
}

}  // namespace

void add_dead_letter_routes(Router& router, const Services& services) {
    RouteOptions options;
    options.priority = Priority::Admin;
    router.add(
        Method::Get,
        "/v1/dead-letters",
        [&services](const Request& request, Responder responder) {
            list_letters(services, request, std::move(responder));
        },
        options
    );
    router.add(
        Method::Post,
        "/v1/dead-letters/{id}/replay",
        [&services](const Request& request, Responder responder) {
            settle_letter(services, request, Act::Replay, std::move(responder));
        },
        options
    );
    router.add(
        Method::Delete,
        "/v1/dead-letters/{id}",
        [&services](const Request& request, Responder responder) {
            settle_letter(services, request, Act::Drop, std::move(responder));
        },
        options
    );
}

}  // namespace attune::api
