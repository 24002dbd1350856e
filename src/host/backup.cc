#include "host/backup.h"

#include <charconv>
#include <set>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/hash.h"
#include "host/erase_copy.h"
#include "log/segments/copy.h"
#include "log/segments/inspect.h"
#include "state/rocksdb/rocks_store.h"

namespace attune::host {
namespace {

using files::FileSystem;

constexpr std::string_view kManifest = "attune backup 1\n";
constexpr const char* kBackedUpName = "/backed-up";
constexpr std::string_view kBackedUpPrefix = "attune backed up to ";
constexpr std::string_view kBackedUpSum = ", sum ";
constexpr std::uint64_t kBackedUpBytesMax = 64;
constexpr std::uint64_t kProgramFileBytesMax = 64U << 20U;
constexpr std::size_t kStateBatchBytes = 4U << 20U;

std::string path_of(std::string folder, const std::string& name) {
    folder += '/';
    return folder += name;
}

bool there(FileSystem& files, const std::string& folder) {
    return files.list(folder).ok();
}

/// The manifest names the format; a folder without one must be empty.
Status settle_manifest(FileSystem& files, const std::string& folder, bool start) {
    const std::string path = folder + "/backup";
    const Result<std::string> text = files::read_file(files, path, kManifest.size());
    if (text.ok() && text.value() == kManifest) {
        return Done{};
    }
    if (!text.ok() && text.error().kind == Error::Kind::Unavailable) {
        return text.error();
    }
    if (text.ok() || text.error().kind != Error::Kind::NotFound) {
        return Error{
            Error::Kind::Conflict,
            "cannot use \"" + folder + "\": \"" + path +
                "\" does not name a backup of format 1; a newer version of Attune may have written "
                "it"};
    }
    Result<std::vector<std::string>> names = files.list(folder);
    if (names.ok()) {
        std::erase(names.value(), "backup.new");  // A first backup that got no further.
    }
    if (!start || (names.ok() && !names.value().empty())) {
        return Error{
            Error::Kind::Conflict, "cannot use \"" + folder + "\": it holds no backup of Attune's"};
    }
    if (Status made = files::create_durable_directory(files, folder); !made.ok()) {
        return made;
    }
    return files::replace_file(files, path, kManifest);
}

/// Copies a folder of files, and folders below it, durably.
Status copy_tree(FileSystem& files, const std::string& from, const std::string& to) {
    if (Status made = files::create_durable_directory(files, to); !made.ok()) {
        return made;
    }
    const Result<std::vector<std::string>> names = files.list(from);
    if (!names.ok()) {
        return names.error();
    }
    for (const std::string& name : names.value()) {
        const std::string source = path_of(from, name);
        const std::string target = path_of(to, name);
        Status copied = Done{};
        if (files.list(source).ok()) {
            copied = copy_tree(files, source, target);
        } else {
            const Result<std::string> text = files::read_file(files, source, kProgramFileBytesMax);
            copied =
                text.ok() ? files::replace_file(files, target, text.value()) : Status(text.error());
        }
        if (!copied.ok()) {
            return copied;
        }
    }
    return Done{};
}

/// Programs never change once they are there, so one that is there is left alone.
Status copy_programs(FileSystem& files, const std::string& from, const std::string& to) {
    if (Status made = files::create_durable_directory(files, to); !made.ok()) {
        return made;
    }
    const Result<std::vector<std::string>> names = files.list(from);
    if (!names.ok()) {
        return names.error();
    }
    for (const std::string& name : names.value()) {
        if (name.ends_with(".draft") || there(files, path_of(to, name))) {
            continue;
        }
        // A draft that a crash left is written over: it is the same program.
        const std::string draft = path_of(to, name).append(".draft");
        if (Status copied = copy_tree(files, path_of(from, name), draft); !copied.ok()) {
            return copied;
        }
        if (Status renamed = files.rename(draft, path_of(to, name)); !renamed.ok()) {
            return renamed;
        }
    }
    return files.sync_directory(to);
}

Status copy_family(const StateStore& from, StateStore& to, Family family) {
    StateBatch batch;
    Status written = Done{};
    const Status scanned = from.scan(family, {}, [&](auto key, auto value) {
        batch.put(family, key, value);
        if (batch.bytes() > kStateBatchBytes) {
            written = to.write(batch, from.position());
            batch.clear();
        }
        return written.ok();
    });
    if (!scanned.ok() || !written.ok()) {
        return scanned.ok() ? written : scanned;
    }
    return to.write(batch, from.position());
}

Status copy_store(const StateStore& from, StateStore& to) {
    for (const Family family : kFamilies) {
        if (Status copied = copy_family(from, to, family); !copied.ok()) {
            return copied;
        }
    }
    return to.flush();
}

rocks::StoreOptions store_options(FileSystem& files, const std::string& folder) {
    rocks::StoreOptions options;
    options.folder = folder;
    options.files = &files;
    return options;
}

/// Removes what an interrupted copy has left; Conflict while it is being made.
Status clear_draft(FileSystem& files, const std::string& draft) {
    if (!there(files, draft)) {
        return Done{};
    }
    if (const Result<std::unique_ptr<files::Lock>> lock = files.lock(draft + "/lock"); !lock.ok()) {
        return lock.error();
    }
    return files::remove_tree(files, draft);
}

/// Copies the state in `from`, as last flushed, to a new folder; the position it is complete up to.
Result<Position> copy_state(FileSystem& files, const std::string& from, const std::string& to) {
    const std::string draft = to + ".draft";
    if (Status cleared = clear_draft(files, draft); !cleared.ok()) {
        return cleared.error();
    }
    rocks::StoreOptions options = store_options(files, from);
    const Result<std::unique_ptr<StateStore>> source = rocks::open_to_read(options);
    if (!source.ok()) {
        return source.error();
    }
    options.folder = draft;
    {
        const Result<std::unique_ptr<StateStore>> target = rocks::open_store(options);
        if (!target.ok()) {
            return target.error();
        }
        if (Status copied = copy_store(*source.value(), *target.value()); !copied.ok()) {
            return copied.error();
        }
    }
    if (Status verified = rocks::verify_store(options); !verified.ok()) {
        return verified.error();
    }
    if (Status renamed = files.rename(draft, to); !renamed.ok()) {
        return renamed.error();
    }
    if (Status synced = files.sync_directory(files::parent_of(to)); !synced.ok()) {
        return synced.error();
    }
    return source.value()->position();
}

Result<Position> position_of_state(FileSystem& files, const std::string& folder) {
    const Result<std::unique_ptr<StateStore>> store =
        rocks::open_to_read(store_options(files, folder));
    return store.ok() ? Result<Position>(store.value()->position()) : store.error();
}

/// Adds what `copied` does not say and checks all of the log in `folder`.
Result<BackupReport> finish(
    FileSystem& files, const std::string& folder, const segments::LogCopy& copied
) {
    const Result<segments::LogVerification> log = segments::verify_log(files, folder + "/log");
    if (!log.ok()) {
        return log.error();
    }
    BackupReport report;
    report.begin = log.value().begin;
    report.end = log.value().end;
    report.latest = copied.latest_now;
    report.segments_copied = copied.segments_copied;
    report.bytes_copied = copied.bytes_copied;
    report.entries = log.value().entries;
    report.with_state = there(files, folder + "/state");
    if (report.begin.index == 0) {
        return report;
    }
    const Result<Position> state = position_of_state(files, folder + "/state");
    if (!state.ok()) {
        return state.error();
    }
    if (state.value() < report.begin) {
        return Error{
            Error::Kind::Conflict,
            "cannot use \"" + folder + "\": its log begins at " + to_string(report.begin) +
                ", its state is complete up to " + to_string(state.value()) +
                " only; the log was trimmed meanwhile, begin a new backup in another folder"};
    }
    report.begin = state.value();
    return report;
}

/// Notes in a copy what was erased where it comes from, and does so there too.
Status take_erasures(
    FileSystem& files,
    const std::string& folder,
    const ErasureRecord& asked,
    const std::set<std::string>& final
) {
    Result<ErasureRecord> record = ErasureRecord::open(files, folder);
    if (!record.ok()) {
        return record.error();
    }
    const Status added = record.value().add_unknown(asked);
    return added.ok() ? erase_in_copy(files, folder, final) : added;
}

/// The erasures that a restored folder must not bring back: the backup's own, and those in `path`.
Status erase_in_restored(
    FileSystem& files,
    const std::string& from,
    const std::string& folder,
    const std::string& path,
    Position end
) {
    Result<ErasureRecord> asked = ErasureRecord::open(files, from);
    if (!asked.ok()) {
        return asked.error();
    }
    const auto take = [&](const ErasureRecord& record) {
        std::set<std::string> all;
        for (const ErasureRecord::Entry& entry : record.entries()) {
            all.insert(entry.erasure.id);
        }
        return take_erasures(files, folder, record, all);
    };
    if (Status taken = take(asked.value()); !taken.ok()) {
        return taken;
    }
    if (!path.empty()) {
        const Result<ErasureRecord> more = ErasureRecord::read(files, path);
        if (Status taken = more.ok() ? take(more.value()) : Status(more.error()); !taken.ok()) {
            return taken;
        }
    }
    Result<ErasureRecord> record = ErasureRecord::open(files, folder);
    return record.ok() ? record.value().note_end(end) : Status(record.error());
}

/// A line with a checksum: a digit that has turned would let go of what is in no backup.
std::string backed_up_note(Position position) {
    const std::string note = std::string(kBackedUpPrefix) + to_string(position);
    return fmt::format("{}{}{:08x}\n", note, kBackedUpSum, crc32c(note));
}

}  // namespace

Result<BackupReport> back_up(FileSystem& files, const std::string& data, const std::string& to) {
    const Result<std::unique_ptr<Log>> log = segments::open_to_read(files, data + "/log");
    if (!log.ok()) {
        return log.error();
    }
    if (Status settled = settle_manifest(files, to, true); !settled.ok()) {
        return settled.error();
    }
    // Before the log: what is complete by now is in nothing that is copied from here on.
    const Result<ErasureRecord> before = ErasureRecord::open(files, data);
    if (!before.ok()) {
        return before.error();
    }
    // A log that does not begin at its start says nothing without the state before it. It comes
    // before the log: the log is only ever trimmed behind a state that is on disk.
    if (log.value()->begin().index > 0 && !there(files, to + "/log") &&
        !there(files, to + "/state")) {
        if (const Result<Position> state = copy_state(files, data + "/state", to + "/state");
            !state.ok()) {
            return state.error();
        }
    }
    const Result<segments::LogCopy> copied =
        segments::copy_log(files, data + "/log", to + "/log", {});
    if (!copied.ok()) {
        return copied.error();
    }
    // After the log: whatever program a batch names was kept before the batch was taken.
    if (Status kept = copy_programs(files, data + "/programs", to + "/programs"); !kept.ok()) {
        return kept.error();
    }
    const Result<ErasureRecord> after = ErasureRecord::open(files, data);
    if (!after.ok()) {
        return after.error();
    }
    if (Status erased = take_erasures(files, to, after.value(), complete_in(before.value()));
        !erased.ok()) {
        return erased.error();
    }
    Result<BackupReport> report = finish(files, to, copied.value());
    if (report.ok()) {
        // Only now that it is verified. A data folder that cannot be written is backed up all the
        // same.
        report.value().noted = note_backed_up(files, data, report.value().end).ok();
    }
    return report;
}

Position backed_up_to(files::FileSystem& files, const std::string& data) {
    const Result<std::string> text =
        files::read_file(files, data + kBackedUpName, kBackedUpBytesMax);
    Position position;
    if (!text.ok() || !text.value().starts_with(kBackedUpPrefix)) {
        return {};
    }
    const char* const end = text.value().data() + text.value().size();
    static_cast<void>(
        std::from_chars(text.value().data() + kBackedUpPrefix.size(), end, position.index)
    );
    // What cannot be read counts as no backup: too much of the log is kept then, never too little.
    return text.value() == backed_up_note(position) ? position : Position{};
}

Status note_backed_up(files::FileSystem& files, const std::string& data, Position position) {
    return files::replace_file(files, data + kBackedUpName, backed_up_note(position));
}

Result<BackupReport> restore(
    FileSystem& files, const std::string& from, const std::string& data, const RestoreUntil& until
) {
    if (Status settled = settle_manifest(files, from, false); !settled.ok()) {
        return settled.error();
    }
    const std::string draft = data + ".restoring";
    if (there(files, data) || there(files, draft)) {
        return Error{
            Error::Kind::Conflict,
            "cannot restore to \"" + data + "\": \"" + (there(files, data) ? data : draft) +
                "\" is there already; move it away"};
    }
    if (Status made = files::create_durable_directory(files, draft); !made.ok()) {
        return made.error();
    }
    const Result<segments::LogCopy> copied = segments::copy_log(
        files,
        from + "/log",
        draft + "/log",
        {.position = until.position, .time = until.time, .own_identity = true}
    );
    if (!copied.ok()) {
        return copied.error();
    }
    if (Status kept = copy_programs(files, from + "/programs", draft + "/programs"); !kept.ok()) {
        return kept.error();
    }
    if (there(files, from + "/state")) {
        const Result<Position> state = copy_state(files, from + "/state", draft + "/state");
        if (!state.ok()) {
            return state.error();
        }
        if (copied.value().end < state.value()) {
            return Error{
                Error::Kind::NotFound,
                "cannot restore to position " + to_string(copied.value().end) +
                    ": the backup in \"" + from + "\" goes back to " + to_string(state.value()) +
                    " only"};
        }
    }
    if (Status erased = erase_in_restored(files, from, draft, until.erasures, copied.value().end);
        !erased.ok()) {
        return erased.error();
    }
    Result<BackupReport> report = finish(files, draft, copied.value());
    if (!report.ok()) {
        return report;
    }
    if (Status renamed = files.rename(draft, data); !renamed.ok()) {
        return renamed.error();
    }
    if (Status synced = files.sync_directory(files::parent_of(data)); !synced.ok()) {
        return synced.error();
    }
    return report;
}

}  // namespace attune::host
