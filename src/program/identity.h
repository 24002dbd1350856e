#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "customer/identifiers.h"
#include "customer/limits.h"
#include "program/diagnostics.h"
#include "program/workspace.h"
#include "schema/segment.h"
#include "value/value.h"

namespace attune::program {

/// One kind of identifier, and what it may do.
struct IdentifierKind {
    std::string name;
    customer::Identifier::Kind kind = customer::Identifier::Kind::Other;
    IdentifierForm form = IdentifierForm::Text;
    MergeRule merge = MergeRule::Anonymous;
    std::optional<std::uint32_t> per_customer_max;
    std::vector<std::string> ignored;  ///< In normal form.
};

/// Where one kind stands in a call.
struct IdentifierSource {
    enum class Part : std::uint8_t { Traits, Properties, Context };

    std::uint32_t kind = 0;  ///< Into Identity::kinds.
    Part part = Part::Traits;
    std::vector<std::string> path;    ///< Below the part.
    std::vector<std::string> events;  ///< Empty: every event.
};

/// What of a call identifiers are read from; null where absent or not asked for.
struct IdentifierParts {
    std::string_view event;  ///< A track call's name, else "identify", "page", …
    Value traits;
    Value properties;
    Value context;
};

/// The names that a workspace knows customers by, and the rules of joining customers by them.
struct Identity {
    std::vector<IdentifierKind> kinds;  ///< userId and anonymousId first.
    std::vector<IdentifierSource> sources;
    std::optional<customer::Limit> merges;  ///< How often one customer takes others over.
    schema::RouteWants wants;

    /// Reads the section. What is wrong goes to `diagnostics`.
    [[nodiscard]] static Identity compile(const Workspace& workspace, Diagnostics& diagnostics);

    /// The kind of an identifier; none if the workspace does not declare it.
    [[nodiscard]] std::optional<std::uint32_t> kind_of(const customer::Identifier& identifier
    ) const;
    [[nodiscard]] const IdentifierKind* kind_named(std::string_view name) const;

    /// Declared identifiers in a call, in the order of the sources, each once. Whatever does not
    /// have the form of one is passed over.
    [[nodiscard]] std::vector<customer::OwnedIdentifier> read(const IdentifierParts& parts) const;

    /// `email:ada@example.com`; nothing if no kind has that name, or the rest is none of the kind.
    [[nodiscard]] std::optional<customer::OwnedIdentifier> parse(std::string_view text) const;
};

/// A text as an identifier of that kind, in normal form: white space around it is gone, an e-mail
/// address is in small letters, a phone number has only its digits, without a leading 00. Nothing
/// if it has not that form, is ignored, or is too long.
[[nodiscard]] std::optional<customer::OwnedIdentifier> make_identifier(
    const IdentifierKind& kind, std::string_view text
);

/// Where identifiers may stand in a call that was taken apart at the edge.
[[nodiscard]] IdentifierParts parts_of(
    const schema::Route& route, const schema::Batch& batch, std::optional<schema::Call> kind
);

}  // namespace attune::program
