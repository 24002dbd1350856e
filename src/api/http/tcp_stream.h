#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include <boost/asio/ip/tcp.hpp>

#include "api/http/stream.h"

namespace attune::api::http {

/// Where the connections of one loop read into, one at a time: an idle connection needs no buffer.
using ReadBuffer = std::vector<char>;

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

private:
    void read(std::shared_ptr<Peer> peer);

    boost::asio::ip::tcp::socket socket_;
    std::shared_ptr<ReadBuffer> buffer_;
};

}  // namespace attune::api::http
