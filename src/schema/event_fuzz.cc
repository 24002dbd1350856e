#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "schema/cloudevents.h"
#include "schema/envelope.h"
#include "schema/event_reader.h"
#include "schema/segment.h"

namespace {

using namespace attune;
using namespace attune::schema;

EventTypes make_types() {
    EventType type;
    type.name = "A";
    type.additional = true;
    const std::vector<std::pair<const char*, PropertyType>> properties{
        {"s", PropertyType::String},
        {"n", PropertyType::Number},
        {"i", PropertyType::Integer},
        {"b", PropertyType::Boolean},
        {"o", PropertyType::Object},
        {"a", PropertyType::Array},
        {"t", PropertyType::Timestamp}};
    for (const auto& [name, kind] : properties) {
        Property property;
        property.name = name;
        property.type = kind;
        type.properties.push_back(std::move(property));
    }
    type.properties[0].format = Format::Email;
    type.properties[1].minimum = Decimal(0);
    return {{std::move(type)}, Undeclared::Accept};
}

void read(EventReader& reader, std::string_view json, const Envelope& envelope) {
    Arena arena;
    Event event;
    if (!reader.read(json, envelope, arena, event)) {
        ATTUNE_ASSERT(!reader.rejected().reason.empty());
        return;
    }
    ATTUNE_ASSERT(!event.name.empty() && !event.id.empty());
    ATTUNE_ASSERT(!event.user_id.empty() || !event.anonymous_id.empty());
    for (const Value& value : event.properties) {
        (void)value.clone(arena);
    }
    (void)event.all_properties.clone(arena);
    (void)event.context.clone(arena);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const EventTypes types = make_types();
    static EventReader lean(types);
    static EventReader whole(types, {.properties = true, .context = true});
    const std::string_view text(
        reinterpret_cast<const char*>(data), size
    );  // NOLINT: fuzzer's bytes
    const std::string padded = std::string(text) + std::string(kPadding, '"');
    const std::string_view body(padded.data(), size);

    const Envelope envelope{Timestamp(1'772'323'200'000), {}, {}, R"({"a":1})"};
    read(lean, body, envelope);
    read(whole, body, envelope);

    Arena arena;
    const Result<Batch> batch = split_batch(body, arena);
    const Result<Batch> with_parts =
        split_batch(body, arena, {}, {.traits = true, .properties = true, .context = true});
    if (with_parts) {
        for (const RawCall& call : with_parts.value().calls) {
            (void)call.route.traits.clone(arena);
            (void)call.route.properties.clone(arena);
            (void)call.route.context.clone(arena);
        }
    }
    if (batch) {
        for (const RawCall& call : batch.value().calls) {
            ATTUNE_ASSERT(call.json.data() >= body.data());
            ATTUNE_ASSERT(call.json.data() + call.json.size() <= body.data() + body.size());
            read(lean, call.json, envelope);
        }
    }
    (void)from_batch(body);
    const NormalForm form = from_structured(body);
    ATTUNE_ASSERT(form.json.empty() != form.problem.empty());
    const std::vector<Header> headers{
        {"ce-id", body},
        {"ce-source", "s"},
        {"ce-subject", body},
        {"ce-specversion", "1.0"},
        {"ce-type", "t"}};
    (void)from_binary(headers, body);
    (void)read_entry(body);
    return 0;
}
