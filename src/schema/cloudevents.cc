#include "schema/cloudevents.h"

#include <algorithm>
#include <array>
#include <optional>

#include <simdjson.h>

#include "base/hash.h"
#include "schema/event.h"
#include "value/json.h"
#include "value/value.h"

namespace attune::schema {

namespace {

using Kind = Value::Kind;

constexpr std::size_t kMessageIdBytesMax = 99;

std::string lower(std::string_view text) {
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(), [](char letter) {
        return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter + ('a' - 'A')) : letter;
    });
    return out;
}

/// "application/json; charset=utf-8" without what follows the semicolon, in lower case.
std::string media_type(std::string_view header) {
    std::string type = lower(header.substr(0, header.find(';')));
    type.erase(0, type.find_first_not_of(" \t"));
    type.erase(type.find_last_not_of(" \t") + 1);
    return type;
}

bool is_json(std::string_view content_type) {
    const std::string type = media_type(content_type);
    return type.empty() || type == "application/json" || type == "text/json" ||
           type.ends_with("+json");
}

std::string in_quotes(std::string_view text) {
    std::string out;
    json::write_string(text.substr(0, 60), out);
    return out;
}

/// What the three modes have in common: attributes by name, and the data as JSON has it.
class Incoming {
public:
    explicit Incoming(Arena& arena) : arena_(arena) {}

    /// Each returns what is wrong, or nothing.
    std::optional<std::string> add(std::string_view name, const Value& value);
    std::optional<std::string> set_data(const Value& data);
    std::optional<std::string> set_data_text(std::string_view text);
    [[nodiscard]] std::optional<std::string> check() const;

    [[nodiscard]] std::string to_call() const;

    [[nodiscard]] std::string_view text(std::string_view name) const {
        const Value value = attribute(name);
        return value.is(Kind::String) ? value.as_string() : std::string_view();
    }

private:
    [[nodiscard]] Value attribute(std::string_view name) const {
        for (const Entry& entry : attributes_) {
            if (entry.key == name) {
                return entry.value;
            }
        }
        return {};
    }
    [[nodiscard]] std::string message_id() const;
    [[nodiscard]] Call call() const;
    [[nodiscard]] std::string_view data_text(std::string_view name) const {
        const Value value = data_.get(name);
        return value.is(Kind::String) ? value.as_string() : std::string_view();
    }

    Arena& arena_;
    std::vector<Entry> attributes_;
    Value data_;
};

