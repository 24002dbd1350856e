#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "api/routes.h"
#include "runtime/test_world.h"

namespace attune::api {

/// One server-sent event as a reader gets it.
struct ReadEvent {
    std::string id;
    std::string name;
    std::string data;
};

/// A stream's end that remembers.
class TestStream final : public StreamSink {
public:
    void send(std::string text) override { text_ += text; }
    void close() override { end(); }
    void on_close(Task task) override { closed_ = std::move(task); }
    [[nodiscard]] bool open() const override { return open_; }

    /// The reader hangs up.
    void end() {
        if (std::exchange(open_, false) && closed_) {
            Task task = std::move(closed_);
            task();
        }
    }

    [[nodiscard]] std::vector<ReadEvent> events() const {
        std::vector<ReadEvent> all;
        std::string_view rest = text_;
        while (!rest.empty()) {
            const std::size_t end = rest.find("\n\n");
            all.push_back(read(rest.substr(0, end + 1)));
            rest.remove_prefix(end + 2);
        }
        return all;
    }

private:
    static ReadEvent read(std::string_view block) {
        ReadEvent event;
        while (!block.empty()) {
            const std::size_t end = block.find('\n');
            const std::string_view line = block.substr(0, end);
            for (const auto& [field, into] :
                 {std::pair{"id: ", &event.id},
                  {"event: ", &event.name},
                  {"data: ", &event.data}}) {
                if (line.starts_with(field)) {
                    into->append(line.substr(std::string_view(field).size()));
                }
            }
            block.remove_prefix(end + 1);
        }
        return event;
    }

    std::string text_;
    bool open_ = true;
    Task closed_;
};

/// A request's end that remembers what it was answered.
class TestExchange final : public ResponseSink {
public:
    TestExchange(
        Loop& loop,
        Method method,
        std::string target,
        std::vector<std::pair<std::string, std::string>> headers,
        std::string body
    )
        : loop_(loop),
          target_(std::move(target)),
          texts_(std::move(headers)),
          body_(std::move(body)) {
        const std::size_t bytes = body_.size();
        body_.append(Request::kBodyPadding, '\0');
        request_.method = method;
        request_.target = target_;
        const std::size_t query = target_.find('?');
        request_.path = request_.target.substr(0, query);
        request_.query = query == std::string::npos ? "" : request_.target.substr(query + 1);
        request_.body = std::string_view(body_).substr(0, bytes);
        for (const auto& [name, value] : texts_) {
            headers_.push_back({name, value});
        }
        request_.headers = headers_;
    }

    [[nodiscard]] const Request& request() const override { return request_; }
    [[nodiscard]] Request& open_request() { return request_; }
    [[nodiscard]] Loop& loop() override { return loop_; }
    void respond(Response response) override {
        ATTUNE_ASSERT(!response_);
        response_ = std::move(response);
    }
    [[nodiscard]] std::shared_ptr<StreamSink> stream(StreamOptions) override {
        stream_ = std::make_shared<TestStream>();
        return stream_;
    }

    [[nodiscard]] bool answered() const { return response_.has_value(); }
    [[nodiscard]] unsigned status() const { return response_ ? response_->status : 0; }
    [[nodiscard]] std::string body() const { return response_ ? response_->body : "no answer"; }
    [[nodiscard]] TestStream& events() { return *stream_; }

private:
    Loop& loop_;
    std::string target_;
    std::vector<std::pair<std::string, std::string>> texts_;
    std::string body_;
    std::vector<HeaderField> headers_;
    Request request_;
    std::optional<Response> response_;
    std::shared_ptr<TestStream> stream_;
};

/// All routes over a runtime in memory.
class TestService {
public:
    explicit TestService(
        const std::string& yaml, runtime::TestWorld::Options options = runtime::TestWorld::Options()
    )
        : world_(program::test_program(yaml), std::move(options)) {
        services_.clock = &world_.clock();
        connect();
        add_ingest_routes(router_, services_);
        add_decide_routes(router_, services_);
        add_profile_routes(router_, services_);
        add_message_routes(router_, services_);
        add_dead_letter_routes(router_, services_);
        add_merge_routes(router_, services_);
        add_admin_routes(router_, services_);
    }

    using Headers = std::vector<std::pair<std::string, std::string>>;

    /// Sends a request and lets the workers do what they can.
    TestExchange& send(
        Method method, const std::string& target, const std::string& body = {}, Headers headers = {}
    ) {
        TestExchange& exchange = begin(method, target, body, std::move(headers));
        world_.run();
        return exchange;
    }
    /// The same without waiting.
    TestExchange& begin(
        Method method, const std::string& target, const std::string& body = {}, Headers headers = {}
    ) {
        auto exchange = std::make_shared<TestExchange>(
            world_.loops().at(0), method, target, std::move(headers), body
        );
        exchanges_.push_back(exchange);
        const Router::Match match = router_.find(exchange->open_request());
        ATTUNE_ASSERT(match.route != nullptr);
        match.route->handler(exchange->request(), Responder(exchange));
        return *exchange;
    }
    TestExchange& post(const std::string& target, const std::string& body, Headers headers = {}) {
        return send(Method::Post, target, body, std::move(headers));
    }
    TestExchange& get(const std::string& target, Headers headers = {}) {
        return send(Method::Get, target, "", std::move(headers));
    }

    void crash(unsigned workers) {
        exchanges_.clear();
        world_.crash(workers);
        connect();
    }

    [[nodiscard]] runtime::TestWorld& world() { return world_; }

private:
    void connect() {
        services_.runtime = &world_.runtime();
        services_.metrics = &world_.metrics();
    }

    runtime::TestWorld world_;
    Services services_;
    Router router_;
    std::deque<std::shared_ptr<TestExchange>> exchanges_;
};

/// What `text` says under a path of keys and indexes, as JSON: "decisions", "0", "offer".
[[nodiscard]] inline std::string at(
    const std::string& text, std::initializer_list<std::string_view> path
) {
    Arena arena;
    const Result<Value> parsed = json::parse(text, arena);
    if (!parsed) {
        return "no JSON: " + text;
    }
    Value value = parsed.value();
    for (const std::string_view key : path) {
        if (value.is(Value::Kind::List)) {
            const auto index = static_cast<std::size_t>(std::stoul(std::string(key)));
            value = index < value.as_list().size() ? value.as_list()[index] : Value();
        } else {
            value = value.get(key);
        }
    }
    return json::to_json(value);
}

[[nodiscard]] inline std::size_t count_at(
    const std::string& text, std::initializer_list<std::string_view> path
) {
    Arena arena;
    const Result<Value> parsed = json::parse(at(text, path), arena);
    return parsed.ok() && parsed.value().is(Value::Kind::List) ? parsed.value().as_list().size()
                                                               : 0;
}

}  // namespace attune::api
