#include "engine/identity.h"

#include <utility>

namespace attune::engine {

namespace {

using customer::Identifier;
using customer::MergeOutcome;
using program::Identity;
using program::MergeRule;

void count(const Identity& identity, const Identifier& one, Standing& standing) {
    ++standing.identifiers;
    standing.named = standing.named || one.kind == Identifier::Kind::UserId;
    if (const auto kind = identity.kind_of(one)) {
        ++standing.taken[*kind];
    }
}

Ruling stays(MergeOutcome why) {
    return {Ruling::Act::Stays, why};
}

/// Whether the two may be joined at all, however often they have been.
MergeOutcome may_join(const Identity& identity, const Claim& claim, const Standing& owner) {
    if (claim.alias) {
        return MergeOutcome::Merged;
    }
    const auto kind = identity.kind_of(claim.identifier.view());
    const MergeRule rule = kind ? identity.kinds[*kind].merge : MergeRule::Never;
    if (rule == MergeRule::Never) {
        return MergeOutcome::Never;
    }
    return rule == MergeRule::Anonymous && owner.named && claim.standing.named
               ? MergeOutcome::TwoUsers
               : MergeOutcome::Merged;
}

}  // namespace

Standing standing_of(const Identity& identity, const Identifier& known_as) {
    Standing standing;
    standing.taken.resize(identity.kinds.size());
    count(identity, known_as, standing);
    return standing;
}

Standing standing_of(const Identity& identity, const customer::Blob& blob, Timestamp now) {
    Standing standing;
    standing.taken.resize(identity.kinds.size());
    for (const Identifier& one : customer::identifiers(blob)) {
        count(identity, one, standing);
    }
    standing.merges_left = !identity.merges || customer::allowed(blob, *identity.merges, now);
    return standing;
}

Ruling judge(const Identity& identity, const Claim& claim, const Standing* owner) {
    Standing more;
    if (owner == nullptr) {
        more = standing_of(identity, claim.identifier.view());
    } else {
        const MergeOutcome joined = may_join(identity, claim, *owner);
        if (joined != MergeOutcome::Merged) {
            return stays(joined);
        }
        more = *owner;
    }
    for (std::size_t i = 0; i < identity.kinds.size(); ++i) {
        const auto max = identity.kinds[i].per_customer_max;
        // Who is over a bound that was lowered is not held up in what has nothing to do with it.
        if (max && more.taken[i] > 0 && claim.standing.taken[i] + more.taken[i] > *max) {
            return stays(MergeOutcome::TooMany);
        }
    }
    if (owner == nullptr) {
        return {Ruling::Act::Leads};
    }
    const bool takes = owner->named && !claim.standing.named && !claim.alias;
    if (!(takes ? *owner : claim.standing).merges_left) {
        return stays(MergeOutcome::TooOften);
    }
    return {takes ? Ruling::Act::Takes : Ruling::Act::Gives};
}

}  // namespace attune::engine
