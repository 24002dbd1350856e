#include "schema/segment.h"

#include <algorithm>
#include <array>

#include "schema/json_cursor.h"
#include "schema/key_order.h"

namespace attune::schema {

namespace {

constexpr std::array<std::string_view, 9> kRouteNames{
    "messageId",
    "userId",
    "anonymousId",
    "previousId",
    "type",
    "event",
    "traits",
    "properties",
    "context"};
constexpr std::uint32_t kIdNames = 6;  ///< Texts; the others are parts.
constexpr std::array<std::string_view, 3> kBatchNames{"batch", "sentAt", "context"};

enum class BatchMember : std::uint8_t { Calls, SentAt, Context };

struct PathCall {
    std::string_view name;
    Call call;
};
constexpr std::array<PathCall, 12> kPaths{{
    {"track", Call::Track},
    {"t", Call::Track},
    {"identify", Call::Identify},
    {"i", Call::Identify},
    {"page", Call::Page},
    {"p", Call::Page},
    {"screen", Call::Screen},
    {"s", Call::Screen},
    {"group", Call::Group},
    {"g", Call::Group},
    {"alias", Call::Alias},
    {"a", Call::Alias},
}};

std::string_view behind_version(std::string_view path) {
    constexpr std::string_view kVersion = "/v1/";
    return path.starts_with(kVersion) ? path.substr(kVersion.size()) : std::string_view();
}

/// Where the value that begins at `from` seems to end, when it is broken inside: by brackets alone,
/// minding strings. Null if they do not match up.
const char* rough_end(const char* from, const char* end) {
    int depth = 0;
    bool in_string = false;
    for (const char* at = from; at < end; ++at) {
        if (in_string) {
            if (*at == '\\') {
                ++at;  // Whatever is escaped, it does not end the string.
            } else {
                in_string = *at != '"';
            }
            continue;
        }
        if (*at == '"') {
            in_string = true;
        } else if (*at == '{' || *at == '[') {
            ++depth;
        } else if (*at == '}' || *at == ']') {
            if (depth == 0) {
                return at;  // The list's own bracket: the value was a scalar.
            }
            if (--depth == 0) {
                return at + 1;
            }
        } else if (*at == ',' && depth == 0) {
            return at;
        }
    }
    return nullptr;
}

/// Takes one body apart.
class Splitting {
public:
    Splitting(
        std::string_view body, Arena& arena, const BatchLimits& limits, const RouteWants& wants
    )
        : body_(body),
          arena_(arena),
          limits_(limits),
          wants_(wants),
          // A call stands inside the batch's object and list.
          cursor_(body, limits.depth_max + 2),
          route_order_(kRouteNames) {}

    Result<Batch> split(bool batch_allowed);

private:
    static Error error(Error::Kind kind, std::string why) {
        return {kind, "cannot read the body: " + std::move(why)};
    }
    Error broken() const {
        return error(
            cursor_.too_large() ? Error::Kind::LimitExceeded : Error::Kind::InvalidInput,
            std::string(cursor_.problem()) + " (byte " + std::to_string(cursor_.offset() + 1) + ")"
        );
    }
    Status read_object();
    Status read_member(BatchMember member);
    Status read_list(std::size_t depth);
    Status read_call(std::size_t depth);
    Status mark_broken(const char* start, std::size_t depth);
    bool read_route(Route& route);
    bool read_id(std::string_view& id);
    bool read_part(Value& part);
    bool read_sent_at();
    void check_size(RawCall& call) const;

