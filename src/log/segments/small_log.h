#pragma once

#include "log/segments/segment_log.h"

namespace attune::segments {

/// A log in segments so small that a test fills many, without a thread of its own and without a
/// word to anybody when its disk fails: for tests on a simulated disk.
[[nodiscard]] inline LogOptions small_log(files::FileSystem& disk, Mutant mutant = Mutant::None) {
    return {
        .folder = "log",
        .files = &disk,
        .segment_bytes = 4096,
        .buffer_bytes = 1024,
        .batch_bytes_max = 1024,
        .free_bytes_min = 0,
        .own_thread = false,
        .on_failure = [](const Error&) {},
        .mutant = mutant,
    };
}

}  // namespace attune::segments
