#include "runtime/numbers.h"

namespace attune::runtime {

Numbers::Numbers(Metrics& metrics)
    : accepted(metrics.counter({"attune_events_accepted", "Events folded into a customer's state"})
      ),
      duplicates(metrics.counter({"attune_events_duplicate", "Events recognised as repeats"})),
      quarantined(metrics.counter(
          {"attune_events_quarantined", "Events kept aside because they do not fit"}
      )),
      refused(metrics.counter(
          {"attune_events_refused", "Events refused because the log or a queue was full"}
      )),
      expression_warnings(metrics.counters(
          {.name = "attune_expression_warnings",
           .help = "Nulls made by an error, by the definition whose expressions made them",
           .labels = {"section", "name"}}
      )),
      decisions(metrics.counter({"attune_decisions", "Decisions made"})),
      messages(metrics.counter({"attune_messages", "In-app messages put into an inbox"})),
      emails(metrics.counter({"attune_emails_delivered", "E-mails taken by the mail server"})),
      webhooks(metrics.counter({"attune_webhooks_delivered", "Webhooks answered with success"})),
      delivery_attempts(metrics.counters(
          {.name = "attune_delivery_attempts",
           .help = "Attempts to deliver that have ended",
           .labels = {"channel"}}
      )),
      delivery_failures(metrics.counters(
          {.name = "attune_delivery_failures",
           .help = "Attempts to deliver that failed: to be tried again, for good, or for want of a "
                   "mail server",
           .labels = {"channel", "reason"}}
      )),
      dead_letters(metrics.counter({"attune_dead_letters", "Deliveries given up"})),
      cross_worker(
          metrics.counter({"attune_works_passed_on", "Works handed to another worker's shard"})
      ),
      merges(metrics.counter(
          {"attune_identifiers_linked", "Identifiers that began to lead to another customer"}
      )),
      merges_refused(metrics.counters(
          {.name = "attune_merges_refused",
           .help = "Identifiers that did not begin to lead to a customer, by the rule",
           .labels = {"reason"}}
      )),
      segments_left(metrics.gauge(
          {"attune_segments_customers_left", "Customers not yet judged by new segments"}
      )),
      decide_seconds(metrics.histogram(
          {"attune_decide_duration",
           "Time from a question's arrival to its answer",
           MetricUnit::Seconds}
      )),
      durable_seconds(metrics.histogram(
          {"attune_durable_wait", "Time from append to durable", MetricUnit::Seconds}
      )),
      snapshot_seconds(metrics.histogram(
          {"attune_write_behind_duration",
           "Time to write changed state to the store",
           MetricUnit::Seconds}
      )),
      snapshot_failures(
          metrics.counter({"attune_write_behind_failures", "Writes of changed state that failed"})
      ),
      outbox_pending(metrics.gauge({"attune_outbox_pending", "Deliveries neither made nor given up"}
      )),
      refused_disk_full(metrics.counter(
          {"attune_events_refused_disk_full", "Events refused because the disk was nearly full"}
      )),
      disk_full(metrics.gauge({"attune_disk_full", "1 while events are refused for want of room"})),
      erasures(metrics.counter({"attune_erasures", "Customers erased from log and state"})),
      erasures_pending(metrics.gauge(
          {"attune_erasures_pending", "Erasures of which the log may still hold something"}
      )),
      log_begin(metrics.gauge({"attune_log_begin", "The oldest position that the log still holds"})
      ),
      log_backed_up(metrics.gauge(
          {"attune_log_backed_up", "The position up to which the last backup has the log"}
      )),
      decisions_kept(metrics.gauge({"attune_decisions_kept", "Decisions that can be looked up"})),
      quarantine_kept(
          metrics.gauge({"attune_quarantine_kept", "Quarantined events that can be looked up"})
      ),
      decisions_forgotten(metrics.counter(
          {"attune_decisions_forgotten", "Decisions removed as too old or too many"}
      )),
      quarantine_forgotten(metrics.counter(
          {"attune_quarantine_forgotten",
           "Quarantined events removed as too old or too many, or with their part of the log"}
      )) {}

}  // namespace attune::runtime
