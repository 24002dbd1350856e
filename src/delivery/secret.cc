#include "delivery/secret.h"

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace attune::delivery {

namespace {

constexpr std::size_t kSecretFileBytesMax = std::size_t{64} * 1024;

Error refused(Error::Kind kind, std::string_view source, const std::string& why) {
    return {kind, "cannot read secret \"" + std::string(source) + "\": " + why};
}

Result<Secret> from_environment(std::string_view source, const std::string& name) {
    const char* value = std::getenv(name.c_str());
    if (value == nullptr || *value == '\0') {
        return refused(
            Error::Kind::NotFound, source, "the environment has no such variable, or an empty one"
        );
    }
    return Secret(value);
}

/// Reads an open file; -1 bytes and errno as read(2) leaves them.
Result<Secret> read_open_file(std::string_view source, int file) {
    struct stat status {};
    if (fstat(file, &status) != 0 || !S_ISREG(status.st_mode)) {
        return refused(Error::Kind::InvalidInput, source, "it is no regular file");
    }
    if ((status.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
        return refused(
            Error::Kind::InvalidInput, source, "others than its owner may use it; chmod 0400"
        );
    }
    std::string value;
    std::array<char, 4096> chunk{};
    for (;;) {
        const ssize_t count = read(file, chunk.data(), chunk.size());
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count < 0) {
            return refused(Error::Kind::Unavailable, source, std::strerror(errno));
        }
        if (count == 0) {
            break;
        }
        value.append(chunk.data(), static_cast<std::size_t>(count));
        if (value.size() > kSecretFileBytesMax) {
            return refused(Error::Kind::LimitExceeded, source, "it is larger than 64 KiB");
        }
    }
    if (!value.empty() && value.back() == '\n') {
        value.pop_back();
    }
    if (value.empty()) {
        return refused(Error::Kind::InvalidInput, source, "it is empty");
    }
    return Secret(std::move(value));
}

Result<Secret> from_file(std::string_view source, const std::string& path) {
    const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file < 0) {
        return refused(
            errno == ENOENT ? Error::Kind::NotFound : Error::Kind::Unavailable,
            source,
            std::strerror(errno)
        );
    }
    Result<Secret> secret = read_open_file(source, file);
    close(file);
    return secret;
}

}  // namespace

Secret::~Secret() {
    explicit_bzero(value_.data(), value_.size());
}

Result<Secret> Secret::load(std::string_view source) {
    constexpr std::string_view kEnvironment = "env:";
    constexpr std::string_view kFile = "file:";
    if (source.substr(0, kEnvironment.size()) == kEnvironment) {
        return from_environment(source, std::string(source.substr(kEnvironment.size())));
    }
    if (source.substr(0, kFile.size()) == kFile) {
        return from_file(source, std::string(source.substr(kFile.size())));
    }
    // The text itself may be the secret: it must not come out again in an error.
    return Error{
        Error::Kind::InvalidInput,
        "cannot read a secret: name where it is kept, as env:NAME or file:PATH"};
}

}  // namespace attune::delivery
