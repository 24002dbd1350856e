#include "feel/compiler.h"

#include <algorithm>
#include <array>

#include "feel/builtin_call.h"
#include "feel/builtins.h"
#include "feel/vm.h"

namespace attune::feel {

namespace {

// What folding may cost; beyond it the work is left to run time and its limits.
constexpr std::uint64_t kFoldStepsMax = 10'000;
constexpr std::uint64_t kFoldBytesMax = 100'000;

constexpr std::array<Op, 13> kBinaryOps{
    Op::Or,
    Op::And,
    Op::Equal,
    Op::NotEqual,
    Op::Less,
    Op::LessEqual,
    Op::Greater,
    Op::GreaterEqual,
    Op::Add,
    Op::Subtract,
    Op::Multiply,
    Op::Divide,
    Op::Power};

/// Where the field stands in a context that is written in the order of its type; 0 if that is not
/// known.
std::uint32_t expected_place(const Type& type, std::string_view name) {
    std::uint32_t place = 0;
    for (const Type::Field& field : type.fields()) {
        if (field.name == name) {
            return place;
        }
        ++place;
    }
    return 0;
}

class Compiler {
public:
    Compiler(detail::Unit& unit, Dialect dialect) : unit_(unit), dialect_(dialect) {}

    const Code* compile(const Node& node) {
        Code* code = make(node);
        switch (node.kind) {
        case NodeKind::Constant:
            code->value = node.value.clone(unit_.arena);
            break;
        case NodeKind::Builtin:
            code->value = node.value;
            break;
        case NodeKind::Unknown:
            code->op = Op::Unknown;
            break;
        case NodeKind::SlotValue:
            code->op = Op::SlotValue;
            unit_.slots.push_back(node.index);
            break;
        case NodeKind::Local:
            code->op = Op::Local;
            break;
        case NodeKind::Capture:
            code->op = Op::Capture;
            break;
        default:
            compile_operation(node, *code);
        }
        code->run = run_for_code(*code);
        return code;
    }

private:
    Code* make(const Node& node) {
        Code* code = new (unit_.arena.allocate(sizeof(Code), alignof(Code))) Code();
        code->index = node.index;
        code->height = node.height;
        code->offset = static_cast<std::uint32_t>(node.offset);
        code->length = static_cast<std::uint32_t>(node.length);
        code->failure = dialect_ == Dialect::BFeel ? failure_of(node) : Failure::Null;
        return code;
    }

    static Failure failure_of(const Node& node) {
        if (node.kind == NodeKind::Binary && node.op == BinaryOp::NotEqual) {
            return Failure::True;
        }
        switch (node.type.kind()) {
        case Type::Kind::Boolean:
            return Failure::False;
        case Type::Kind::Number:
            return Failure::Zero;
        case Type::Kind::String:
            return Failure::EmptyText;
        default:
            return Failure::Null;
        }
    }

    void compile_operation(const Node& node, Code& code) {
        switch (node.kind) {
        case NodeKind::Binary:
            code.op = kBinaryOps[static_cast<std::size_t>(node.op)];
            operands(node, code);
            fold(code, foldable(code));
            break;
        case NodeKind::Negate:
            code.op = Op::Negate;
            operands(node, code);
            fold(code, foldable(code));
            break;
        case NodeKind::Between:
            code.op = Op::Between;
            operands(node, code);
            fold(code, foldable(code));
            break;
        case NodeKind::If:
            conditional(node, code);
            break;
        case NodeKind::List:
            code.op = Op::List;
            list(node, 0, code);
            fold(code, constants(code));
            break;
        case NodeKind::Context:
            context(node, code);
            break;
        case NodeKind::Range:
            range(node, code);
            break;
        case NodeKind::In:
        case NodeKind::Tests:
            tests(node, code);
            break;
        case NodeKind::Test:
            code.op = Op::Compare;
            code.comparison = node.op;
            code.a = compile(*node.children.front());
            break;
        case NodeKind::InstanceOf:
            instance_of(node, code);
            break;
        default:
            compile_reference(node, code);
        }
    }

    void compile_reference(const Node& node, Code& code) {
        switch (node.kind) {
        case NodeKind::Dynamic:
            code.op = Op::Dynamic;
            code.value = name(node.text);
            code.a = compile(*node.children[0]);
            code.b = node.children[1] ? compile(*node.children[1]) : nullptr;
            break;
        case NodeKind::Path:
            code.op = Op::Path;
            code.value = name(node.text);
            code.index = expected_place(node.children[0]->type, node.text);
            code.a = compile(*node.children[0]);
            fold(code, constant(code.a));
            break;
        case NodeKind::Filter:
            code.op = node.children[1]->kind == NodeKind::Constant &&
                              node.children[1]->value.is(Value::Kind::Number)
                          ? Op::Index
                          : Op::Filter;
            operands(node, code);
            fold(code, code.op == Op::Index && foldable(code));
            break;
        case NodeKind::Call:
            call(node, code);
            break;
        case NodeKind::Function:
            function(node, code);
            break;
        default:
            loop(node, code);
        }
    }

