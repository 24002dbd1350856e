#pragma once

#include "base/metrics.h"

namespace attune::runtime {

/// The metrics of the runtime, declared once.
struct Numbers {
    explicit Numbers(Metrics& metrics);

    Counter accepted;
    Counter duplicates;
    Counter quarantined;
    Counter refused;
    CounterFamily expression_warnings;  ///< By section and name of the definition at fault.
    Counter decisions;
    Counter messages;
    Counter emails;
    Counter webhooks;
    Counter dead_letters;
    Counter cross_worker;
    Counter merges;
    Histogram decide_seconds;
    Histogram durable_seconds;
    Histogram snapshot_seconds;
    Counter snapshot_failures;
    Gauge outbox_pending;
};

}  // namespace attune::runtime
