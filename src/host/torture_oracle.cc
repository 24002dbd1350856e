#include "host/torture_oracle.h"

#include <bit>
#include <cstdlib>
#include <utility>

#include "delivery/payload.h"

namespace attune::host {
namespace {

/// Sums of powers of two are exact decimals far beyond; this is what an integer of ours holds.
constexpr unsigned kBits = 60;

/// The text of a member whose value is a text or a number; the bodies hold nothing that is escaped.
std::string member(const std::string& body, const std::string& name) {
    const std::size_t found = body.find("\"" + name + "\":");
    if (found == std::string::npos) {
        return {};
    }
    std::string value;
    for (std::size_t at = found + name.size() + 3; at < body.size(); ++at) {
        if (body[at] == ',' || body[at] == '}') {
            break;
        }
        value += body[at] == '"' ? "" : std::string(1, body[at]);
    }
    return value;
}

constexpr const char* kMarker = ".erase-me-";

/// In every event of a customer's life, and in every effect of one.
std::string marker_of(std::uint64_t who, std::uint64_t life) {
    return std::to_string(who) + kMarker + std::to_string(who) + "-" + std::to_string(life) + ".";
}

std::uint64_t life_in(const std::string& marker) {
    const std::size_t at = marker.rfind('-');
    return at == std::string::npos ? 0 : std::strtoull(marker.c_str() + at + 1, nullptr, 10);
}

}  // namespace

const char* TortureOracle::workspace() {
    // As many message ids as a customer can have here: a client may repeat any of them.
    return R"(
workspace: {limits: {recent_ids: 255}}
events:
  Viewed: {properties: {bit: number, who: string}}
  Added: {properties: {bit: number, who: string}}
  Ordered: {properties: {bit: number, who: string}}
features:
  count_0: {count: Viewed}
  sum_0: {sum: Viewed, of: properties.bit}
  count_1: {count: Added}
  sum_1: {sum: Added, of: properties.bit}
  count_2: {count: Ordered}
  sum_2: {sum: Ordered, of: properties.bit}
  views_1m: {count: Viewed, window: 60s}
segments: {busy: views_1m >= 3}
patterns: {cart: {sequence: [{cart: Added}, {not: Ordered, within: 30s}]}}
campaigns:
  tell:
    on: Added
    do: [{webhook: {url: 'https://shop.example/tell', body: {campaign: tell, who: '{{ properties.who }}', bit: '{{ properties.bit }}'}}}]
  capped:
    on: Ordered
    limit: {times: 3}
    do: [{webhook: {url: 'https://crm.example/capped', body: {campaign: capped, who: '{{ properties.who }}', bit: '{{ properties.bit }}'}}}]
  late:
    on: cart
    do: [{webhook: {url: 'https://shop.example/late', body: {campaign: late}}}]
)";
}

std::string TortureOracle::Event::json() const {
    return R"({"type":"track","messageId":"m-)" + std::to_string(who) + "-" + std::to_string(life) +
           "-" + std::to_string(type) + "-" + std::to_string(bit) + R"(","event":")" +
           kTypes[type] + R"(","userId":")" + user() + R"(","properties":{"bit":)" +
           std::to_string(std::uint64_t{1} << bit) + R"(,"who":")" + marker_of(who, life) + "\"}}";
}

const TortureOracle::Event* TortureOracle::make(std::uint64_t who, std::size_t type) {
    Counted& counted = counted_[{who, type}];
    const auto bit = static_cast<unsigned>(std::popcount(counted.sent));
    if (bit >= kBits) {
        return nullptr;
    }
    counted.sent |= std::uint64_t{1} << bit;
    events_.push_back({who, life_of(who), type, bit});
    return &events_.back();
}

void TortureOracle::acknowledged(std::size_t event) {
    Event& one = events_[event];
    if (!std::exchange(one.acknowledged, true)) {
        ++report_->acknowledged;
        if (wanted(event)) {
            counted_[{one.who, one.type}].acknowledged |= std::uint64_t{1} << one.bit;
        }
    }
}

void TortureOracle::begin_life(std::set<std::string> marked, std::size_t erasures) {
    delivered_ = std::move(marked);
    if (erasing_ && erasures > noted_) {
        erasure_noted();
    }
    erasing_.reset();
    if (erasures != noted_) {
        wrong(
            "the record has " + std::to_string(erasures) + " erasures instead of " +
            std::to_string(noted_)
        );
    }
    settled_ = false;
}

void TortureOracle::erasure_noted() {
    const std::uint64_t who = *std::exchange(erasing_, std::nullopt);
    ++noted_;
    ++report_->erased;
    erased_.push_back(marker_of(who, lives_[who]++));
    for (std::size_t type = 0; type < kTypeCount; ++type) {
        counted_.erase({who, type});
    }
}

