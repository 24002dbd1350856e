// Where each entry of the outbox stands: order keys, destinations, records.

#include <algorithm>
#include <limits>

#include "base/assert.h"
#include "base/bytes.h"
#include "delivery/outbox.h"

namespace attune::delivery {

namespace {

constexpr std::uint8_t kRecordVersion = 1;
constexpr std::uint8_t kOrderedFlag = 1;
constexpr std::uint8_t kDeadFlag = 2;

Error malformed_record() {
    return {
        Error::Kind::Corrupt,
        "cannot restore an outbox record: its bytes do not follow the format"};
}

}  // namespace

bool Outbox::waits(Stage stage) {
    return stage == Stage::Behind || stage == Stage::Undurable || stage == Stage::Queued;
}

bool Outbox::holds_order(const Entry& entry) {
    return entry.destination->policy().dead_letter_holds_order;
}

std::string Outbox::order_key(const Entry& entry) {
    // Order is kept per destination: one that is down must not hold up what goes to another.
    return entry.destination->key() + '\n' + entry.delivery.order;
}

Outbox::Served& Outbox::destination_of(const Delivery& delivery) {
    std::string key(to_string(delivery.channel));
    key += ' ';
    key += delivery.destination;
    const Policy& policy =
        delivery.channel == ChannelKind::Email ? options_->email : options_->webhook;
    return destinations_.try_emplace(key, key, policy).first->second;
}

void Outbox::insert(Sequence sequence, Entry inserted) {
    Entry& entry = entries_.emplace(sequence, std::move(inserted)).first->second;
    ids_.emplace(entry.delivery.id, sequence);
    Served& destination = destination_of(entry.delivery);
    entry.destination = &destination;
    ++destination.entries;
    if (entry.died_at) {
        entry.stage = Stage::Dead;
        dead_.insert(sequence);
        join_order(sequence, entry);
        return;
    }
    ++pending_;
    join_order(sequence, entry);
    place(sequence, entry);
    if (destination.waiting > destination.policy().queue_max) {
        overflow_.push_back(sequence);
    }
}

void Outbox::join_order(Sequence sequence, Entry& entry) {
    if (!entry.ordered) {
        return;
    }
    std::set<Sequence>& line = orders_[order_key(entry)];
    const bool first = line.empty() || sequence < *line.begin();
    if (first && !line.empty()) {
        // Records are restored in any order: who was first so far steps back.
        const Sequence former = *line.begin();
        Entry& behind = at(former);
        if (waits(behind.stage)) {
            unplace(former, behind);
            line.insert(sequence);
            place(former, behind);
        }
    }
    line.insert(sequence);
}

void Outbox::leave_order(Sequence sequence, Entry& entry, std::uint64_t position) {
    if (!entry.ordered) {
        return;
    }
    entry.ordered = false;
    const auto line = orders_.find(order_key(entry));
    const bool first = *line->second.begin() == sequence;
    line->second.erase(sequence);
    if (line->second.empty()) {
        orders_.erase(line);
        return;
    }
    if (!first) {
        return;
    }
    const Sequence next = *line->second.begin();
    Entry& follower = at(next);
    follower.position = std::max(follower.position, position);
    changed(follower);
    if (follower.stage == Stage::Behind) {
        unplace(next, follower);
        place(next, follower);
    }
}

void Outbox::place(Sequence sequence, Entry& entry) {
    Served& destination = *entry.destination;
    ++destination.waiting;
    if (entry.ordered && *orders_.find(order_key(entry))->second.begin() != sequence) {
        entry.stage = Stage::Behind;
    } else if (entry.position > durable_) {
        entry.stage = Stage::Undurable;
        undurable_.emplace(entry.position, sequence);
    } else {
        entry.stage = Stage::Queued;
        destination.enqueue({entry.due, sequence, entry.attempts > 0});
        reschedule(destination);
    }
}

/// Takes an entry out of wherever it stands.
void Outbox::unplace(Sequence sequence, Entry& entry) {
    Served& destination = *entry.destination;
    destination.waiting -= waits(entry.stage) ? 1 : 0;
    switch (entry.stage) {
    case Stage::Undurable:
        undurable_.erase({entry.position, sequence});
        break;
    case Stage::Queued:
        destination.remove({entry.due, sequence, entry.attempts > 0});
        reschedule(destination);
        break;
    case Stage::Started:
        destination.abandoned();
        --in_flight_;
        reschedule(destination);
        break;
    case Stage::Dead:
        dead_.erase(sequence);
        break;
    case Stage::Behind:
    case Stage::Settling:
        break;
    }
}

void Outbox::remove(Sequence sequence, std::uint64_t position) {
    Entry& entry = at(sequence);
    unplace(sequence, entry);
    leave_order(sequence, entry, position);
    pending_ -= entry.died_at ? 0 : 1;
    changed(entry);
    Served& destination = *entry.destination;
    ids_.erase(entry.delivery.id);
    entries_.erase(sequence);
    if (--destination.entries == 0) {
        // A destination to which nothing is owed is forgotten, its troubles included: there may be
        // as many as there are customers.
        if (destination.wake) {
            wakes_.erase({*destination.wake, &destination});
        }
        destinations_.erase(std::string(destination.key()));
    }
}

void Outbox::bury(Sequence sequence, const Mark& mark, std::uint64_t position) {
    Entry& entry = at(sequence);
    unplace(sequence, entry);
    entry.stage = Stage::Dead;
    entry.died_at = mark.at;
    entry.reason = mark.reason;
    entry.attempts = mark.attempts;
    dead_.insert(sequence);
    --pending_;
    changed(entry);
    if (!holds_order(entry)) {
        leave_order(sequence, entry, position);
    }
}

void Outbox::revive(Sequence sequence, const Mark& mark, std::uint64_t position) {
    Entry& entry = at(sequence);
    unplace(sequence, entry);
    entry.died_at.reset();
    entry.reason.clear();
    entry.attempts = 0;
    entry.due = mark.at;
    entry.position = std::max(entry.position, position);
    ++pending_;
    changed(entry);
    place(sequence, entry);
}

void Outbox::reschedule(Served& destination) {
    const std::optional<Timestamp> ready = destination.ready_at();
    if (ready == destination.wake) {
        return;
    }
    if (destination.wake) {
        wakes_.erase({*destination.wake, &destination});
    }
    destination.wake = ready;
    if (ready) {
        wakes_.emplace(*ready, &destination);
    }
}

std::vector<OutboxChange> Outbox::take_changes() {
    std::vector<OutboxChange> changes;
    for (const std::string& id : changed_) {
        const auto found = ids_.find(id);
        if (found == ids_.end()) {
            changes.push_back({id, std::nullopt});
        } else {
            changes.push_back({id, encode_record(found->second, at(found->second))});
        }
    }
    changed_.clear();
    return changes;
}

std::vector<OutboxChange> Outbox::records() const {
    std::vector<OutboxChange> records;
    for (const auto& [sequence, entry] : entries_) {
        records.push_back({entry.delivery.id, encode_record(sequence, entry)});
    }
    return records;
}

Status Outbox::restore(std::string_view record) {
    Entry entry;
    Sequence sequence = 0;
    if (Status read = decode_record(record, sequence, entry); !read) {
        return read;
    }
    if (ids_.contains(entry.delivery.id) || entries_.contains(sequence)) {
        return Error{
            Error::Kind::Corrupt,
            "cannot restore outbox record \"" + entry.delivery.id + "\": it is there already"};
    }
    next_sequence_ = std::max(next_sequence_, sequence + 1);
    insert(sequence, std::move(entry));
    return Done{};
}

Result<std::string> Outbox::customer_of(std::string_view record) {
    Entry entry;
    Sequence sequence = 0;
    if (Status read = decode_record(record, sequence, entry); !read) {
        return read.error();
    }
    return entry.delivery.customer;
}

std::string Outbox::encode_record(Sequence sequence, const Entry& entry) {
    std::string bytes;
    ByteWriter writer(bytes);
    writer.fixed(kRecordVersion);
    writer.varint(sequence);
    writer.varint(entry.position);
    const unsigned flags = (entry.ordered ? kOrderedFlag : 0U) | (entry.died_at ? kDeadFlag : 0U);
    writer.fixed(static_cast<std::uint8_t>(flags));
    writer.varint(entry.attempts);
    writer.signed_varint(entry.due.ms());
    if (entry.died_at) {
        writer.signed_varint(entry.died_at->ms());
    }
    writer.text(entry.reason);
    writer.raw(encode(entry.delivery));
    return bytes;
}

Status Outbox::decode_record(std::string_view record, Sequence& sequence, Entry& entry) {
    ByteReader reader(record);
    const auto version = reader.fixed<std::uint8_t>();
    if (reader.ok() && version != kRecordVersion) {
        return Error{
            Error::Kind::Conflict,
            "cannot restore an outbox record: version " + std::to_string(version) +
                " is not known here"};
    }
    sequence = reader.varint();
    entry.position = reader.varint();
    const auto flags = reader.fixed<std::uint8_t>();
    entry.ordered = (flags & kOrderedFlag) != 0;
    const std::uint64_t attempts = reader.varint();
    entry.attempts = static_cast<std::uint32_t>(attempts);
    entry.due = Timestamp(reader.signed_varint());
    if ((flags & kDeadFlag) != 0) {
        entry.died_at = Timestamp(reader.signed_varint());
    }
    entry.reason = reader.text();
    if (!reader.ok() || (flags & ~(kOrderedFlag | kDeadFlag)) != 0 ||
        sequence == std::numeric_limits<Sequence>::max() ||
        attempts > std::numeric_limits<std::uint32_t>::max()) {
        return malformed_record();
    }
    Result<Delivery> delivery = decode_delivery(reader.rest());
    if (!delivery) {
        return delivery.error();
    }
    entry.delivery = std::move(delivery).value();
    return entry.ordered && entry.delivery.order.empty() ? Status(malformed_record())
                                                         : Status(Done{});
}

}  // namespace attune::delivery
