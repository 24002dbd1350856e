#include "runtime/erasure.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "delivery/mark.h"
#include "program/frame.h"

namespace attune::runtime {

namespace {

engine::OwnedIdentifier read_identifier(ByteReader& in) {
    const auto kind = static_cast<customer::Identifier::Kind>(in.fixed<std::uint8_t>());
    return {kind, std::string(in.text())};
}

/// Who an entry is about: the first identifier in it, except that what is given away belongs to
/// whom it is given to.
std::optional<engine::OwnedIdentifier> owner_of(const EntryView& entry) {
    ByteReader in(entry.body);
    engine::OwnedIdentifier owner = read_identifier(in);
    if (entry.head.kind == EntryKind::Release) {
        owner = read_identifier(in);
    }
    return in.ok() ? std::optional(std::move(owner)) : std::nullopt;
}

}  // namespace

ErasureFilter::ErasureFilter(std::vector<Erasure> erasures) : erasures_(std::move(erasures)) {
    for (const Erasure& erasure : erasures_) {
        for (const std::uint64_t identifier : erasure.identifiers) {
            Position& before = identifiers_[identifier];
            before = std::max(before, erasure.before);
        }
        for (const std::string& delivery : erasure.deliveries) {
            deliveries_[delivery] = erasure.before;
        }
    }
}

Status ErasureFilter::read(Log& log) {
    std::unordered_map<std::uint64_t, std::uint64_t> taken_by;
    std::vector<std::pair<Position, std::uint64_t>> calls;
    const auto visit = [&](Position position, std::string_view bytes) {
        const std::optional<EntryView> entry = read_entry(bytes);
        if (entry && entry->head.kind == EntryKind::Call) {
            const std::optional<engine::OwnedIdentifier> owner = owner_of(*entry);
            if (owner && erased(*owner, position)) {
                calls.emplace_back(position, customer::hash_of(owner->view()));
            }
        } else if (entry && entry->head.kind == EntryKind::Absorb) {
            const auto absorb = decode_absorb(entry->body);
            if (absorb && !absorb->state.empty()) {
                taken_by[customer::hash_of(absorb->from.view())] =
                    customer::hash_of(absorb->to.view());
            }
        }
    };
    const Status read =
        read_log(log, log.begin(), [&](const LogBatch& batch) { batch.for_each(visit); });
    std::vector<std::uint64_t> taken;
    for (const auto& [from, to] : taken_by) {
        if (!identifiers_.contains(to)) {
            taken.push_back(from);
        }
    }
    for (const std::uint64_t from : taken) {
        identifiers_.erase(from);
    }
    for (const auto& [position, identifier] : calls) {
        if (identifiers_.contains(identifier)) {
            calls_.insert(position);
        }
    }
    return read;
}

bool ErasureFilter::erased(const engine::OwnedIdentifier& identifier, Position at) const {
    const auto found = identifiers_.find(customer::hash_of(identifier.view()));
    return found != identifiers_.end() && at < found->second;
}

bool ErasureFilter::belongs(const EntryView& entry, Position at) const {
    switch (entry.head.kind) {
    case EntryKind::Call:
    case EntryKind::Decision:
    case EntryKind::Release:
    case EntryKind::Absorb: {
        const std::optional<engine::OwnedIdentifier> owner = owner_of(entry);
        return owner && erased(*owner, at);
    }
    case EntryKind::Mark: {
        // Why a delivery was given up may quote the address.
        const Result<delivery::Mark> mark = delivery::decode_mark(entry.body);
        const auto found = mark ? deliveries_.find(mark.value().id) : deliveries_.end();
        return found != deliveries_.end() && at < found->second;
    }
    case EntryKind::Erase:
    case EntryKind::Erased:
        return false;
    }
    return false;
}

bool ErasureFilter::edit(Position position, std::span<char> entry) {
    const std::optional<EntryView> view = read_entry({entry.data(), entry.size()});
    if (!view || !belongs(*view, position)) {
        return false;
    }
    // The shard stays: it says nothing of a person that the position does not.
    entry[0] = static_cast<char>(EntryKind::Erased);
    std::fill(entry.begin() + EntryHead::kBytes, entry.end(), '\0');
    return true;
}

bool ErasureFilter::has_decision(std::string_view json) const {
    constexpr std::string_view kBefore = "\"customer\":\"";
    constexpr std::size_t kTextBytes = 17;
    const std::size_t at = json.find(kBefore);
    if (at == std::string_view::npos) {
        return false;
    }
    const std::optional<std::uint64_t> customer =
        program::customer_number(json.substr(at + kBefore.size(), kTextBytes));
    return customer && identifiers_.contains(*customer);
}

std::vector<std::uint64_t> ErasureFilter::customers() const {
    std::vector<std::uint64_t> ids;
    for (const auto& [identifier, before] : identifiers_) {
        ids.push_back(identifier);
    }
    std::sort(ids.begin(), ids.end());
    return ids;
}

std::vector<std::string> ErasureFilter::deliveries() const {
    std::vector<std::string> ids;
    for (const auto& [id, before] : deliveries_) {
        ids.push_back(id);
    }
    return ids;
}

Position ErasureFilter::end() const {
    Position end;
    for (const Erasure& erasure : erasures_) {
        end = std::max(end, erasure.before);
    }
    return end;
}

}  // namespace attune::runtime
