#include "dmn/hole_search.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "base/hash.h"

namespace attune::dmn {

namespace {

std::uint64_t hash_of(std::span<const Row> rows) {
    std::uint64_t hash = rows.size();
    for (const Row row : rows) {
        hash = hash_combine(hash, row);
    }
    return hash;
}

}  // namespace

bool HoleSearch::find(
    std::span<const Row> rows,
    std::optional<Row> inside,
    const std::function<bool(const Region&)>& found
) {
    allowed_.clear();
    for (std::size_t column = 0; column < boxes_.column_count(); ++column) {
        if (inside) {
            const auto runs = boxes_.runs(column, *inside, Boxes::Reading::Maybe);
            allowed_.emplace_back(runs.begin(), runs.end());
        } else {
            allowed_.push_back({{0, static_cast<std::uint32_t>(boxes_.axis(column).size())}});
        }
    }
    for (const Row row : rows) {
        covers_from_[row] = static_cast<std::uint32_t>(covers_from(row));
    }
    found_ = &found;
    return search(0, rows);
}

/// The depth from which on the row accepts all that is allowed.
std::size_t HoleSearch::covers_from(Row row) const {
    std::size_t depth = boxes_.column_count();
    while (depth > 0) {
        const std::size_t column = boxes_.order()[depth - 1];
        if (!within(allowed_[column], boxes_.runs(column, row, reading_))) {
            break;
        }
        --depth;
    }
    return depth;
}

bool HoleSearch::take(std::uint64_t steps) {
    gave_up_ = gave_up_ || steps > steps_left_;
    steps_left_ -= gave_up_ ? 0 : steps;
    return !gave_up_;
}

bool HoleSearch::search(std::size_t depth, std::span<const Row> rows) {
    if (!take(rows.size() + 1)) {
        return false;
    }
    if (rows.empty()) {
        return (*found_)(region_);
    }
    const bool covered =
        std::any_of(rows.begin(), rows.end(), [&](Row row) { return covers_from_[row] <= depth; });
    if (covered) {
        return true;
    }
    // No row covers nothing: each lacks something along a column that is left.
    const std::size_t column = boxes_.order()[depth];
    for (const Group& group : sweep(depth, rows)) {
        if (gave_up_) {
            return false;
        }
        region_[column] = group.runs;
        const bool more = search(depth + 1, group.rows);
        region_[column].clear();
        if (!more) {
            return false;
        }
    }
    return !gave_up_;
}

std::vector<HoleSearch::Event> HoleSearch::events(std::size_t column, std::span<const Row> rows)
    const {
    std::vector<Event> events;
    for (const Row row : rows) {
        for_each_common(
            allowed_[column],
            boxes_.runs(column, row, reading_),
            [&](const Axis::Run& run) {
                events.push_back({run.from, row, true});
                events.push_back({run.to, row, false});
                return true;
            }
        );
    }
    std::sort(events.begin(), events.end(), [](const Event& lhs, const Event& rhs) {
        return std::tie(lhs.atom, lhs.begins, lhs.row) < std::tie(rhs.atom, rhs.begins, rhs.row);
    });
    return events;
}

std::vector<HoleSearch::Group> HoleSearch::sweep(std::size_t depth, std::span<const Row> rows) {
    const std::size_t column = boxes_.order()[depth];
    const std::vector<Event> all = events(column, rows);
    std::vector<Group> groups;
    std::multimap<std::uint64_t, std::size_t> by_hash;
    std::vector<Row> active;
    std::size_t covering = 0;
    auto next = all.begin();
    const auto apply = [&](const Event& event) {
        const auto place = std::lower_bound(active.begin(), active.end(), event.row);
        const std::size_t covers = covers_from_[event.row] <= depth + 1 ? 1 : 0;
        if (event.begins) {
            active.insert(place, event.row);
            covering += covers;
        } else {
            active.erase(place);
            covering -= covers;
        }
    };
    const auto add = [&](const Axis::Run& run) {
        if (covering > 0 || !take(active.size() + 1)) {
            return;
        }
        const std::uint64_t hash = hash_of(active);
        const auto [from, to] = by_hash.equal_range(hash);
        const auto same = std::find_if(from, to, [&](const auto& each) {
            return groups[each.second].rows == active;
        });
        if (same != to) {
            groups[same->second].runs.push_back(run);
        } else {
            by_hash.emplace(hash, groups.size());
            groups.push_back({active, {run}});
        }
    };
    for (const Axis::Run& allowed : allowed_[column]) {
        for (std::uint32_t at = allowed.from; at < allowed.to && !gave_up_;) {
            for (; next != all.end() && next->atom <= at; ++next) {
                apply(*next);
            }
            const std::uint32_t to =
                next == all.end() ? allowed.to : std::min(next->atom, allowed.to);
            add({at, to});
            at = to;
        }
    }
    std::stable_sort(groups.begin(), groups.end(), [](const Group& lhs, const Group& rhs) {
        return lhs.rows.size() < rhs.rows.size();
    });
    return groups;
}

}  // namespace attune::dmn
