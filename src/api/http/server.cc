#include "api/http/server.h"

#include <charconv>
#include <future>
#include <map>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include <boost/asio/ip/tcp.hpp>

#include "api/http/connection.h"
#include "api/http/event_loop.h"
#include "api/http/tcp_stream.h"
#include "api/http/tls_stream.h"
#include "api/http/worker.h"
#include "base/assert.h"

namespace attune::api::http {

namespace {

using boost::asio::ip::tcp;
using boost::system::error_code;

constexpr std::size_t kReadBufferBytes = std::size_t{64} * 1024;
constexpr int kBacklog = 4096;
constexpr Duration kAcceptPause = 50ms;  // when the process is out of files

/// How many connections there are, in all and by address. Asked when connections come and go, from
/// every loop.
class ConnectionCounts {
public:
    explicit ConnectionCounts(const Limits& limits) : limits_(limits) {}

    /// Counts one more, or says which limit keeps it out.
    std::optional<std::string_view> enter(const std::string& address) {
        const std::lock_guard lock(mutex_);
        if (total_ >= limits_.connections_max) {
            return "connections";
        }
        std::size_t& here = by_address_[address];
        if (here >= limits_.connections_per_address_max) {
            return "connections_per_address";
        }
        ++here;
        ++total_;
        return std::nullopt;
    }

    void leave(const std::string& address) {
        const std::lock_guard lock(mutex_);
        const auto here = by_address_.find(address);
        ATTUNE_ASSERT(here != by_address_.end());
        --total_;
        if (--here->second == 0) {
            by_address_.erase(here);
        }
    }

private:
    const Limits limits_;
    std::mutex mutex_;
    std::size_t total_ = 0;
    std::map<std::string, std::size_t> by_address_;
};

/// One loop's share of the server.
struct Seat {
    EventLoop* loop;
    std::shared_ptr<Worker> worker;
    std::shared_ptr<ReadBuffer> buffer;
};

/// Takes connections on the first loop and deals them out in turn, so that each loop has the same
/// number of them; the kernel's own dealing (SO_REUSEPORT) is by hash, and uneven when they are
/// few.
class Acceptor final : public std::enable_shared_from_this<Acceptor> {
public:
    Acceptor(
        tcp::acceptor acceptor,
        std::vector<Seat> seats,
        std::shared_ptr<TlsContext> tls,
        const Limits& limits
    )
        : acceptor_(std::move(acceptor)),
          seats_(std::move(seats)),
          tls_(std::move(tls)),
          counts_(std::make_shared<ConnectionCounts>(limits)) {}

    void accept() {
        Seat& seat = seats_[next_];
        next_ = (next_ + 1) % seats_.size();
        acceptor_.async_accept(
            seat.loop->context(),
            [self = shared_from_this(), &seat](const error_code& error, tcp::socket socket) {
                self->on_accepted(error, std::move(socket), seat);
            }
        );
    }

    void close() {
        error_code ignored;
        acceptor_.close(ignored);
    }

private:
    void on_accepted(const error_code& error, tcp::socket socket, Seat& seat) {
        if (!acceptor_.is_open()) {
            return;
        }
        if (error) {
            // Out of files, most often: trying again at once would only burn the processor.
            seats_.front().loop->after(kAcceptPause, [self = shared_from_this()] {
                if (self->acceptor_.is_open()) {
                    self->accept();
                }
            });
            return;
        }
        admit(std::move(socket), seat);
        accept();
    }

    void admit(tcp::socket socket, Seat& seat) {
        error_code error;
        const tcp::endpoint remote = socket.remote_endpoint(error);
        if (error) {
            return;  // it has gone already
        }
        const std::string address = remote.address().to_string();
        if (const auto limit = counts_->enter(address)) {
            seat.worker->metrics().count_refusal(*limit);
            return;
        }
        auto connection = std::make_shared<Connection>(
            seat.worker,
            make_stream(std::move(socket), seat),
            address,
            [counts = counts_, address] { counts->leave(address); }
        );
        seat.loop->run([worker = seat.worker, connection = std::move(connection)]() mutable {
            worker->add(connection);
            connection->start();
            if (worker->draining()) {
                connection->drain();
            }
        });
    }

    std::unique_ptr<Stream> make_stream(tcp::socket socket, const Seat& seat) const {
        if (tls_ == nullptr) {
            return std::make_unique<TcpStream>(std::move(socket), seat.buffer);
        }
        return std::make_unique<TlsStream>(
            std::move(socket),
            TlsStream::Options{
                .context = tls_->current(),
                .buffer = seat.buffer,
                .loop = seat.loop,
                .metrics = &seat.worker->metrics(),
                .handshake_time_max = seat.worker->limits().handshake_time_max}
        );
    }

