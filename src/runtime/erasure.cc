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
/// whom it is given to. Nobody's where it holds no identifier.
std::optional<engine::OwnedIdentifier> owner_of(const EntryView& entry) {
    switch (entry.head.kind) {
    case EntryKind::Call:
    case EntryKind::Decision:
    case EntryKind::Release:
    case EntryKind::Absorb:
    case EntryKind::Refuse:
        break;
    case EntryKind::Mark:
    case EntryKind::Erase:
    case EntryKind::Erased:
    case EntryKind::Judge:
        return std::nullopt;
    }
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
            Bounds& bounds = identifiers_[identifier];
            bounds.before = std::max(bounds.before, erasure.before);
            bounds.folded = std::max(bounds.folded, erasure.folded);
            bounds.until = std::max(bounds.until, erasure.at);
            bounds.pending = bounds.pending || erasure.folded.index == 0;
        }
        for (const std::string& delivery : erasure.deliveries) {
            deliveries_[delivery] = erasure.before;
        }
        end_ = std::max(end_, erasure.before);  // Marks of the deliveries.
    }
}

Status ErasureFilter::read(Log& log, const std::function<bool()>& go_on) {
    const Result<std::unique_ptr<LogReader>> reader = log.reader(log.begin());
    if (!reader) {
        return reader.error();
    }
    Traces traces;
    while (go_on()) {
        const Result<const LogBatch*> batch = reader.value()->next();
        if (!batch) {
            return batch.error();
        }
        if (batch.value() == nullptr) {
            settle(traces);
            return Done{};
        }
        const Timestamp now = batch.value()->stamp.now;
        batch.value()->for_each([&](Position position, std::string_view bytes) {
            if (const std::optional<EntryView> entry = read_entry(bytes)) {
                note(*entry, position, now, traces);
            }
        });
    }
    return Error{Error::Kind::Unavailable, "cannot find what is to be erased: it was told to stop"};
}

void ErasureFilter::note(const EntryView& entry, Position position, Timestamp now, Traces& traces) {
    if (entry.head.kind == EntryKind::Erase) {
        return raise_bounds(entry, position, now);
    }
    if (const std::optional<engine::OwnedIdentifier> owner = owner_of(entry)) {
        const std::uint64_t hash = customer::hash_of(owner->view());
        if (identifiers_.contains(hash)) {
            traces.entries.push_back({position, hash, entry.head.kind == EntryKind::Call});
        }
    }
    if (entry.head.kind != EntryKind::Absorb) {
        return;
    }
    const auto absorb = decode_absorb(entry.body);
    if (absorb && !absorb->state.empty()) {
        const std::uint64_t from = customer::hash_of(absorb->from.view());
        if (identifiers_.contains(from)) {
            traces.joins.push_back({position, from, customer::hash_of(absorb->to.view())});
        }
    }
}

void ErasureFilter::settle(const Traces& traces) {
    std::unordered_map<std::uint64_t, std::uint64_t> taken_by;
    for (const Traces::Join& join : traces.joins) {
        // A device that was joined to somebody after the erasure had begun anew by then.
        if (join.at < identifiers_.at(join.from).before) {
            taken_by[join.from] = join.to;
        }
    }
    std::vector<std::uint64_t> taken;
    for (const auto& [from, to] : taken_by) {
        if (!identifiers_.contains(to)) {
            taken.push_back(from);
        }
    }
    for (const std::uint64_t from : taken) {
        identifiers_.erase(from);
    }
    for (const Traces::Owned& entry : traces.entries) {
        const auto found = identifiers_.find(entry.owner);
        if (found != identifiers_.end() && entry.at < found->second.before) {
            end_ = std::max(end_, entry.at + 1);
            if (entry.call) {
                calls_.insert(entry.at);
            }
        }
    }
}

void ErasureFilter::raise_bounds(const EntryView& entry, Position position, Timestamp now) {
    const std::optional<EraseEntry> erase = decode_erase(entry.body);
    if (!erase) {
        return;
    }
    for (const std::uint64_t hash : erase->identifiers) {
        const auto found = identifiers_.find(hash);
        if (found != identifiers_.end() && engine::shard_of(hash) == entry.head.shard) {
            Bounds& bounds = found->second;
            if (position >= bounds.before) {
                bounds = {position, position + 1, std::max(bounds.until, now), false};
            }
        }
    }
}

bool ErasureFilter::erased(std::uint64_t identifier, Position at) const {
    const auto found = identifiers_.find(identifier);
    return found != identifiers_.end() && at < found->second.before;
}

bool ErasureFilter::belongs(const EntryView& entry, Position at) const {
    if (entry.head.kind == EntryKind::Mark) {
        // Why a delivery was given up may quote the address.
        const Result<delivery::Mark> mark = delivery::decode_mark(entry.body);
        if (!mark) {
            return false;
        }
        const auto found = deliveries_.find(mark.value().id);
        const std::optional<std::uint64_t> customer =
            program::customer_number(mark.value().customer);
        return (found != deliveries_.end() && at < found->second) ||
               (customer && erased(*customer, at));
    }
    const std::optional<engine::OwnedIdentifier> owner = owner_of(entry);
    return owner && erased(customer::hash_of(owner->view()), at);
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
    constexpr std::string_view kBefore = R"("customer":")";
    constexpr std::string_view kBeforeTime = R"("at":")";
    constexpr std::size_t kTextBytes = 17;
    const std::size_t at = json.find(kBefore);
    if (at == std::string_view::npos) {
        return false;
    }
    const std::optional<std::uint64_t> customer =
        program::customer_number(json.substr(at + kBefore.size(), kTextBytes));
    const auto found = customer ? identifiers_.find(*customer) : identifiers_.end();
    if (found == identifiers_.end()) {
        return false;
    }
    const std::size_t time = json.find(kBeforeTime);
    const std::string_view text =
        time == std::string_view::npos ? "" : json.substr(time + kBeforeTime.size());
    const std::optional<Timestamp> made = parse_timestamp(text.substr(0, text.find('"')));
    // One without a time that can be read is rather erased than kept.
    return !made || *made <= found->second.until;
}

std::vector<std::uint64_t> ErasureFilter::customers() const {
    std::vector<std::uint64_t> ids;
    for (const auto& [identifier, bounds] : identifiers_) {
        ids.push_back(identifier);
    }
    std::sort(ids.begin(), ids.end());
    return ids;
}

std::vector<std::uint64_t> ErasureFilter::customers_in(Position state) const {
    std::vector<std::uint64_t> ids = customers();
    std::erase_if(ids, [&](std::uint64_t id) {
        const Bounds& bounds = identifiers_.at(id);
        return !bounds.pending && bounds.folded <= state;
    });
    return ids;
}

std::vector<std::string> ErasureFilter::deliveries() const {
    std::vector<std::string> ids;
    for (const auto& [id, before] : deliveries_) {
        ids.push_back(id);
    }
    return ids;
}

}  // namespace attune::runtime
