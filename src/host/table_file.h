#pragma once

#include <cstddef>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "host/line_file.h"

namespace attune::host {

/// Reads a file of rows whose first line names the columns: CSV with double quotes (RFC 4180,
/// without line ends inside of fields) or tab-separated; compressed or not.
class TableFile {
public:
    /// Opens the file and finds `columns` in its first line, wherever they stand.
    static Result<TableFile> open(
        const std::string& path, char separator, std::initializer_list<std::string_view> columns
    );

    /// The fields of the next row, in the order of `columns`, valid until the next call; nothing at
    /// the end. Fails on a row with fewer fields than the first line, naming it.
    [[nodiscard]] Result<std::optional<std::span<const std::string>>> next();

private:
    TableFile(std::string path, char separator, LineReader lines);

    Status choose_columns(std::initializer_list<std::string_view> columns);

    std::string path_;
    char separator_;
    LineReader lines_;
    std::size_t line_ = 1;
    std::size_t fields_in_row_ = 0;
    std::vector<std::size_t> chosen_;  ///< Where each wanted column stands.
    std::vector<std::string> row_;
    std::vector<std::string> fields_;
};

/// Takes a row apart; a field in double quotes may hold the separator, and "" for one quote.
void split_row(std::string_view line, char separator, std::vector<std::string>& fields);

}  // namespace attune::host
