#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "customer/blob.h"

namespace attune::customer {

/// An in-app message waiting for its customer.
struct Message {
    std::uint64_t id = 0;        ///< The effect's id.
    std::uint32_t sequence = 0;  ///< Ascending per customer, from 1; what a client resumes after.
    Timestamp sent;
    bool shown = false;
    std::string_view body;  ///< The rendered JSON, as the client gets it.
};

/// Bounds of the inbox; the oldest messages make room.
constexpr std::size_t kInboxMessagesMax = 20;
constexpr std::size_t kMessageBytesMax = 2'048;
constexpr std::size_t kInboxBytesMax = std::size_t{16} * 1024;

/// Messages after `sequence`, oldest first; views into the blob.
[[nodiscard]] std::vector<Message> messages_after(const Blob& blob, std::uint32_t sequence);
/// Adds a message and returns its sequence; nothing if one with this id is or was just there, or it
/// is too large.
std::optional<std::uint32_t> add_message(
    Blob& blob, std::uint64_t id, Timestamp sent, std::string_view body
);
/// False if there is no such message.
bool mark_shown(Blob& blob, std::uint64_t id);
bool remove_message(Blob& blob, std::uint64_t id);
/// Appends another customer's messages behind the own ones, under sequences that neither has given
/// before.
void merge_inbox(Blob& into, std::string_view other);

}  // namespace attune::customer
