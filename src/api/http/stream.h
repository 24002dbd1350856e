#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

namespace attune::api::http {

/// The bytes of one connection, in clear: TCP, or TLS over it. Used on its loop's thread only. It
/// tells when there is something to read or room to write, and holds no buffer while there is not.
class Stream {
public:
    /// What waits for the stream.
    class Peer {
    public:
        Peer() = default;
        Peer(const Peer&) = delete;
        Peer& operator=(const Peer&) = delete;
        Peer(Peer&&) = delete;
        Peer& operator=(Peer&&) = delete;
        virtual ~Peer() = default;

        /// `bytes` are good during the call only; none mean that there will be no more.
        virtual void on_read(std::string_view bytes) = 0;
        virtual void on_writable() = 0;
    };

    Stream() = default;
    Stream(const Stream&) = delete;
    Stream& operator=(const Stream&) = delete;
    Stream(Stream&&) = delete;
    Stream& operator=(Stream&&) = delete;
    virtual ~Stream() = default;

    /// Calls on_read() once, later; one wait at a time. Keeps `peer` alive until then.
    virtual void await_read(std::shared_ptr<Peer> peer) = 0;

    /// Writes what can be written at once and returns how much that was; nothing when the
    /// connection is broken.
    [[nodiscard]] virtual std::optional<std::size_t> write(std::span<const std::string_view> parts
    ) = 0;

    /// Calls on_writable() once, later, when write() may take more.
    virtual void await_writable(std::shared_ptr<Peer> peer) = 0;

    /// Tells the other end that nothing more will come.
    virtual void end_writing() = 0;

    /// Ends the connection; waits end without a call.
    virtual void close() = 0;

    /// Whether nobody on the way can read along.
    [[nodiscard]] virtual bool secure() const = 0;
};

}  // namespace attune::api::http
