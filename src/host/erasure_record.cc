#include "host/erasure_record.h"

#include <algorithm>
#include <charconv>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "base/hash.h"
#include "files/posix.h"

namespace attune::host {

namespace {

constexpr std::string_view kHead = "attune erasures 2\n";
/// Without a checksum; read for ever.
constexpr std::string_view kFirstHead = "attune erasures 1\n";
constexpr std::string_view kSum = "sum ";
constexpr const char* kName = "/erasures";
constexpr std::uint64_t kBytesMax = 1U << 30U;
constexpr std::string_view kStages[] = {"asked", "folded", "complete"};

/// Takes what stands before the next `end` off the front.
std::string_view take(std::string_view& text, char end) {
    const std::size_t at = std::min(text.find(end), text.size());
    const std::string_view part = text.substr(0, at);
    text.remove_prefix(std::min(text.size(), at + 1));
    return part;
}

template <typename Number>
bool read_number(std::string_view text, int base, Number& number) {
    const char* const end = text.data() + text.size();
    const auto [stop, code] = std::from_chars(text.data(), end, number, base);
    return code == std::errc() && stop == end;
}

std::string line_of(const ErasureRecord::Entry& entry) {
    std::string identifiers;
    for (const std::uint64_t identifier : entry.erasure.identifiers) {
        identifiers += fmt::format("{}{:016x}", identifiers.empty() ? "" : ",", identifier);
    }
    return fmt::format(
        "{} {} {} {} {} {} {}\n",
        entry.erasure.id,
        kStages[static_cast<std::size_t>(entry.stage)],
        entry.erasure.at.ms(),
        entry.erasure.before.index,
        entry.erasure.folded.index,
        identifiers,
        fmt::join(entry.erasure.deliveries, ",")
    );
}

std::optional<ErasureRecord::Entry> read_line(std::string_view line) {
    ErasureRecord::Entry entry;
    entry.erasure.id = take(line, ' ');
    const auto* const stage = std::find(std::begin(kStages), std::end(kStages), take(line, ' '));
    std::int64_t at_ms = 0;
    const bool numbers = read_number(take(line, ' '), 10, at_ms) &&
                         read_number(take(line, ' '), 10, entry.erasure.before.index) &&
                         read_number(take(line, ' '), 10, entry.erasure.folded.index);
    if (entry.erasure.id.empty() || stage == std::end(kStages) || !numbers) {
        return std::nullopt;
    }
    entry.stage = static_cast<ErasureStage>(stage - std::begin(kStages));
    entry.erasure.at = Timestamp(at_ms);
    for (std::string_view list = take(line, ' '); !list.empty();) {
        std::uint64_t identifier = 0;
        if (!read_number(take(list, ','), 16, identifier)) {
            return std::nullopt;
        }
        entry.erasure.identifiers.push_back(identifier);
    }
    while (!line.empty()) {
        entry.erasure.deliveries.emplace_back(take(line, ','));
    }
    return entry;
}

/// The last line: a checksum of all before it.
std::string sum_of(std::string_view text) {
    return fmt::format("{}{:08x}\n", kSum, crc32c(text));
}

}  // namespace

Result<ErasureRecord> ErasureRecord::open(files::FileSystem& files, const std::string& folder) {
    if (folder.empty()) {
        return ErasureRecord(files, "");
    }
    Result<ErasureRecord> record = read(files, folder + kName);
    if (!record.ok() && record.error().kind == Error::Kind::NotFound) {
        return ErasureRecord(files, folder + kName);
    }
    return record;
}

Result<ErasureRecord> ErasureRecord::read(files::FileSystem& files, const std::string& path) {
    const Result<std::string> text = files::read_file(files, path, kBytesMax);
    if (!text.ok()) {
        return text.error();
    }
    ErasureRecord record(files, path);
    if (Status parsed = record.parse(text.value()); !parsed.ok()) {
        return parsed.error();
    }
    return record;
}

Result<ErasureRecord> ErasureRecord::from_text(const std::string& text, const std::string& what) {
    ErasureRecord record(files::posix(), what);
    if (Status parsed = record.parse(text); !parsed.ok()) {
        return parsed.error();
    }
    record.path_.clear();
    return record;
}

Status ErasureRecord::parse(const std::string& text) {
    const bool first = text.starts_with(kFirstHead);
    if (!first && !text.starts_with(kHead)) {
        return Error{
            Error::Kind::Conflict,
            "cannot read the erasures in \"" + path_ +
                "\": it is no record of format 1 or 2; a newer version of Attune may have written "
                "it"};
    }
    std::string_view rest = text;
    if (!first) {
        const std::size_t bytes = sum_of({}).size();
        const std::string_view covered = rest.substr(0, rest.size() - std::min(bytes, rest.size()));
        if (rest.substr(covered.size()) != sum_of(covered)) {
            return Error{
                Error::Kind::Corrupt,
                "cannot read the erasures in \"" + path_ +
                    "\": its last line is not the checksum of the others"};
        }
        rest = covered;
    }
    rest.remove_prefix(kHead.size());
    for (std::size_t line = 2; !rest.empty(); ++line) {
        std::optional<Entry> entry = read_line(take(rest, '\n'));
        if (!entry) {
            return Error{
                Error::Kind::Corrupt,
                fmt::format(
                    "cannot read the erasures in \"{}\": line {} is malformed", path_, line
                )};
        }
        entries_.push_back(std::move(*entry));
    }
    return Done{};
}

std::vector<runtime::Erasure> ErasureRecord::at(ErasureStage stage) const {
    std::vector<runtime::Erasure> found;
    for (const Entry& entry : entries_) {
        if (entry.stage == stage) {
            found.push_back(entry.erasure);
        }
    }
    return found;
}

const ErasureRecord::Entry* ErasureRecord::find(const std::string& id) const {
    const auto found = std::find_if(entries_.begin(), entries_.end(), [&](const Entry& entry) {
        return entry.erasure.id == id;
    });
    return found == entries_.end() ? nullptr : &*found;
}

Status ErasureRecord::replace(std::vector<Entry> entries) {
    if (!path_.empty()) {
        std::string text(kHead);
        for (const Entry& entry : entries) {
            text += line_of(entry);
        }
        text += sum_of(text);
        if (Status replaced = files::replace_file(*files_, path_, text); !replaced.ok()) {
            return replaced;
        }
    }
    entries_ = std::move(entries);
    return Done{};
}

Status ErasureRecord::add(runtime::Erasure erasure) {
    std::vector<Entry> entries = entries_;
    entries.push_back({std::move(erasure), ErasureStage::Asked});
    return replace(std::move(entries));
}

Status ErasureRecord::note_folded(
    const std::string& id, Position at, std::vector<std::string> deliveries
) {
    std::vector<Entry> entries = entries_;
    for (Entry& entry : entries) {
        if (entry.erasure.id == id) {
            entry.stage = ErasureStage::Folded;
            entry.erasure.folded = at;
            entry.erasure.deliveries.insert(
                entry.erasure.deliveries.end(), deliveries.begin(), deliveries.end()
            );
        }
    }
    return replace(std::move(entries));
}

Status ErasureRecord::note_complete(const std::vector<runtime::Erasure>& erasures) {
    std::vector<Entry> entries = entries_;
    for (Entry& entry : entries) {
        if (std::any_of(erasures.begin(), erasures.end(), [&](const runtime::Erasure& one) {
                return one.id == entry.erasure.id;
            })) {
            entry.stage = ErasureStage::Complete;
        }
    }
    return replace(std::move(entries));
}

Status ErasureRecord::note_end(Position end) {
    std::vector<Entry> entries = entries_;
    for (Entry& entry : entries) {
        if (entry.stage == ErasureStage::Complete) {
            entry.erasure.before = std::min(entry.erasure.before, end);
            entry.erasure.folded = end;
        }
    }
    return entries.empty() ? Status(Done{}) : replace(std::move(entries));
}

Status ErasureRecord::add_unknown(const ErasureRecord& other) {
    std::vector<Entry> entries = entries_;
    for (const Entry& entry : other.entries_) {
        if (find(entry.erasure.id) == nullptr) {
            entries.push_back({entry.erasure, ErasureStage::Asked});
        }
    }
    return entries.size() == entries_.size() ? Status(Done{}) : replace(std::move(entries));
}

}  // namespace attune::host
