#include <algorithm>
#include <map>

#include "api/ask.h"
#include "api/routes.h"
#include "schema/cloudevents.h"
#include "schema/segment.h"
#include "value/json_writer.h"

namespace attune::api {

namespace {

using runtime::CallResult;
using runtime::Ticket;
using runtime::Work;

/// How a request is answered: as Segment's SDKs expect, or with a result for each event.
enum class Form : std::uint8_t { Segment, Results };

/// One ingest request under way: owns what the calls' texts point into.
struct Ingest {
    Ingest(Responder answer, Form answer_form) : responder(std::move(answer)), form(answer_form) {}

    Responder responder;
    Form form;
    Arena arena{std::size_t{4} * 1024};
    schema::Batch batch;
    std::deque<std::string> texts;     ///< Calls made from CloudEvents, each padded.
    std::deque<std::string> problems;  ///< By call of a batch of CloudEvents; why it is none.
};

std::string_view to_string(CallResult::Status status) {
    switch (status) {
    case CallResult::Status::Accepted:
        return "accepted";
    case CallResult::Status::Duplicate:
        return "duplicate";
    case CallResult::Status::Quarantined:
        return "quarantined";
    case CallResult::Status::Refused:
        return "refused";
    }
    return "refused";
}

std::string results_json(const Ingest& ingest, const std::vector<CallResult>& results) {
    std::string body;
    json::ObjectWriter object(body);
    json::ArrayWriter list(object.member("results"));
    for (std::size_t i = 0; i < results.size(); ++i) {
        json::ObjectWriter item(list.item());
        item.text(
            "id",
            i < ingest.batch.calls.size() ? ingest.batch.calls[i].route.message_id
                                          : std::string_view()
        );
        item.text("status", to_string(results[i].status));
        if (!results[i].reason.empty()) {
            item.text("reason", results[i].reason);
        }
        if (!results[i].field.empty()) {
            item.text("field", results[i].field);
        }
        item.close();
    }
    list.close();
    object.close();
    return body;
}

void answer(Ingest& ingest, const std::vector<CallResult>& results) {
    const auto refused = std::find_if(results.begin(), results.end(), [](const CallResult& result) {
        return result.status == CallResult::Status::Refused;
    });
    if (refused != results.end() && ingest.form == Form::Segment) {
        // The whole is sent again; what was taken is then recognised as a repeat.
        ingest.responder.send(ask_again(not_logged(*refused)));
        return;
    }
    if (ingest.form == Form::Results) {
        Response response = Response::json(results_json(ingest, results));
        if (refused != results.end()) {
            const Response problem = ask_again(not_logged(*refused));
            response.status = problem.status;
            response.headers.push_back(problem.headers.back());
        }
        ingest.responder.send(std::move(response));
        return;
    }
    ingest.responder.send(Response::json(R"({"success":true})"));
}

engine::OwnedIdentifier identifier_of(const schema::Route& route) {
    using Kind = customer::Identifier::Kind;
    if (!route.user_id.empty()) {
        return {Kind::UserId, std::string(route.user_id)};
    }
    return {Kind::AnonymousId, std::string(route.anonymous_id)};
}

runtime::Call call_of(
    const schema::RawCall& raw,
    const schema::Batch& batch,
    const program::Identity& identity,
    Timestamp now,
    std::optional<schema::Call> kind
) {
    runtime::Call call;
    call.json = raw.json;
    call.envelope = {now, kind, batch.sent_at, batch.context, {}};
    if (!raw.route.user_id.empty()) {
        call.anonymous_id = raw.route.anonymous_id;
    }
    call.previous_id = raw.route.previous_id;
    if (!identity.sources.empty()) {
        call.names = identity.read(program::parts_of(raw.route, batch, kind));
    }
    return call;
}

/// Sends a taken-apart request to the workers of its customers.
void dispatch(
    const Services& services,
    const std::shared_ptr<Ingest>& ingest,
    std::optional<schema::Call> kind
) {
    const Timestamp now = services.clock->now();
    const std::shared_ptr<const program::Program> program = services.runtime->program();
    const std::vector<schema::RawCall>& calls = ingest->batch.calls;
    Ingest& one = *ingest;
    auto holder = std::make_shared<std::shared_ptr<Ticket>>();
    auto ticket =
        std::make_shared<Ticket>(ingest->responder.loop(), calls.size(), [ingest, holder] {
            const std::shared_ptr<Ticket> finished = std::move(*holder);
            answer(*ingest, finished->results);
        });
    *holder = ticket;
    ticket->expect(calls.size());
    std::map<runtime::Worker*, std::vector<Work>> by_worker;
    for (std::size_t i = 0; i < calls.size(); ++i) {
        Work work;
        work.identifier = identifier_of(calls[i].route);
        work.call = call_of(calls[i], one.batch, program->identity, now, kind);
        if (i < one.problems.size()) {
            work.call->envelope.problem = one.problems[i];
        }
        work.call->ticket = ticket;
        work.call->index = i;
        runtime::Worker& worker = services.runtime->worker_of(work.identifier);
        by_worker[&worker].push_back(std::move(work));
    }
    for (auto& [worker, works] : by_worker) {
        worker->submit(std::move(works));
    }
}

void ingest_segment(
    const Services& services,
    const Request& request,
    Responder responder,
    std::optional<schema::Call> kind,
    Form form
) {
    auto ingest = std::make_shared<Ingest>(std::move(responder), form);
    const schema::RouteWants wants = services.runtime->program()->identity.wants;
    Result<schema::Batch> batch = kind
                                      ? schema::single_call(request.body, ingest->arena, {}, wants)
                                      : schema::split_batch(request.body, ingest->arena, {}, wants);
    if (!batch) {
        ingest->responder.send(to_problem(batch.error()));
        return;
    }
    ingest->batch = std::move(batch).value();
    dispatch(services, ingest, kind);
}

std::vector<schema::Header> headers_of(const Request& request) {
    std::vector<schema::Header> headers;
    for (const HeaderField& field : request.headers) {
        headers.emplace_back(field.name, field.value);
    }
    return headers;
}

Result<std::vector<schema::NormalForm>> normal_forms(
    schema::CloudEventsMode mode, std::span<const schema::Header> headers, std::string_view body
) {
    if (mode == schema::CloudEventsMode::Batch) {
        return schema::from_batch(body);
    }
    std::vector<schema::NormalForm> forms;
    forms.push_back(
        mode == schema::CloudEventsMode::Binary ? schema::from_binary(headers, body)
                                                : schema::from_structured(body)
    );
    return forms;
}

/// Takes an event as one call; what is wrong with it goes along, for the quarantine.
void add_cloud_event(schema::NormalForm form, const program::Program& program, Ingest& ingest) {
    std::string& text = ingest.texts.emplace_back(std::move(form.json));
    const std::size_t bytes = text.size();
    text.append(schema::kPadding, '\0');
    schema::RawCall call;
    call.json = std::string_view(text).substr(0, bytes);
    if (form.problem.empty()) {
        const Result<schema::Batch> one =
            schema::single_call(call.json, ingest.arena, {}, program.identity.wants);
        if (one) {
            call = one.value().calls.front();
        } else {
            form.problem = one.error().message;
        }
    }
    ingest.problems.push_back(std::move(form.problem));
    ingest.batch.calls.push_back(std::move(call));
}

void ingest_cloud_events(
    const Services& services,
    const Request& request,
    Responder responder,
    schema::CloudEventsMode mode
) {
    const std::vector<schema::Header> headers = headers_of(request);
    auto ingest = std::make_shared<Ingest>(std::move(responder), Form::Results);
    Result<std::vector<schema::NormalForm>> forms = normal_forms(mode, headers, request.body);
    if (!forms) {
        ingest->responder.send(to_problem(forms.error()));
        return;
    }
    const std::shared_ptr<const program::Program> program = services.runtime->program();
    for (schema::NormalForm& form : forms.value()) {
        add_cloud_event(std::move(form), *program, *ingest);
    }
    if (mode != schema::CloudEventsMode::Batch && !ingest->problems.front().empty()) {
        ingest->responder.send(Problem{
            400, "not-a-cloudevent", "cannot take the CloudEvent: " + ingest->problems.front(), ""}
        );
        return;
    }
    if (ingest->batch.calls.empty()) {
        ingest->responder.send(Response::json(R"({"results":[]})"));
        return;
    }
    dispatch(services, ingest, std::nullopt);
}

constexpr std::size_t kBodyBytesMax = std::size_t{500} * 1024;

RouteOptions ingest_options() {
    RouteOptions options;
    options.body_max = kBodyBytesMax;
    options.cors = Cors{};
    options.priority = Priority::Ingest;
    options.access = Access::Source;
    return options;
}

}  // namespace

void add_ingest_routes(Router& router, const Services& services) {
    for (const char* path :
         {"/v1/track",
          "/v1/t",
          "/v1/identify",
          "/v1/i",
          "/v1/page",
          "/v1/p",
          "/v1/screen",
          "/v1/s",
          "/v1/group",
          "/v1/g",
          "/v1/alias",
          "/v1/a"}) {
        const std::optional<schema::Call> kind = schema::call_of_path(path);
        router.add(
            Method::Post,
            path,
            [&services, kind](const Request& request, Responder responder) {
                ingest_segment(services, request, std::move(responder), kind, Form::Segment);
            },
            ingest_options()
        );
    }
    for (const char* path : {"/v1/batch", "/v1/b", "/v1/import"}) {
        router.add(
            Method::Post,
            path,
            [&services](const Request& request, Responder responder) {
                ingest_segment(
                    services, request, std::move(responder), std::nullopt, Form::Segment
                );
            },
            ingest_options()
        );
    }
    router.add(
        Method::Post,
        "/v1/events",
        [&services](const Request& request, Responder responder) {
            const schema::CloudEventsMode mode = schema::cloud_events_mode(headers_of(request));
            if (mode != schema::CloudEventsMode::None) {
                return ingest_cloud_events(services, request, std::move(responder), mode);
            }
            ingest_segment(services, request, std::move(responder), std::nullopt, Form::Results);
        },
        ingest_options()
    );
}

}  // namespace attune::api
