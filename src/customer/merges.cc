#include "customer/merges.h"

#include <algorithm>
#include <string>
#include <tuple>

#include "base/bytes.h"
#include "customer/sections.h"

namespace attune::customer {

namespace {

/// A record's second field: the identifier's kind in the lower half, the outcome in the upper one.
constexpr unsigned kOutcomeShift = 4;
constexpr std::uint8_t kKindMask = 15;

std::vector<Merge> read(std::string_view section) {
    std::vector<Merge> all;
    ByteReader reader(section);
    while (!reader.at_end() && reader.ok()) {
        const Timestamp at(reader.fixed<std::int64_t>());
        const auto both = reader.fixed<std::uint8_t>();
        const auto kind = static_cast<Identifier::Kind>(both & kKindMask);
        const auto outcome = static_cast<MergeOutcome>(both >> kOutcomeShift);
        all.push_back({at, {kind, reader.text()}, outcome});
    }
    return all;
}

void add(Blob& blob, const std::vector<Merge>& more) {
    const std::string known(std::as_const(blob).section(kMerges));
    std::vector<Merge> all = read(known);
    all.insert(all.end(), more.begin(), more.end());
    const auto key = [](const Merge& one) {
        return std::tuple(one.at, one.outcome, one.from.kind, one.from.text);
    };
    std::sort(all.begin(), all.end(), [&](const Merge& lhs, const Merge& rhs) {
        return key(lhs) < key(rhs);
    });
    const auto same = [&](const Merge& lhs, const Merge& rhs) { return key(lhs) == key(rhs); };
    all.erase(std::unique(all.begin(), all.end(), same), all.end());
    // Of each sort the latest are kept: refusals, which a stranger can cause, drive out no merges.
    std::size_t merged = 0;
    std::size_t refused = 0;
    std::vector<Merge> kept;
    for (auto one = all.rbegin(); one != all.rend(); ++one) {
        if ((one->outcome == MergeOutcome::Merged ? merged : refused)++ < kMergesMax) {
            kept.push_back(*one);
        }
    }
    std::string bytes;
    ByteWriter writer(bytes);
    for (auto one = kept.rbegin(); one != kept.rend(); ++one) {
        writer.fixed(one->at.ms());
        writer.fixed(static_cast<std::uint8_t>(
            static_cast<unsigned>(one->from.kind) | static_cast<unsigned>(one->outcome)
                                                        << kOutcomeShift
        ));
        writer.text(one->from.text);
    }
    blob.assign(kMerges, bytes);
}

}  // namespace

std::string_view to_string(MergeOutcome outcome) {
    switch (outcome) {
    case MergeOutcome::Merged:
        return "merged";
    case MergeOutcome::TwoUsers:
        return "two users";
    case MergeOutcome::TooMany:
        return "too many identifiers";
    case MergeOutcome::TooOften:
        return "too many merges";
    case MergeOutcome::Never:
        return "never merges";
    }
    return "merged";
}

std::vector<Merge> merges(const Blob& blob) {
    return read(blob.section(kMerges));
}

void note_merge(Blob& blob, const Merge& one) {
    add(blob,
        {{one.at, {one.from.kind, one.from.text.substr(0, kMergeTextBytesMax)}, one.outcome}});
}

void merge_merges(Blob& into, std::string_view other) {
    if (!other.empty()) {
        add(into, read(other));
    }
}

bool refused_lately(const Blob& blob, const Identifier& identifier, Timestamp now) {
    if (blob.section(kMerges).empty()) {
        return false;
    }
    const Identifier kept{identifier.kind, identifier.text.substr(0, kMergeTextBytesMax)};
    const std::vector<Merge> all = merges(blob);
    return std::any_of(all.begin(), all.end(), [&](const Merge& one) {
        return one.outcome != MergeOutcome::Merged && one.from == kept &&
               now - one.at < kRefusedFor;
    });
}

}  // namespace attune::customer
