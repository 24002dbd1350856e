#pragma once

#include <string>

namespace attune::program {

/// The JSON Schema (draft 2020-12) of workspace files, made from the description of keys that the
/// loader itself goes by, so that editors complete and check what is going to be accepted.
[[nodiscard]] std::string workspace_json_schema();

/// The same description as a Markdown reference: docs/guide/workspace.md holds it.
[[nodiscard]] std::string workspace_reference();

}  // namespace attune::program
