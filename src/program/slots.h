#pragma once

#include "feel/scope.h"

namespace attune::program {

/// The slots that every program has, and the names under which expressions find them. The slots of
/// features and of declared properties follow.
inline constexpr feel::Slot kNullSlot = 0;
inline constexpr feel::Slot kEventSlot = 1;       ///< `event`: the name of the event.
inline constexpr feel::Slot kPropertiesSlot = 2;  ///< `properties`: the event's, as one context.
inline constexpr feel::Slot kContextSlot = 3;   ///< `context`: the call's, or that of the question.
inline constexpr feel::Slot kTraitsSlot = 4;    ///< `traits`
inline constexpr feel::Slot kConsentSlot = 5;   ///< `consent`: purpose to boolean.
inline constexpr feel::Slot kSegmentsSlot = 6;  ///< `segments`: names of those entered.
inline constexpr feel::Slot kCustomerSlot = 7;  ///< `customer`: the customer's id.
inline constexpr feel::Slot kUserIdSlot = 8;    ///< `user id`
inline constexpr feel::Slot kTimeSlot = 9;  ///< `time`: the moment as of which everything is read.
inline constexpr feel::Slot kOfferSlot = 10;  ///< `offer`: in templates: name, content, score.
inline constexpr feel::Slot kTableSlot = 11;  ///< `table`: what the decision table gave.
inline constexpr feel::Slot kExperimentsSlot =
    12;  ///< `experiments`: name to the customer's variant.
inline constexpr feel::Slot kFixedSlots = 13;

}  // namespace attune::program
