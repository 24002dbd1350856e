#include "program/scenario.h"

#include "base/arena.h"
#include "value/json.h"

namespace attune::program {

namespace {

/// Writes the members of one object; absent ones are left out.
class Members {
public:
    explicit Members(std::string& out) : out_(out) { out_ += '{'; }

    void text(std::string_view name, std::string_view value) {
        if (!value.empty()) {
            key(name);
            json::write_string(value, out_);
        }
    }
    void data(std::string_view name, const Data& value) {
        if (!value.null()) {
            key(name);
            Arena arena;
            json::write(to_value(value, arena), out_);
        }
    }
    void close() { out_ += '}'; }

private:
    void key(std::string_view name) {
        out_ += out_.back() == '{' ? "" : ",";
        json::write_string(name, out_);
        out_ += ':';
    }

    std::string& out_;
};

}  // namespace

std::string to_call_json(
    const Scenario& scenario, const ScenarioStep& step, Timestamp at, std::uint64_t sequence
) {
    const schema::Call call = step.call.value_or(schema::Call::Track);
    const bool alias = call == schema::Call::Alias;
    // A step with an anonymousId alone is about somebody who is not known yet.
    const bool unknown = step.anonymous && !step.user;
    std::string out;
    Members members(out);
    members.text("type", to_string(call));
    members.text("messageId", step.id.empty() ? "step-" + std::to_string(sequence) : step.id.text);
    members.text("userId", step.user ? step.user->text : unknown ? "" : scenario.customer.text);
    members.text("anonymousId", step.anonymous ? step.anonymous->text : "");
    members.text("previousId", alias ? step.previous.text : "");
    members.text("groupId", step.group.text);
    members.text(call == schema::Call::Track ? "event" : "name", step.event.text);
    members.text("timestamp", attune::to_string(at));
    members.data("properties", step.properties);
    members.data("traits", step.traits);
    members.data("context", step.context);
    members.close();
    return out;
}

}  // namespace attune::program
