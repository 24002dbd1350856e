#include "api/http_message.h"

#include <algorithm>
#include <array>

#include "value/json.h"

namespace attune::api {

namespace {

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

int hex_digit(char c) {
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    const char letter = lower(c);
    return letter >= 'a' && letter <= 'f' ? letter - 'a' + 10 : -1;
}

bool lower_hex(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
    });
}

bool all_zero(std::string_view text) {
    return text.find_first_not_of('0') == std::string::npos;
}

struct Phrase {
    unsigned status;
    std::string_view text;
};

constexpr std::array kPhrases = {
    Phrase{100, "Continue"},
    Phrase{200, "OK"},
    Phrase{201, "Created"},
    Phrase{202, "Accepted"},
    Phrase{204, "No Content"},
    Phrase{206, "Partial Content"},
    Phrase{207, "Multi-Status"},
    Phrase{301, "Moved Permanently"},
    Phrase{302, "Found"},
    Phrase{303, "See Other"},
    Phrase{304, "Not Modified"},
    Phrase{307, "Temporary Redirect"},
    Phrase{308, "Permanent Redirect"},
    Phrase{400, "Bad Request"},
    Phrase{401, "Unauthorized"},
    Phrase{403, "Forbidden"},
    Phrase{404, "Not Found"},
    Phrase{405, "Method Not Allowed"},
    Phrase{406, "Not Acceptable"},
    Phrase{408, "Request Timeout"},
    Phrase{409, "Conflict"},
    Phrase{410, "Gone"},
    Phrase{411, "Length Required"},
    Phrase{412, "Precondition Failed"},
    Phrase{413, "Content Too Large"},
    Phrase{414, "URI Too Long"},
    Phrase{415, "Unsupported Media Type"},
    Phrase{417, "Expectation Failed"},
    Phrase{421, "Misdirected Request"},
    Phrase{422, "Unprocessable Content"},
    Phrase{425, "Too Early"},
    Phrase{426, "Upgrade Required"},
    Phrase{428, "Precondition Required"},
    Phrase{429, "Too Many Requests"},
    Phrase{431, "Request Header Fields Too Large"},
    Phrase{500, "Internal Server Error"},
    Phrase{501, "Not Implemented"},
    Phrase{502, "Bad Gateway"},
    Phrase{503, "Service Unavailable"},
    Phrase{504, "Gateway Timeout"},
    Phrase{505, "HTTP Version Not Supported"},
    Phrase{507, "Insufficient Storage"},
};

void append_member(std::string_view name, std::string_view text, std::string& out) {
    out.append(",\"").append(name).append("\":");
    json::write_string(text, out);
}

}  // namespace

std::string_view to_string(Method method) {
    static constexpr std::string_view kNames[] = {
        "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "other"};
    return kNames[static_cast<std::size_t>(method)];
}

bool equal_ignoring_case(std::string_view lhs, std::string_view rhs) {
    return lhs.size() == rhs.size() &&
           std::equal(lhs.begin(), lhs.end(), rhs.begin(), [](char a, char b) {
               return lower(a) == lower(b);
           });
}

std::optional<std::string> percent_decode(std::string_view text, bool form) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        char c = text[i];
        if (c == '%') {
            const int high = i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
            const int low = i + 2 < text.size() ? hex_digit(text[i + 2]) : -1;
            if (high < 0 || low < 0) {
                return std::nullopt;
            }
            c = static_cast<char>(high * 16 + low);
            i += 2;
        } else if (form && c == '+') {
            c = ' ';
        }
        if (c == '\0') {
            return std::nullopt;
        }
        out.push_back(c);
    }
    return out;
}

std::string_view Request::header(std::string_view name) const {
    for (const HeaderField& field : headers) {
        if (equal_ignoring_case(field.name, name)) {
            return field.value;
        }
    }
    return {};
}

std::string_view Request::parameter(std::string_view name) const {
    for (const PathParameter& parameter : parameters) {
        if (parameter.name == name) {
            return parameter.value;
        }
    }
    return {};
}

std::optional<std::string> Request::query_value(std::string_view name) const {
    std::string_view rest = query;
    while (!rest.empty()) {
        const std::size_t end = std::min(rest.find('&'), rest.size());
        const std::string_view pair = rest.substr(0, end);
        rest.remove_prefix(std::min(end + 1, rest.size()));
        const std::size_t equals = std::min(pair.find('='), pair.size());
        const std::string_view key = pair.substr(0, equals);
        if (key == name || percent_decode(key, true) == name) {
            return percent_decode(pair.substr(std::min(equals + 1, pair.size())), true);
        }
    }
    return std::nullopt;
}

std::string_view Request::media_type() const {
    std::string_view type = header("content-type");
    type = type.substr(0, type.find(';'));
    while (!type.empty() && (type.back() == ' ' || type.back() == '\t')) {
        type.remove_suffix(1);
    }
    return type;
}

std::string_view Request::trace_id() const {
    // version "-" trace-id "-" parent-id "-" flags; later versions may add more after a dash.
    constexpr std::size_t kLength = 55;
    const std::string_view value = header("traceparent");
    if (value.size() < kLength || value[2] != '-' || value[35] != '-' || value[52] != '-') {
        return {};
    }
    const std::string_view version = value.substr(0, 2);
    const std::string_view trace = value.substr(3, 32);
    const std::string_view parent = value.substr(36, 16);
    const bool sound_length = version == "00" ? value.size() == kLength
                                              : value.size() == kLength || value[kLength] == '-';
    const bool sound = lower_hex(version) && version != "ff" && lower_hex(trace) &&
                       lower_hex(parent) && lower_hex(value.substr(53, 2)) && sound_length &&
                       !all_zero(trace) && !all_zero(parent);
    return sound ? trace : std::string_view{};
}

Response Response::json(std::string body, unsigned status) {
    Response response;
    response.status = status;
    response.body = std::move(body);
    return response;
}

Response Response::text(std::string body, unsigned status) {
    Response response;
    response.status = status;
    response.content_type = "text/plain; charset=utf-8";
    response.body = std::move(body);
    return response;
}

Response Response::empty(unsigned status) {
    Response response;
    response.status = status;
    response.content_type = {};
    return response;
}

Response to_response(const Problem& problem) {
    std::string body = "{\"type\":";
    json::write_string(problem.type.empty() ? "about:blank" : problem.type, body);
    append_member("title", reason_phrase(problem.status), body);
    body.append(",\"status\":").append(std::to_string(problem.status));
    append_member("detail", problem.detail, body);
    if (!problem.field.empty()) {
        append_member("field", problem.field, body);
    }
    body.push_back('}');
    Response response = Response::json(std::move(body), problem.status);
    response.content_type = "application/problem+json";
    return response;
}

std::string_view reason_phrase(unsigned status) {
    for (const Phrase& phrase : kPhrases) {
        if (phrase.status == status) {
            return phrase.text;
        }
    }
    return "Unknown";
}

}  // namespace attune::api
