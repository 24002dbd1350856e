#include "api/http/ticket_keys.h"

#include <algorithm>

#include <openssl/rand.h>

namespace attune::api::http {

void TicketKeys::rotate(Moment now) {
    if (current_ && now - current_->born < kLife) {
        return;
    }
    Aged fresh{.key = {}, .born = now};
    for (const std::span<unsigned char> part :
         {std::span<unsigned char>(fresh.key.name),
          std::span<unsigned char>(fresh.key.cipher),
          std::span<unsigned char>(fresh.key.mac)}) {
        if (RAND_bytes(part.data(), static_cast<int>(part.size())) != 1) {
            current_.reset();
            return;
        }
    }
    previous_ = current_;
    current_ = fresh;
}

std::optional<TicketKeys::Key> TicketKeys::current(Moment now) {
    const std::lock_guard lock(mutex_);
    rotate(now);
    return current_ ? std::optional(current_->key) : std::nullopt;
}

std::optional<TicketKeys::Found> TicketKeys::find(
    std::span<const unsigned char, 16> name, Moment now
) {
    const std::lock_guard lock(mutex_);
    rotate(now);
    const auto is = [&](const std::optional<Aged>& aged) {
        return aged && std::equal(name.begin(), name.end(), aged->key.name.begin());
    };
    if (is(current_)) {
        return Found{.key = current_->key, .old = false};
    }
    if (is(previous_) && now - previous_->born < 2 * kLife) {
        return Found{.key = previous_->key, .old = true};
    }
    return std::nullopt;
}

}  // namespace attune::api::http
