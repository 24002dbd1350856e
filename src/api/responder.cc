#include "api/responder.h"

#include <algorithm>
#include <utility>

#include "base/assert.h"

namespace attune::api {

namespace {

/// Names and ids are single lines: a line feed in one would begin a field of its own.
void append_line(std::string_view field, std::string_view text, std::string& out) {
    out.append(field);
    std::copy_if(text.begin(), text.end(), std::back_inserter(out), [](char c) {
        return c != '\n' && c != '\r' && c != '\0';
    });
    out.push_back('\n');
}

void append_data(std::string_view data, std::string& out) {
    while (true) {
        const std::size_t end = data.find('\n');
        append_line("data: ", data.substr(0, end), out);
        if (end == std::string_view::npos) {
            return;
        }
        data.remove_prefix(end + 1);
    }
}

}  // namespace

EventStream& EventStream::operator=(EventStream&& other) noexcept {
    if (this != &other) {
        close();
        sink_ = std::move(other.sink_);
    }
    return *this;
}

EventStream::~EventStream() {
    close();
}

void EventStream::send(const StreamedEvent& event) {
    if (!open()) {
        return;
    }
    std::string text;
    text.reserve(event.id.size() + event.name.size() + event.data.size() + 32);
    if (!event.id.empty()) {
        append_line("id: ", event.id, text);
    }
    if (!event.name.empty()) {
        append_line("event: ", event.name, text);
    }
    append_data(event.data, text);
    text.push_back('\n');
    sink_->send(std::move(text));
}

void EventStream::on_close(Task task) {
    ATTUNE_ASSERT(sink_ != nullptr);
    sink_->on_close(std::move(task));
}

bool EventStream::open() const {
    return sink_ != nullptr && sink_->open();
}

void EventStream::close() {
    if (sink_ != nullptr) {
        std::exchange(sink_, nullptr)->close();
    }
}

Responder::~Responder() {
    if (sink_ != nullptr) {
        send(Problem{.status = 500, .detail = "the request was dropped without an answer"});
    }
}

const Request& Responder::request() const {
    ATTUNE_ASSERT(sink_ != nullptr);
    return sink_->request();
}

Loop& Responder::loop() const {
    ATTUNE_ASSERT(sink_ != nullptr);
    return sink_->loop();
}

void Responder::send(Response response) {
    ATTUNE_ASSERT(sink_ != nullptr);
    // The sink goes with the call, so that its owner may reuse it as soon as it has answered.
    std::exchange(sink_, nullptr)->respond(std::move(response));
}

EventStream Responder::stream(StreamOptions options) {
    ATTUNE_ASSERT(sink_ != nullptr);
    return EventStream(std::exchange(sink_, nullptr)->stream(options));
}

}  // namespace attune::api
