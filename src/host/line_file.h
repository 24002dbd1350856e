#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

struct gzFile_s;

namespace attune::host {

/// An open file of zlib's, closed with its owner.
struct GzipClose {
    void operator()(gzFile_s* file) const;
};
using GzipFile = std::unique_ptr<gzFile_s, GzipClose>;

/// Reads a text file line by line, through gzip if it is compressed, whatever its name.
class LineReader {
public:
    static Result<LineReader> open(const std::string& path);

    /// The next line, without its end (LF or CRLF), valid until the next call; nothing at the end
    /// of the file. Fails on a damaged or cut-off archive and on lines over kLineBytesMax.
    [[nodiscard]] Result<std::optional<std::string_view>> next();

    static constexpr std::size_t kLineBytesMax = std::size_t{16} * 1024 * 1024;

private:
    LineReader(std::string path, GzipFile file);

    /// Reads more behind what is buffered; says whether there was any.
    Result<bool> fill();

    std::string path_;
    GzipFile file_;
    std::string buffer_;
    std::size_t begin_ = 0;    ///< What lies before has been handed out.
    std::size_t scanned_ = 0;  ///< Up to here there is no line end.
    bool ended_ = false;
};

/// Writes a text file line by line; compressed if its name ends in ".gz".
class LineWriter {
public:
    /// Replaces the file if there is one.
    static Result<LineWriter> create(const std::string& path);

    [[nodiscard]] Status write(std::string_view line);
    /// Writes what is buffered. A file that was not closed may lack its last lines.
    [[nodiscard]] Status close();

private:
    LineWriter(std::string path, GzipFile file);

    std::string path_;
    GzipFile file_;
};

}  // namespace attune::host
