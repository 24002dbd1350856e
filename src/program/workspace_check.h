#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "program/diagnostics.h"
#include "program/workspace.h"
#include "program/workspace_shape.h"
#include "program/yaml_tree.h"

namespace attune::program {

/// A name that must exist, found while checking.
struct Reference {
    Text name;
    Sections sections = 0;
    std::string subject;  ///< What refers to it: `campaign "win back"`.
};

/// What a message is about: `"do[0].email.to" of campaign "win back"`.
struct Subject {
    std::string whole;  ///< `campaign "win back"`
    std::string path;   ///< `do[0].email.to`; empty for the whole.

    [[nodiscard]] Subject key(std::string_view name) const;
    [[nodiscard]] Subject item(std::size_t index) const;
    [[nodiscard]] std::string text() const;
};

/// Compares values of a file with what they may be, and says all that does not fit.
class ShapeChecker {
public:
    explicit ShapeChecker(Diagnostics& diagnostics) : diagnostics_(diagnostics) {}

    /// True if `node` and everything in it fits.
    bool check(const yaml::Node& node, const Shape& shape, const Subject& subject);

    /// The names met so far that must exist.
    [[nodiscard]] const std::vector<Reference>& references() const { return references_; }
    /// The expressions and templates met since this was asked last, fit in themselves.
    [[nodiscard]] std::vector<Unread::Fragment> take_fragments() {
        return std::exchange(fragments_, {});
    }

private:
    bool check_scalar(const yaml::Node& node, const Shape& shape, const Subject& subject);
    bool check_object(const yaml::Node& node, const Shape& shape, const Subject& subject);
    bool check_entry(
        const Text& name, const yaml::Node& node, const Shape& shape, const Subject& subject
    );
    bool check_keys_needed(const yaml::Node& node, const Shape& shape, const Subject& subject);
    bool refuse(const yaml::Node& node, const Shape& shape, const Subject& subject);
    void refuse_key(const Text& name, const Shape& shape, const Subject& subject);

    void keep_templates(const yaml::Node& node);

    Diagnostics& diagnostics_;
    std::vector<Reference> references_;
    std::vector<Unread::Fragment> fragments_;
};

/// "must be a duration such as 30m or 7d": what a shape demands, for messages.
[[nodiscard]] std::string demand(const Shape& shape);

}  // namespace attune::program