    std::string_view body_;
    Arena& arena_;
    const BatchLimits& limits_;
    RouteWants wants_;
    JsonCursor cursor_;
    KeyOrder route_order_;
    Batch batch_;
    bool has_batch_ = false;
};

bool Splitting::read_id(std::string_view& id) {
    const char first = cursor_.peek();
    const char* start = cursor_.here();
    if (first == '"') {
        return cursor_.string(id, arena_);
    }
    Value value;
    if (!cursor_.value(value, arena_)) {
        return false;
    }
    if (value.is(Value::Kind::Number)) {
        id = {start, static_cast<std::size_t>(cursor_.here() - start)};
    }
    return true;
}

/// Only an object has members to look at; more of them than a value takes is the reader's to say.
bool Splitting::read_part(Value& part) {
    return cursor_.peek() == '{' ? cursor_.value(part, arena_) : cursor_.skip(arena_);
}

bool Splitting::read_route(Route& route) {
    const std::array<std::string_view*, kIdNames> ids{
        &route.message_id,
        &route.user_id,
        &route.anonymous_id,
        &route.previous_id,
        &route.type,
        &route.event};
    const std::array<Value*, 3> parts{
        wants_.traits ? &route.traits : nullptr,
        wants_.properties ? &route.properties : nullptr,
        wants_.context ? &route.context : nullptr};
    if (!cursor_.open()) {
        return false;
    }
    std::uint32_t place = 0;
    bool done = false;
    for (bool first = true; cursor_.next_member(first, done); first = false) {
        if (done) {
            return true;
        }
        std::uint32_t index = 0;
        std::string_view name;
        if (!route_order_.read(cursor_, arena_, place, index, name)) {
            return false;
        }
        Value* const part =
            index != KeyOrder::kUnknown && index >= kIdNames ? parts[index - kIdNames] : nullptr;
        const bool read = part != nullptr                                    ? read_part(*part)
                          : index == KeyOrder::kUnknown || index >= kIdNames ? cursor_.skip(arena_)
                                                                             : read_id(*ids[index]);
        if (!read) {
            return false;
        }
    }
    return false;
}

void Splitting::check_size(RawCall& call) const {
    if (call.json.size() > limits_.call_bytes_max && !call.problem) {
        call.problem = "it has " + std::to_string(call.json.size()) + " bytes, more than " +
                       std::to_string(limits_.call_bytes_max);
    }
}

/// A call that is broken inside: its end is guessed, so that those behind it are not lost.
Status Splitting::mark_broken(const char* start, std::size_t depth) {
    const std::size_t byte = static_cast<std::size_t>(cursor_.here() - start) + 1;
    const std::string problem = "cannot read the JSON: " + std::string(cursor_.problem()) +
                                " (byte " + std::to_string(byte) + ")";
    const char* end = depth == 0 ? nullptr : rough_end(start, body_.data() + body_.size());
    if (end == nullptr) {
        return broken();
    }
    RawCall call;
    call.json = {start, static_cast<std::size_t>(end - start)};
    call.problem = problem;
    batch_.calls.push_back(std::move(call));
    cursor_ = JsonCursor(body_, limits_.depth_max + 2);
    cursor_.rewind(end, depth);
    return Done{};
}

Status Splitting::read_call(std::size_t depth) {
    if (batch_.calls.size() >= limits_.calls_max) {
        return error(
            Error::Kind::LimitExceeded,
            "it holds more than " + std::to_string(limits_.calls_max) + " events"
        );
    }
    const bool object = cursor_.peek() == '{';
    const char* start = cursor_.here();
    RawCall call;
    if (!(object ? read_route(call.route) : cursor_.skip(arena_))) {
        return mark_broken(start, depth);
    }
    call.json = {start, static_cast<std::size_t>(cursor_.here() - start)};
    if (!object) {
        call.problem = "it must be an object";
    }
    check_size(call);
    batch_.calls.push_back(std::move(call));
    return Done{};
}

Status Splitting::read_list(std::size_t depth) {
    if (!cursor_.open()) {
        return broken();
    }
    bool done = false;
    for (bool first = true; cursor_.next_item(first, done); first = false) {
        if (done) {
            return Done{};
        }
        if (Status read = read_call(depth + 1); !read) {
            return read;
        }
    }
    return broken();
}

bool Splitting::read_sent_at() {
    Value value;
    if (!cursor_.value(value, arena_)) {
        return false;
    }
    // A time that cannot be read corrects nothing; the calls keep their own.
    batch_.sent_at =
        value.is(Value::Kind::String) ? parse_timestamp(value.as_string()) : std::nullopt;
    return true;
}

Status Splitting::read_member(BatchMember member) {
    const char first = cursor_.peek();
    const char* start = cursor_.here();
    switch (member) {
    case BatchMember::Calls:
        has_batch_ = true;
        if (first != '[') {
            return error(Error::Kind::InvalidInput, "\"batch\" must be a list");
        }
        return read_list(1);
    case BatchMember::SentAt:
        return read_sent_at() ? Status(Done{}) : broken();
    case BatchMember::Context:
        if (!(wants_.context ? read_part(batch_.context_value) : cursor_.skip(arena_))) {
            return broken();
        }
        if (first == '{') {
            batch_.context = {start, static_cast<std::size_t>(cursor_.here() - start)};
        }
        return Done{};
    }
    return Done{};
}

/// The members of a batch; for an object without `batch`, only whether it is one.
Status Splitting::read_object() {
    if (!cursor_.open()) {
        return broken();
    }
    bool done = false;
    for (bool first = true; cursor_.next_member(first, done); first = false) {
        std::string_view name;
        if (done) {
            return Done{};
        }
        if (!cursor_.key(name, arena_)) {
            return broken();
        }
        const auto* const known = std::find(kBatchNames.begin(), kBatchNames.end(), name);
        if (known == kBatchNames.end()) {
            if (!cursor_.skip(arena_)) {
                return broken();
            }
            continue;
        }
        if (Status read = read_member(static_cast<BatchMember>(known - kBatchNames.begin()));
            !read) {
            return read;
        }
    }
    return broken();
}

Result<Batch> Splitting::split(bool batch_allowed) {
    if (body_.size() > limits_.body_bytes_max) {
        return error(
            Error::Kind::LimitExceeded,
            "it has " + std::to_string(body_.size()) + " bytes, more than " +
                std::to_string(limits_.body_bytes_max)
        );
    }
    const char first = cursor_.peek();
    const char* start = cursor_.here();
    if (first != '{' && (first != '[' || !batch_allowed)) {
        return error(Error::Kind::InvalidInput, "it is no JSON object");
    }
    if (first == '[') {
        if (Status read = read_list(0); !read) {
            return read.error();
        }
    } else if (batch_allowed) {
        if (Status read = read_object(); !read) {
            return read.error();
        }
    }
    if (first == '{' && !has_batch_) {
        batch_ = {};
        cursor_.rewind(start, 0);
        if (Status read = read_call(0); !read) {
            return read.error();
        }
    }
    if (!cursor_.at_end()) {
        return error(Error::Kind::InvalidInput, "something follows the end of its JSON");
    }
    if (batch_.calls.empty()) {
        return error(Error::Kind::InvalidInput, "it holds no event");
    }
    if (batch_.context.size() > limits_.call_bytes_max) {
        return error(
            Error::Kind::LimitExceeded,
            "its context has more than " + std::to_string(limits_.call_bytes_max) + " bytes"
        );
    }
    return std::move(batch_);
}

}  // namespace

std::optional<Call> call_of_path(std::string_view path) {
    const std::string_view name = behind_version(path);
    for (const PathCall& known : kPaths) {
        if (known.name == name) {
            return known.call;
        }
    }
    return std::nullopt;
}

bool is_batch_path(std::string_view path) {
    const std::string_view name = behind_version(path);
    return name == "batch" || name == "b" || name == "import";
}

Result<Batch> split_batch(
    std::string_view body, Arena& arena, const BatchLimits& limits, RouteWants wants
) {
    return Splitting(body, arena, limits, wants).split(true);
}

Result<Batch> single_call(
    std::string_view body, Arena& arena, const BatchLimits& limits, RouteWants wants
) {
    return Splitting(body, arena, limits, wants).split(false);
}

}  // namespace attune::schema
