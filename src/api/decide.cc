#include <chrono>

#include "api/ask.h"
#include "api/caller.h"
#include "api/routes.h"
#include "base/hash.h"
#include "decisions/decision.h"
#include "feel/similar.h"
#include "schema/segment.h"
#include "value/json.h"
#include "value/json_writer.h"

namespace attune::api {

namespace {

using engine::OwnedIdentifier;
using runtime::Seat;
using runtime::Ticket;
using runtime::Work;

constexpr std::size_t kPlacementsMax = 32;
constexpr std::size_t kEventsMax = 100;
constexpr std::size_t kBodyBytesMax = std::size_t{256} * 1024;

/// One question under way.
struct Asked {
    explicit Asked(Responder answer) : responder(std::move(answer)) {}

    Responder responder;
    std::chrono::steady_clock::time_point started = std::chrono::steady_clock::now();
    Arena arena{std::size_t{4} * 1024};
    OwnedIdentifier identifier;
    std::vector<std::string> placements;
    Value context;
    bool explain = false;
    std::deque<std::string> events;  ///< As JSON, each padded.
    std::vector<schema::RawCall> calls;
    std::vector<std::vector<OwnedIdentifier>> names;  ///< Declared identifiers, by call.
    std::string body;                                 ///< The answer, once there is one.
    std::optional<Problem> problem;

