#include "host/call_json.h"

#include <utility>

#include <fmt/format.h>

#include "value/json.h"

namespace attune::host {

void JsonObject::key(std::string_view name) {
    if (out_.size() > 1) {
        out_ += ',';
    }
    json::write_string(name, out_);
    out_ += ':';
}

JsonObject& JsonObject::text(std::string_view name, std::string_view value) {
    key(name);
    json::write_string(value, out_);
    return *this;
}

JsonObject& JsonObject::number(std::string_view name, std::int64_t value) {
    return raw(name, std::to_string(value));
}

JsonObject& JsonObject::amount(std::string_view name, std::int64_t cents) {
    const std::int64_t whole = cents / 100;
    const std::int64_t rest = cents % 100;
    if (rest == 0) {
        return number(name, whole);
    }
    if (rest % 10 == 0) {
        return raw(name, fmt::format("{}.{}", whole, rest / 10));
    }
    return raw(name, fmt::format("{}.{:02}", whole, rest));
}

JsonObject& JsonObject::flag(std::string_view name, bool value) {
    return raw(name, value ? "true" : "false");
}

JsonObject& JsonObject::raw(std::string_view name, std::string_view json) {
    key(name);
    out_ += json;
    return *this;
}

std::string JsonObject::done() && {
    out_ += '}';
    return std::move(out_);
}

namespace {

JsonObject begin_call(std::string_view type, const CallHead& head) {
    JsonObject call;
    call.text("type", type).text("messageId", head.message_id);
    if (!head.identity.user_id.empty()) {
        call.text("userId", head.identity.user_id);
    }
    if (!head.identity.anonymous_id.empty()) {
        call.text("anonymousId", head.identity.anonymous_id);
    }
    return call;
}

}  // namespace

std::string track_call(const CallHead& head, std::string_view event, std::string_view properties) {
    JsonObject call = begin_call("track", head);
    call.text("event", event).text("timestamp", to_string(head.at)).raw("properties", properties);
    return std::move(call).done();
}

std::string page_call(const CallHead& head, std::string_view name) {
    JsonObject call = begin_call("page", head);
    call.text("name", name).text("timestamp", to_string(head.at)).raw("properties", "{}");
    return std::move(call).done();
}

std::string identify_call(const CallHead& head, std::string_view traits) {
    JsonObject call = begin_call("identify", head);
    call.text("timestamp", to_string(head.at)).raw("traits", traits);
    return std::move(call).done();
}

}  // namespace attune::host
