#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "engine/shard.h"

namespace attune::runtime {

/// What an entry of the log is. The numbers are stored; docs/formats/entries.md.
enum class EntryKind : std::uint8_t {
    Call = 1,      ///< An event as it came in: schema::write_entry.
    Decision = 2,  ///< A decision that counts against a limit or has drawn at random.
    Release = 3,   ///< An identifier begins to lead to another customer and gives its state away.
    Absorb = 4,    ///< A customer takes the state that was given away.
    Mark = 5,      ///< A delivery was made, given up, replayed or dropped: delivery::Mark.
    Erase = 6,     ///< Customers are erased.
    Erased = 7,    ///< Stands where an entry of an erased customer stood; its body says nothing.
    Refuse = 8,    ///< An identifier does not begin to lead to a customer: a rule forbids it.
    Judge = 9,     ///< A part of a shard's customers is judged by new segments.
};

/// The front of every entry: what it is and which shard it belongs to.
struct EntryHead {
    EntryKind kind = EntryKind::Call;
    std::uint8_t shard = 0;

    static constexpr std::size_t kBytes = 2;

    [[nodiscard]] std::string bytes() const {
        return {static_cast<char>(kind), static_cast<char>(shard)};
    }
};

struct EntryView {
    EntryHead head;
    std::string_view body;
};

/// Nothing if the bytes are no entry of a known kind.
[[nodiscard]] std::optional<EntryView> read_entry(std::string_view bytes);

struct DecisionEntry {
    engine::OwnedIdentifier identifier;  ///< That led to the customer, who may be new.
    std::uint64_t id = 0;
    Timestamp at;
    std::string placement;
    std::string offer;
    std::string json;  ///< The whole decision, explained, as it is kept.
};

struct ReleaseEntry {
    engine::OwnedIdentifier from;
    engine::OwnedIdentifier to;
};

struct AbsorbEntry {
    engine::OwnedIdentifier to;
    engine::OwnedIdentifier from;
    std::string state;
    engine::OwnedIdentifier by{};  ///< As in Shard::Released; may be empty.
};

struct RefuseEntry {
    engine::OwnedIdentifier to;  ///< Who claimed it.
    engine::OwnedIdentifier identifier;
    customer::MergeOutcome why = customer::MergeOutcome::Never;
};

struct EraseEntry {
    std::vector<std::uint64_t> identifiers;  ///< Hashes of all that led to the customer.
};

[[nodiscard]] std::string encode(const EraseEntry& entry);
[[nodiscard]] std::optional<EraseEntry> decode_erase(std::string_view body);
[[nodiscard]] std::string encode(const DecisionEntry& entry);
[[nodiscard]] std::string encode(const ReleaseEntry& entry);
[[nodiscard]] std::string encode(const AbsorbEntry& entry);
[[nodiscard]] std::string encode(const RefuseEntry& entry);
[[nodiscard]] std::optional<DecisionEntry> decode_decision(std::string_view body);
[[nodiscard]] std::optional<ReleaseEntry> decode_release(std::string_view body);
[[nodiscard]] std::string encode(const engine::Shard::Slice& slice);
[[nodiscard]] std::optional<engine::Shard::Slice> decode_judge(std::string_view body);
[[nodiscard]] std::optional<AbsorbEntry> decode_absorb(std::string_view body);
[[nodiscard]] std::optional<RefuseEntry> decode_refuse(std::string_view body);

}  // namespace attune::runtime
