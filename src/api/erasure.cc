#include <charconv>
#include <memory>
#include <utility>

#include "api/ask.h"
#include "api/find_customer.h"
#include "api/routes.h"
#include "customer/inbox.h"
#include "delivery/payload.h"
#include "value/json_writer.h"

namespace attune::api {

namespace {

using runtime::Seat;

std::string erasure_json(const std::string& id, bool complete) {
    std::string body;
    json::ObjectWriter object(body);
    object.text("erasure", id);
    object.text("status", complete ? "complete" : "pending");
    object.close();
    return body;
}

void erase_customer(const Services& services, const Request& request, Responder responder) {
    std::vector<engine::OwnedIdentifier> identifiers =
        named_customer(services.runtime->program()->identity, request, responder);
    if (identifiers.empty()) {
        return;
    }
    auto answer = std::make_shared<Responder>(std::move(responder));
    services.erasures->erase(std::move(identifiers), [answer](const Result<std::string>& id) {
        if (id) {
            answer->send(Response::json(erasure_json(id.value(), false), 202));
        } else {
            answer->send(ask_again(not_logged(id.error())));
        }
    });
}

void answer_erasure(const Services& services, const Request& request, Responder responder) {
    const std::string id(request.parameter("id"));
    const std::optional<bool> complete = services.erasures->complete(id);
    if (!complete) {
        responder.send(Problem{404, "not-found", "there is no erasure \"" + id + "\"", ""});
        return;
    }
    responder.send(Response::json(erasure_json(id, *complete)));
}

void write_payload(const delivery::Delivery& delivery, json::ObjectWriter& object) {
    if (delivery.channel == delivery::ChannelKind::Email) {
        if (const auto email = delivery::decode_email(delivery.payload)) {
            object.text("to", email.value().to);
            object.text("subject", email.value().subject);
            object.text("text", email.value().text);
            object.text("html", email.value().html);
        }
    } else if (const auto webhook = delivery::decode_webhook(delivery.payload)) {
        object.text("url", webhook.value().url);
        object.text("body", webhook.value().body);
    }
}

void write_deliveries(const Seat& seat, engine::Place place, std::string& out) {
    json::ArrayWriter list(out);
    for (const delivery::Owed& owed :
         seat.worker.outbox().owed_to(program::customer_text(seat.shard.id(place)))) {
        json::ObjectWriter item(list.item());
        item.text("id", owed.delivery.id);
        item.text("channel", delivery::to_string(owed.delivery.channel));
        item.text("createdAt", to_string(owed.delivery.created_at));
        item.number("attempts", owed.attempts);
        item.raw("givenUp", owed.dead ? "true" : "false");
        item.text("reason", owed.reason);
        write_payload(owed.delivery, item);
        item.close();
    }
    list.close();
}

void write_messages(const Seat& seat, engine::Place place, std::string& out) {
    json::ArrayWriter list(out);
    for (const customer::Message& message : customer::messages_after(seat.shard.blob(place), 0)) {
        json::ObjectWriter item(list.item());
        item.text("sentAt", to_string(message.sent));
        item.raw("shown", message.shown ? "true" : "false");
        item.raw("message", message.body);
        item.close();
    }
    list.close();
}

void write_list(const std::vector<std::string>& items, std::string& out) {
    json::ArrayWriter list(out);
    for (const std::string& item : items) {
        list.item() += item;
    }
    list.close();
}

/// The end of an export: what is kept beside the profile.
void write_history(const Erasures::History& history, json::ObjectWriter& object) {
    write_list(history.decisions, object.member("decisions"));
    write_list(history.quarantined, object.member("quarantined"));
    write_list(history.events, object.member("events"));
    if (history.next) {
        object.number("next", history.next->index);
    } else {
        object.raw("next", "null");
    }
}

/// An export under way: its first half, from the customer's own thread.
struct Export {
    std::string body;
    json::ObjectWriter object{body};
};

std::shared_ptr<Export> begin_export(const Seat& seat, engine::Place place) {
    auto started = std::make_shared<Export>();
    started->object.raw("profile", profile_json(seat, place));
    write_messages(seat, place, started->object.member("messages"));
    write_deliveries(seat, place, started->object.member("deliveries"));
    return started;
}

void export_customer(const Services& services, const Request& request, Responder responder) {
    std::vector<engine::OwnedIdentifier> identifiers =
        named_customer(services.runtime->program()->identity, request, responder);
    if (identifiers.empty()) {
        return;
    }
    Position from;
    if (const std::optional<std::string> text = request.query_value("from")) {
        const char* const end = text->data() + text->size();
        if (std::from_chars(text->data(), end, from.index).ptr != end) {
            responder.send(Problem{
                400,
                "invalid-question",
                "cannot export from \"" + *text + "\": `from` is `next` of the part before",
                "from"});
            return;
        }
    }
    auto answer = std::make_shared<Responder>(std::move(responder));
    find_customer(
        *services.runtime,
        answer,
        std::move(identifiers),
        [&services, answer, from](Responder&, const Seat& seat, engine::Place place) {
            services.erasures->history(
                hashes_leading_to(seat, place),
                from,
                [answer,
                 started = begin_export(seat, place)](const Result<Erasures::History>& history) {
                    if (!history) {
                        answer->send(to_problem(history.error()));
                        return;
                    }
                    write_history(history.value(), started->object);
                    started->object.close();
                    answer->send(Response::json(std::move(started->body)));
                }
            );
        }
    );
}

}  // namespace

void add_erasure_routes(Router& router, const Services& services) {
    RouteOptions options;
    options.priority = Priority::Admin;
    router.add(
        Method::Delete,
        "/v1/profiles/{id}",
        [&services](const Request& request, Responder responder) {
            erase_customer(services, request, std::move(responder));
        },
        options
    );
    router.add(
        Method::Get,
        "/v1/erasures/{id}",
        [&services](const Request& request, Responder responder) {
            answer_erasure(services, request, std::move(responder));
        },
        options
    );
    router.add(
        Method::Get,
        "/v1/profiles/{id}/export",
        [&services](const Request& request, Responder responder) {
            export_customer(services, request, std::move(responder));
        },
        options
    );
}

}  // namespace attune::api
