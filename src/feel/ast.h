#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "feel/function.h"
#include "feel/scope.h"
#include "feel/type.h"
#include "value/value.h"

namespace attune::feel {

struct Node;
using NodePtr = std::unique_ptr<Node>;

enum class NodeKind : std::uint8_t {
    Constant,   ///< `value`; a literal or a name known when compiling
    SlotValue,  ///< `index` into the slots
    Local,      ///< `index` into the frame's locals
    Capture,    ///< `index` into the closure's captured values
    Builtin,    ///< `value` is the function
    Unknown,    ///< a name that nothing declares: null at run time
    Dynamic,    ///< entry `text` of child 0 if that is a context which has it, else child 1
    List,       ///< children
    Context,    ///< children in the order of `keys`; `indexes` are the locals that hold them
    Range,      ///< children: start, end (either may be absent: null pointer)
    Negate,
    Binary,   ///< `op`, two children
    Between,  ///< three children
    In,       ///< child 0, then tests; `index` is the local of `?`
    Test,     ///< `op` applied to `?` (local `index`) and child 0
    Tests,    ///< unary tests: children, `negated`, `any`; `?` is local `index`
    Path,     ///< entry or property `text` of child 0
    Filter,   ///< child 0 is the list, child 1 the predicate; `index` is the local of `item`
    Call,     ///< child 0 is the function; `names` if by name
    If,       ///< three children
    For,      ///< `iterators` over leading children; the last child is the body
    Some,
    Every,
    InstanceOf,  ///< `tested`
    Function,    ///< `function`; child 0 is the body, unless it is external
};

enum class BinaryOp : std::uint8_t {
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
};

/// One variable of a `for`, `some` or `every`.
struct Iterator {
    std::string name;
    std::uint32_t local = 0;
    std::uint32_t first_child = 0;  ///< What it runs over; the start if `range`.
    bool range = false;             ///< `in first..second`: two children.
};

/// A function literal.
struct FunctionNode {
    Signature signature;
    std::vector<NodePtr> captures;   ///< Evaluated where the literal stands.
    std::uint32_t local_count = 0;   ///< Parameters first.
    std::int32_t self_capture = -1;  ///< The capture that is the function itself.
    bool external = false;
};

struct RangeForm {
    bool start_included = false;
    bool end_included = false;
    bool start_undefined = false;
    bool end_undefined = false;
};

/// A piece of an expression: checked, names resolved, not yet compiled. One struct for all kinds
/// keeps the passes over it (folding, compiling, printing) plain switches.
struct Node {
    Node(NodeKind k, std::size_t from, std::size_t to) : kind(k), offset(from), length(to - from) {}

    NodeKind kind;
    BinaryOp op = BinaryOp::Or;
    bool negated = false;     ///< Tests
    bool any = false;         ///< Tests
    bool uses_input = false;  ///< An expression that mentions `?`.
    bool by_name = false;     ///< Call
    bool bare = false;  ///< Written as the name `text`: an entry of a filter's item, a binding.
    RangeForm range;
    std::uint32_t index = 0;
    std::uint32_t height = 1;  ///< Of the tree below, this node included.
    std::size_t offset;
    std::size_t length;
    Type type;
    std::string text;  ///< A name as written; the text of a literal; a key.
    Value value;
    std::vector<NodePtr> children;
    std::vector<std::string> keys;       ///< Context entries; names of arguments.
    std::vector<std::uint32_t> indexes;  ///< Context entries' locals.
    std::vector<Iterator> iterators;
    std::int64_t partial_local = -1;  ///< For: the local of `partial`, if the body uses it.
    Type tested;
    bool unknown_type = false;  ///< InstanceOf: the type is not declared.
    bool bare_generic = false;  ///< InstanceOf: `list` and not `list<...>`.
    std::unique_ptr<FunctionNode> function;
};

/// The operator as written: "and", "<=".
[[nodiscard]] std::string_view to_string(BinaryOp op);

/// The expression as canonical FEEL text.
[[nodiscard]] std::string print(const Node& node);

}  // namespace attune::feel
