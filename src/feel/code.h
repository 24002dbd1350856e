#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "base/arena.h"
#include "feel/ast.h"
#include "feel/expression.h"
#include "feel/function.h"
#include "value/value.h"

namespace attune::feel {

namespace detail {
struct BuiltinCode;
}  // namespace detail

enum class Op : std::uint8_t {
    Constant,
    SlotValue,
    Local,
    Capture,
    Unknown,
    Dynamic,
    List,
    Context,
    Range,
    Negate,
    Or,
    And,
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    Add,
    Subtract,
    Multiply,
    Divide,
    Power,
    Between,
    In,
    Tests,
    Compare,  ///< Test: `?` compared with a.
    InValue,  ///< Test: `?` in a.
    Passes,   ///< Test: a mentions `?`; true if it is true.
    Path,
    Index,  ///< Filter by a number that is known to be one.
    Filter,
    CallBuiltin,
    Call,
    CallByName,
    If,
    For,
    Some,
    Every,
    InstanceOf,
    Closure,
};

/// What a failed operation gives; anything but Null only in B-FEEL.
enum class Failure : std::uint8_t { Null, False, True, Zero, EmptyText };

struct Code;
struct Frame;
/// What runs one operation with all below it.
using Run = Value (*)(const Code& code, Frame& frame);

/// One compiled operation. `run` is made for the operation and for where its operands stand: those
/// that are constants or slots are read without a call. Operands are pointers into the same unit.
struct Code {
    Run run = nullptr;
    Op op = Op::Constant;
    BinaryOp comparison = BinaryOp::Equal;  ///< Compare
    Failure failure = Failure::Null;
    bool negated = false;  ///< Tests
    bool any = false;      ///< Tests
    /// Slot, local, capture; the local of `?` or `item`. Path: where the entry stands in contexts
    /// that are in the order of their type, to be looked at first. Binary: the index of `a`.
    std::uint32_t index = 0;
    std::uint32_t count = 0;  ///< Of `list`. Binary: the index of `b`.
    std::uint32_t height = 1;
    std::uint32_t offset = 0;  ///< Place in the text.
    std::uint32_t length = 0;
    const Code* a = nullptr;
    const Code* b = nullptr;
    const Code* c = nullptr;
    const Code* const* list = nullptr;
    Value value;  ///< Constant; the name of a path. Binary: the operand that is a constant.
    const void* extra = nullptr;  ///< By op: Entries, Loop, Lambda, Type, RangeForm, names.
};

/// Context: keys and the locals that the entries are kept in.
struct Entries {
    std::vector<std::string_view> keys;
    std::vector<std::uint32_t> locals;
};

/// For, Some, Every.
struct Loop {
    struct Variable {
        std::uint32_t local;
        const Code* source;
        const Code* end;  ///< Null unless `source..end`.
    };
    std::vector<Variable> variables;
    std::int64_t partial_local = -1;
};

/// What all closures of one function literal share.
struct Lambda {
    Signature signature;
    const Code* body = nullptr;
    std::vector<const Code*> captures;
    std::int32_t self_capture = -1;
    std::uint32_t local_count = 0;
    bool external = false;
    const detail::Unit* unit = nullptr;
};

struct ArgumentNames {
    std::vector<std::string_view> names;
};

namespace detail {

/// Everything that an Expression consists of.
struct Unit {
    std::string text;
    Arena arena{1024};
    NodePtr tree;
    const Code* root = nullptr;
    std::uint32_t local_count = 0;
    std::uint32_t input_local = 0;
    Type type;
    std::vector<Slot> slots;
    std::size_t slot_count_min = 0;  ///< One more than the last of `slots`.
    std::optional<SimpleTests> simple_tests;

    // Owned by the codes that point at them; deques keep addresses.
    std::deque<Entries> entries;
    std::deque<Loop> loops;
    std::deque<Lambda> lambdas;
    std::deque<Type> types;
    std::deque<RangeForm> ranges;
    std::deque<ArgumentNames> names;

    static Expression seal(std::shared_ptr<const Unit> unit) { return Expression(std::move(unit)); }
    static const Unit& of(const Expression& expression) { return *expression.unit_; }
};

}  // namespace detail

}  // namespace attune::feel