    void operands(const Node& node, Code& code) {
        code.a = compile(*node.children[0]);
        code.b = node.children.size() > 1 ? compile(*node.children[1]) : nullptr;
        code.c = node.children.size() > 2 ? compile(*node.children[2]) : nullptr;
    }

    void list(const Node& node, std::size_t from, Code& code) {
        const std::size_t count = node.children.size() - from;
        const std::span<const Code*> codes = unit_.arena.array<const Code*>(count);
        for (std::size_t i = 0; i < count; ++i) {
            codes[i] = compile(*node.children[from + i]);
        }
        code.list = codes.data();
        code.count = static_cast<std::uint32_t>(count);
    }

    Value name(const std::string& text) {
        return Value::string(unit_.arena.copy(std::string_view(text)));
    }

    void conditional(const Node& node, Code& code) {
        code.op = Op::If;
        operands(node, code);
        if (constant(code.a) && (code.a->value.is(Value::Kind::Boolean) || code.a->value.null())) {
            const Code taken = code.a->value.is_true() ? *code.b : *code.c;
            code = taken;
        }
    }

    void context(const Node& node, Code& code) {
        code.op = Op::Context;
        Entries& entries = unit_.entries.emplace_back();
        for (const std::string& key : node.keys) {
            entries.keys.push_back(unit_.arena.copy(std::string_view(key)));
        }
        entries.locals = node.indexes;
        code.extra = &entries;
        list(node, 0, code);
        if (constants(code)) {
            const std::span<Entry> folded = unit_.arena.array<Entry>(code.count);
            for (std::uint32_t i = 0; i < code.count; ++i) {
                folded[i] = {entries.keys[i], code.list[i]->value};
            }
            code.op = Op::Constant;
            code.value = Value::context(folded);
        }
    }

    void range(const Node& node, Code& code) {
        code.op = Op::Range;
        code.extra = &unit_.ranges.emplace_back(node.range);
        code.a = node.children[0] ? compile(*node.children[0]) : nullptr;
        code.b = node.children[1] ? compile(*node.children[1]) : nullptr;
        fold(
            code, (code.a == nullptr || constant(code.a)) && (code.b == nullptr || constant(code.b))
        );
    }

    void tests(const Node& node, Code& code) {
        const bool unary = node.kind == NodeKind::Tests;
        code.op = unary ? Op::Tests : Op::In;
        code.negated = node.negated;
        code.any = node.any;
        const std::size_t from = unary ? 0 : 1;
        if (!unary) {
            code.a = compile(*node.children[0]);
        }
        const std::size_t count = node.children.size() - from;
        const std::span<const Code*> codes = unit_.arena.array<const Code*>(count);
        for (std::size_t i = 0; i < count; ++i) {
            codes[i] = test(*node.children[from + i], node.index);
        }
        code.list = codes.data();
        code.count = static_cast<std::uint32_t>(count);
    }

    const Code* test(const Node& node, std::uint32_t input_local) {
        if (node.kind == NodeKind::Test) {
            return compile(node);
        }
        Code* code = make(node);
        code->op = node.uses_input ? Op::Passes : Op::InValue;
        code->index = input_local;
        code->height = node.height + 1;
        code->a = compile(node);
        code->run = run_for_code(*code);
        return code;
    }

    void instance_of(const Node& node, Code& code) {
        code.op = Op::InstanceOf;
        code.negated = node.bare_generic || node.unknown_type;
        code.extra = &unit_.types.emplace_back(node.tested);
        code.a = compile(*node.children[0]);
    }

    void call(const Node& node, Code& code) {
        const Node& callee = *node.children[0];
        code.count = static_cast<std::uint32_t>(node.children.size() - 1);
        list(node, 1, code);
        if (node.by_name) {
            code.op = Op::CallByName;
            code.a = compile(callee);
            ArgumentNames& names = unit_.names.emplace_back();
            for (const std::string& each : node.keys) {
                names.names.push_back(unit_.arena.copy(std::string_view(each)));
            }
            code.extra = &names;
            fold(code, pure(callee) && constants(code));
            return;
        }
        if (callee.kind == NodeKind::Builtin) {
            code.op = Op::CallBuiltin;
            code.extra = callee.value.as_function().builtin();
            fold(code, pure(callee) && constants(code));
            return;
        }
        code.op = Op::Call;
        code.a = compile(callee);
    }

    static bool pure(const Node& callee) {
        return callee.kind == NodeKind::Builtin && callee.value.as_function().builtin()->code->pure;
    }

