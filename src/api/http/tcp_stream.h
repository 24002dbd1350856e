#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include <boost/asio/ip/tcp.hpp>

#include "api/http/stream.h"

namespace attune::api::http {

/// Where the connections of one loop read into, one at a time: an idle connection needs no buffer.
using ReadBuffer = std::vector<char>;

/// Makes a socket answer at once, with what it has.
void prepare_socket(boost::asio::ip::tcp::socket& socket);

/// Whether a call on a socket failed only because it would have had to wait.
[[nodiscard]] bool would_block(int error);

/// A connection in clear over TCP.
class TcpStream final : public Stream {
public:
    TcpStream(boost::asio::ip::tcp::socket socket, std::shared_ptr<ReadBuffer> buffer);

    void await_read(std::shared_ptr<Peer> peer) override;
    [[nodiscard]] std::optional<std::size_t> write(std::span<const std::string_view> parts
    ) override;
    void await_writable(std::shared_ptr<Peer> peer) override;
    void end_writing() override;
    void close() override;
    [[nodiscard]] bool secure() const override { return false; }

private:
    void read(std::shared_ptr<Peer> peer);

    boost::asio::ip::tcp::socket socket_;
    std::shared_ptr<ReadBuffer> buffer_;
};

}  // namespace attune::api::http
