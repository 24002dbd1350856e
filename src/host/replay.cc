#include "host/replay.h"

#include <algorithm>

#include "value/json_writer.h"

namespace attune::host {

namespace {

engine::Population::Options options() {
    engine::Population::Options options;
    options.timers = false;
    // A file's time is its own, so nothing in it lies in the future.
    options.reader.future_max = kTimestampMax - Timestamp();
    return options;
}

template <typename List>
void write_counts(const List& list, const std::vector<std::uint64_t>& counts, std::string& out) {
    json::ObjectWriter object(out);
    for (std::size_t i = 0; i < list.size(); ++i) {
        if (!list[i].name.empty()) {
            object.number(list[i].name, counts[i]);
        }
    }
    object.close();
}

}  // namespace

Replay::Replay(std::shared_ptr<const program::Program> program)
    : population_(std::move(program), options()) {}

void Replay::line(std::string_view json) {
    ++lines_;
    if (!population_.read(json, {time_, std::nullopt, std::nullopt, {}})) {
        if (first_rejection_.empty()) {
            first_rejection_ =
                "line " + std::to_string(lines_) + ": " + population_.rejected().reason;
        }
        return;
    }
    time_ = std::max(time_, population_.event().at);
    population_.apply(population_.event(), time_);
    population_.effects().clear_lists();
}

void Replay::finish() {
    population_.advance_all(time_);
    population_.effects().clear_lists();
}

std::string to_json(Replay& replay) {
    const engine::Counts& counts = replay.population().effects().counts;
    const program::Program& program = replay.population().program();
    std::string out;
    json::ObjectWriter object(out);
    object.number("lines", replay.lines());
    object.number("rejected", counts.quarantined);
    object.number("duplicate", counts.duplicates);
    object.number("accepted", counts.accepted);
    object.number("late", counts.late);
    object.number("customers", replay.population().customer_count());
    object.text("time", to_string(replay.time()));
    write_counts(program.kinds, counts.kinds, object.member("events"));
    write_counts(program.rules, counts.rules, object.member("rules"));
    write_counts(program.patterns, counts.patterns, object.member("patterns"));
    write_counts(program.segments, counts.segments_entered, object.member("segments_entered"));
    write_counts(program.segments, counts.segments_left, object.member("segments_left"));
    write_counts(program.campaigns, counts.campaigns, object.member("campaigns"));
    object.close();
    return out;
}

}  // namespace attune::host