    void function(const Node& node, Code& code) {
        code.op = Op::Closure;
        const FunctionNode& literal = *node.function;
        Lambda& lambda = unit_.lambdas.emplace_back();
        lambda.signature = literal.signature;
        lambda.external = literal.external;
        lambda.self_capture = literal.self_capture;
        lambda.local_count = literal.local_count;
        lambda.unit = &unit_;
        if (!literal.external) {
            lambda.body = compile(*node.children[0]);
            for (const NodePtr& capture : literal.captures) {
                lambda.captures.push_back(compile(*capture));
            }
        }
        code.extra = &lambda;
    }

    void loop(const Node& node, Code& code) {
        code.op = node.kind == NodeKind::For ? Op::For
                                             : (node.kind == NodeKind::Some ? Op::Some : Op::Every);
        Loop& loop = unit_.loops.emplace_back();
        loop.partial_local = node.partial_local;
        for (const Iterator& iterator : node.iterators) {
            const Node& source = *node.children[iterator.first_child];
            const Code* end =
                iterator.range ? compile(*node.children[iterator.first_child + 1]) : nullptr;
            loop.variables.push_back({iterator.local, compile(source), end});
        }
        code.a = compile(*node.children.back());
        code.extra = &loop;
    }

    static bool constant(const Code* code) { return code->op == Op::Constant; }
    static bool foldable(const Code& code) {
        return constant(code.a) && (code.b == nullptr || constant(code.b)) &&
               (code.c == nullptr || constant(code.c));
    }
    static bool constants(const Code& code) {
        return std::all_of(code.list, code.list + code.count, constant);
    }

    /// Puts the value in place of an operation on constants, unless it fails: then the warning
    /// belongs to each evaluation.
    void fold(Code& code, bool possible) {
        if (!possible) {
            return;
        }
        Arena scratch(1024);
        Evaluation evaluation(scratch);
        Warnings warnings(0);
        evaluation.warnings = &warnings;
        evaluation.limits.steps_max = kFoldStepsMax;
        evaluation.limits.memory_bytes_max = kFoldBytesMax;
        Frame frame{evaluation, nullptr, nullptr, nullptr, unit_};
        const Value value = run_for_code(code)(code, frame);
        if (warnings.count() == 0 && evaluation.exceeded == nullptr) {
            code.op = Op::Constant;
            code.value = value.clone(unit_.arena);
        }
    }

    detail::Unit& unit_;
    Dialect dialect_;
};

std::optional<SimpleTest> simple_test(const Code& code) {
    if (code.a == nullptr || code.a->op != Op::Constant) {
        return std::nullopt;
    }
    const Value& bound = code.a->value;
    SimpleTest test;
    if (code.op == Op::InValue) {
        if (bound.is(Value::Kind::Range)) {
            const RangeValue& range = bound.as_range();
            if (range.start.null() != range.start_undefined ||
                range.end.null() != range.end_undefined) {
                // `(null..10]` passes nothing, and `(=10)` is no interval to look up.
                return std::nullopt;
            }
            return SimpleTest{
                SimpleTest::Kind::Interval,
                range.start,
                range.end,
                range.start_included,
                range.end_included};
        }
        test.start = bound;
        return bound.is(Value::Kind::List) ? std::nullopt : std::optional(test);
    }
    if (code.op != Op::Compare || bound.is(Value::Kind::List)) {
        return std::nullopt;
    }
    test.start = bound;
    switch (code.comparison) {
    case BinaryOp::Equal:
        return test;
    case BinaryOp::NotEqual:
        test.kind = SimpleTest::Kind::NotEqual;
        return test;
    case BinaryOp::Less:
    case BinaryOp::LessEqual:
        test.kind = SimpleTest::Kind::Interval;
        test.start = Value();
        test.end = bound;
        test.end_included = code.comparison == BinaryOp::LessEqual;
        break;
    default:
        test.kind = SimpleTest::Kind::Interval;
        test.start_included = code.comparison == BinaryOp::GreaterEqual;
    }
    // `< null` compares with nothing; it is no open interval.
    return bound.null() ? std::nullopt : std::optional(test);
}

}  // namespace

void compile_unit(detail::Unit& unit, Dialect dialect) {
    unit.root = Compiler(unit, dialect).compile(*unit.tree);
    std::sort(unit.slots.begin(), unit.slots.end());
    unit.slots.erase(std::unique(unit.slots.begin(), unit.slots.end()), unit.slots.end());
}

std::optional<SimpleTests> find_simple_tests(const detail::Unit& unit) {
    const Code& root = *unit.root;
    if (root.op != Op::Tests) {
        return std::nullopt;
    }
    SimpleTests simple;
    simple.any = root.any;
    simple.negated = root.negated;
    for (std::uint32_t i = 0; i < root.count; ++i) {
        const std::optional<SimpleTest> test = simple_test(*root.list[i]);
        if (!test) {
            return std::nullopt;
        }
        simple.tests.push_back(*test);
    }
    return simple;
}

}  // namespace attune::feel
