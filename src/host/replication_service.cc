#include "host/replication_service.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "api/ask.h"
#include "base/bytes.h"
#include "base/hash.h"
#include "files/posix.h"
#include "host/replication_calls.h"

namespace attune::host {

namespace {

/// A standby that hears nothing for longer asks anew; this is also how often it is counted.
constexpr std::chrono::milliseconds kNewsWait{1'000};
/// How often to look for standbys that have gone.
constexpr std::chrono::milliseconds kLookAround{250};
constexpr std::size_t kErasuresBytesMax = std::size_t{64} << 20U;
constexpr unsigned kUnauthorized = 401;

}  // namespace

ReplicationService::ReplicationService(Options options)
    : options_(std::move(options)),
      sealed_(*options_.key),
      leader_(*options_.log, *options_.standing) {}

ReplicationService::~ReplicationService() {
    stop();
}

void ReplicationService::add_routes(api::Router& router) {
    api::RouteOptions options;
    options.priority = api::Priority::Admin;
    options.access = api::Access::Anyone;  // Each message shows its own key.
    router.add(
        api::Method::Get,
        replication_path::kHello,
        [this](const api::Request&, api::Responder responder) {
            api::Response response;
            response.content_type = "application/octet-stream";
            response.body = sealed_.greeting();
            responder.send(std::move(response));
        },
        options
    );
    for (const char* path :
         {replication_path::kFetch,
          replication_path::kProgram,
          replication_path::kErasures,
          replication_path::kEpoch}) {
        add_route(router, path);
    }
}

void ReplicationService::add_route(api::Router& router, const char* path) {
    api::RouteOptions options;
    options.priority = api::Priority::Admin;
    options.access = api::Access::Anyone;  // Each message shows its own key.
    router.add(
        api::Method::Post,
        path,
        [this, path](const api::Request&, api::Responder responder) {
            const std::lock_guard lock(mutex_);
            if (stopping_) {
                responder.send(api::Problem{503, "draining", "the server is draining", ""});
                return;
            }
            asked_.push_back({std::move(responder), path});
            news_ = true;
            wake_.notify_one();
        },
        options
    );
}

void ReplicationService::start() {
    thread_ = std::thread([this] { run(); });
}

void ReplicationService::stop() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    wake_.notify_one();
    if (thread_.joinable()) {
        thread_.join();
    }
    asked_.clear();
    parked_.clear();
}

void ReplicationService::wake() {
    {
        const std::lock_guard lock(mutex_);
        news_ = true;
    }
    wake_.notify_one();
}

void ReplicationService::run() {
    std::unique_lock lock(mutex_);
    while (!stopping_) {
        wake_.wait_for(lock, kLookAround, [this] { return news_ || stopping_; });
        news_ = false;
        std::vector<Asked> asked = std::exchange(asked_, {});
        lock.unlock();
        for (Asked& one : asked) {
            answer(std::move(one));
        }
        std::erase_if(parked_, [this](const Parked& parked) { return try_fetch(parked); });
        options_.standing->look_around();
        lock.lock();
    }
    lock.unlock();
    for (Parked& parked : parked_) {
        send(
            *parked.responder, replication_path::kFetch, parked.name, encode(leader_.nothing_new())
        );
    }
}

void ReplicationService::answer(Asked asked) {
    auto responder = std::make_shared<api::Responder>(std::move(asked.responder));
    const Result<SealedServer::Opened> opened = sealed_.open(asked.path, responder->request().body);
    if (!opened) {
        responder->send(api::Problem{kUnauthorized, "not-sealed", opened.error().message, ""});
        return;
    }
    const std::string_view path = asked.path;
    if (path == replication_path::kFetch) {
        return answer_fetch(std::move(responder), opened.value());
    }
    const std::string_view body = opened.value().body;
    const Result<std::string> said = path == replication_path::kProgram    ? files_of(body)
                                     : path == replication_path::kErasures ? erasures()
                                                                           : meet_epoch(body);
    if (!said) {
        responder->send(api::to_problem(said.error()));
        return;
    }
    send(*responder, asked.path, opened.value().name, said.value());
}

void ReplicationService::answer_fetch(
    std::shared_ptr<api::Responder> responder, const SealedServer::Opened& asked
) {
    const Result<replication::Fetch> fetch = replication::decode_fetch(asked.body);
    if (!fetch) {
        responder->send(api::to_problem(fetch.error()));
        return;
    }
    const Parked parked{
        std::move(responder),
        asked.name,
        fetch.value(),
        std::chrono::steady_clock::now() + kNewsWait};
    if (!try_fetch(parked)) {
        parked_.push_back(parked);
    }
}

bool ReplicationService::try_fetch(const Parked& parked) {
    Result<std::optional<replication::Fetched>> answer = leader_.fetch(parked.fetch);
    if (parked.fetch.epoch > options_.log->epoch()) {
        // So that a restart remembers.
        static_cast<void>(options_.fence(parked.fetch.epoch, "a promoted server asks for the log"));
    }
    if (!answer) {
        parked.responder->send(api::to_problem(answer.error()));
        return true;
    }
    const bool late = std::chrono::steady_clock::now() >= parked.until;
    if (!answer.value() && !late) {
        return false;
    }
    replication::Fetched fetched =
        answer.value() ? *std::move(answer).value() : leader_.nothing_new();
    fetched.erasures = erasures_version();
    send(*parked.responder, replication_path::kFetch, parked.name, encode(fetched));
    return true;
}

void ReplicationService::send(
    api::Responder& responder, const char* path, const SealedName& name, std::string_view body
) {
    api::Response response;
    response.content_type = "application/octet-stream";
    response.body = sealed_.seal(path, name, body);
    responder.send(std::move(response));
}

Result<std::string> ReplicationService::files_of(std::string_view body) {
    ByteReader in(body);
    const auto hash = in.fixed<std::uint64_t>();
    auto program = options_.programs->get(hash);
    if (!program) {
        return program.error();
    }
    return encode_files(program.value()->workspace.files);
}

Result<std::string> ReplicationService::erasures() const {
    Result<std::string> text =
        files::read_file(files::posix(), options_.data + "/erasures", kErasuresBytesMax);
    const bool none = !text.ok() && text.error().kind == Error::Kind::NotFound;
    return none ? Result<std::string>(std::string()) : text;
}

std::uint64_t ReplicationService::erasures_version() {
    const auto now = std::chrono::steady_clock::now();
    if (now >= erasures_read_ + kNewsWait) {
        erasures_read_ = now;
        const Result<std::string> text = erasures();
        erasures_version_ = text.ok() && !text.value().empty() ? hash_bytes(text.value()) : 0;
    }
    return erasures_version_;
}

Result<std::string> ReplicationService::meet_epoch(std::string_view body) {
    ByteReader in(body);
    const auto epoch = in.fixed<Epoch>();
    const std::string by(in.text());
    if (!in.ok()) {
        return Error{Error::Kind::InvalidInput, "cannot read which epoch has begun"};
    }
    if (epoch > options_.log->epoch()) {
        if (Status fenced = options_.fence(epoch, by); !fenced) {
            return fenced.error();
        }
    }
    std::string answer;
    ByteWriter(answer).fixed(options_.log->epoch());
    return answer;
}

}  // namespace attune::host
