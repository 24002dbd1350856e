#include <array>

#include "feel/ast.h"
#include "feel/text.h"

namespace attune::feel {

namespace {

/// How tightly an expression binds, loosest first; an operand that binds less needs parentheses.
enum Level : int {
    kWhole,
    kOr,
    kAnd,
    kCompare,
    kSum,
    kProduct,
    kPower,
    kNegate,
    kInstance,
    kPostfix
};

constexpr std::array<std::string_view, 13> kOperators{
    "or", "and", "=", "!=", "<", "<=", ">", ">=", "+", "-", "*", "/", "**"};

int level_of(BinaryOp op) {
    switch (op) {
    case BinaryOp::Or:
        return kOr;
    case BinaryOp::And:
        return kAnd;
    case BinaryOp::Add:
    case BinaryOp::Subtract:
        return kSum;
    case BinaryOp::Multiply:
    case BinaryOp::Divide:
        return kProduct;
    case BinaryOp::Power:
        return kPower;
    default:
        return kCompare;
    }
}

int level_of(const Node& node) {
    switch (node.kind) {
    case NodeKind::Binary:
        return level_of(node.op);
    case NodeKind::Between:
    case NodeKind::In:
        return kCompare;
    case NodeKind::Negate:
        return kNegate;
    case NodeKind::InstanceOf:
        return kInstance;
    case NodeKind::If:
    case NodeKind::For:
    case NodeKind::Some:
    case NodeKind::Every:
    case NodeKind::Function:
        return kWhole;
    default:
        return kPostfix;
    }
}

class Printer {
public:
    std::string take() { return std::move(out_); }

    /// `node`, in parentheses if it binds less tightly than `level`.
    void print(const Node& node, int level) {
        const bool wrapped = level_of(node) < level;
        out_ += wrapped ? "(" : "";
        print_bare(node);
        out_ += wrapped ? ")" : "";
    }

private:
    void print_bare(const Node& node) {
        switch (node.kind) {
        case NodeKind::Constant:
            out_ += node.bare ? node.text : to_literal(node.value);
            break;
        case NodeKind::Binary:
            print(*node.children[0], level_of(node.op));
            out_ += " " + std::string(to_string(node.op)) + " ";
            print(*node.children[1], level_of(node.op) + 1);
            break;
        case NodeKind::Negate:
            out_ += "-";
            print(*node.children[0], kNegate);
            break;
        case NodeKind::Between:
            print(*node.children[0], kSum);
            out_ += " between ";
            print(*node.children[1], kSum);
            out_ += " and ";
            print(*node.children[2], kSum);
            break;
        case NodeKind::If:
            print_if(node);
            break;
        case NodeKind::List:
            out_ += "[";
            print_all(node, 0);
            out_ += "]";
            break;
        case NodeKind::Context:
            print_context(node);
            break;
        case NodeKind::Range:
            print_range(node);
            break;
        case NodeKind::In:
            print(*node.children[0], kCompare);
            out_ += " in (";
            print_all(node, 1);
            out_ += ")";
            break;
        case NodeKind::Test:
            out_ += std::string(to_string(node.op)) + " ";
            print(*node.children[0], kSum);
            break;
        case NodeKind::Tests:
            print_tests(node);
            break;
        default:
            print_rest(node);
        }
    }

    void print_rest(const Node& node) {
        switch (node.kind) {
        case NodeKind::Path:
            print_path(node);
            break;
        case NodeKind::Filter:
            print(*node.children[0], kPostfix);
            out_ += "[";
            print(*node.children[1], kWhole);
            out_ += "]";
            break;
        case NodeKind::Call:
            print_call(node);
            break;
        case NodeKind::For:
        case NodeKind::Some:
        case NodeKind::Every:
            print_loop(node);
            break;
        case NodeKind::InstanceOf:
            print(*node.children[0], kInstance);
            out_ += " instance of " + node.text;
            break;
        case NodeKind::Function:
            print_function(node);
            break;
        default:
            out_ += node.text;
        }
    }