    tcp::acceptor acceptor_;
    std::vector<Seat> seats_;
    std::shared_ptr<TlsContext> tls_;
    std::shared_ptr<ConnectionCounts> counts_;
    std::size_t next_ = 0;
};

Error cannot_listen(const std::string& on, Error::Kind kind, const std::string& why) {
    return {kind, "cannot listen on " + on + ": " + why};
}

Result<tcp::endpoint> parse_endpoint(const std::string& text) {
    const std::size_t colon = text.rfind(':');
    std::uint16_t port = 0;
    bool sound = colon != std::string::npos;
    if (sound) {
        const char* end = text.data() + text.size();
        const auto [stop, error] = std::from_chars(text.data() + colon + 1, end, port);
        sound = error == std::errc{} && stop == end;
    }
    if (!sound) {
        return cannot_listen(
            text, Error::Kind::InvalidInput, "it is not of the form address:port, as 127.0.0.1:8080"
        );
    }
    std::string host = text.substr(0, colon);
    if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
        host = host.substr(1, host.size() - 2);
    }
    host = host == "localhost" ? "127.0.0.1" : host;
    error_code error;
    const auto address = boost::asio::ip::make_address(host, error);
    if (error) {
        return cannot_listen(
            text, Error::Kind::InvalidInput, "\"" + host + "\" is not an IP address"
        );
    }
    return tcp::endpoint(address, port);
}

Result<tcp::acceptor> listen(EventLoop& loop, const std::string& on) {
    const Result<tcp::endpoint> endpoint = parse_endpoint(on);
    if (!endpoint) {
        return endpoint.error();
    }
    tcp::acceptor acceptor(loop.context());
    error_code error;
    acceptor.open(endpoint.value().protocol(), error);
    if (!error) {
        acceptor.set_option(tcp::acceptor::reuse_address(true), error);
    }
    if (!error) {
        acceptor.bind(endpoint.value(), error);
    }
    if (!error) {
        acceptor.listen(kBacklog, error);
    }
    if (error) {
        const bool in_use = error == boost::asio::error::address_in_use;
        return cannot_listen(
            on,
            in_use ? Error::Kind::Conflict : Error::Kind::InvalidInput,
            in_use ? "another process listens there already" : error.message()
        );
    }
    return acceptor;
}

std::string to_text(const tcp::endpoint& endpoint) {
    const std::string host = endpoint.address().to_string();
    return (endpoint.address().is_v6() ? "[" + host + "]" : host) + ":" +
           std::to_string(endpoint.port());
}

class HttpServer final : public Server {
public:
    HttpServer(EventLoops& loops, std::vector<Seat> seats, std::shared_ptr<Acceptor> acceptor)
        : loops_(&loops), seats_(std::move(seats)), acceptor_(std::move(acceptor)) {}

    HttpServer(const HttpServer&) = delete;
    HttpServer& operator=(const HttpServer&) = delete;
    HttpServer(HttpServer&&) = delete;
    HttpServer& operator=(HttpServer&&) = delete;

    ~HttpServer() override {
        if (!loops_->running()) {
            acceptor_->close();
            for (const Seat& seat : seats_) {
                (void)seat.worker->close_all();
            }
        } else if (!drained_) {
            (void)drain(Duration(0));
        }
    }

    void listening(const tcp::endpoint& endpoint) {
        address_ = to_text(endpoint);
        port_ = endpoint.port();
        seats_.front().loop->post([acceptor = acceptor_] { acceptor->accept(); });
    }

    [[nodiscard]] const std::string& address() const override { return address_; }
    [[nodiscard]] std::uint16_t port() const override { return port_; }

    std::size_t drain(Duration grace) override {
        ATTUNE_ASSERT(!drained_ && loops_->running());
        drained_ = true;
        on(*seats_.front().loop, [this] { acceptor_->close(); });
        std::vector<std::future<void>> ends;
        for (const Seat& seat : seats_) {
            // Shared with the task, which may run long after the deadline, when the last connection
            // goes.
            auto gone = std::make_shared<std::promise<void>>();
            ends.push_back(gone->get_future());
            seat.loop->post([worker = seat.worker, gone] {
                worker->drain([gone] { gone->set_value(); });
            });
        }
        const auto deadline = std::chrono::steady_clock::now() + grace;
        std::size_t cut = 0;
        for (std::size_t i = 0; i < ends.size(); ++i) {
            if (ends[i].wait_until(deadline) == std::future_status::timeout) {
                on(*seats_[i].loop, [&, this] { cut += seats_[i].worker->close_all(); });
            }
        }
        return cut;
    }

private:
    static void on(Loop& loop, Task task) {
        std::promise<void> done;
        loop.post([&] {
            task();
            done.set_value();
        });
        done.get_future().wait();
    }

    EventLoops* loops_;
    std::vector<Seat> seats_;
    std::shared_ptr<Acceptor> acceptor_;
    std::string address_;
    std::uint16_t port_ = 0;
    bool drained_ = false;
};

}  // namespace

Result<std::unique_ptr<Server>> Server::create(ServerOptions options) {
    ATTUNE_ASSERT(options.router && options.loops != nullptr && options.metrics != nullptr);
    EventLoops& loops = *options.loops;
    Result<tcp::acceptor> acceptor = listen(loops.event_loop(0), options.listen);
    if (!acceptor) {
        return acceptor.error();
    }
    const tcp::endpoint endpoint = acceptor.value().local_endpoint();
    const auto metrics = std::make_shared<const EdgeMetrics>(*options.metrics);
    std::vector<Seat> seats;
    for (std::size_t i = 0; i < loops.size(); ++i) {
        EventLoop& loop = loops.event_loop(i);
        auto worker = std::make_shared<Worker>(Worker::Options{
            .loop = &loop,
            .router = options.router,
            .metrics = metrics,
            .limits = options.limits,
            .body_bytes_max = options.limits.bodies_bytes_max / loops.size(),
        });
        seats.push_back({&loop, std::move(worker), std::make_shared<ReadBuffer>(kReadBufferBytes)});
    }
    auto taking = std::make_shared<Acceptor>(
        std::move(acceptor).value(), seats, std::move(options.tls), options.limits
    );
    auto server = std::make_unique<HttpServer>(loops, std::move(seats), std::move(taking));
    server->listening(endpoint);
    return std::unique_ptr<Server>(std::move(server));
}

}  // namespace attune::api::http
