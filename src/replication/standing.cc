#include "replication/standing.h"

#include <algorithm>
#include <utility>

namespace attune::replication {

namespace {

/// Standbys remembered; each run of one is another.
constexpr std::size_t kFollowersMax = 16;

}  // namespace

const char* to_string(Role role) {
    switch (role) {
    case Role::Leading:
        return "leader";
    case Role::Following:
        return "standby";
    case Role::Fenced:
        return "fenced";
    }
    return "fenced";
}

Standing::Standing(Options options, std::function<Duration()> monotonic)
    : options_(options), monotonic_(std::move(monotonic)) {}

void Standing::lead(Position durable) {
    const std::lock_guard lock(mutex_);
    role_ = Role::Leading;
    leader_.clear();
    local_ = std::max(local_, durable);
    led_from_ = local_;
    settle();
}

void Standing::follow(std::string leader) {
    const std::lock_guard lock(mutex_);
    role_ = Role::Following;
    leader_ = std::move(leader);
}

void Standing::fence(Epoch epoch, const std::string& by) {
    const std::lock_guard lock(mutex_);
    if (options_.mutant == Mutant::IgnoreEpoch) {
        return;
    }
    role_ = Role::Fenced;
    leader_.clear();
    fenced_ = "cannot write: a standby was promoted and epoch " + std::to_string(epoch) +
              " has begun (" + by + "); this server's turn is over";
}

Role Standing::role() const {
    const std::lock_guard lock(mutex_);
    return role_;
}

std::string Standing::leader() const {
    const std::lock_guard lock(mutex_);
    return leader_;
}

void Standing::local(Position durable) {
    const std::lock_guard lock(mutex_);
    local_ = std::max(local_, durable);
    settle();
}

void Standing::confirm(std::uint64_t follower, Position durable) {
    const std::lock_guard lock(mutex_);
    followers_[follower] = {follower, durable, monotonic_()};
    if (followers_.size() > kFollowersMax) {
        followers_.erase(std::min_element(
            followers_.begin(),
            followers_.end(),
            [](const auto& lhs, const auto& rhs) { return lhs.second.seen < rhs.second.seen; }
        ));
    }
    confirmed_ = std::max(confirmed_, durable);
    settle();
}

void Standing::on_counts(std::function<void(Position)> listener) {
    const std::lock_guard lock(mutex_);
    listener_ = std::move(listener);
}

void Standing::look_around() {
    const std::lock_guard lock(mutex_);
    settle();
}

void Standing::settle() {
    if (role_ == Role::Fenced) {
        return;
    }
    Position counts = local_;
    // A standby's own log counts for what it shows as soon as it is durable here.
    if (role_ == Role::Leading && options_.sync) {
        const Position both = std::min(local_, confirmed_);
        if (options_.alone && !any_connected()) {
            counted_alone_ += local_ - std::max({both, counts_, led_from_});
        } else {
            counts = both;
        }
    }
    if (counts > counts_) {
        counts_ = counts;
        if (listener_) {
            listener_(counts_);
        }
    }
}

bool Standing::connected(const Follower& follower) const {
    return follower.seen + options_.away_after >= monotonic_();
}

bool Standing::any_connected() const {
    return std::any_of(followers_.begin(), followers_.end(), [this](const auto& one) {
        return connected(one.second);
    });
}

std::vector<Standing::Follower> Standing::followers() const {
    const std::lock_guard lock(mutex_);
    std::vector<Follower> found;
    for (const auto& [id, follower] : followers_) {
        if (connected(follower)) {
            found.push_back(follower);
        }
    }
    return found;
}

std::optional<Position> Standing::needed_from() const {
    std::optional<Position> from;
    for (const Follower& follower : followers()) {
        from = std::min(from.value_or(follower.durable), follower.durable);
    }
    return from;
}

std::uint64_t Standing::counted_alone() const {
    const std::lock_guard lock(mutex_);
    return counted_alone_;
}

Status Standing::append_refusal() const {
    switch (role_) {
    case Role::Leading:
        return Done{};
    case Role::Following:
        return Error{
            Error::Kind::Unavailable,
            "cannot write: this server is a standby of " + leader_ + ", which takes the writes"};
    case Role::Fenced:
        return Error{Error::Kind::Unavailable, fenced_};
    }
    return Done{};
}

Status Standing::may_append() const {
    const std::lock_guard lock(mutex_);
    return append_refusal();
}

Status Standing::may_take() const {
    const std::lock_guard lock(mutex_);
    if (Status refusal = append_refusal(); !refusal.ok()) {
        return refusal;
    }
    if (options_.sync && !options_.alone && !any_connected()) {
        return Error{
            Error::Kind::Unavailable,
            "cannot write: no standby is connected, and with --sync nothing is acknowledged that "
            "only one server has"};
    }
    return Done{};
}

Position Standing::counts_to() const {
    const std::lock_guard lock(mutex_);
    return counts_;
}

}  // namespace attune::replication
