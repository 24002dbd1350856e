#pragma once

#include <span>
#include <string>

namespace attune::host {

// The benchmarks of `attune bench`; each takes the words behind its name. They check their answers.

/// The reference job from memory.
int bench_reference(std::span<const std::string> args);
/// Events over HTTP in batches, acknowledged after fdatasync (or not), on a server in this process.
int bench_ingest(std::span<const std::string> args);
/// How soon a server is ready: with its state on disk, and by folding its log alone.
int bench_start(std::span<const std::string> args);
/// Decisions over HTTP while events are ingested.
int bench_decide(std::span<const std::string> args);

}  // namespace attune::host
