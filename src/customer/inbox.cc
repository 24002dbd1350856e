#include "customer/inbox.h"

#include <algorithm>

#include "customer/sections.h"
#include "customer/tiles.h"

namespace attune::customer {

namespace {

// The section: the last sequence given, then records of id, sequence, time, shown, length and body.
constexpr std::size_t kLastSequenceBytes = sizeof(std::uint32_t);
constexpr std::size_t kShownAt = 20;
constexpr std::size_t kLengthAt = 21;
constexpr std::size_t kHeaderBytes = 23;

struct Record {
    Message message;
    std::size_t offset;
    std::size_t bytes;
};

std::vector<Record> records_of(std::string_view section) {
    std::vector<Record> records;
    for (std::size_t at = kLastSequenceBytes; at + kHeaderBytes <= section.size();) {
        const char* record = section.data() + at;
        const auto length = load_at<std::uint16_t>(record + kLengthAt);
        if (length > section.size() - at - kHeaderBytes) {
            break;
        }
        const Message message{
            load_at<std::uint64_t>(record),
            load_at<std::uint32_t>(record + 8),
            Timestamp(load_at<std::int64_t>(record + 12)),
            record[kShownAt] != 0,
            section.substr(at + kHeaderBytes, length)};
        records.push_back({message, at, kHeaderBytes + length});
        at += kHeaderBytes + length;
    }
    return records;
}

std::optional<Record> find(std::string_view section, std::uint64_t id) {
    for (const Record& record : records_of(section)) {
        if (record.message.id == id) {
            return record;
        }
    }
    return std::nullopt;
}

void make_room(Blob& blob, std::size_t bytes) {
    const std::vector<Record> records = records_of(std::as_const(blob).section(kInbox));
    std::size_t dropped = 0;
    std::size_t dropped_bytes = 0;
    const std::size_t size = std::as_const(blob).section(kInbox).size();
    while (dropped < records.size() && (records.size() - dropped >= kInboxMessagesMax ||
                                        size - dropped_bytes + bytes > kInboxBytesMax)) {
        dropped_bytes += records[dropped].bytes;
        ++dropped;
    }
    if (dropped > 0) {
        blob.erase(kInbox, kLastSequenceBytes, dropped_bytes);
    }
}

}  // namespace

std::vector<Message> messages_after(const Blob& blob, std::uint32_t sequence) {
    std::vector<Message> messages;
    for (const Record& record : records_of(blob.section(kInbox))) {
        if (record.message.sequence > sequence) {
            messages.push_back(record.message);
        }
    }
    return messages;
}

std::optional<std::uint32_t> add_message(
    Blob& blob, std::uint64_t id, Timestamp sent, std::string_view body
) {
    if (body.size() > kMessageBytesMax || find(std::as_const(blob).section(kInbox), id)) {
        return std::nullopt;
    }
    if (std::as_const(blob).section(kInbox).empty()) {
        blob.insert(kInbox, 0, kLastSequenceBytes);
    }
    make_room(blob, kHeaderBytes + body.size());
    const auto sequence = load_at<std::uint32_t>(blob.section(kInbox).data()) + 1;
    store_at(blob.section(kInbox).data(), sequence);
    char* record =
        blob.insert(kInbox, std::as_const(blob).section(kInbox).size(), kHeaderBytes + body.size());
    store_at(record, id);
    store_at(record + 8, sequence);
    store_at(record + 12, sent.ms());
    store_at(record + kLengthAt, static_cast<std::uint16_t>(body.size()));
    std::copy(body.begin(), body.end(), record + kHeaderBytes);
    return sequence;
}

bool mark_shown(Blob& blob, std::uint64_t id) {
    const std::optional<Record> record = find(std::as_const(blob).section(kInbox), id);
    if (record) {
        blob.section(kInbox)[record->offset + kShownAt] = 1;
    }
    return record.has_value();
}

bool remove_message(Blob& blob, std::uint64_t id) {
    const std::optional<Record> record = find(std::as_const(blob).section(kInbox), id);
    if (record) {
        blob.erase(kInbox, record->offset, record->bytes);
    }
    return record.has_value();
}

void merge_inbox(Blob& into, std::string_view other) {
    if (other.size() < kLastSequenceBytes) {
        return;
    }
    if (std::as_const(into).section(kInbox).empty()) {
        into.insert(kInbox, 0, kLastSequenceBytes);
    }
    // Who read the other inbox up to its last sequence must not miss what comes now.
    char* last = into.section(kInbox).data();
    store_at(last, std::max(load_at<std::uint32_t>(last), load_at<std::uint32_t>(other.data())));
    for (const Record& record : records_of(other)) {
        const Message& message = record.message;
        if (add_message(into, message.id, message.sent, message.body) && message.shown) {
            mark_shown(into, message.id);
        }
    }
}

}  // namespace attune::customer
