#pragma once

#include "host/feel_session.h"

namespace attune::host {

/// Reads expressions and commands line by line and answers each; an exit code. From a terminal:
/// with a prompt, line editing, history and completion, and types behind the values. From
/// elsewhere: values only, and the code says whether all lines were answered.
int run_feel_prompt(FeelSession& session);

}  // namespace attune::host
