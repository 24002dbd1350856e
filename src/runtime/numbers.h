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
    CounterFamily delivery_attempts;  ///< By channel.
    CounterFamily delivery_failures;  ///< By channel and reason.
    Counter dead_letters;
    Counter cross_worker;
    Counter merges;
    CounterFamily merges_refused;  ///< By reason.
    Gauge segments_left;
    Histogram decide_seconds;
    Histogram durable_seconds;
    Histogram snapshot_seconds;
    Counter snapshot_failures;
    Gauge outbox_pending;
    Counter refused_disk_full;
    Gauge disk_full;
    Counter erasures;
    Gauge erasures_pending;
    Gauge log_begin;
    Gauge log_backed_up;
    Gauge decisions_kept;
    Gauge quarantine_kept;
    Counter decisions_forgotten;
    Counter quarantine_forgotten;
};

}  // namespace attune::runtime