std::optional<std::string> Incoming::add(std::string_view name, const Value& value) {
    const bool well_named = !name.empty() && std::all_of(name.begin(), name.end(), [](char letter) {
        return (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9');
    });
    if (!well_named) {
        return "attribute " + in_quotes(name) + " is not named by lower-case letters and digits";
    }
    if (value.null()) {
        return std::nullopt;  // The same as absent.
    }
    const bool integer = value.is(Kind::Number) && value.as_number().whole();
    if (!value.is(Kind::String) && !value.is(Kind::Boolean) && !integer) {
        return "attribute " + in_quotes(name) + " must be a string, a boolean or an integer";
    }
    attributes_.push_back({name, value});
    return std::nullopt;
}

std::optional<std::string> Incoming::set_data(const Value& data) {
    data_ = data;
    return std::nullopt;
}

std::optional<std::string> Incoming::set_data_text(std::string_view text) {
    if (text.empty()) {
        return std::nullopt;
    }
    if (!is_json(this->text("datacontenttype"))) {
        return "data of content type " + in_quotes(this->text("datacontenttype")) + " is no JSON";
    }
    const Result<Value> parsed = json::parse(text, arena_);
    if (!parsed) {
        return "data: " + parsed.error().message;
    }
    return set_data(parsed.value());
}

std::optional<std::string> Incoming::check() const {
    for (const std::string_view name : {"specversion", "id", "source", "type"}) {
        if (attribute(name).null()) {
            return "attribute " + in_quotes(name) + " is missing";
        }
        if (text(name).empty()) {
            return "attribute " + in_quotes(name) + " must be a string that is not empty";
        }
    }
    if (text("specversion") != "1.0") {
        return "specversion must be \"1.0\", got " + in_quotes(text("specversion"));
    }
    if (text("subject").empty() && data_text("userId").empty() &&
        data_text("anonymousId").empty()) {
        return "it names no customer: neither \"subject\" nor data.userId nor data.anonymousId";
    }
    return std::nullopt;
}

Call Incoming::call() const {
    for (const Call call : {Call::Identify, Call::Page, Call::Screen, Call::Group, Call::Alias}) {
        if (text("type") == to_string(call)) {
            return call;
        }
    }
    return Call::Track;
}

/// `source` and `id` together are unique (CloudEvents 1.0.2, "id"); where they are too long for a
/// message id, their hash stands for them.
std::string Incoming::message_id() const {
    std::string id = std::string(text("id")) + "@" + std::string(text("source"));
    if (id.size() <= kMessageIdBytesMax) {
        return id;
    }
    const std::uint64_t first = hash_combine(hash_bytes(text("source")), hash_bytes(text("id")));
    const std::uint64_t second = hash_combine(first, hash_bytes(id));
    constexpr std::string_view kHex = "0123456789abcdef";
    id = "ce-";
    for (const std::uint64_t word : {first, second}) {
        for (unsigned shift = 64; shift > 0; shift -= 4) {
            id += kHex[word >> (shift - 4) & 0xfU];
        }
    }
    return id;
}

std::string Incoming::to_call() const {
    std::string out = "{\"type\":";
    const auto member = [&out](std::string_view name, std::string_view text) {
        if (!text.empty()) {
            out.append(",\"").append(name).append("\":");
            json::write_string(text, out);
        }
    };
    const Call kind = call();
    json::write_string(to_string(kind), out);
    member("messageId", message_id());
    member("userId", text("subject").empty() ? data_text("userId") : text("subject"));
    member("anonymousId", data_text("anonymousId"));
    member("event", kind == Call::Track ? text("type") : "");
    member("previousId", kind == Call::Alias ? data_text("previousId") : "");
    member("groupId", kind == Call::Group ? data_text("groupId") : "");
    member("timestamp", text("time"));
    if (!data_.null()) {
        const bool traits = kind == Call::Identify || kind == Call::Group;
        out += traits ? ",\"traits\":" : ",\"properties\":";
        const bool object = data_.is(Kind::Context);
        out += object ? "" : "{\"data\":";
        json::write(data_, out);
        out += object ? "" : "}";
    }
    out += ",\"context\":{\"cloudevent\":";
    json::write(Value::context(attributes_), out);
    return out + "}}";
}

NormalForm finish(const Incoming& incoming, const std::optional<std::string>& problem) {
    if (problem) {
        return {{}, *problem};
    }
    if (const auto wrong = incoming.check()) {
        return {{}, *wrong};
    }
    return {incoming.to_call(), {}};
}

std::optional<std::string> decode_base64(std::string_view text) {
    std::string out;
    std::uint32_t bits = 0;
    int count = 0;
    if (text.size() % 4 != 0) {
        return std::nullopt;
    }
    const std::size_t end = text.find_last_not_of('=') + 1;
    if (text.size() - end > 2) {
        return std::nullopt;
    }
    for (const char letter : text.substr(0, end)) {
        constexpr std::string_view kDigits =
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        const std::size_t digit = kDigits.find(letter);
        if (digit == std::string_view::npos) {
            return std::nullopt;
        }
        bits = bits << 6U | static_cast<std::uint32_t>(digit);
        count += 6;
        if (count >= 8) {
            count -= 8;
            out += static_cast<char>(bits >> static_cast<unsigned>(count) & 0xffU);
        }
    }
    return out;
}

NormalForm from_object(const Value& object, Arena& arena) {
    if (!object.is(Kind::Context)) {
        return {{}, "an event must be an object"};
    }
    Incoming incoming(arena);
    std::optional<std::string> problem;
    for (const Entry& entry : object.as_context()) {
        if (!problem && entry.key != "data" && entry.key != "data_base64") {
            problem = incoming.add(entry.key, entry.value);
        }
    }
    const Value encoded = object.get("data_base64");
    if (!problem && !encoded.null()) {
        const std::optional<std::string> data =
            encoded.is(Kind::String) ? decode_base64(encoded.as_string()) : std::nullopt;
        if (object.has("data")) {
            problem = "it has both \"data\" and \"data_base64\"";
        } else if (!data) {
            problem = "data_base64 is no Base64";
        } else {
            problem = incoming.set_data_text(arena.copy(std::string_view(*data)));
        }
    } else if (!problem) {
        problem = incoming.set_data(object.get("data"));
    }
    return finish(incoming, problem);
}

int hex_digit(char letter) {
    return letter >= '0' && letter <= '9'   ? letter - '0'
           : letter >= 'a' && letter <= 'f' ? letter - 'a' + 10
           : letter >= 'A' && letter <= 'F' ? letter - 'A' + 10
                                            : -1;
}

/// A header's value as the HTTP binding writes it (3.1.3.2): quoted or not, percent-encoded.
std::optional<std::string> decode_header(std::string_view value) {
    std::string unquoted;
    if (value.size() >= 2 && value.front() == '"' && value.back() == '"') {
        for (std::size_t i = 1; i + 1 < value.size(); ++i) {
            i += value[i] == '\\' && i + 2 < value.size() ? 1U : 0U;
            unquoted += value[i];
        }
        value = unquoted;
    }
    std::string out;
    for (std::size_t i = 0; i < value.size(); ++i) {
        if (value[i] != '%') {
            out += value[i];
            continue;
        }
        const int high = i + 2 < value.size() ? hex_digit(value[i + 1]) : -1;
        const int low = i + 2 < value.size() ? hex_digit(value[i + 2]) : -1;
        if (high < 0 || low < 0) {
            return std::nullopt;
        }
        out += static_cast<char>(high * 16 + low);
        i += 2;
    }
    if (!simdjson::validate_utf8(out.data(), out.size())) {
        return std::nullopt;
    }
    return out;
}

}  // namespace

