#include "host/call_json.h"

#include <fmt/format.h>

#include "value/json_writer.h"

namespace attune::host {

std::string amount_json(std::int64_t cents) {
    const std::int64_t whole = cents / 100;
    const std::int64_t rest = cents % 100;
    if (rest == 0) {
        return std::to_string(whole);
    }
    return rest % 10 == 0 ? fmt::format("{}.{}", whole, rest / 10)
                          : fmt::format("{}.{:02}", whole, rest);
}

namespace {

/// What every call begins with.
void write_head(std::string_view type, const CallHead& head, json::ObjectWriter& call) {
    call.text("type", type);
    call.text("messageId", head.message_id);
    if (!head.identity.user_id.empty()) {
        call.text("userId", head.identity.user_id);
    }
    if (!head.identity.anonymous_id.empty()) {
        call.text("anonymousId", head.identity.anonymous_id);
    }
    call.text("timestamp", to_string(head.at));
}

}  // namespace

std::string track_call(const CallHead& head, std::string_view event, std::string_view properties) {
    std::string out;
    json::ObjectWriter call(out);
    write_head("track", head, call);
    call.text("event", event);
    call.raw("properties", properties);
    call.close();
    return out;
}

std::string page_call(const CallHead& head, std::string_view name) {
    std::string out;
    json::ObjectWriter call(out);
    write_head("page", head, call);
    call.text("name", name);
    call.raw("properties", "{}");
    call.close();
    return out;
}

std::string identify_call(const CallHead& head, std::string_view traits) {
    std::string out;
    json::ObjectWriter call(out);
    write_head("identify", head, call);
    call.raw("traits", traits);
    call.close();
    return out;
}

}  // namespace attune::host
