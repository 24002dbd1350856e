#pragma once

#include <array>
#include <cctype>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace attune::api::http::testing {

/// A response as a client sees it; names of fields in lower case.
struct ReceivedResponse {
    int status = 0;  ///< 0 when the connection ended instead.
    std::map<std::string, std::string> headers;
    std::string body;
    std::string head;
};

/// Speaks to a server on this machine byte by byte, so that tests can send what no library would.
/// Waits at most 20 s for an answer.
class TestClient {
public:
    explicit TestClient(std::uint16_t port, int receive_buffer_bytes = 0)
        : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
        if (receive_buffer_bytes > 0) {
            (void)::setsockopt(
                socket_, SOL_SOCKET, SO_RCVBUF, &receive_buffer_bytes, sizeof(receive_buffer_bytes)
            );
        }
        const timeval patience{.tv_sec = 20, .tv_usec = 0};
        (void)::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        connected_ =
            ::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
    }
    TestClient(TestClient&& other) noexcept
        : socket_(std::exchange(other.socket_, -1)),
          connected_(other.connected_),
          received_(std::move(other.received_)) {}
    TestClient(const TestClient&) = delete;
    TestClient& operator=(const TestClient&) = delete;
    TestClient& operator=(TestClient&&) = delete;
    virtual ~TestClient() { close(); }

    [[nodiscard]] bool connected() const { return connected_; }

    void send(std::string_view bytes) const {
        while (!bytes.empty()) {
            const ssize_t count = transmit(bytes);
            if (count <= 0) {
                return;  // the server has hung up, which the answer will show
            }
            bytes.remove_prefix(static_cast<std::size_t>(count));
        }
    }

    void end_writing() const { (void)::shutdown(socket_, SHUT_WR); }

    void close() {
        if (socket_ >= 0) {
            (void)::close(std::exchange(socket_, -1));
        }
    }

    /// The next response; `to_head` says that it answers HEAD and so has no body.
    ReceivedResponse receive(bool to_head = false) {
        ReceivedResponse response;
        std::size_t end = std::string::npos;
        while ((end = received_.find("\r\n\r\n")) == std::string::npos) {
            if (!read_more()) {
                return response;
            }
        }
        response.head = received_.substr(0, end + 2);
        received_.erase(0, end + 4);
        parse_head(response);
        if (to_head || response.status == 204 || response.status == 304 || response.status == 100) {
            return response;
        }
        const auto length = response.headers.find("content-length");
        if (length != response.headers.end()) {
            const std::size_t bytes = std::stoul(length->second);
            while (received_.size() < bytes && read_more()) {
            }
            response.body = received_.substr(0, bytes);
            received_.erase(0, bytes);
        }
        return response;
    }

    /// Bytes up to and including `end`; all that came when the connection ended first.
    std::string receive_until(std::string_view end) {
        std::size_t found = 0;
        while ((found = received_.find(end)) == std::string::npos) {
            if (!read_more()) {
                return std::exchange(received_, {});
            }
        }
        std::string text = received_.substr(0, found + end.size());
        received_.erase(0, text.size());
        return text;
    }

    /// Everything until the server closes the connection.
    std::string receive_all() {
        while (read_more()) {
        }
        return std::exchange(received_, {});
    }

    /// Whether the server has closed the connection without sending more.
    bool closed() { return received_.empty() && !read_more() && received_.empty(); }

    ReceivedResponse ask(std::string_view request) {
        send(request);
        return receive();
    }

protected:
    [[nodiscard]] int socket() const { return socket_; }

    /// As send(2) and recv(2).
    [[nodiscard]] virtual ssize_t transmit(std::string_view bytes) const {
        return ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    }
    [[nodiscard]] virtual ssize_t fetch(std::span<char> into) {
        return ::recv(socket_, into.data(), into.size(), 0);
    }

private:
    bool read_more() {
        std::array<char, std::size_t{16} * 1024> bytes{};
        const ssize_t count = fetch(bytes);
        if (count <= 0) {
            EXPECT_FALSE(count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
                << "the server kept silent";
            return false;
        }
        received_.append(bytes.data(), static_cast<std::size_t>(count));
        return true;
    }

    static void parse_head(ReceivedResponse& response) {
        const std::string& head = response.head;
        response.status = head.size() > 12 ? std::stoi(head.substr(9, 3)) : 0;
        std::size_t begin = head.find("\r\n") + 2;
        while (begin < head.size()) {
            const std::size_t end = head.find("\r\n", begin);
            const std::size_t colon = head.find(": ", begin);
            std::string name = head.substr(begin, colon - begin);
            for (char& c : name) {
                c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
            }
            response.headers[name] = head.substr(colon + 2, end - colon - 2);
            begin = end + 2;
        }
    }

    int socket_;
    bool connected_ = false;
    std::string received_;
};

}  // namespace attune::api::http::testing
