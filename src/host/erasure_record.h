#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "files/file_system.h"
#include "runtime/erasure.h"

namespace attune::host {

/// How far an erasure has come in the folder whose record this is.
enum class ErasureStage : std::uint8_t {
    Asked,     ///< Noted; the customer may still be there.
    Folded,    ///< The fold has forgotten the customer, durably.
    Complete,  ///< Nothing is left on the disk.
};

/// The erasures that have been asked for, kept apart from log and state, so that an older copy of
/// these can be told what to forget; docs/formats/erasures.md. One thread.
class ErasureRecord {
public:
    struct Entry {
        runtime::Erasure erasure;
        ErasureStage stage = ErasureStage::Asked;
    };

    /// Reads the record in `folder`, a data folder or a backup; an empty one where there is none.
    /// `folder` empty: kept in memory only.
    [[nodiscard]] static Result<ErasureRecord> open(
        files::FileSystem& files, const std::string& folder
    );

    /// Reads a record kept elsewhere.
    [[nodiscard]] static Result<ErasureRecord> read(
        files::FileSystem& files, const std::string& path
    );

    /// A record that came from elsewhere as text, kept in memory only; `what` names it in errors.
    [[nodiscard]] static Result<ErasureRecord> from_text(
        const std::string& text, const std::string& what
    );

    [[nodiscard]] const std::vector<Entry>& entries() const { return entries_; }
    [[nodiscard]] std::vector<runtime::Erasure> at(ErasureStage stage) const;
    [[nodiscard]] const Entry* find(const std::string& id) const;

    /// Each durable when it returns; after an error nothing has changed.
    Status add(runtime::Erasure erasure);
    /// `at`: a state complete up to there has forgotten the customer.
    Status note_folded(const std::string& id, Position at, std::vector<std::string> deliveries);
    Status note_complete(const std::vector<runtime::Erasure>& erasures);
    /// Adds those of another record that this one does not know, as Asked.
    Status add_unknown(const ErasureRecord& other);
    /// All that are complete were so in a log that ended here; it goes on with other entries.
    Status note_end(Position end);

private:
    ErasureRecord(files::FileSystem& files, std::string path)
        : files_(&files), path_(std::move(path)) {}

    Status parse(const std::string& text);
    Status replace(std::vector<Entry> entries);

    files::FileSystem* files_;
    std::string path_;  ///< Empty: in memory only.
    std::vector<Entry> entries_;
};

}  // namespace attune::host
