#include <algorithm>

#include "delivery/payload.h"
#include "engine/effect_text.h"
#include "runtime/worker.h"

// What steps want done: messages to listeners, e-mails and webhooks to the outbox, decisions to
// where they are kept.

namespace attune::runtime {

namespace {

/// Far below the size of a batch, whatever their reasons are.
constexpr std::size_t kMarksAtOnceMax = 1'000;

delivery::Delivery to_delivery(const engine::EmailEffect& effect, const std::string& from) {
    delivery::Delivery delivery;
    delivery.id = engine::effect_text(effect.id);
    delivery.customer = program::customer_text(effect.customer);
    delivery.channel = delivery::ChannelKind::Email;
    delivery.destination = "smtp";
    delivery.order = delivery.customer;
    delivery.created_at = effect.at;
    delivery.payload = encode(delivery::EmailPayload{
        from, effect.to, effect.subject, effect.text, effect.html, {}});
    return delivery;
}

delivery::Delivery to_delivery(const engine::WebhookEffect& effect) {
    delivery::Delivery delivery;
    delivery.id = engine::effect_text(effect.id);
    delivery.customer = program::customer_text(effect.customer);
    delivery.channel = delivery::ChannelKind::Webhook;
    delivery.destination = delivery::origin_of(effect.url);
    delivery.order = delivery.customer;
    delivery.created_at = effect.at;
    delivery.payload = encode(delivery::WebhookPayload{
        effect.url, effect.body, "application/json", effect.secret, effect.headers});
    return delivery;
}

}  // namespace

void Worker::tell_warnings() {
    folding_->fold.count_warnings(folding_->effects);
    tell_warnings(*folding_);
}

void Worker::tell_warnings(Folding& folding) {
    const engine::Counts& counts = folding.effects.counts;
    if (counts.warnings == folding.warnings_told) {
        return;
    }
    folding.warnings_told = counts.warnings;
    for (std::size_t i = 0; i < counts.blames.size(); ++i) {
        const program::Blame& blame = counts.blames[i];
        if (i == folding.blames_told.size()) {
            folding.blames_told.emplace_back(
                commons_.numbers->expression_warnings.with(
                    {to_string(blame.definition.section),
                     name_of(*folding.program, blame.definition)}
                ),
                0
            );
        }
        auto& [counter, told] = folding.blames_told[i];
        counter.add(blame.warnings - told);
        told = blame.warnings;
    }
}

void Worker::settle_effects(Folding& folding, Position position) {
    engine::Effects& effects = folding.effects;
    const std::uint64_t cause = position.index - 1;
    for (const engine::EmailEffect& email : effects.emails) {
        outbox_.add(to_delivery(email, commons_.email_from), cause);
    }
    for (const engine::WebhookEffect& webhook : effects.webhooks) {
        outbox_.add(to_delivery(webhook), cause);
    }
    for (const std::string& decision : effects.decisions) {
        // {"id":"d0123456789abcdef",…: the id stands at a fixed place.
        commons_.kept->keep_decision(decision.substr(7, 17), decision);
        commons_.numbers->decisions.add();
    }
    commons_.numbers->messages.add(effects.messages.size());
    tell_warnings(folding);
    for (engine::MessageEffect& message : effects.messages) {
        if (!listeners_.contains(message.customer)) {
            continue;
        }
        when_durable(position, [this, told = std::move(message)] {
            const auto found = listeners_.find(told.customer);
            if (found != listeners_.end()) {
                for (const auto& [id, listener] : found->second) {
                    listener.message(told.sequence, told.body);
                }
            }
        });
    }
    effects.clear_lists();
    if (commons_.mutant == Mutant::SendBeforeDurable && running_) {
        outbox_.release(cause);
        loop_.post([this] { pump_outbox(); });
    }
}

std::uint64_t Worker::listen(std::uint64_t customer, MessageListener listener) {
    const std::uint64_t id = next_listener_++;
    listeners_[customer].emplace(id, std::move(listener));
    return id;
}

void Worker::stop_listening(std::uint64_t customer, std::uint64_t listener) {
    const auto found = listeners_.find(customer);
    if (found != listeners_.end()) {
        found->second.erase(listener);
        if (found->second.empty()) {
            listeners_.erase(found);
        }
    }
}

void Worker::move_listeners(std::uint64_t customer) {
    const auto found = listeners_.find(customer);
    if (found == listeners_.end()) {
        return;
    }
    const std::map<std::uint64_t, MessageListener> moved = std::move(found->second);
    listeners_.erase(found);
    for (const auto& [id, listener] : moved) {
        listener.moved();
    }
}

void Worker::pump_outbox() {
    if (!may_append()) {
        return;  // Whoever writes sends.
    }
    const Timestamp at = now();
    while (in_flight_ < commons_.deliveries_in_flight_max) {
        std::vector<delivery::Delivery> due =
            outbox_.due(at, commons_.deliveries_in_flight_max - in_flight_);
        if (due.empty()) {
            break;
        }
        for (delivery::Delivery& delivery : due) {
            ++in_flight_;
            deliver(std::move(delivery));
        }
    }
    log_marks();
    // The gauge is shared: each worker adds what has changed of its own.
    const auto pending = static_cast<std::int64_t>(outbox_.gauges().pending);
    commons_.numbers->outbox_pending.add(pending - pending_shown_);
    pending_shown_ = pending;
    const std::optional<Timestamp> next = outbox_.next_due();
    if (next && *next < outbox_wake_) {
        loop_.cancel(outbox_timer_);
        outbox_wake_ = *next;
        outbox_timer_ = loop_.after(std::max(*next - at, Duration(1)), [this] {
            outbox_wake_ = customer::kNever;
            pump_outbox();
        });
    }
}

void Worker::attempted(const delivery::Delivery& delivery, const delivery::Outcome& outcome) {
    using Kind = delivery::Outcome::Kind;
    const bool email = delivery.channel == delivery::ChannelKind::Email;
    Numbers& numbers = *commons_.numbers;
    const std::string_view channel = email ? "email" : "webhook";
    numbers.delivery_attempts.with({channel}).add();
    if (outcome.kind == Kind::Delivered) {
        (email ? numbers.emails : numbers.webhooks).add();
        return;
    }
    const bool configured = (email ? commons_.email : commons_.webhook) != nullptr;
    const bool permanent = outcome.kind == Kind::Permanent;
    const std::string_view reason = !configured ? "not_configured"
                                    : permanent ? "permanent"
                                                : "retry";
    numbers.delivery_failures.with({channel, reason}).add();
    last_failure_ = {now(), delivery.id, channel, delivery.destination, outcome.reason, permanent};
    if (commons_.delivery_failed) {
        commons_.delivery_failed(*last_failure_);
    }
}

void Worker::deliver(delivery::Delivery delivery) {
    const bool email = delivery.channel == delivery::ChannelKind::Email;
    delivery::Channel* channel = email ? commons_.email : commons_.webhook;
    delivery::Delivery head = delivery;
    head.payload.clear();
    const auto finish = [this, head = std::move(head)](delivery::Outcome outcome) {
        loop_.post([this, head, outcome = std::move(outcome)] {
            --in_flight_;
            outbox_.finished(head.id, outcome, now());
            attempted(head, outcome);
            pump_outbox();
        });
    };
    if (channel == nullptr) {
        finish(delivery::Outcome::retry(
            email ? "no mail server is configured" : "webhooks are switched off"
        ));
        return;
    }
    if (commons_.mutant == Mutant::MarkBeforeDelivery) {
        finish(delivery::Outcome::delivered());
        channel->start(std::move(delivery), [](const delivery::Outcome&) {});
        return;
    }
    channel->start(std::move(delivery), finish);
}

void Worker::log_marks() {
    for (delivery::Mark& mark : outbox_.take_marks()) {
        commons_.numbers->dead_letters.add(mark.kind == delivery::Mark::Kind::Dead ? 1 : 0);
        marks_.push_back(std::move(mark));
    }
    while (!marks_.empty()) {
        const std::size_t count = std::min(marks_.size(), kMarksAtOnceMax);
        LogEntries entries;
        for (std::size_t i = 0; i < count; ++i) {
            const EntryHead head{EntryKind::Mark, static_cast<std::uint8_t>(index_)};
            entries.add(head.bytes(), encode(marks_[i]));
        }
        const Result<LogRange> range = append(entries, now());
        if (!range) {
            // Applied without the log they would make the state another one than its log gives.
            return log_marks_later();
        }
        for (std::size_t i = 0; i < count; ++i) {
            outbox_.apply_mark(marks_.front(), (range.value().first + i).index);
            marks_.pop_front();
        }
    }
}

void Worker::log_marks_later() {
    if (!marks_wait_) {
        marks_wait_ = true;
        loop_.after(commons_.tick, [this] {
            marks_wait_ = false;
            pump_outbox();
        });
    }
}

}  // namespace attune::runtime
