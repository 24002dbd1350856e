#include <charconv>
#include <set>

#include "api/ask.h"
#include "api/caller.h"
#include "api/routes.h"
#include "customer/inbox.h"
#include "value/json_writer.h"

namespace attune::api {

namespace {

using engine::OwnedIdentifier;
using runtime::Seat;

/// A message as clients get it: its body with the sequence in front.
std::string message_json(std::uint32_t sequence, std::string_view body) {
    return "{\"seq\":" + std::to_string(sequence) + "," + std::string(body.substr(1));
}

std::uint64_t customer_at(const Seat& seat) {
    return seat.place ? seat.shard.id(*seat.place) : customer::hash_of(seat.identifier.view());
}

/// Where a reader stopped: "c0123456789abcdef-7", or a bare sequence.
struct Resume {
    std::string customer;  ///< Empty: whoever it is.
    std::uint32_t sequence = 0;

    static Resume parse(std::string_view text) {
        Resume resume;
        const std::size_t dash = text.rfind('-');
        if (dash != std::string_view::npos) {
            resume.customer = text.substr(0, dash);
            text.remove_prefix(dash + 1);
        }
        std::from_chars(text.data(), text.data() + text.size(), resume.sequence);
        return resume;
    }

    /// The sequence from which to go on with `customer`. That of another customer says nothing
    /// about this one's.
    [[nodiscard]] std::uint32_t after(std::uint64_t id) const {
        return customer.empty() || customer == program::customer_text(id) ? sequence : 0;
    }
};

struct Waiting {
    std::uint32_t sequence;
    std::string body;
};

/// The messages that wait for the customer at `seat`, oldest first.
std::vector<Waiting> waiting_at(const Seat& seat, const Resume& resume) {
    std::vector<Waiting> all;
    if (seat.place) {
        for (const customer::Message& message : customer::messages_after(
                 seat.shard.blob(*seat.place), resume.after(seat.shard.id(*seat.place))
             )) {
            all.push_back({message.sequence, std::string(message.body)});
        }
    }
    return all;
}

/// One reader of a customer's messages. Moves with the customer when two turn out to be one.
class MessageStream : public std::enable_shared_from_this<MessageStream> {
public:
    MessageStream(
        runtime::Runtime& runtime, EventStream stream, OwnedIdentifier identifier, Resume resume
    )
        : runtime_(runtime),
          stream_(std::move(stream)),
          identifier_(std::move(identifier)),
          resume_(std::move(resume)) {}

    void start() {
        stream_.on_close([weak = weak_from_this()] {
            if (const auto self = weak.lock()) {
                self->closed();
            }
        });
        attach();
    }

private:
    void attach() {
        ask(runtime_, identifier_, [self = shared_from_this()](Seat seat) { self->seated(seat); });
    }

    void seated(const Seat& seat) {
        customer_ = customer_at(seat);
        worker_ = &seat.worker;
        listener_ = worker_->listen(
            customer_,
            {[self = shared_from_this()](std::uint32_t sequence, const std::string& body) {
                 self->send(sequence, body);
             },
             [self = shared_from_this()] {
                 self->listener_ = 0;
                 self->resume_ = {"moved", 0};
                 self->attach();
             }}
        );
        // A message may be gone after a crash, and its sequence given to another one, until its
        // cause is durable.
        const auto send_all =
            [self = shared_from_this(), listener = listener_, all = waiting_at(seat, resume_)] {
                for (std::size_t i = 0; i < all.size() && self->listener_ == listener; ++i) {
                    self->send(all[i].sequence, all[i].body);
                }
            };
        worker_->when_durable(worker_->appended(), send_all);
        if (!stream_.open()) {
            closed();
        }
    }

    void send(std::uint32_t sequence, const std::string& body) {
        // {"id":"e0123456789abcdef",…
        if (!sent_.insert(body.substr(7, 17)).second) {
            return;
        }
        const std::string id = program::customer_text(customer_) + "-" + std::to_string(sequence);
        const std::string data = message_json(sequence, body);
        stream_.send({.id = id, .name = "message", .data = data});
    }

    void closed() {
        if (worker_ == nullptr) {
            return;
        }
        worker_->loop().run([self = shared_from_this()] {
            if (self->listener_ != 0) {
                self->worker_->stop_listening(self->customer_, std::exchange(self->listener_, 0));
            }
        });
    }

    runtime::Runtime& runtime_;
    EventStream stream_;
    OwnedIdentifier identifier_;
    Resume resume_;
    std::set<std::string> sent_;
    runtime::Worker* worker_ = nullptr;
    std::uint64_t customer_ = 0;
    std::uint64_t listener_ = 0;
};

Problem nobody_named() {
    return {
        400,
        "invalid-question",
        "cannot list messages: neither `userId` nor `anonymousId` is given",
        "userId"};
}

/// Whose messages are asked for; nothing, and answered, when nobody is named or the caller may not
/// ask about them.
std::optional<OwnedIdentifier> asked_about(const Request& request, Responder& responder) {
    std::optional<OwnedIdentifier> identifier = identifier_in_query(request);
    std::optional<Problem> problem =
        identifier ? may_name(request.caller, *identifier) : nobody_named();
    if (problem) {
        responder.send(*problem);
        return std::nullopt;
    }
    return identifier;
}

void open_stream(const Services& services, const Request& request, Responder responder) {
    const std::optional<OwnedIdentifier> identifier = asked_about(request, responder);
    if (!identifier) {
        return;
    }
    std::string last(request.header("last-event-id"));
    if (last.empty()) {
        last = request.query_value("after").value_or("0");
    }
    auto answer = std::make_shared<Responder>(std::move(responder));
    ask(*services.runtime, *identifier, [&services, answer, identifier, last](Seat seat) {
        if (const auto problem = may_ask(answer->request().caller, seat)) {
            answer->send(*problem);
            return;
        }
        const auto stream = std::make_shared<MessageStream>(
            *services.runtime, answer->stream(), *identifier, Resume::parse(last)
        );
        stream->start();
    });
}

void list_messages(const Services& services, const Request& request, Responder responder) {
    const std::optional<OwnedIdentifier> identifier = asked_about(request, responder);
    if (!identifier) {
        return;
    }
    const Resume resume = Resume::parse(request.query_value("after").value_or("0"));
    auto answer = std::make_shared<Responder>(std::move(responder));
    ask(*services.runtime, *identifier, [answer, resume](Seat seat) {
        if (const auto problem = may_ask(answer->request().caller, seat)) {
            answer->send(*problem);
            return;
        }
        std::string body;
        json::ObjectWriter object(body);
        json::ArrayWriter list(object.member("messages"));
        for (const Waiting& message : waiting_at(seat, resume)) {
            list.item() += message_json(message.sequence, message.body);
        }
        list.close();
        object.close();
        // As for a stream: nothing is shown before it is durable.
        seat.worker.when_durable(
            seat.worker.appended(),
            [answer, text = std::move(body)]() mutable {
                answer->send(Response::json(std::move(text)));
            }
        );
    });
}

}  // namespace

void add_message_routes(Router& router, const Services& services) {
    RouteOptions options;
    options.cors = Cors{};
    options.access = Access::Visitor;
    router.add(
        Method::Get,
        "/v1/messages",
        [&services](const Request& request, Responder responder) {
            list_messages(services, request, std::move(responder));
        },
        options
    );
    router.add(
        Method::Get,
        "/v1/messages/stream",
        [&services](const Request& request, Responder responder) {
            open_stream(services, request, std::move(responder));
        },
        options
    );
}

}  // namespace attune::api
