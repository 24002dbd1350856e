#include "host/standby_tail.h"

#include <filesystem>
#include <memory>

#include <fmt/format.h>

#include "files/posix.h"
#include "log/segments/copy.h"
#include "log/segments/inspect.h"
#include "log/segments/segment_log.h"
#include "replication/common.h"
#include "replication/follower.h"
#include "state/rocksdb/rocks_store.h"

namespace attune::host {

namespace {

namespace fs = std::filesystem;
using replication::Fetch;
using replication::Fetched;

Result<Position> position_of_state(const std::string& folder) {
    if (!fs::exists(folder)) {
        return Position{};
    }
    rocks::StoreOptions options;
    options.folder = folder;
    const Result<std::unique_ptr<StateStore>> store = rocks::open_store(options);
    return store ? Result<Position>(store.value()->position()) : store.error();
}

Status move(const fs::path& from, const fs::path& to) {
    std::error_code error;
    fs::rename(from, to, error);
    if (error) {
        return Error{
            Error::Kind::Unavailable,
            fmt::format(
                "cannot move \"{}\" to \"{}\": {}", from.string(), to.string(), error.message()
            )};
    }
    return files::posix().sync_directory(from.parent_path().string());
}

/// Recovers the log as a start does, so that what is compared is what a start would serve.
Result<Position> find_common(const std::string& folder, ReplicationCalls& leader, Position& end) {
    segments::LogOptions options;
    options.folder = folder;
    const Result<std::unique_ptr<Log>> log = segments::open_log(options);
    if (!log) {
        return log.error();
    }
    Log& own = *log.value();
    end = own.end();
    return replication::common_end(own, [&](Position at, std::uint64_t trace) -> Result<bool> {
        Fetch question;
        question.from = at;
        question.trace = trace;
        const Result<Fetched> answer = leader.fetch(question);
        if (!answer) {
            return answer.error();
        }
        if (answer.value().outcome == Fetched::Outcome::NotLeading) {
            return Error{Error::Kind::Conflict, "cannot follow: " + answer.value().reason};
        }
        // What the leader has trimmed cannot be compared any more, and was once the same.
        return answer.value().outcome != Fetched::Outcome::Diverged;
    });
}

}  // namespace

Result<std::string> cut_tail(const std::string& data, ReplicationCalls& leader) {
    const fs::path log = fs::path(data) / "log";
    const fs::path draft = fs::path(data) / "log.cut";
    if (!fs::exists(log) && fs::exists(draft)) {
        // A crash has come between the two moves below.
        if (Status moved = move(draft, log); !moved) {
            return moved.error();
        }
    }
    if (!fs::exists(log)) {
        return std::string();
    }
    Position end;
    const Result<Position> common = find_common(log.string(), leader, end);
    if (!common) {
        return common.error();
    }
    if (common.value() == end) {
        return std::string();
    }
    const Result<Position> state = position_of_state((fs::path(data) / "state").string());
    if (!state) {
        return state.error();
    }
    files::FileSystem& disk = files::posix();
    const Result<std::vector<segments::SegmentSummary>> held =
        segments::list_segments(disk, log.string());
    if (!held) {
        return held.error();
    }
    const bool state_goes = state.value() > common.value();
    if (state_goes && held.value().front().first > Position{}) {
        return Error{
            Error::Kind::Conflict,
            fmt::format(
                "cannot cut the log in \"{}\" at position {}: the state has it up to {}, and the "
                "log, which begins at {}, does not reach back far enough to fold it anew; make the "
                "folder from a backup of the leader: attune backup, then attune restore",
                data,
                to_string(common.value()),
                to_string(state.value()),
                to_string(held.value().front().first)
            )};
    }
    // The copy first, then the moves: whatever a crash leaves, the whole log is somewhere.
    const fs::path aside = fs::path(data) / ("aside-" + to_string(common.value()));
    std::error_code error;
    fs::remove_all(draft, error);
    const Result<segments::LogCopy> copied =
        segments::copy_log(disk, log.string(), draft.string(), {.position = common.value()});
    if (!copied) {
        return copied.error();
    }
    if (Status made = files::create_durable_directory(disk, aside.string()); !made) {
        return made.error();
    }
    if (state_goes) {
        if (Status moved = move(fs::path(data) / "state", aside / "state"); !moved) {
            return moved.error();
        }
    }
    if (Status moved = move(log, aside / "log"); !moved) {
        return moved.error();
    }
    if (Status moved = move(draft, log); !moved) {
        return moved.error();
    }
    return fmt::format(
        "{} entries from position {} on, which the leader has not got, are in \"{}\"",
        end - common.value(),
        to_string(common.value()),
        aside.string()
    );
}

}  // namespace attune::host