    [[nodiscard]] const Caller& caller() const { return responder.request().caller; }
};

Problem bad(std::string field, std::string why) {
    return {400, "invalid-question", "cannot decide: " + std::move(why), std::move(field)};
}

std::optional<Problem> read_identifier(const Value& body, Asked& asked) {
    using Kind = customer::Identifier::Kind;
    for (const auto& [name, kind] :
         {std::pair{"userId", Kind::UserId}, std::pair{"anonymousId", Kind::AnonymousId}}) {
        const Value text = body.get(name);
        if (text.null()) {
            continue;
        }
        if (!text.is(Value::Kind::String) || text.as_string().empty() ||
            text.as_string().size() > customer::kIdentifierBytesMax) {
            return bad(name, std::string("`") + name + "` must be a text of 1 to 256 bytes");
        }
        asked.identifier = {kind, std::string(text.as_string())};
        return std::nullopt;
    }
    return bad("userId", "neither `userId` nor `anonymousId` is given");
}

std::optional<Problem> read_placements(
    const Value& body, const program::Program& program, Asked& asked
) {
    const Value list = body.get("placements");
    if (!list.is(Value::Kind::List) || list.as_list().empty() ||
        list.as_list().size() > kPlacementsMax) {
        return bad(
            "placements",
            "`placements` must be a list of 1 to " + std::to_string(kPlacementsMax) + " names"
        );
    }
    for (const Value& name : list.as_list()) {
        if (!name.is(Value::Kind::String)) {
            return bad("placements", "a placement is named by a text");
        }
        asked.placements.emplace_back(name.as_string());
        if (!program.placement(asked.placements.back())) {
            std::vector<std::string> known;
            for (const program::Placement& placement : program.placements) {
                known.push_back(placement.name);
            }
            const std::string near =
                feel::did_you_mean(feel::most_similar(asked.placements.back(), known));
            return bad(
                "placements",
                "there is no placement \"" + asked.placements.back() + "\"" +
                    (near.empty() ? "" : "; " + near)
            );
        }
    }
    return std::nullopt;
}

/// The event with the question's identifier where it has none of its own.
std::string event_json(const Value& event, const OwnedIdentifier& identifier) {
    std::string text;
    json::ObjectWriter object(text);
    bool known = false;
    for (const Entry& entry : event.as_context()) {
        json::write(entry.value, object.member(entry.key));
        known = known || entry.key == "userId" || entry.key == "anonymousId";
    }
    if (!known) {
        object.text(customer::to_string(identifier.kind), identifier.text);
    }
    object.close();
    return text;
}

std::optional<Problem> read_events(
    const Value& body, const program::Program& program, Asked& asked
) {
    const Value list = body.get("events");
    if (list.null()) {
        return std::nullopt;
    }
    if (!list.is(Value::Kind::List) || list.as_list().size() > kEventsMax) {
        return bad(
            "events", "`events` must be a list of at most " + std::to_string(kEventsMax) + " calls"
        );
    }
    for (const Value& event : list.as_list()) {
        if (!event.is(Value::Kind::Context)) {
            return bad("events", "an event is an object, as for /v1/track");
        }
        std::string& text = asked.events.emplace_back(event_json(event, asked.identifier));
        const std::size_t bytes = text.size();
        text.append(schema::kPadding, '\0');
        Result<schema::Batch> call = schema::single_call(
            std::string_view(text).substr(0, bytes), asked.arena, {}, program.identity.wants
        );
        if (!call) {
            return to_problem(call.error());
        }
        const schema::RawCall& raw = call.value().calls.front();
        const bool by_user = asked.identifier.kind == customer::Identifier::Kind::UserId;
        const std::string_view same = by_user ? raw.route.user_id : raw.route.anonymous_id;
        if ((!same.empty() && same != asked.identifier.text) ||
            (!by_user && !raw.route.user_id.empty())) {
            return bad(
                "events",
                "an event belongs to somebody else than the question; ask with the event's `userId`"
            );
        }
        asked.calls.push_back(raw);
        asked.names.push_back(
            program.identity.read(program::parts_of(raw.route, call.value(), std::nullopt))
        );
    }
    return std::nullopt;
}

std::optional<Problem> read_question(
    std::string_view text, const program::Program& program, Asked& asked
) {
    const Result<Value> body = json::parse(text, asked.arena);
    if (!body) {
        return to_problem(body.error());
    }
    if (!body.value().is(Value::Kind::Context)) {
        return bad("", "the body must be a JSON object");
    }
    asked.context = body.value().get("context");
    asked.explain = body.value().get("explain").is_true();
    if (auto problem = read_identifier(body.value(), asked)) {
        return problem;
    }
    if (auto problem = may_name(asked.caller(), asked.identifier)) {
        return problem;
    }
    if (asked.explain && asked.caller().kind != Caller::Kind::Server) {
        return Problem{
            403,
            "explain-not-allowed",
            "cannot explain: only the server key is told of rules and rejected offers",
            "explain"};
    }
    if (auto problem = read_placements(body.value(), program, asked)) {
        return problem;
    }
    return read_events(body.value(), program, asked);
}

/// A customer of whom nothing is known yet is asked about as one without a past.
struct Person {
    std::uint64_t id;
    const customer::Blob* blob;
    std::optional<customer::Blob> stranger;
};

Person person_at(const Seat& seat) {
    if (seat.place) {
        return {seat.shard.id(*seat.place), &seat.shard.blob(*seat.place), std::nullopt};
    }
    return {
        customer::hash_of(seat.identifier.view()),
        nullptr,
        seat.worker.program().layout.empty_blob()};
}

std::string answer_json(
    const program::Program& program,
    std::uint64_t customer,
    const std::vector<std::string>& decisions
) {
    std::string out;
    json::ObjectWriter object(out);
    object.text("customer", program::customer_text(customer));
    object.text("program", program::hash_text(program.hash));
    json::ArrayWriter list(object.member("decisions"));
    for (const std::string& decision : decisions) {
        list.item() += decision;
    }
    list.close();
    object.close();
    return out;
}

/// Answers the question on the worker's thread, then lets the ticket go, once what counts is
/// durable.
void decide_at(
    Asked& asked,
    const Seat& seat,
    const runtime::Numbers& numbers,
    runtime::Kept& kept,
    const std::shared_ptr<Ticket>& ticket
) {
    if (auto problem = may_ask(asked.caller(), seat)) {
        asked.problem = std::move(problem);
        return ticket->finish();
    }
    const program::Program& program = seat.worker.program();
    program::Frame& frame = seat.worker.fold().frame();
    Person person = person_at(seat);
    if (person.stranger) {
        person.blob = &*person.stranger;
    }
    if (seat.place && seat.worker.fold().next_wake(*person.blob) < seat.now) {
        // Time has passed for the customer too: what is due happens before the question is
        // answered.
        seat.worker.run_due(seat.now);
    }
    std::vector<std::string> answers;
    std::vector<runtime::DecisionEntry> counted;
    bool relaxed = true;
    for (const std::string& name : asked.placements) {
        const auto placement = program.placement(name);
        if (!placement) {
            asked.problem =
                bad("placements", "placement \"" + name + "\" was removed a moment ago");
            return ticket->finish();
        }
        frame.bind(person.id, *person.blob, seat.now);
        frame.set(program::kContextSlot, asked.context);
        const std::uint64_t id = hash_combine(
            hash_combine(person.id, program.placements[*placement].id),
            hash_combine(static_cast<std::uint64_t>(seat.now.ms()), seat.worker.next_question())
        );
        const decisions::Decision decision = decisions::decide(frame, {*placement, id, true});
        std::string explained = decisions::to_json(program, decision, true);
        kept.keep_decision(decisions::decision_text(id), explained);
        numbers.decisions.add();
        answers.push_back(asked.explain ? explained : decisions::to_json(program, decision, false));
        if (decision.counts) {
            relaxed = relaxed && program.placements[*placement].relaxed_commit;
            counted.push_back(
                {seat.identifier,
                 id,
                 seat.now,
                 name,
                 program.offers[*decision.offer].name,
                 std::move(explained)}
            );
        }
    }
    seat.worker.tell_warnings();
    asked.body = answer_json(program, person.id, answers);
    if (counted.empty()) {
        return ticket->finish();
    }
    const Result<Position> position = seat.worker.log_decisions(seat.shard, counted);
    if (!position) {
        asked.problem = not_logged(position.error());
        return ticket->finish();
    }
    if (relaxed) {
        return ticket->finish();
    }
    seat.worker.when_durable(
        position.value(),
        [ticket] { ticket->finish(); },
        [ticket, &asked] {
            asked.problem = Problem{
                503, "not-confirmed", "cannot note the decision: no standby has it yet", ""};
            ticket->finish();
        }
    );
}

void answer(Asked& asked, const Ticket& ticket, const runtime::Numbers& numbers) {
    numbers.decide_seconds.observe(std::chrono::steady_clock::now() - asked.started);
    for (const runtime::CallResult& result : ticket.results) {
        if (result.status == runtime::CallResult::Status::Refused) {
            asked.problem = not_logged(result, "events");
        }
    }
    if (asked.problem) {
        const bool again = asked.problem->status == 503 || asked.problem->status == 507;
        asked.responder.send(again ? ask_again(*asked.problem) : to_response(*asked.problem));
    } else {
        asked.responder.send(Response::json(std::move(asked.body)));
    }
}

std::vector<Work> works_of(
    const std::shared_ptr<Asked>& asked,
    const std::shared_ptr<Ticket>& ticket,
    const Services& services
) {
    std::vector<Work> works;
    for (std::size_t i = 0; i < asked->calls.size(); ++i) {
        const schema::RawCall& raw = asked->calls[i];
        Work work;
        work.identifier = asked->identifier;
        runtime::Call call;
        call.ticket = ticket;
        call.index = i;
        call.json = raw.json;
        call.envelope = {services.clock->now(), std::nullopt, std::nullopt, {}};
        const bool by_user = asked->identifier.kind == customer::Identifier::Kind::UserId;
        call.anonymous_id = by_user ? raw.route.anonymous_id : std::string_view();
        call.previous_id = raw.route.previous_id;
        call.names = asked->names[i];
        work.call = std::move(call);
        works.push_back(std::move(work));
    }
    return works;
}

void decide(const Services& services, const Request& request, Responder responder) {
    auto asked = std::make_shared<Asked>(std::move(responder));
    const std::shared_ptr<const program::Program> program = services.runtime->program();
    if (auto problem = read_question(request.body, *program, *asked)) {
        asked->responder.send(*problem);
        return;
    }
    runtime::Runtime& runtime = *services.runtime;
    auto holder = std::make_shared<std::shared_ptr<Ticket>>();
    auto ticket = std::make_shared<Ticket>(
        asked->responder.loop(),
        asked->calls.size(),
        [asked, holder, &runtime] {
            const std::shared_ptr<Ticket> finished = std::move(*holder);
            answer(*asked, *finished, runtime.numbers());
        }
    );
    *holder = ticket;
    ticket->expect(asked->calls.size() + 1);
    std::vector<Work> works = works_of(asked, ticket, services);
    Work question;
    question.identifier = asked->identifier;
    question.question = [asked, ticket, &runtime](Seat seat) {
        decide_at(*asked, seat, runtime.numbers(), runtime.kept(), ticket);
    };
    works.push_back(std::move(question));
    runtime.worker_of(asked->identifier).submit(std::move(works));
}

}  // namespace

void add_decide_routes(Router& router, const Services& services) {
    RouteOptions options;
    options.body_max = kBodyBytesMax;
    options.cors = Cors{};
    RouteOptions visitor = options;
    visitor.access = Access::Visitor;
    router.add(
        Method::Post,
        "/v1/decide",
        [&services](const Request& request, Responder responder) {
            decide(services, request, std::move(responder));
        },
        visitor
    );
    router.add(
        Method::Get,
        "/v1/decisions/{id}",
        [&services](const Request& request, Responder responder) {
            const std::string id(request.parameter("id"));
            const Result<std::optional<std::string>> found = services.runtime->kept().decision(id);
            if (!found) {
                responder.send(to_problem(found.error()));
            } else if (!found.value()) {
                responder.send(Problem{404, "not-found", "there is no decision \"" + id + "\"", ""}
                );
            } else {
                responder.send(Response::json(*found.value()));
            }
        },
        options
    );
}

}  // namespace attune::api
