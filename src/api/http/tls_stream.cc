#include "api/http/tls_stream.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <string>
#include <utility>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include "base/assert.h"

namespace attune::api::http {

namespace {

using boost::asio::ip::tcp;
using boost::system::error_code;

constexpr std::size_t kRecordBytes = std::size_t{16} * 1024;  // the most that one record holds

/// What a client that speaks HTTP in clear is told, which it can read.
std::string refusal_in_clear() {
    const std::string body = R"({"type":"plain-http","title":"Bad Request","status":400,)"
                             R"("detail":"cannot answer: this port speaks https, not http"})";
    return "HTTP/1.1 400 Bad Request\r\nContent-Type: application/problem+json\r\n"
           "Connection: close\r\nContent-Length: " +
           std::to_string(body.size()) + "\r\n\r\n" + body;
}

int handle_of(BIO* bio) {
    return static_cast<tcp::socket*>(BIO_get_data(bio))->native_handle();
}

// OpenSSL's own BIO for sockets would raise SIGPIPE on a connection that has gone.

int bio_read(BIO* bio, char* into, int bytes) {
    BIO_clear_retry_flags(bio);
    const ssize_t count =
        ::recv(handle_of(bio), into, static_cast<std::size_t>(bytes), MSG_DONTWAIT);
    if (count < 0 && would_block(errno)) {
        BIO_set_retry_read(bio);
    }
    return static_cast<int>(count);
}

int bio_write(BIO* bio, const char* from, int bytes) {
    BIO_clear_retry_flags(bio);
    const ssize_t count =
        ::send(handle_of(bio), from, static_cast<std::size_t>(bytes), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (count < 0 && would_block(errno)) {
        BIO_set_retry_write(bio);
    }
    return static_cast<int>(count);
}

long bio_control(BIO* /*bio*/, int command, long /*number*/, void* /*pointer*/) {
    return command == BIO_CTRL_FLUSH ? 1 : 0;
}

const BIO_METHOD* socket_method() {
    static const BIO_METHOD* const method = [] {
        BIO_METHOD* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "attune");
        ATTUNE_ASSERT(made != nullptr);
        BIO_meth_set_read(made, bio_read);
        BIO_meth_set_write(made, bio_write);
        BIO_meth_set_ctrl(made, bio_control);
        return made;
    }();
    return method;
}

/// The bytes to write next, put together in `room` unless the first part is large by itself. When
/// a write is tried again they begin with those of the time before, as OpenSSL demands.
std::string_view next_bytes(
    std::span<const std::string_view> parts, std::size_t skip, std::span<char> room
) {
    std::size_t at = 0;
    while (at < parts.size() && skip >= parts[at].size()) {
        skip -= parts[at++].size();
    }
    if (at == parts.size()) {
        return {};
    }
    std::string_view part = parts[at].substr(skip);
    if (part.size() >= room.size()) {
        return part.substr(0, room.size());
    }
    std::size_t filled = 0;
    while (true) {
        const std::size_t taken = std::min(part.size(), room.size() - filled);
        std::copy_n(part.data(), taken, room.data() + filled);
        filled += taken;
        if (filled == room.size() || ++at == parts.size()) {
            return {room.data(), filled};
        }
        part = parts[at];
    }
}

}  // namespace

TlsStream::TlsStream(tcp::socket socket, Options options)
    : socket_(std::move(socket)),
      options_(std::move(options)),
      tls_(SSL_new(options_.context.get()), SSL_free) {
    prepare_socket(socket_);
    BIO* bio = BIO_new(socket_method());
    if (tls_ == nullptr || bio == nullptr) {
        BIO_free(bio);
        state_ = State::Broken;
        return;
    }
    BIO_set_data(bio, &socket_);
    BIO_set_init(bio, 1);
    SSL_set_bio(tls_.get(), bio, bio);
    SSL_set_accept_state(tls_.get());
}

TlsStream::~TlsStream() {
    if (patience_ != TimerId::None) {
        options_.loop->cancel(patience_);
    }
}

void TlsStream::await_read(std::shared_ptr<Peer> peer) {
    if (state_ == State::New) {
        state_ = State::ShakingHands;
        begin_patience(peer);
    }
    // What OpenSSL has read already will not make the socket readable again.
    if (state_ == State::Broken || SSL_has_pending(tls_.get()) == 1) {
        options_.loop->post([this, peer = std::move(peer)] {
            if (socket_.is_open()) {
                go_on(peer);
            }
        });
        return;
    }
    continue_when(Turn::Read, std::move(peer));
}

void TlsStream::continue_when(Turn turn, std::shared_ptr<Peer> peer) {
    socket_.async_wait(
        turn == Turn::Read ? tcp::socket::wait_read : tcp::socket::wait_write,
        [this, peer = std::move(peer)](const error_code& error) {
            if (!error && socket_.is_open()) {
                go_on(peer);
            }
        }
    );
}

void TlsStream::go_on(const std::shared_ptr<Peer>& peer) {
    ERR_clear_error();
    switch (state_) {
    case State::New:
    case State::ShakingHands:
        shake_hands(peer);
        break;
    case State::Open:
        read(peer);
        break;
    case State::Broken:
        peer->on_read({});
        break;
    }
}

void TlsStream::begin_patience(const std::shared_ptr<Peer>& peer) {
    // The peer owns the stream: while it lives, so does the stream.
    patience_ =
        options_.loop->after(options_.handshake_time_max, [this, weak = std::weak_ptr<Peer>(peer)] {
            if (const std::shared_ptr<Peer> waiting = weak.lock()) {
                patience_ = TimerId::None;
                give_up("handshake_time", waiting);
            }
        });
}

void TlsStream::shake_hands(const std::shared_ptr<Peer>& peer) {
    const int done = SSL_do_handshake(tls_.get());
    if (done == 1) {
        options_.loop->cancel(std::exchange(patience_, TimerId::None));
        state_ = State::Open;
        options_.metrics->handshakes
            .with({SSL_get_version(tls_.get()), SSL_session_reused(tls_.get()) == 1 ? "yes" : "no"})
            .add();
        read(peer);
        return;
    }
    switch (SSL_get_error(tls_.get(), done)) {
    case SSL_ERROR_WANT_READ:
        continue_when(Turn::Read, peer);
        break;
    case SSL_ERROR_WANT_WRITE:
        continue_when(Turn::Write, peer);
        break;
    default:
        on_failed_handshake(peer);
    }
}

void TlsStream::on_failed_handshake(const std::shared_ptr<Peer>& peer) {
    const int reason = ERR_GET_REASON(ERR_peek_error());
    if (reason == SSL_R_HTTP_REQUEST) {
        const std::string answer = refusal_in_clear();
        const int flags = MSG_NOSIGNAL | MSG_DONTWAIT;
        (void)::send(socket_.native_handle(), answer.data(), answer.size(), flags);
        give_up("plain_http", peer);
    } else {
        give_up("handshake", peer);
    }
}

void TlsStream::give_up(std::string_view reason, const std::shared_ptr<Peer>& peer) {
    if (patience_ != TimerId::None) {
        options_.loop->cancel(std::exchange(patience_, TimerId::None));
    }
    ERR_clear_error();
    state_ = State::Broken;
    options_.metrics->count_refusal(reason);
    peer->on_read({});
}

void TlsStream::read(const std::shared_ptr<Peer>& peer) {
    std::vector<char>& buffer = *options_.buffer;
    std::size_t filled = 0;
    int error = SSL_ERROR_NONE;
    while (error == SSL_ERROR_NONE && filled < buffer.size()) {
        std::size_t count = 0;
        const int done =
            SSL_read_ex(tls_.get(), buffer.data() + filled, buffer.size() - filled, &count);
        filled += count;
        error = done == 1 ? SSL_ERROR_NONE : SSL_get_error(tls_.get(), done);
    }
    if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) {
        if (filled == 0) {
            continue_when(error == SSL_ERROR_WANT_READ ? Turn::Read : Turn::Write, peer);
            return;
        }
    } else if (error != SSL_ERROR_NONE && error != SSL_ERROR_ZERO_RETURN) {
        state_ = State::Broken;
    }
    ERR_clear_error();
    peer->on_read({buffer.data(), filled});
}

