#include "host/line_file.h"

#include <cerrno>
#include <cstring>
#include <utility>

#include <zlib.h>

namespace attune::host {
namespace {

constexpr unsigned kReadBytes = 256 * 1024;

Error cannot(std::string_view act, const std::string& path, std::string_view why) {
    const auto kind = errno == ENOENT ? Error::Kind::NotFound : Error::Kind::Unavailable;
    return Error{
        kind, std::string("cannot ").append(act) + " \"" + path + "\": " + std::string(why)};
}

std::string_view last_error(gzFile file) {
    int code = Z_OK;
    const char* text = gzerror(file, &code);
    return code == Z_ERRNO ? std::strerror(errno) : text;
}

bool ends_with_gz(std::string_view path) {
    return path.size() > 3 && path.ends_with(".gz");
}

}  // namespace

void GzipClose::operator()(gzFile_s* file) const {
    gzclose(file);
}

LineReader::LineReader(std::string path, GzipFile file)
    : path_(std::move(path)), file_(std::move(file)) {}

Result<LineReader> LineReader::open(const std::string& path) {
    GzipFile file(gzopen(path.c_str(), "rb"));
    if (!file) {
        return cannot("open", path, std::strerror(errno));
    }
    gzbuffer(file.get(), kReadBytes);
    return LineReader(path, std::move(file));
}

Result<bool> LineReader::fill() {
    // What was handed out goes first, so that the buffer holds one line and what was read ahead.
    buffer_.erase(0, begin_);
    scanned_ -= begin_;
    begin_ = 0;
    if (buffer_.size() > kLineBytesMax) {
        return Error{
            Error::Kind::LimitExceeded,
            "cannot read \"" + path_ + "\": a line is longer than " +
                std::to_string(kLineBytesMax) + " bytes"};
    }
    const std::size_t held = buffer_.size();
    buffer_.resize(held + kReadBytes);
    const int read = gzread(file_.get(), buffer_.data() + held, kReadBytes);
    buffer_.resize(held + static_cast<std::size_t>(read > 0 ? read : 0));
    int code = Z_OK;
    gzerror(file_.get(), &code);
    if (read < 0 || code == Z_BUF_ERROR) {
        return cannot("read", path_, read < 0 ? last_error(file_.get()) : "the archive is cut off");
    }
    return read > 0;
}

Result<std::optional<std::string_view>> LineReader::next() {
    std::size_t end = buffer_.find('\n', scanned_);
    while (end == std::string::npos && !ended_) {
        scanned_ = buffer_.size();
        auto more = fill();
        if (!more) {
            return more.error();
        }
        ended_ = !more.value();
        end = buffer_.find('\n', scanned_);
    }
    if (end == std::string::npos && begin_ == buffer_.size()) {
        return std::optional<std::string_view>();
    }
    const std::size_t line_end = end == std::string::npos ? buffer_.size() : end;
    std::string_view line = std::string_view(buffer_).substr(begin_, line_end - begin_);
    begin_ = end == std::string::npos ? buffer_.size() : end + 1;
    scanned_ = begin_;
    if (line.ends_with('\r')) {
        line.remove_suffix(1);
    }
    return std::optional<std::string_view>(line);
}

LineWriter::LineWriter(std::string path, GzipFile file)
    : path_(std::move(path)), file_(std::move(file)) {}

Result<LineWriter> LineWriter::create(const std::string& path) {
    // "T" lets zlib write as is. Level 1: events compress well at any level.
    GzipFile file(gzopen(path.c_str(), ends_with_gz(path) ? "wb1" : "wbT"));
    if (!file) {
        return cannot("create", path, std::strerror(errno));
    }
    gzbuffer(file.get(), kReadBytes);
    return LineWriter(path, std::move(file));
}

Status LineWriter::write(std::string_view line) {
    const auto size = static_cast<unsigned>(line.size());
    const bool wrote = (size == 0 || gzwrite(file_.get(), line.data(), size) > 0) &&
                       gzputc(file_.get(), '\n') == '\n';
    if (!wrote) {
        return cannot("write", path_, last_error(file_.get()));
    }
    return Done{};
}

Status LineWriter::close() {
    if (gzclose(file_.release()) != Z_OK) {
        return cannot("close", path_, std::strerror(errno));
    }
    return Done{};
}

}  // namespace attune::host
