#include <algorithm>
#include <array>
#include <functional>

#include "api/ask.h"
#include "api/find_customer.h"
#include "api/routes.h"
#include "customer/attributes.h"
#include "customer/held.h"
#include "customer/instances.h"
#include "customer/limits.h"
#include "customer/memberships.h"
#include "customer/merges.h"
#include "customer/sections.h"
#include "program/explain.h"
#include "value/json.h"
#include "value/json_writer.h"

namespace attune::api {

namespace {

using customer::Blob;
using engine::OwnedIdentifier;
using runtime::Seat;

void write_identifiers(const Blob& blob, std::string& out) {
    const std::vector<customer::Identifier> all = customer::identifiers(blob);
    std::vector<std::string_view> names;
    for (const customer::Identifier& one : all) {
        if (std::find(names.begin(), names.end(), customer::name_of(one)) == names.end()) {
            names.push_back(customer::name_of(one));
        }
    }
    json::ObjectWriter object(out);
    for (const std::string_view name : names) {
        json::ArrayWriter list(object.member(name));
        for (const customer::Identifier& one : all) {
            if (customer::name_of(one) == name) {
                json::write_string(customer::value_of(one), list.item());
            }
        }
        list.close();
    }
    object.close();
}

void write_features(program::Frame& frame, std::string& out) {
    json::ObjectWriter object(out);
    for (const program::Feature& feature : frame.program().features) {
        json::write(frame.value(feature.slot), object.member(feature.name));
    }
    object.close();
}

void write_segments(const program::Program& program, const Blob& blob, std::string& out) {
    json::ArrayWriter list(out);
    for (const customer::Membership& membership : customer::memberships(blob)) {
        for (const program::Segment& segment : program.segments) {
            if (segment.id == membership.segment) {
                json::ObjectWriter item(list.item());
                item.text("name", segment.name);
                item.text("since", to_string(membership.since));
                item.close();
            }
        }
    }
    list.close();
}

void write_patterns(const program::Program& program, const Blob& blob, std::string& out) {
    json::ArrayWriter list(out);
    for (const customer::Instance& instance : customer::instances(blob)) {
        const auto number = program.pattern_by_id(instance.pattern);
        if (!number) {
            continue;
        }
        const program::Pattern& pattern = program.patterns[*number];
        json::ObjectWriter item(list.item());
        item.text("name", pattern.name);
        item.number("step", instance.step);
        item.text(
            "waits",
            pattern.steps[instance.step].absent ? "for the time to pass"
                                                : pattern.steps[instance.step].name
        );
        item.number("count", instance.count);
        // One that is judged by time lives so much later.
        item.text("start", to_string(instance.start - pattern.lateness));
        if (instance.deadline == customer::kNever) {
            item.raw("deadline", "null");
        } else {
            item.text("deadline", to_string(instance.deadline));
        }
        item.close();
    }
    list.close();
}

void write_limits(
    const program::Program& program, const Blob& blob, Timestamp now, std::string& out
) {
    json::ArrayWriter list(out);
    const auto write = [&](const std::string& of, const std::optional<customer::Limit>& limit) {
        const std::uint32_t used = limit ? customer::used(blob, *limit, now) : 0;
        if (used > 0) {
            json::ObjectWriter item(list.item());
            item.text("of", of);
            item.number("used", used);
            item.number("times", limit->times);
            item.close();
        }
    };
    for (const program::Campaign& campaign : program.campaigns) {
        write("campaign " + campaign.name, campaign.limit);
    }
    for (const program::Placement& placement : program.placements) {
        write("placement " + placement.name, placement.limit);
    }
    for (const program::Offer& offer : program.offers) {
        write("offer " + offer.name, offer.limit);
    }
    static constexpr std::array<const char*, 4> kChannels{"email", "message", "webhook", "any"};
    for (std::size_t i = 0; i < kChannels.size(); ++i) {
        write("contact " + std::string(kChannels[i]), program.contact_limits[i]);
    }
    list.close();
}

void write_held(const program::Program& program, const Blob& blob, std::string& out) {
    json::ArrayWriter list(out);
    for (const customer::Held& one : customer::held(blob)) {
        for (const program::Campaign& campaign : program.campaigns) {
            if (campaign.id == one.campaign) {
                json::ObjectWriter item(list.item());
                item.text("campaign", campaign.name);
                item.text("until", to_string(one.until));
                item.close();
            }
        }
    }
    list.close();
}

void write_merges(const Blob& blob, std::string& out) {
    json::ArrayWriter list(out);
    for (const customer::Merge& merge : customer::merges(blob)) {
        json::ObjectWriter item(list.item());
        item.text("at", to_string(merge.at));
        item.text("outcome", customer::to_string(merge.outcome));
        item.text("by", customer::name_of(merge.from));
        item.text("identifier", customer::value_of(merge.from));
        item.close();
    }
    list.close();
}

}  // namespace

std::string profile_json(const Seat& seat, engine::Place place) {
    const program::Program& program = seat.worker.program();
    program::Frame& frame = seat.worker.fold().frame();
    const Blob& blob = seat.shard.blob(place);
    frame.bind(seat.shard.id(place), blob, seat.now);
    Arena arena;
    std::string out;
    json::ObjectWriter object(out);
    object.text("customer", program::customer_text(seat.shard.id(place)));
    write_identifiers(blob, object.member("identifiers"));
    json::write(
        customer::read_attributes(blob.section(customer::kTraits), arena), object.member("traits")
    );
    json::write(
        customer::read_attributes(blob.section(customer::kConsent), arena), object.member("consent")
    );
    write_features(frame, object.member("features"));
    write_segments(program, blob, object.member("segments"));
    if (!program.experiments.empty()) {
        json::write(frame.value(program::kExperimentsSlot), object.member("experiments"));
    }
    write_patterns(program, blob, object.member("patterns"));
    write_limits(program, blob, seat.now, object.member("limits"));
    write_held(program, blob, object.member("held"));
    write_merges(blob, object.member("merges"));
    object.text("lastEventAt", to_string(blob.newest()));
    object.number("stateBytes", blob.bytes().size());
    object.text("at", to_string(seat.now));
    object.close();
    return out;
}

namespace {

void write_explained(const program::Explained& one, std::string& out) {
    json::ObjectWriter object(out);
    object.text("expression", one.text);
    json::write(one.value, object.member("value"));
    if (!one.problem.empty()) {
        object.text("problem", one.problem);
    }
    if (!one.features.empty()) {
        json::ObjectWriter features(object.member("features"));
        for (const auto& [name, value] : one.features) {
            json::write(value, features.member(name));
        }
        features.close();
    }
    if (!one.parts.empty()) {
        json::ArrayWriter parts(object.member("parts"));
        for (const program::Explained& part : one.parts) {
            write_explained(part, parts.item());
        }
        parts.close();
    }
    object.close();
}

Response explain_segment(const Seat& seat, engine::Place place, const std::string& name) {
    const program::Program& program = seat.worker.program();
    const auto segment =
        std::find_if(program.segments.begin(), program.segments.end(), [&](const auto& one) {
            return one.name == name;
        });
    if (segment == program.segments.end()) {
        return to_response(Problem{
            404, "not-found", "there is no segment \"" + name + "\"", "segment"});
    }
    program::Frame& frame = seat.worker.fold().frame();
    const Blob& blob = seat.shard.blob(place);
    frame.bind(seat.shard.id(place), blob, seat.now);
    std::string out;
    json::ObjectWriter object(out);
    object.text("segment", name);
    object.raw("member", customer::is_member(blob, segment->id) ? "true" : "false");
    for (const customer::Membership& membership : customer::memberships(blob)) {
        if (membership.segment == segment->id) {
            object.text("since", to_string(membership.since));
        } else if (membership.segment == segment->pending_id) {
            object.text("enteredAt", to_string(membership.since + segment->dwell));
        }
    }
    const std::string text(segment->when.text());
    write_explained(program::explain(frame, text), object.member("when"));
    object.text("at", to_string(seat.now));
    object.close();
    return Response::json(out);
}

/// What is answered of a customer once found.
using Answer = std::function<Response(const Seat&, engine::Place)>;

void add_profile_route(
    Router& router,
    const Services& services,
    const char* path,
    const std::function<Answer(const Request&)>& answer_to
) {
    RouteOptions options;
    options.cors = Cors{};
    router.add(
        Method::Get,
        path,
        [&services, answer_to](const Request& request, Responder responder) {
            std::vector<OwnedIdentifier> tries =
                named_customer(services.runtime->program()->identity, request, responder);
            if (!tries.empty()) {
                find_customer(
                    *services.runtime,
                    std::make_shared<Responder>(std::move(responder)),
                    std::move(tries),
                    [answer = answer_to(request)](
                        Responder& answered, const Seat& seat, engine::Place place
                    ) { answered.send(answer(seat, place)); }
                );
            }
        },
        options
    );
}

}  // namespace

void add_profile_routes(Router& router, const Services& services) {
    add_profile_route(router, services, "/v1/profiles/{id}", [](const Request&) {
        return [](const Seat& seat, engine::Place place) {
            return Response::json(profile_json(seat, place));
        };
    });
    // `?identifier=email:ada@example.com`, for what does not fit into a path.
    add_profile_route(router, services, "/v1/profiles", [](const Request&) {
        return [](const Seat& seat, engine::Place place) {
            return Response::json(profile_json(seat, place));
        };
    });
    add_profile_route(
        router,
        services,
        "/v1/profiles/{id}/segments/{segment}",
        [](const Request& request) {
            return [name = std::string(request.parameter("segment"))](
                       const Seat& seat, engine::Place place
                   ) { return explain_segment(seat, place, name); };
        }
    );
}

}  // namespace attune::api
