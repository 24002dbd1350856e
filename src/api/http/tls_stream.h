#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include <boost/asio/ip/tcp.hpp>

#include "api/http/edge_metrics.h"
#include "api/http/limits.h"
#include "api/http/stream.h"
#include "api/http/tcp_stream.h"
#include "base/loop.h"

struct ssl_st;
struct ssl_ctx_st;

namespace attune::api::http {

/// A connection through TLS over TCP, the server's side. The first wait for something to read does
/// the handshake, within handshake_time_max; one that fails looks like the end of the connection,
/// and is counted in attune_http_refused_total. Who speaks HTTP in clear is told so.
class TlsStream final : public Stream {
public:
    struct Options {
        std::shared_ptr<ssl_ctx_st> context;
        std::shared_ptr<ReadBuffer> buffer;
        Loop* loop;
        const EdgeMetrics* metrics;
        Duration handshake_time_max;
    };

    TlsStream(boost::asio::ip::tcp::socket socket, Options options);
    TlsStream(const TlsStream&) = delete;
    TlsStream& operator=(const TlsStream&) = delete;
    TlsStream(TlsStream&&) = delete;
    TlsStream& operator=(TlsStream&&) = delete;
    ~TlsStream() override;

    void await_read(std::shared_ptr<Peer> peer) override;
    [[nodiscard]] std::optional<std::size_t> write(std::span<const std::string_view> parts
    ) override;
    void await_writable(std::shared_ptr<Peer> peer) override;
    void end_writing() override;
    void close() override;
    [[nodiscard]] bool secure() const override { return true; }

private:
    enum class State : std::uint8_t { New, ShakingHands, Open, Broken };
    enum class Turn : std::uint8_t { Read, Write };

    void continue_when(Turn turn, std::shared_ptr<Peer> peer);
    void go_on(const std::shared_ptr<Peer>& peer);
    void shake_hands(const std::shared_ptr<Peer>& peer);
    void read(const std::shared_ptr<Peer>& peer);
    void begin_patience(const std::shared_ptr<Peer>& peer);
    void on_failed_handshake(const std::shared_ptr<Peer>& peer);
    void give_up(std::string_view reason, const std::shared_ptr<Peer>& peer);

    boost::asio::ip::tcp::socket socket_;
    Options options_;
    std::unique_ptr<ssl_st, void (*)(ssl_st*)> tls_;
    State state_ = State::New;
    TimerId patience_ = TimerId::None;
};

}  // namespace attune::api::http
