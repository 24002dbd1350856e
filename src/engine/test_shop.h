#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine/population.h"
#include "program/test_program.h"
#include "value/json.h"

namespace attune::engine {

/// Midnight, at which tests begin.
constexpr Timestamp kStart{1'767'225'600'000};

/// What a test says of one call; the rest is made up.
struct Sent {
    std::string user = {};
    std::string anonymous = {};
    std::string event = {};         ///< Of a track call; else `type` names the call.
    std::string properties = "{}";  ///< JSON; traits of an identify call.
    std::string type = "track";
    std::string id = {};        ///< Made up when empty.
    std::string previous = {};  ///< Of an alias call.
    std::string context = {};   ///< JSON
    Duration at{-1};            ///< Since kStart; by default the present.
};

/// A population under a clock of its own, for tests.
class TestShop {
public:
    explicit TestShop(const std::string& yaml, Population::Options options = {})
        : program_(program::test_program(yaml)), population_(program_, options) {}
    explicit TestShop(
        std::shared_ptr<const program::Program> program, Population::Options options = {}
    )
        : program_(std::move(program)), population_(program_, options) {}

    [[nodiscard]] Timestamp now() const { return now_; }
    void set_now(Duration since_start) { now_ = kStart + since_start; }
    /// Lets time pass, waking nobody.
    void pass(Duration span) { now_ = now_ + span; }
    /// Lets time pass for everybody.
    void wake(Duration span) {
        now_ = now_ + span;
        population_.advance_due(now_);
    }

    Population::Verdict send(const Sent& sent) {
        const std::string id = sent.id.empty() ? "m" + std::to_string(++sequence_) : sent.id;
        const Timestamp at = sent.at.count() < 0 ? now_ : kStart + sent.at;
        std::string json = R"({"type":")" + sent.type + R"(","messageId":")" + id +
                           R"(","timestamp":")" + to_string(at) + "\"";
        const auto member = [&](const char* key, const std::string& text) {
            json += text.empty() ? "" : ",\"" + std::string(key) + "\":\"" + text + "\"";
        };
        member("userId", sent.user);
        member("anonymousId", sent.anonymous);
        member("previousId", sent.previous);
        member("event", sent.event);
        json += sent.context.empty() ? "" : ",\"context\":" + sent.context;
        json += (sent.type == "identify" ? ",\"traits\":" : ",\"properties\":") + sent.properties;
        json += "}";
        const std::size_t bytes = json.size();
        json.append(schema::kPadding, '\0');
        return population_.apply_call(
            std::string_view(json).substr(0, bytes), {now_, std::nullopt, std::nullopt, {}}, now_
        );
    }
    Population::Verdict track(
        const std::string& user, const std::string& event, const std::string& properties = "{}"
    ) {
        return send({.user = user, .event = event, .properties = properties});
    }

    [[nodiscard]] Population& population() { return population_; }
    [[nodiscard]] const program::Program& program() const { return *program_; }
    [[nodiscard]] Effects& effects() { return population_.effects(); }

    [[nodiscard]] Population::Found customer(const std::string& user) {
        using Kind = customer::Identifier::Kind;
        auto found = population_.find({Kind::UserId, user});
        const auto named = found ? std::nullopt : program_->identity.parse(user);
        found = named ? population_.find(named->view()) : found;
        return found ? *found : population_.find_or_add({Kind::AnonymousId, user});
    }
    [[nodiscard]] const customer::Blob& blob(const std::string& user) {
        const auto found = customer(user);
        return found.shard->blob(found.place);
    }
    /// A feature's value at present, as JSON.
    [[nodiscard]] std::string feature(const std::string& user, const std::string& name) {
        const auto found = customer(user);
        program::Frame& frame = population_.fold().frame();
        frame.bind(found.shard->id(found.place), found.shard->blob(found.place), now_);
        for (const program::Feature& one : program_->features) {
            if (one.name == name) {
                return json::to_json(frame.value(one.slot));
            }
        }
        return "there is no such feature";
    }

    /// "pattern@seconds since kStart", as far as it has fired.
    [[nodiscard]] std::vector<std::string> firings() {
        std::vector<std::string> all;
        for (const Firing& firing : effects().firings) {
            all.push_back(program_->patterns[firing.pattern].name + "@" + since(firing.at));
        }
        return all;
    }
    /// "+segment@seconds" and "-segment@seconds".
    [[nodiscard]] std::vector<std::string> segment_changes() {
        std::vector<std::string> all;
        for (const SegmentChange& change : effects().segment_changes) {
            all.push_back(
                (change.entered ? "+" : "-") + program_->segments[change.segment].name + "@" +
                since(change.at)
            );
        }
        return all;
    }

    /// The bytes of all customers, by id.
    [[nodiscard]] std::map<std::uint64_t, std::string> all_bytes() {
        std::map<std::uint64_t, std::string> all;
        for (const auto& shard : population_.shards()) {
            shard->each([&](Place place) {
                all.emplace(shard->id(place), shard->blob(place).bytes());
            });
        }
        return all;
    }

private:
    static std::string since(Timestamp at) {
        const std::int64_t ms = (at - kStart).count();
        return std::to_string(ms / 1'000) +
               (ms % 1'000 == 0 ? "" : "." + std::to_string(1'000 + ms % 1'000).substr(1));
    }

    std::shared_ptr<const program::Program> program_;
    Population population_;
    Timestamp now_ = kStart;
    std::uint64_t sequence_ = 0;
};

}  // namespace attune::engine