CloudEventsMode cloud_events_mode(std::span<const Header> headers) {
    bool binary = false;
    for (const auto& [name, value] : headers) {
        const std::string key = lower(name);
        const std::string type = key == "content-type" ? media_type(value) : "";
        if (type == "application/cloudevents-batch+json") {
            return CloudEventsMode::Batch;
        }
        if (type == "application/cloudevents+json" || type == "application/cloudevents") {
            return CloudEventsMode::Structured;
        }
        binary = binary || key == "ce-specversion";
    }
    return binary ? CloudEventsMode::Binary : CloudEventsMode::None;
}

NormalForm from_structured(std::string_view body) {
    Arena arena;
    const Result<Value> event = json::parse(body, arena);
    return event ? from_object(event.value(), arena) : NormalForm{{}, event.error().message};
}

Result<std::vector<NormalForm>> from_batch(std::string_view body, std::size_t events_max) {
    Arena arena;
    const json::Limits limits{.depth_max = 33, .entries_max = 1'000'000};
    const Result<Value> batch = json::parse(body, arena, limits);
    if (!batch) {
        return batch.error();
    }
    if (!batch.value().is(Kind::List)) {
        return Error{
            Error::Kind::InvalidInput, "cannot read the batch: it must be a list of events"};
    }
    if (batch.value().as_list().size() > events_max) {
        return Error{
            Error::Kind::LimitExceeded,
            "cannot read the batch: it holds more than " + std::to_string(events_max) + " events"};
    }
    std::vector<NormalForm> forms;
    for (const Value& event : batch.value().as_list()) {
        NormalForm& form = forms.emplace_back(from_object(event, arena));
        if (!form.problem.empty()) {
            json::write(event, form.json);
        }
    }
    return forms;
}

NormalForm from_binary(std::span<const Header> headers, std::string_view body) {
    Arena arena;
    Incoming incoming(arena);
    std::optional<std::string> problem;
    for (const auto& [name, value] : headers) {
        const std::string key = lower(name);
        const bool attribute = key.starts_with("ce-");
        if (problem || (!attribute && key != "content-type")) {
            continue;
        }
        if (key == "ce-datacontenttype") {
            problem = "the header ce-datacontenttype must not be sent: it is called content-type";
            continue;
        }
        const std::optional<std::string> decoded = decode_header(value);
        if (!decoded) {
            problem = "header " + in_quotes(key) + " is not percent-encoded UTF-8";
            continue;
        }
        const std::string_view name_text =
            attribute ? std::string_view(key).substr(3) : "datacontenttype";
        problem = incoming.add(
            arena.copy(name_text), Value::string(arena.copy(std::string_view(*decoded)))
        );
    }
    if (!problem) {
        problem = incoming.set_data_text(body);
    }
    return finish(incoming, problem);
}

}  // namespace attune::schema
