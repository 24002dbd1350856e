#pragma once

#include <array>

#include "program/workspace_shape.h"

// Shapes that several sections share.

namespace attune::program::keys {

inline constexpr Shape kText{.kind = Shape::Kind::Text};
inline constexpr Shape kExpression{.kind = Shape::Kind::Expression};
inline constexpr Shape kTemplate{.kind = Shape::Kind::Template};
inline constexpr Shape kBoolean{.kind = Shape::Kind::Boolean};
inline constexpr Shape kNumber{.kind = Shape::Kind::Number, .minimum = -1e15, .maximum = 1e15};
inline constexpr Shape kCount{.kind = Shape::Kind::Integer, .minimum = 0, .maximum = 1e15};
inline constexpr Shape kLength{.kind = Shape::Kind::Integer, .minimum = 0, .maximum = 1'000'000};
inline constexpr Shape kPercent{.kind = Shape::Kind::Percent};
inline constexpr Shape kDuration{.kind = Shape::Kind::Duration};
inline constexpr std::array<std::string_view, 4> kCalendarWindows{
    "today", "this week", "this month", "this year"};
inline constexpr Shape kWindow{.kind = Shape::Kind::Duration, .choices = kCalendarWindows};
inline constexpr std::array<std::string_view, 4> kCalendarUnits{"day", "week", "month", "year"};
inline constexpr Shape kLimitSpan{.kind = Shape::Kind::Duration, .choices = kCalendarUnits};
inline constexpr Shape kTimestamp{.kind = Shape::Kind::Timestamp};
inline constexpr Shape kData{.kind = Shape::Kind::Data};
inline constexpr Shape kDataMap{.kind = Shape::Kind::DataMap};
inline constexpr Shape kDataMaps{.kind = Shape::Kind::List, .item = &kDataMap};
inline constexpr Shape kTable{.kind = Shape::Kind::Text, .syntax = R"(^[^#]+\.dmn#.+$)"};
inline constexpr Shape kSecret{.kind = Shape::Kind::Text, .syntax = "^(env|file):.+$"};

inline constexpr Shape kEvent{.kind = Shape::Kind::Reference, .sections = in(Section::Events)};
inline constexpr Shape kEventList{.kind = Shape::Kind::List, .item = &kEvent};
inline constexpr std::array<const Shape*, 2> kEventsChoices{&kEvent, &kEventList};
inline constexpr Shape kEvents{.kind = Shape::Kind::Either, .alternatives = kEventsChoices};
inline constexpr Shape kFeature{.kind = Shape::Kind::Reference, .sections = in(Section::Features)};
inline constexpr Shape kOffer{.kind = Shape::Kind::Reference, .sections = in(Section::Offers)};
inline constexpr Shape kPlacement{
    .kind = Shape::Kind::Reference, .sections = in(Section::Placements)};
inline constexpr Shape kTemplateName{
    .kind = Shape::Kind::Reference, .sections = in(Section::Templates)};
inline constexpr Shape kTextList{.kind = Shape::Kind::List, .item = &kText};

inline constexpr Shape kTimes{.kind = Shape::Kind::Integer, .minimum = 1, .maximum = 1'000'000};
inline constexpr std::array<Key, 2> kLimitKeys{{
    {"times", &kTimes, "At most so often for one customer,", true},
    {"per",
     &kLimitSpan,
     "within any time of this length, or a `day`, `week`, `month` or `year` of the workspace's "
     "zone; "
     "for ever if it is left out."},
}};
inline constexpr Shape kLimit{.kind = Shape::Kind::Object, .keys = kLimitKeys, .name = "limit"};

}  // namespace attune::program::keys
