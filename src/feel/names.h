#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "feel/ast.h"
#include "feel/scope.h"

namespace attune::feel {

/// The names visible at the point that the parser has reached, from inner to outer: locals of
/// loops, contexts, filters and functions, the Scope that the caller gave, the built-ins.
///
/// Locals live in the frame of the function literal around them. A name that is found outside the
/// current function becomes a captured value: a closure holds all that it needs.
class Names {
public:
    explicit Names(const Scope& scope);

    /// A new local in the current frame, not visible yet.
    [[nodiscard]] std::uint32_t add_local();
    [[nodiscard]] std::uint32_t local_count() const { return frames_.back().local_count; }

    /// Makes `name` visible until the matching `pop`.
    void push(std::string_view name, const Type& type, std::uint32_t local);
    /// Like `push`, but only from inside a function literal that follows: for recursion.
    void push_for_functions(std::string_view name, const Type& type, std::uint32_t local);
    /// Makes the entries of a filter's item visible, and `item`. If `type` is not a context with
    /// known fields, any name may turn out to be an entry when the filter runs.
    void push_item(const Type& type, std::uint32_t local);
    /// How many names are pushed; `pop_to` takes off those after.
    [[nodiscard]] std::size_t size() const { return locals_.size(); }
    void pop_to(std::size_t size) { locals_.resize(size); }

    void push_frame();
    /// Ends the innermost function; the captures are in terms of the frame outside.
    [[nodiscard]] std::vector<NodePtr> pop_frame();

    struct Match {
        std::size_t end = 0;  ///< Offset after the name.
        std::string canonical;
    };
    /// The longest visible name at `offset`.
    [[nodiscard]] std::optional<Match> longest(std::string_view text, std::size_t offset) const;

    /// What a name stands for; null if nothing declares it. The node's type is set.
    [[nodiscard]] NodePtr resolve(const std::string& canonical, std::size_t from, std::size_t to);

    /// The binding of the scope that a name stands for; null if it is, or may turn out to be,
    /// something else.
    [[nodiscard]] const Scope::Binding* binding(const std::string& canonical) const;
    /// The value of a binding of the scope, or of one of its members; `name` is how it is written.
    [[nodiscard]] NodePtr binding_node(
        const Scope::Binding& binding, const std::string& name, std::size_t from, std::size_t to
    );

    /// Whether an unknown name may be an entry of some filter's item.
    [[nodiscard]] bool in_dynamic_filter() const;

    /// Of all visible names the one most like `name`; empty if none is.
    [[nodiscard]] std::string similar(std::string_view name) const;

    /// Set when `?` or `partial` has been resolved since the flag was last cleared.
    bool used_input = false;
    bool used_partial = false;

private:
    struct Local {
        std::string canonical;  ///< Empty for a filter's item.
        Type type;
        std::uint32_t index;
        std::size_t frame;
        std::vector<std::string> fields;  ///< Canonical names of a filter item's entries.
        bool functions_only = false;
        bool dynamic = false;  ///< An item about whose entries not all is known.
    };
    struct Capture {
        NodeKind kind;  ///< Local of `frame`, or Slot.
        std::size_t frame;
        std::uint32_t index;
        NodePtr source;  ///< In terms of the frame outside.
    };
    struct Frame {
        std::uint32_t local_count = 0;
        std::vector<Capture> captures;
    };

    [[nodiscard]] bool visible(const std::string& canonical) const;
    NodePtr resolve_from(
        std::size_t locals, const std::string& canonical, std::size_t from, std::size_t to
    );
    NodePtr resolve_item(
        std::size_t at, const std::string& canonical, std::size_t from, std::size_t to
    );
    NodePtr resolve_outer(const std::string& canonical, std::size_t from, std::size_t to);
    NodePtr local_node(const Local& local, std::size_t frame, std::size_t from, std::size_t to);
    NodePtr slot_node(
        Slot slot, const Type& type, std::size_t frame, std::size_t from, std::size_t to
    );
    NodePtr captured(std::size_t frame, Capture capture, std::size_t from, std::size_t to);

    const Scope* scope_;
    std::vector<Local> locals_;
    std::vector<Frame> frames_;
    std::size_t parts_max_;
};

}  // namespace attune::feel
