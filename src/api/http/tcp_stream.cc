#include "api/http/tcp_stream.h"

#include <array>
#include <cerrno>
#include <utility>

#include <sys/socket.h>
#include <sys/uio.h>

#include "base/assert.h"

namespace attune::api::http {

namespace {

using boost::asio::ip::tcp;
using boost::system::error_code;

constexpr std::size_t kPartsMax = 16;

}  // namespace

bool would_block(int error) {
    return error == EAGAIN || error == EWOULDBLOCK || error == EINTR;
}

void prepare_socket(tcp::socket& socket) {
    error_code ignored;  // a socket that refuses these works without
    socket.non_blocking(true, ignored);
    socket.set_option(tcp::no_delay(true), ignored);
}

TcpStream::TcpStream(tcp::socket socket, std::shared_ptr<ReadBuffer> buffer)
    : socket_(std::move(socket)), buffer_(std::move(buffer)) {
    prepare_socket(socket_);
}

void TcpStream::await_read(std::shared_ptr<Peer> peer) {
    socket_.async_wait(
        tcp::socket::wait_read,
        [this, peer = std::move(peer)](const error_code& error) mutable {
            if (!error && socket_.is_open()) {
                read(std::move(peer));
            }
        }
    );
}

void TcpStream::read(std::shared_ptr<Peer> peer) {
    const ssize_t count =
        ::recv(socket_.native_handle(), buffer_->data(), buffer_->size(), MSG_DONTWAIT);
    if (count < 0 && would_block(errno)) {
        await_read(std::move(peer));
        return;
    }
    const std::size_t bytes = count < 0 ? 0 : static_cast<std::size_t>(count);
    peer->on_read({buffer_->data(), bytes});
}

std::optional<std::size_t> TcpStream::write(std::span<const std::string_view> parts) {
    ATTUNE_ASSERT(parts.size() <= kPartsMax);
    // Left as it is: it is filled before it is read, and this runs for every answer.
    std::array<iovec, kPartsMax> pieces;  // NOLINT(cppcoreguidelines-pro-type-member-init)
    for (std::size_t i = 0; i < parts.size(); ++i) {
        // The kernel's interface is older than const.
        pieces[i] = {const_cast<char*>(parts[i].data()), parts[i].size()};
    }
    msghdr message{};
    message.msg_iov = pieces.data();
    message.msg_iovlen = parts.size();
    const ssize_t count = ::sendmsg(socket_.native_handle(), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (count >= 0) {
        return static_cast<std::size_t>(count);
    }
    return would_block(errno) ? std::optional<std::size_t>(0) : std::nullopt;
}

void TcpStream::await_writable(std::shared_ptr<Peer> peer) {
    socket_.async_wait(
        tcp::socket::wait_write,
        [this, peer = std::move(peer)](const error_code& error) {
            if (!error && socket_.is_open()) {
                peer->on_writable();
            }
        }
    );
}

void TcpStream::end_writing() {
    error_code ignored;  // the other end may be gone already
    socket_.shutdown(tcp::socket::shutdown_send, ignored);
}

void TcpStream::close() {
    error_code ignored;
    socket_.close(ignored);
}

}  // namespace attune::api::http
