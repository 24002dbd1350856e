#include "host/server_process.h"

#include <thread>

#include "api/http/server.h"
#include "api/http/static_files.h"
#include "api/routes.h"
#include "delivery/email/email_channel.h"
#include "delivery/webhook/webhook_channel.h"
#include "files/posix.h"
#include "host/access.h"
#include "host/backup.h"
#include "host/channels.h"
#include "host/data_folder.h"
#include "host/eraser.h"
#include "host/failure_lines.h"
#include "host/out_of_memory.h"
#include "log/memory_log.h"
#include "log/segments/segment_log.h"
#include "state/memory_store.h"
#include "state/rocksdb/rocks_store.h"

namespace attune::host {

namespace {

constexpr Duration kDrainGrace{10'000};

bool loopback(const std::string& address) {
    return address.starts_with("127.") || address.starts_with("[::1]") ||
           address.starts_with("localhost");
}

class Process final : public ServerProcess {
public:
    explicit Process(ServeOptions options)
        : options_(std::move(options)),
          loops_(
              options_.threads != 0 ? options_.threads
                                    : std::max(1U, std::thread::hardware_concurrency())
          ) {}

    Process(const Process&) = delete;
    Process& operator=(const Process&) = delete;
    Process(Process&&) = delete;
    Process& operator=(Process&&) = delete;
    ~Process() override { stop(); }

    Status start();

    [[nodiscard]] const std::string& address() const override { return server_->address(); }
    [[nodiscard]] std::string url() const override {
        return (tls_ == nullptr ? "http://" : "https://") + server_->address();
    }
    [[nodiscard]] runtime::Runtime& runtime() override { return *runtime_; }
    Status publish() override;
    Status reload_certificate() override;

private:
    Status load_certificate();
    Status load_access(const program::Workspace& workspace);
    Status open_data();
    Status open_replication();
    Status open_channels(const program::Program& program);
    Status start_runtime(std::shared_ptr<const program::Program> program);
    Status start_server(const program::Program& program);
    void publish_for(api::Responder responder);
    void stop();

    ServeOptions options_;
    SystemClock clock_;
    Metrics metrics_;
    std::unique_ptr<Replication> replication_;  ///< Null: no other server has this log.
    DataFolder data_;
    FailureLines failure_lines_;
    Channels channels_;
    api::http::EventLoops loops_;
    std::unique_ptr<runtime::Runtime> runtime_;
    std::unique_ptr<Eraser> eraser_;
    api::Services services_;
    std::shared_ptr<api::http::TlsContext> tls_;
    Gauge certificate_end_;
    std::shared_ptr<const Access> access_;  // replaced while requests are admitted
    std::unique_ptr<api::http::Server> server_;
    std::atomic<bool> draining_{false};
    std::mutex publish_mutex_;
    std::vector<std::thread> publishers_;
};

Status Process::start() {
    if (options_.open && !loopback(options_.listen)) {
        return Error{
            Error::Kind::InvalidInput,
            "cannot serve " + options_.listen +
                " without keys: --open is for loopback addresses only"};
    }
    auto program = compile_workspace(options_.workspace);
    if (!program) {
        return program.error();
    }
    if (Status loaded = load_certificate(); !loaded) {
        return loaded;
    }
    metrics_.add_process_metrics();
    metrics_.info("attune_build", "The version of this server", {{"version", ATTUNE_VERSION}});
    if (Status opened = open_data(); !opened) {
        return opened;
    }
    if (Status opened = open_channels(*program.value()); !opened) {
        return opened;
    }
    if (Status started = start_runtime(program.value()); !started) {
        return started;
    }
    return start_server(*program.value());
}

Status Process::load_certificate() {
    if (options_.tls.certificate.empty()) {
        return Done{};
    }
    Result<std::shared_ptr<api::http::TlsContext>> loaded =
        api::http::TlsContext::load(options_.tls);
    if (!loaded) {
        return loaded.error();
    }
    tls_ = std::move(loaded).value();
    certificate_end_ = metrics_.gauge(
        {.name = "attune_tls_certificate_not_after_timestamp",
         .help = "When the server's certificate ends, since 1970",
         .unit = MetricUnit::Seconds}
    );
    certificate_end_.set(
        std::chrono::nanoseconds(std::chrono::milliseconds(tls_->not_after().ms())).count()
    );
    return Done{};
}

Status Process::reload_certificate() {
    if (tls_ == nullptr) {
        return Done{};
    }
    Status reloaded = tls_->reload();
    certificate_end_.set(
        std::chrono::nanoseconds(std::chrono::milliseconds(tls_->not_after().ms())).count()
    );
    return reloaded;
}

Status Process::open_data() {
    if (options_.data.empty()) {
        data_.programs = std::make_unique<runtime::Programs>();
        data_.log = std::make_unique<MemoryLog>();
        data_.store = std::make_unique<MemoryStore>();
        Result<ErasureRecord> erasures = ErasureRecord::open(files::posix(), "");
        data_.erasures = std::move(erasures).value();
        return Done{};
    }
    if (Status opened = open_replication(); !opened) {
        return opened;
    }
    DataFolderOptions data;
    data.folder = options_.data;
    data.files = &files::posix();
    data.store.free_bytes_min = 4 * options_.disk_reserve_bytes;
    segments::LogOptions& log = data.log;
    log.segment_bytes = options_.log_segment_bytes;
    log.packing = options_.log_packing;
    log.buffer_bytes = std::min(log.buffer_bytes, log.segment_bytes / 4);
    log.batch_bytes_max = std::min(log.batch_bytes_max, log.buffer_bytes);
    log.free_bytes_min = options_.disk_reserve_bytes;
    log.sync =
        options_.sync ? segments::LogOptions::Sync::Always : segments::LogOptions::Sync::Never;
    Result<DataFolder> opened = open_data_folder(std::move(data));
    if (!opened) {
        return opened.error();
    }
    data_ = std::move(opened).value();
    return replication_ ? replication_->open(*data_.log, *data_.programs) : Status(Done{});
}

Status Process::open_replication() {
    const Result<bool> wanted = Replication::wanted(options_.replication, options_.data);
    if (!wanted || !wanted.value()) {
        return wanted ? Status(Done{}) : Status(wanted.error());
    }
    Result<std::unique_ptr<Replication>> replication =
        Replication::create(options_.replication, options_.data, metrics_);
    if (!replication) {
        return replication.error();
    }
    replication_ = std::move(replication).value();
    return Done{};
}

Status Process::open_channels(const program::Program& program) {
    Result<Channels> channels =
        Channels::create(program.workspace, {options_.smtp, options_.webhook_networks}, clock_);
    if (!channels) {
        return channels.error();
    }
    channels_ = std::move(channels).value();
    return Done{};
}

Status Process::start_runtime(std::shared_ptr<const program::Program> program) {
    runtime::Runtime::Options options;
    options.commons.log = data_.log.get();
    options.commons.clock = &clock_;
    options.commons.programs = data_.programs.get();
    options.commons.email = channels_.email.get();
    options.commons.webhook = channels_.webhook.get();
    options.commons.email_from = channels_.email_from;
    options.commons.delivery_failed = [this](const runtime::DeliveryFailure& failure) {
        failure_lines_.print(failure);
    };
    options.store = data_.store.get();
    options.metrics = &metrics_;
    options.progress = options_.progress;
    options.retention = options_.retention;
    options.kept = options_.kept;
    if (options_.keep_for_backup) {
        options.copied_to = [data = options_.data] { return backed_up_to(files::posix(), data); };
    }
    if (replication_) {
        options.commons.authority = &replication_->authority();
        options.following = replication_->following();
        options.standby_needs = [this] { return replication_->needed_from(); };
    }
    for (std::size_t i = 0; i < loops_.size(); ++i) {
        options.loops.push_back(&loops_.at(i));
    }
    Result<std::unique_ptr<runtime::Runtime>> runtime =
        runtime::Runtime::create(std::move(options), std::move(program));
    if (!runtime) {
        return runtime.error();
    }
    runtime_ = std::move(runtime).value();
    eraser_ = std::make_unique<Eraser>(
        Eraser::Options{
            .runtime = runtime_.get(),
            .store = data_.store.get(),
            .clock = &clock_,
            .retry_after = Duration(2'000),
            .following = [this] { return replication_ && replication_->following(); }},
        std::move(*data_.erasures)
    );
    if (replication_) {
        replication_->attach(*runtime_, *eraser_);
    }
    return Done{};
}

Status Process::start_server(const program::Program& program) {
    services_.runtime = runtime_.get();
    services_.clock = &clock_;
    services_.metrics = &metrics_;
    services_.erasures = eraser_.get();
    services_.publish = [this](api::Responder responder) { publish_for(std::move(responder)); };
    services_.ready = [this](std::string& reason) {
        reason = draining_ ? "the server is draining" : "";
        return !draining_ && (!replication_ || replication_->ready(reason));
    };
    auto router = std::make_shared<api::Router>();
    api::add_ingest_routes(*router, services_);
    api::add_decide_routes(*router, services_);
    api::add_profile_routes(*router, services_);
    api::add_erasure_routes(*router, services_);
    api::add_message_routes(*router, services_);
    api::add_dead_letter_routes(*router, services_);
    api::add_merge_routes(*router, services_);
    api::add_admin_routes(*router, services_);
    if (replication_) {
        replication_->add_routes(*router);
        router->set_stamp([this](api::Response& response) { replication_->stamp(response); });
    }
    if (options_.more_routes) {
        options_.more_routes(*router);
    }
    if (!options_.web.empty()) {
        Result<api::http::StaticFiles> files = api::http::StaticFiles::from_folder(options_.web);
        if (!files) {
            return files.error();
        }
        files.value().add_to(*router, "/");
    }
    if (!options_.open) {
        if (Status loaded = load_access(program.workspace); !loaded) {
            return loaded;
        }
    }
    router->set_admission(
        [this](api::Request& request, const api::Route& route) -> std::optional<api::Response> {
            std::optional<api::Response> refusal =
                options_.open ? std::nullopt : std::atomic_load(&access_)->admit(request, route);
            return refusal || !replication_ ? std::move(refusal)
                                            : replication_->admit(request, route);
        }
    );
    Result<std::unique_ptr<api::http::Server>> server =
        api::http::Server::create({options_.listen, router, &loops_, &metrics_, {}, tls_});
    if (!server) {
        return server.error();
    }
    server_ = std::move(server).value();
    runtime_->start();
    loops_.start();
    eraser_->start();
    return replication_ ? replication_->start() : Status(Done{});
}

Status Process::load_access(const program::Workspace& workspace) {
    if (options_.open) {
        return Done{};
    }
    Result<Access> access = Access::create(
        {.server_key = options_.server_key,
         .user_keys = options_.user_keys,
         .token_rules = options_.token_rules,
         .clock = &clock_,
         .metrics = &metrics_},
        workspace
    );
    if (!access) {
        return access.error();
    }
    std::atomic_store(
        &access_, std::shared_ptr<const Access>(std::make_shared<Access>(std::move(access).value()))
    );
    return Done{};
}

Status Process::publish() {
    if (replication_) {
        if (Status may_append = replication_->authority().may_append(); !may_append) {
            return may_append;
        }
    }
    return unless_out_of_memory("publish the workspace", [this]() -> Status {
        auto program = compile_workspace(options_.workspace);
        if (!program) {
            return program.error();
        }
        // Keys first: a program whose keys cannot be read is refused as a whole.
        if (Status loaded = load_access(program.value()->workspace); !loaded) {
            return loaded;
        }
        return runtime_->publish(std::move(program).value());
    });
}

void Process::publish_for(api::Responder responder) {
    const std::lock_guard lock(publish_mutex_);
    if (draining_) {
        responder.send(api::Problem{503, "draining", "cannot publish: the server is draining", ""});
        return;
    }
    publishers_.emplace_back([this, held = std::make_shared<api::Responder>(std::move(responder))] {
        const auto program = unless_out_of_memory("publish the workspace", [this] {
            return compile_workspace(options_.workspace);
        });
        if (!program) {
            const bool refused = program.error().kind != Error::Kind::LimitExceeded;
            held->send(api::Problem{
                refused ? 422U : 503U,
                refused ? "workspace-refused" : "not-published",
                program.error().message,
                ""});
            return;
        }
        if (const Status loaded = load_access(program.value()->workspace); !loaded) {
            held->send(api::Problem{422, "workspace-refused", loaded.error().message, ""});
            return;
        }
        const std::string body =
            R"({"program":")" + program::hash_text(program.value()->hash) + R"("})";
        const Status published = unless_out_of_memory("publish the workspace", [&] {
            return runtime_->publish(program.value(), [held, body] {
                held->send(api::Response::json(body));
            });
        });
        if (!published) {
            held->send(api::Problem{503, "not-published", published.error().message, ""});
        }
    });
}

void Process::stop() {
    draining_ = true;
    {
        const std::lock_guard lock(publish_mutex_);
        for (std::thread& publisher : publishers_) {
            publisher.join();
        }
        publishers_.clear();
    }
    if (replication_) {
        replication_->stop();
    }
    if (eraser_) {
        eraser_->stop();
    }
    if (server_ && loops_.running()) {
        server_->drain(kDrainGrace);
    }
    if (runtime_ && loops_.running()) {
        runtime_->stop();
        static_cast<void>(runtime_->write_behind());
        static_cast<void>(data_.store->flush());
    }
    channels_ = Channels{};  // Ends open attempts while the loops can still take their outcomes.
    loops_.stop();
    data_.log.reset();  // Its thread tells the workers what is durable, so it ends before they do.
    runtime_.reset();
    server_.reset();
    data_.store.reset();
}

}  // namespace

Result<std::unique_ptr<ServerProcess>> ServerProcess::start(ServeOptions options) {
    return unless_out_of_memory(
        "start the server",
        [&options]() -> Result<std::unique_ptr<ServerProcess>> {
            auto process = std::make_unique<Process>(std::move(options));
            if (Status started = process->start(); !started) {
                return started.error();
            }
            return std::unique_ptr<ServerProcess>(std::move(process));
        }
    );
}

Result<std::shared_ptr<const program::Program>> compile_workspace(const std::string& path) {
    program::Diagnostics diagnostics;
    Result<program::Workspace> workspace = program::load_workspace(path, diagnostics);
    if (!workspace) {
        return workspace.error();
    }
    auto program = program::Program::compile(std::move(workspace).value(), diagnostics);
    if (!program) {
        return Error{
            Error::Kind::InvalidInput,
            "cannot use workspace \"" + path + "\":\n" +
                diagnostics.render({.colours = false, .source = true})};
    }
    return program;
}

}  // namespace attune::host
