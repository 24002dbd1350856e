#include "engine/shard.h"

#include <algorithm>
#include <utility>

#include "base/bytes.h"
#include "base/hash.h"
#include "customer/blob_upgrade.h"
#include "customer/merges.h"

namespace attune::engine {

namespace {

using customer::Identifier;

/// Two identifiers with one hash get two ids: the second probes further. Eight in a row do not
/// happen.
constexpr int kProbesMax = 8;

/// The first byte stays: it is the shard, so that a customer's id tells where the customer lives.
std::uint64_t probe(std::uint64_t hash, int attempt) {
    constexpr std::uint64_t kShardBits = 0xff00'0000'0000'0000U;
    const std::uint64_t mixed = hash_combine(hash, static_cast<std::uint64_t>(attempt));
    return attempt == 0 ? hash : (hash & kShardBits) | (mixed & ~kShardBits);
}

void write_identifier(const OwnedIdentifier& identifier, ByteWriter& out) {
    out.fixed(static_cast<std::uint8_t>(identifier.kind));
    out.text(identifier.text);
}

/// An earlier version judged by the segments of the program that it had, and did not say so.
void settle_judged(customer::Blob& blob, const Fold& fold) {
    if (blob.judged_by() == customer::kJudgedByItsProgram) {
        blob.set_judged_by(fold.program().layout.segments);
    }
}

bool contains(const std::vector<std::uint64_t>& hashes, const OwnedIdentifier& one) {
    return std::find(hashes.begin(), hashes.end(), customer::hash_of(one.view())) != hashes.end();
}

OwnedIdentifier read_identifier(ByteReader& in) {
    const auto kind = static_cast<Identifier::Kind>(in.fixed<std::uint8_t>());
    return {kind, std::string(in.text())};
}

}  // namespace

Shard::Target Shard::find(const Identifier& identifier, std::uint64_t hash) const {
    if (const auto place = find_local(identifier, hash)) {
        return {place};
    }
    const auto forward = forwards_.find(hash);
    if (forward != forwards_.end() && forward->second.from.view() == identifier) {
        const Forwarding& known = forward->second;
        return {std::nullopt, &known.to, known.went.text.empty() ? &known.to : &known.went};
    }
    return {};
}

std::optional<Place> Shard::find_local(const Identifier& identifier, std::uint64_t hash) const {
    for (int attempt = 0; attempt < kProbesMax; ++attempt) {
        const auto found = places_.find(probe(hash, attempt));
        if (found == places_.end()) {
            return std::nullopt;
        }
        if (customer::has_identifier(*customers_[found->second].blob, identifier)) {
            return found->second;
        }
    }
    return std::nullopt;
}

Place Shard::find_or_add(const Identifier& identifier, const customer::Layout& layout) {
    const std::uint64_t hash = customer::hash_of(identifier);
    if (const auto place = find_local(identifier, hash)) {
        return *place;
    }
    int attempt = 0;
    while (places_.contains(probe(hash, attempt))) {
        ++attempt;
        ATTUNE_ASSERT(attempt < kProbesMax);
    }
    const auto place = static_cast<Place>(customers_.size());
    customers_.push_back({probe(hash, attempt), layout.empty_blob(), customer::kNever, false});
    customer::add_identifier(*customers_.back().blob, identifier);
    places_.emplace(customers_.back().id, place);
    mark(place);
    return place;
}

std::optional<Place> Shard::find_id(std::uint64_t customer) const {
    const auto found = places_.find(customer);
    return found == places_.end() ? std::nullopt : std::optional(found->second);
}

void Shard::touched(Place place, const Fold& fold) {
    mark(place);
    arm(place, fold);
}

void Shard::mark(Place place) {
    if (!customers_[place].dirty) {
        customers_[place].dirty = true;
        dirty_.push_back(place);
    }
}

void Shard::arm(Place place, const Fold& fold) {
    if (!timers_) {
        return;
    }
    Customer& customer = customers_[place];
    const Timestamp wake = fold.next_wake(*customer.blob);
    if (wake < customer.armed) {
        customer.armed = wake;
        wakes_.push({wake, place});
    }
}

std::string Shard::release(const OwnedIdentifier& from, const OwnedIdentifier& to) {
    const std::uint64_t hash = customer::hash_of(from.view());
    const auto known = forwards_.find(hash);
    if (known != forwards_.end()) {
        known->second.to = to;
        dirty_forwards_.push_back(hash);
        return "";
    }
    Forwarding forwarding{from, to, "", {}};
    if (const auto place = find_local(from.view(), hash)) {
        Customer& customer = customers_[*place];
        forwarding.state = customer.blob->bytes();
        forwarding.went = to;
        places_.erase(customer.id);
        customer.blob.reset();
        ++free_count_;
        mark(*place);
    }
    std::string state = forwarding.state;
    forwards_.emplace(hash, std::move(forwarding));
    dirty_forwards_.push_back(hash);
    return state;
}

void Shard::drop_released(const OwnedIdentifier& from) {
    const std::uint64_t hash = customer::hash_of(from.view());
    const auto known = forwards_.find(hash);
    if (known != forwards_.end() && !known->second.state.empty()) {
        known->second.state.clear();
        dirty_forwards_.push_back(hash);
    }
}

std::vector<Shard::Released> Shard::released() const {
    std::vector<Released> all;
    for (const auto& [hash, forwarding] : forwards_) {
        if (!forwarding.state.empty()) {
            all.push_back({forwarding.from, forwarding.to, forwarding.state, {}});
        }
    }
    return all;
}

Place Shard::absorb(const Released& released, Fold& fold, Timestamp now, Effects& effects) {
    const auto& [from, to, state, by] = released;
    const customer::Layout& layout = fold.program().layout;
    const Place place = find_or_add(to.view(), layout);
    customer::Blob& blob = *customers_[place].blob;
    const bool repeated = customer::has_identifier(blob, from.view());
    customer::add_identifier(blob, from.view());
    if (repeated || state.empty()) {
        touched(place, fold);
        return place;
    }
    Result<customer::Blob> other = customer::Blob::from_bytes(state);
    ATTUNE_ASSERT(other.ok());  // The log's checksum has vouched for it.
    if (other.value().layout() == layout.hash) {
        settle_judged(other.value(), fold);
        fold.advance({customers_[place].id, blob}, now, effects);
        // What was due for the one who is joined happened to that one, whoever looks when.
        const std::vector<Identifier> names = customer::identifiers(other.value());
        const std::uint64_t own_id =
            names.empty() ? customers_[place].id : customer::hash_of(names.front());
        fold.advance({own_id, other.value()}, now, effects);
        customer::merge(layout, blob, other.value(), [&](std::uint64_t id) -> std::size_t {
            const auto pattern = fold.program().pattern_by_id(id);
            return pattern ? fold.program().patterns[*pattern].instances_max : 0;
        });
        ++effects.counts.merges;
        customer::note_merge(blob, {now, by.text.empty() ? from.view() : by.view()});
        if (const auto& limit = fold.program().identity.merges) {
            customer::use(blob, *limit, now);
        }
        blob.set_advanced_to(std::max(blob.advanced_to(), now));
        fold.frame().bind(customers_[place].id, blob, now);
        fold.judge_segments({customers_[place].id, blob}, effects);
    }
    touched(place, fold);
    return place;
}

void Shard::refuse(
    const OwnedIdentifier& to,
    const OwnedIdentifier& identifier,
    customer::MergeOutcome why,
    const customer::Layout& layout,
    Timestamp now
) {
    const Place place = find_or_add(to.view(), layout);
    customer::note_merge(*customers_[place].blob, {now, identifier.view(), why});
    mark(place);
}

std::vector<std::uint64_t> Shard::leading_to(const std::vector<std::uint64_t>& identifiers) const {
    std::vector<std::uint64_t> found;
    for (const auto& [hash, forwarding] : forwards_) {
        if (contains(identifiers, forwarding.to) || contains(identifiers, forwarding.went)) {
            found.push_back(hash);
        }
    }
    return found;
}

std::vector<std::uint64_t> Shard::of_others(const std::vector<std::uint64_t>& identifiers) const {
    std::vector<std::uint64_t> found;
    for (const std::uint64_t hash : identifiers) {
        const auto forward = forwards_.find(hash);
        if (forward != forwards_.end() && !forward->second.went.text.empty() &&
            !contains(identifiers, forward->second.went)) {
            found.push_back(hash);
        }
    }
    return found;
}

std::vector<std::uint64_t> Shard::erase(const std::vector<std::uint64_t>& identifiers) {
    const auto meant = [&](const Identifier& one) {
        return std::find(identifiers.begin(), identifiers.end(), customer::hash_of(one)) !=
               identifiers.end();
    };
    std::vector<std::uint64_t> erased;
    for (const std::uint64_t hash : identifiers) {
        for (int attempt = 0; attempt < kProbesMax; ++attempt) {
            const auto found = places_.find(probe(hash, attempt));
            if (found == places_.end()) {
                break;
            }
            const Place place = found->second;
            const std::vector<Identifier> names = customer::identifiers(*customers_[place].blob);
            if (std::any_of(names.begin(), names.end(), meant)) {
                erased.push_back(customers_[place].id);
                places_.erase(found);
                customers_[place].blob.reset();
                ++free_count_;
                mark(place);
                break;
            }
        }
        const auto forward = forwards_.find(hash);
        if (forward != forwards_.end() && meant(forward->second.to.view())) {
            const OwnedIdentifier& went = forward->second.went;
            if (went.text.empty() || meant(went.view())) {
                forwards_.erase(forward);
            } else {
                // A device whose first user stays: what leads to them leads over it.
                forward->second.to = went;
            }
            dirty_forwards_.push_back(hash);
        } else if (forward != forwards_.end() && meant(forward->second.went.view())) {
            // It is somebody else's by now, and does not tell any more whose it was.
            forward->second.went = {};
            dirty_forwards_.push_back(hash);
        }
    }
    return erased;
}

void Shard::advance_due(Fold& fold, Timestamp now, Effects& effects) {
    while (!wakes_.empty() && wakes_.top().at < now) {
        const Wake wake = wakes_.top();
        wakes_.pop();
        Customer& customer = customers_[wake.place];
        if (!customer.blob || customer.armed != wake.at) {
            continue;
        }
        customer.armed = customer::kNever;
        fold.advance({customer.id, *customer.blob}, now, effects);
        touched(wake.place, fold);
    }
}

void Shard::advance_all(Fold& fold, Timestamp now, Effects& effects) {
    for (Place place = 0; place < customers_.size(); ++place) {
        Customer& customer = customers_[place];
        if (customer.blob && fold.next_wake(*customer.blob) < now) {
            fold.advance({customer.id, *customer.blob}, now, effects);
            touched(place, fold);
        }
    }
}

bool Shard::Slice::holds(std::uint64_t customer) const {
    // Behind the first byte, which is the shard, ids are spread evenly.
    constexpr unsigned kBits = 32;
    const std::uint64_t place = (customer << 8U) >> (64U - kBits);
    return place * count >> kBits == number;
}

std::size_t Shard::judge(const Slice& slice, Fold& fold, Timestamp now, Effects& effects) {
    std::vector<std::pair<std::uint64_t, Place>> found;
    for (const auto& [id, place] : places_) {
        if (slice.holds(id) && !fold.judged(*customers_[place].blob)) {
            found.emplace_back(id, place);
        }
    }
    // The order of the table is not the same after a restart.
    std::sort(found.begin(), found.end());
    for (const auto& [id, place] : found) {
        fold.advance(subject(place), now, effects);
        touched(place, fold);
    }
    return found.size();
}

std::size_t Shard::unjudged(const Fold& fold) const {
    return static_cast<std::size_t>(std::count_if(
        places_.begin(),
        places_.end(),
        [&](const auto& one) { return !fold.judged(*customers_[one.second].blob); }
    ));
}

Timestamp Shard::next_wake() const {
    return wakes_.empty() ? customer::kNever : wakes_.top().at;
}

void Shard::migrate(const customer::Layout& from, const customer::Layout& to, const Fold& fold) {
    for (Place place = 0; place < customers_.size(); ++place) {
        Customer& customer = customers_[place];
        if (!customer.blob) {
            continue;
        }
        if (from.hash != to.hash) {
            customer.blob = customer::migrate(*customer.blob, from, to);
        }
        customer.armed = customer::kNever;
        touched(place, fold);
    }
}

std::string Shard::key_of(std::uint64_t hash) {
    return std::string{'\0', static_cast<char>(shard_of(hash))} + big_endian(hash);
}

std::vector<Shard::Change> Shard::take_changes() {
    std::vector<Change> changes;
    changes.reserve(dirty_.size() + dirty_forwards_.size());
    for (const Place place : dirty_) {
        Customer& customer = customers_[place];
        customer.dirty = false;
        std::optional<std::string> value;
        if (customer.blob) {
            value = std::string(customer.blob->bytes());
        }
        changes.push_back({Change::Table::Customers, key_of(customer.id), std::move(value)});
    }
    dirty_.clear();
    for (const std::uint64_t hash : dirty_forwards_) {
        const auto found = forwards_.find(hash);
        if (found == forwards_.end()) {
            changes.push_back({Change::Table::Identifiers, key_of(hash), std::nullopt});
            continue;
        }
        const Forwarding& forwarding = found->second;
        std::string value;
        ByteWriter out(value);
        write_identifier(forwarding.from, out);
        write_identifier(forwarding.to, out);
        out.text(forwarding.state);
        if (!forwarding.went.text.empty()) {
            write_identifier(forwarding.went, out);
        }
        changes.push_back({Change::Table::Identifiers, key_of(hash), std::move(value)});
    }
    dirty_forwards_.clear();
    return changes;
}

Status Shard::restore_customer(std::string_view key, std::string_view value, const Fold& fold) {
    if (key.size() != 10) {
        return Error{
            Error::Kind::Corrupt,
            "cannot restore a customer: its key has " + std::to_string(key.size()) + " bytes"};
    }
    Result<customer::Blob> blob = customer::Blob::from_bytes(value);
    if (!blob) {
        return blob.error();
    }
    const auto place = static_cast<Place>(customers_.size());
    customers_.push_back(
        {read_big_endian(key.substr(2)), std::move(blob).value(), customer::kNever, false}
    );
    places_.emplace(customers_.back().id, place);
    settle_judged(*customers_.back().blob, fold);
    if (customers_.back().blob->layout() == fold.program().layout.hash) {
        arm(place, fold);
    }
    return Done{};
}

Status Shard::restore_identifier(std::string_view key, std::string_view value) {
    ByteReader in(value);
    Forwarding forwarding;
    forwarding.from = read_identifier(in);
    forwarding.to = read_identifier(in);
    forwarding.state = in.text();
    if (in.ok() && !in.at_end()) {
        forwarding.went = read_identifier(in);
    }
    if (!in.ok() || !in.at_end() || key.size() != 10) {
        return Error{
            Error::Kind::Corrupt,
            "cannot restore where an identifier leads: the record is malformed"};
    }
    forwards_.emplace(read_big_endian(key.substr(2)), std::move(forwarding));
    return Done{};
}

void Shard::each(const std::function<void(Place)>& use) const {
    for (Place place = 0; place < customers_.size(); ++place) {
        if (customers_[place].blob) {
            use(place);
        }
    }
}

std::size_t Shard::state_bytes() const {
    std::size_t bytes = 0;
    for (const Customer& customer : customers_) {
        bytes += sizeof(Customer) + (customer.blob ? customer.blob->capacity_bytes() : 0);
    }
    return bytes;
}

}  // namespace attune::engine
