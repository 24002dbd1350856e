#include "customer/feature_sessions.h"

#include <algorithm>
#include <string>
#include <vector>

#include "customer/tiles.h"

namespace attune::customer {

namespace {

// The section: how many older sessions there were, then the latest ones, oldest first.
constexpr std::size_t kOlderBytes = sizeof(std::uint32_t);
constexpr std::size_t kSessionBytes = 2 * sizeof(std::int64_t) + 2 * sizeof(std::uint32_t);

struct Session {
    std::int64_t start_ms = 0;
    std::int64_t end_ms = 0;  ///< Of its last event.
    std::uint32_t events = 0;
    std::uint32_t pages = 0;
};

struct Sessions {
    std::uint32_t older = 0;
    std::vector<Session> latest;
};

Sessions load(std::string_view section) {
    Sessions sessions;
    if (section.size() < kOlderBytes) {
        return sessions;
    }
    sessions.older = load_at<std::uint32_t>(section.data());
    for (std::size_t at = kOlderBytes; at + kSessionBytes <= section.size(); at += kSessionBytes) {
        const char* record = section.data() + at;
        sessions.latest.push_back(
            {load_at<std::int64_t>(record),
             load_at<std::int64_t>(record + 8),
             load_at<std::uint32_t>(record + 16),
             load_at<std::uint32_t>(record + 20)}
        );
    }
    return sessions;
}

void store(Blob& blob, std::size_t section, const Sessions& sessions) {
    std::string bytes(kOlderBytes + sessions.latest.size() * kSessionBytes, '\0');
    store_at(bytes.data(), sessions.older);
    char* record = bytes.data() + kOlderBytes;
    for (const Session& session : sessions.latest) {
        store_at(record, session.start_ms);
        store_at(record + 8, session.end_ms);
        store_at(record + 16, session.events);
        store_at(record + 20, session.pages);
        record += kSessionBytes;
    }
    blob.assign(section, bytes);
}

/// Puts a run of events in its place and joins what is then no longer apart.
void add(const FeatureShape& shape, Sessions& sessions, const Session& more) {
    std::vector<Session>& latest = sessions.latest;
    const auto after = std::find_if(latest.begin(), latest.end(), [&](const Session& session) {
        return session.start_ms > more.start_ms;
    });
    latest.insert(after, more);
    std::vector<Session> joined;
    for (const Session& session : latest) {
        if (joined.empty() ||
            span_ms(joined.back().end_ms, session.start_ms) >= shape.gap.count()) {
            joined.push_back(session);
            continue;
        }
        Session& last = joined.back();
        last.end_ms = std::max(last.end_ms, session.end_ms);
        last.events += session.events;
        last.pages += session.pages;
    }
    latest = std::move(joined);
    while (latest.size() > kSessionsMax) {
        latest.erase(latest.begin());
        ++sessions.older;
    }
}

Value span_of(std::int64_t ms) {
    return Value::duration(DaysTimeDuration{
        ms / 1'000, static_cast<std::int32_t>(ms % 1'000 * 1'000'000)});
}

Value moment_of(std::int64_t ms, Arena& arena) {
    constexpr std::int64_t kDayMs = 86'400'000;
    const std::int64_t days = ms / kDayMs - (ms % kDayMs < 0 ? 1 : 0);
    return Value::date_time(
        {{days}, (ms - days * kDayMs) * 1'000'000, Zone{Zone::Kind::Offset, 0, {}}}, arena
    );
}

}  // namespace

void apply_to_sessions(
    const FeatureShape& shape, Blob& blob, std::size_t section, Timestamp time, const Value& value
) {
    Sessions sessions = load(std::as_const(blob).section(section));
    add(shape, sessions, {time.ms(), time.ms(), 1, value.is_true() ? 1U : 0U});
    store(blob, section, sessions);
}

Value read_sessions(
    const FeatureShape& shape, std::string_view section, Timestamp time, Arena& arena
) {
    const Sessions sessions = load(section);
    std::uint32_t count = sessions.older;
    Session current;
    for (const Session& session : sessions.latest) {
        if (session.start_ms <= time.ms()) {
            current = session;
            ++count;
        }
    }
    const bool active =
        current.events > 0 && span_ms(current.end_ms, time.ms()) < shape.gap.count();
    if (!active) {
        current = {};
    }
    const std::span<Entry> entries = arena.array<Entry>(6);
    entries[0] = {"active", Value::boolean(active)};
    entries[1] = {"start", active ? moment_of(current.start_ms, arena) : Value()};
    entries[2] = {"length", span_of(span_ms(current.start_ms, current.end_ms))};
    entries[3] = {"events", Value::integer(current.events)};
    entries[4] = {"pages", Value::integer(current.pages)};
    entries[5] = {"count", Value::integer(count)};
    return Value::context(entries);
}

void merge_sessions(
    const FeatureShape& shape, Blob& into, std::size_t section, std::string_view other
) {
    Sessions sessions = load(std::as_const(into).section(section));
    const Sessions more = load(other);
    sessions.older += more.older;
    for (const Session& session : more.latest) {
        add(shape, sessions, session);
    }
    if (sessions.older > 0 || !sessions.latest.empty()) {
        store(into, section, sessions);
    }
}

std::size_t sessions_bytes_max() {
    return kOlderBytes + kSessionsMax * kSessionBytes;
}

std::optional<Timestamp> next_session_change(
    const FeatureShape& shape, std::string_view section, Timestamp time
) {
    std::optional<Timestamp> next;
    for (const Session& session : load(section).latest) {
        for (const std::int64_t change : {session.start_ms, session.end_ms + shape.gap.count()}) {
            if (change > time.ms() && (!next || change < next->ms())) {
                next = Timestamp(change);
            }
        }
    }
    return next;
}

}  // namespace attune::customer
