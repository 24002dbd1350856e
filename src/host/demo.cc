#include "host/demo.h"

#include <chrono>
#include <thread>

#include "host/http_client.h"
#include "value/json.h"
#include "value/json_writer.h"

namespace attune::host {

namespace {

constexpr std::size_t kVisitorsRemembered = 200;
constexpr auto kBetweenQuestions = std::chrono::milliseconds(20);

/// The member of that name with its text, as it stands in the JSON of a call; empty if there is
/// none.
std::string member(const std::string& json, const std::string& name) {
    const std::string start = "\"" + name + "\":\"";
    const std::size_t at = json.find(start);
    if (at == std::string::npos) {
        return "";
    }
    const std::size_t end = json.find('"', at + start.size());
    return end == std::string::npos ? "" : json.substr(at, end + 1 - at);
}

void collect(const std::string& prefix, const Value& value, LiveNumbers& numbers) {
    for (const Entry& entry : value.as_context()) {
        const std::string name = prefix + std::string(entry.key);
        if (entry.value.is(Value::Kind::Number)) {
            numbers[name] = entry.value.as_number().to_double();
        } else if (entry.value.is(Value::Kind::Context)) {
            collect(name + ".", entry.value, numbers);
        }
    }
}

void write_mail(const Mail& mail, std::string& out) {
    json::ObjectWriter object(out);
    object.text("from", mail.from);
    object.text("to", mail.to.empty() ? "" : mail.to.front());
    object.text("subject", mail.subject);
    object.text("text", mail.text);
    object.text("html", mail.html);
    object.text("receivedAt", to_string(mail.received_at));
    object.close();
}

}  // namespace

std::optional<Call> WatchedCalls::next() {
    std::optional<Call> call = calls_.next();
    if (call) {
        std::string id = member(call->json, "userId");
        id = id.empty() ? member(call->json, "anonymousId") : id;
        if (!id.empty()) {
            const std::lock_guard lock(mutex_);
            visitors_.push_back(std::move(id));
            if (visitors_.size() > kVisitorsRemembered) {
                visitors_.pop_front();
            }
        }
    }
    return call;
}

std::optional<std::string> WatchedCalls::visitor(std::size_t pick) const {
    const std::lock_guard lock(mutex_);
    return visitors_.empty() ? std::nullopt : std::optional(visitors_[pick % visitors_.size()]);
}

Result<LiveNumbers> read_status(const std::string& url) {
    HttpClient::Options options;
    options.url = url;
    Result<HttpClient> client = HttpClient::create(options);
    if (!client) {
        return client.error();
    }
    const Result<HttpClient::Response> answer = client.value().send({"GET", "/v1/status", ""});
    if (!answer) {
        return answer.error();
    }
    Arena arena;
    const Result<Value> body = json::parse(answer.value().body, arena);
    if (!body) {
        return body.error();
    }
    LiveNumbers numbers;
    if (body.value().is(Value::Kind::Context)) {
        collect("", body.value(), numbers);
    }
    return numbers;
}

void add_mail_routes(api::Router& router, const SmtpSink& sink) {
    router.add(
        api::Method::Get,
        "/demo/emails",
        [&sink](const api::Request& request, api::Responder responder) {
            std::string body;
            json::ObjectWriter object(body);
            json::ArrayWriter list(object.member("emails"));
            const std::optional<std::string> to = request.query_value("to");
            // Without a recipient there is nothing to show: nobody's mailbox is everybody's.
            for (const Mail& mail : to && !to->empty() ? sink.mails(*to) : std::vector<Mail>()) {
                write_mail(mail, list.item());
            }
            list.close();
            object.close();
            responder.send(api::Response::json(std::move(body)));
        }
    );
}

void keep_asking(
    const std::string& url,
    const std::string& placement,
    const WatchedCalls& calls,
    const std::atomic<bool>& stop
) {
    HttpClient::Options options;
    options.url = url;
    Result<HttpClient> client = HttpClient::create(options);
    for (std::size_t i = 0; client && !stop; i += 7) {
        std::this_thread::sleep_for(kBetweenQuestions);
        if (const std::optional<std::string> visitor = calls.visitor(i)) {
            const std::string question =
                "{" + *visitor + ",\"placements\":[\"" + placement + "\"]}";
            // A question that fails shows in the numbers: they stop growing.
            static_cast<void>(client.value().send({"POST", "/v1/decide", question}));
        }
    }
}

}  // namespace attune::host
