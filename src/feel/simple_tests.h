#pragma once

#include <vector>

#include "value/value.h"

namespace attune::feel {

/// One atomic test of a cell against constants, as a decision table's index can use it.
struct SimpleTest {
    enum class Kind : std::uint8_t {
        Equal,     ///< The input equals `start`; `start` is no list. Null matches null.
        NotEqual,  ///< The input differs from `start` (`!= 5`).
        Interval,  ///< Between `start` and `end`; a null end is open on that side.
    };

    Kind kind = Kind::Equal;
    Value start;
    Value end;
    bool start_included = false;
    bool end_included = false;
};

/// All tests of a cell. Values live in the expression.
///
/// An input passes if it passes any of `tests`; `negated` turns that around (`not(...)`), where an
/// outcome of null stays null. `any` is the cell `-`, which every input passes, null too. An input
/// of another kind than the test's values makes the test null, which a table reads as "no match". A
/// list as input passes an Equal test only by the rules of `in`: evaluate `Expression::test` for
/// inputs that are lists.
struct SimpleTests {
    bool any = false;
    bool negated = false;
    std::vector<SimpleTest> tests;
};

}  // namespace attune::feel
