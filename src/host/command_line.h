#pragma once

#include <optional>
#include <span>
#include <string>

#include <CLI/CLI.hpp>

#include "log/segments/packing.h"

namespace attune::host {

/// What every command of `attune` exits with; told by `attune --help`.
inline constexpr int kDone = 0;
inline constexpr int kFailed = 1;      ///< It did not succeed, or what was checked is wrong.
inline constexpr int kWrongUsage = 2;  ///< The words were not understood.

/// Parses `args` with `app`. An exit code if the command is to end here: after --help, or because
/// the words are wrong, which has been said.
[[nodiscard]] std::optional<int> parse(CLI::App& app, std::span<const std::string> args);

/// Says on standard error what `command` could not do; kFailed.
int fail(const std::string& command, const std::string& why);

/// `--log-compression none|lz4|zstd`; without it `packing` stays as it is.
void declare_packing(CLI::App& app, segments::Packing& packing);

/// Whether standard output is a terminal, and colours are wanted.
[[nodiscard]] bool colours_wanted();

}  // namespace attune::host