    void print_all(const Node& node, std::size_t from) {
        for (std::size_t i = from; i < node.children.size(); ++i) {
            out_ += i == from ? "" : ", ";
            print(*node.children[i], kWhole);
        }
    }

    void print_if(const Node& node) {
        out_ += "if ";
        print(*node.children[0], kWhole);
        out_ += " then ";
        print(*node.children[1], kWhole);
        out_ += " else ";
        print(*node.children[2], kWhole);
    }

    void print_context(const Node& node) {
        if (node.bare) {
            out_ += node.text;  // A name whose value is put together from its members.
            return;
        }
        out_ += "{";
        for (std::size_t i = 0; i < node.children.size(); ++i) {
            out_ += i == 0 ? "" : ", ";
            out_ += quoted(node.keys[i]) + ": ";
            print(*node.children[i], kWhole);
        }
        out_ += "}";
    }

    void print_range(const Node& node) {
        const RangeForm& form = node.range;
        if (form.start_undefined || form.end_undefined) {
            const bool less = form.start_undefined;
            out_ += less ? (form.end_undefined ? "(" : "(<") : "(>";
            const bool single = less && form.end_undefined;
            const bool included = form.start_included || form.end_included;
            out_ += included ? "= " : (single ? "!= " : " ");
            print(*node.children[less ? 1 : 0], kSum);
            out_ += ")";
            return;
        }
        out_ += form.start_included ? "[" : "(";
        print(*node.children[0], kSum);
        out_ += "..";
        print(*node.children[1], kSum);
        out_ += form.end_included ? "]" : ")";
    }

    void print_tests(const Node& node) {
        if (node.any) {
            out_ += "-";
            return;
        }
        out_ += node.negated ? "not(" : "";
        print_all(node, 0);
        out_ += node.negated ? ")" : "";
    }

    void print_path(const Node& node) {
        if (!node.bare) {
            print(*node.children[0], kPostfix);
            out_ += ".";
        }
        out_ += node.text;
    }

    void print_call(const Node& node) {
        print(*node.children[0], kPostfix);
        out_ += "(";
        for (std::size_t i = 1; i < node.children.size(); ++i) {
            out_ += i == 1 ? "" : ", ";
            out_ += node.by_name ? node.keys[i - 1] + ": " : "";
            print(*node.children[i], kWhole);
        }
        out_ += ")";
    }

    void print_loop(const Node& node) {
        out_ += node.kind == NodeKind::For ? "for "
                                           : (node.kind == NodeKind::Some ? "some " : "every ");
        for (std::size_t i = 0; i < node.iterators.size(); ++i) {
            const Iterator& iterator = node.iterators[i];
            out_ += (i == 0 ? "" : ", ") + iterator.name + " in ";
            print(*node.children[iterator.first_child], kOr);
            if (iterator.range) {
                out_ += "..";
                print(*node.children[iterator.first_child + 1], kOr);
            }
        }
        out_ += node.kind == NodeKind::For ? " return " : " satisfies ";
        print(*node.children.back(), kWhole);
    }

    void print_function(const Node& node) {
        out_ += "function(";
        std::string_view separator;
        for (const Parameter& parameter : node.function->signature.parameters) {
            out_ += separator;
            out_ += parameter.name;
            out_ += parameter.type.any() ? "" : ": " + to_string(parameter.type);
            separator = ", ";
        }
        out_ += node.function->external ? ") external " : ") ";
        print(*node.children[0], kWhole);
    }

    std::string out_;
};

}  // namespace

std::string_view to_string(BinaryOp op) {
    return kOperators[static_cast<std::size_t>(op)];
}

std::string print(const Node& node) {
    Printer printer;
    printer.print(node, kWhole);
    return printer.take();
}

}  // namespace attune::feel