std::optional<std::size_t> TlsStream::write(std::span<const std::string_view> parts) {
    if (state_ != State::Open) {
        return std::nullopt;
    }
    ERR_clear_error();
    // Left as it is: it is filled before it is read, and this runs for every answer.
    std::array<char, kRecordBytes> room;  // NOLINT(cppcoreguidelines-pro-type-member-init)
    std::size_t written = 0;
    while (true) {
        const std::string_view bytes = next_bytes(parts, written, room);
        if (bytes.empty()) {
            return written;
        }
        std::size_t count = 0;
        const int done = SSL_write_ex(tls_.get(), bytes.data(), bytes.size(), &count);
        if (done == 1) {
            written += count;
            continue;
        }
        const int error = SSL_get_error(tls_.get(), done);
        if (error == SSL_ERROR_WANT_WRITE || error == SSL_ERROR_WANT_READ) {
            return written;
        }
        state_ = State::Broken;
        ERR_clear_error();
        return std::nullopt;
    }
}

void TlsStream::await_writable(std::shared_ptr<Peer> peer) {
    socket_.async_wait(
        tcp::socket::wait_write,
        [this, peer = std::move(peer)](const error_code& error) {
            if (!error && socket_.is_open()) {
                peer->on_writable();
            }
        }
    );
}

void TlsStream::end_writing() {
    if (state_ == State::Open) {
        ERR_clear_error();
        (void)SSL_shutdown(tls_.get());  // says that no more will come; nobody waits for the answer
        ERR_clear_error();
    }
    error_code ignored;  // the other end may be gone already
    socket_.shutdown(tcp::socket::shutdown_send, ignored);
}

void TlsStream::close() {
    error_code ignored;
    socket_.close(ignored);
}

}  // namespace attune::api::http