void TortureOracle::fail(std::uint64_t& counter, std::uint64_t count, const std::string& what) {
    counter += count;
    if (report_->first_failure.empty()) {
        report_->first_failure = what + "; again with " + replay_;
    }
}

void TortureOracle::attempted(const delivery::Delivery& delivery) {
    ++report_->attempts;
    const Result<delivery::WebhookPayload> payload = delivery::decode_webhook(delivery.payload);
    if (!payload) {
        wrong("effect " + delivery.id + " cannot be read: " + payload.error().message);
        return;
    }
    const std::string& body = payload.value().body;
    Effect effect{body, member(body, "campaign")};
    const bool told_apart = effect.campaign != "late";
    if (told_apart) {
        const std::string marker = member(body, "who");
        effect.who = std::strtoull(marker.c_str(), nullptr, 10);
        effect.life = life_in(marker);
        effect.bit = static_cast<unsigned>(
            std::countr_zero(std::strtoull(member(body, "bit").c_str(), nullptr, 10))
        );
        const std::string& id = causes_.try_emplace(body, delivery.id).first->second;
        if (id != delivery.id) {
            wrong("one cause has two effects, " + id + " and " + delivery.id);
        }
    }
    if (told_apart && settled_ && gone(effect)) {
        wrong("effect " + delivery.id + " of an erased customer goes out");
    }
    const auto known = effects_.try_emplace(delivery.id, effect).first;
    if (known->second.body != body) {
        wrong("two causes have the effect " + delivery.id);
    }
    if (effect.campaign == "capped") {
        std::set<std::string>& capped = capped_[{effect.who, effect.life}];
        capped.insert(delivery.id);
        if (capped.size() > kCapTimes) {
            wrong("customer " + std::to_string(effect.who) + " gets more than the limit");
        }
    }
    if (delivered_.contains(delivery.id)) {
        fail(report_->duplicated, 1, "effect " + delivery.id + " is sent again after its mark");
    }
}

void TortureOracle::arrived(const std::string& id, bool answered) {
    Effect& effect = effects_[id];
    report_->effects += effect.arrivals++ == 0 ? 1 : 0;
    if (answered) {
        delivered_.insert(id);
    }
}

void TortureOracle::check(
    std::uint64_t who, std::size_t type, std::uint64_t count, std::uint64_t sum
) {
    Counted& counted = counted_[{who, type}];
    const std::string name =
        std::string("events \"") + kTypes[type] + "\" of customer " + std::to_string(who);
    if (const std::uint64_t gone = counted.acknowledged & ~sum; gone != 0) {
        const auto number = static_cast<std::uint64_t>(std::popcount(gone));
        fail(report_->lost, number, std::to_string(number) + " acknowledged " + name + " are gone");
    } else if (const auto distinct = static_cast<std::uint64_t>(std::popcount(sum));
               count > distinct) {
        fail(report_->duplicated, count - distinct, name + " are counted more than once");
    } else if (count != distinct || (sum & ~counted.sent) != 0) {
        wrong(name + " are not those that were sent");
    }
    counted.in_state = sum;
    for (const auto& [id, effect] : effects_) {
        const std::size_t cause = effect.campaign == "tell" ? 1 : 2;
        if (effect.campaign != "late" && effect.who == who && !gone(effect) && cause == type &&
            (sum >> effect.bit & 1U) == 0) {
            wrong("effect " + id + " went out, and its cause is gone");
        }
    }
}

void TortureOracle::check_effects() {
    std::map<std::pair<std::string, std::uint64_t>, std::uint64_t> arrived;
    for (const auto& [id, effect] : effects_) {
        if (!gone(effect)) {
            arrived[{effect.campaign, effect.who}] += effect.arrivals > 0 ? 1 : 0;
        }
    }
    const auto expect = [&](const std::string& campaign, std::uint64_t who, std::uint64_t wanted) {
        const std::uint64_t came = arrived[{campaign, who}];
        if (came < wanted) {
            fail(
                report_->lost,
                wanted - came,
                std::to_string(wanted - came) + " effects of \"" + campaign + "\" for customer " +
                    std::to_string(who) + " never arrived"
            );
        } else if (came > wanted) {
            wrong("customer " + std::to_string(who) + " got effects without a cause");
        }
    };
    for (std::uint64_t who = 0; who < kCustomers; ++who) {
        const auto in_state = [&](std::size_t type) {
            return static_cast<std::uint64_t>(std::popcount(counted_[{who, type}].in_state));
        };
        expect("tell", who, in_state(1));
        expect("capped", who, std::min(in_state(2), kCapTimes));
    }
}

}  // namespace attune::host
