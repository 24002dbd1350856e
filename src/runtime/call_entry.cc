#include "runtime/call_entry.h"

#include <algorithm>

#include "base/arena.h"
#include "decisions/decision.h"
#include "value/json.h"

namespace attune::runtime {

void write_call_entry(
    const engine::OwnedIdentifier& identifier, const Call& call, std::string& out
) {
    ByteWriter writer(out);
    writer.fixed(static_cast<std::uint8_t>(identifier.kind));
    writer.text(identifier.text);
    schema::write_entry(call.envelope, call.json, out);
}

std::optional<CallEntry> read_call_entry(std::string_view body) {
    ByteReader in(body);
    CallEntry entry;
    entry.identifier.kind = static_cast<customer::Identifier::Kind>(in.fixed<std::uint8_t>());
    entry.identifier.text = in.text();
    std::optional<schema::CallEntry> call = in.ok() ? schema::read_entry(in.rest()) : std::nullopt;
    if (!call) {
        return std::nullopt;
    }
    entry.call = *call;
    return entry;
}

std::string write_call_json(const schema::CallEntry& call, std::string& out) {
    constexpr std::size_t kShownBytesMax = 4'096;
    Arena arena;
    const json::Limits limits{.depth_max = 64, .entries_max = 1'000'000};
    const Result<Value> value = json::parse(call.call_json, arena, limits);
    if (value) {
        out += call.call_json;
    } else {
        json::write_string(call.call_json.substr(0, kShownBytesMax), out);
    }
    if (call.envelope.call) {
        return std::string(schema::to_string(*call.envelope.call));
    }
    const Value type =
        value && value.value().is(Value::Kind::Context) ? value.value().get("type") : Value();
    return type.is(Value::Kind::String) ? std::string(type.as_string()) : std::string();
}

void count_decision(
    const program::Program& program, const DecisionEntry& decision, customer::Blob& blob
) {
    const auto placement = program.placement(decision.placement);
    const auto offer =
        std::find_if(program.offers.begin(), program.offers.end(), [&](const program::Offer& one) {
            return one.name == decision.offer;
        });
    if (placement && offer != program.offers.end()) {
        const auto number = static_cast<std::uint32_t>(offer - program.offers.begin());
        decisions::count(program, *placement, number, decision.at, blob);
    }
}

namespace {

template <typename List>
void carry(
    const List& from,
    const std::vector<std::uint64_t>& before,
    const List& to,
    std::vector<std::uint64_t>& after
) {
    for (std::size_t i = 0; i < to.size(); ++i) {
        const auto same = std::find_if(from.begin(), from.end(), [&](const auto& one) {
            return one.name == to[i].name;
        });
        const auto index = static_cast<std::size_t>(same - from.begin());
        after[i] += same != from.end() ? before[index] : 0;
    }
}

}  // namespace

void carry_counts(
    const program::Program& from,
    const engine::Counts& before,
    const program::Program& to,
    engine::Counts& after
) {
    after.add(before);
    carry(from.kinds, before.kinds, to.kinds, after.kinds);
    carry(from.rules, before.rules, to.rules, after.rules);
    carry(from.patterns, before.patterns, to.patterns, after.patterns);
    carry(from.segments, before.segments_entered, to.segments, after.segments_entered);
    carry(from.segments, before.segments_left, to.segments, after.segments_left);
    carry(from.campaigns, before.campaigns, to.campaigns, after.campaigns);
}

}  // namespace attune::runtime
