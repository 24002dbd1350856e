#pragma once

#include "feel/scope.h"

namespace attune::program {

/// The slots that every program has, and the names under which expressions find them. The slots of
/// features and of declared properties follow.
enum FixedSlot : feel::Slot {
    kNullSlot = 0,
    kEventSlot,       ///< `event`: the name of the event.
    kPropertiesSlot,  ///< `properties`: the event's, as one context.
    kContextSlot,     ///< `context`: the call's, or that of the question.
    kTraitsSlot,      ///< `traits`
    kConsentSlot,     ///< `consent`: purpose to boolean.
    kSegmentsSlot,    ///< `segments`: the names of those that the customer is in.
    kCustomerSlot,    ///< `customer`: the customer's id.
    kUserIdSlot,      ///< `user id`
    kTimeSlot,        ///< `time`: the moment as of which everything is read.
    kOfferSlot,       ///< `offer`: in templates, the offer decided on: name, content, score.
    kTableSlot,       ///< `table`: what an offer's or campaign's decision table gave.
    kFixedSlots,
};

}  // namespace attune::program
