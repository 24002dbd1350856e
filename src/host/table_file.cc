#include "host/table_file.h"

#include <algorithm>
#include <utility>

namespace attune::host {

void split_row(std::string_view line, char separator, std::vector<std::string>& fields) {
    fields.clear();
    fields.emplace_back();
    bool quoted = false;
    for (std::size_t at = 0; at < line.size(); ++at) {
        const char character = line[at];
        if (character == '"') {
            const bool doubled = quoted && at + 1 < line.size() && line[at + 1] == '"';
            if (doubled) {
                fields.back() += '"';
                ++at;
            } else {
                quoted = !quoted;
            }
        } else if (character == separator && !quoted) {
            fields.emplace_back();
        } else {
            fields.back() += character;
        }
    }
}

TableFile::TableFile(std::string path, char separator, LineReader lines)
    : path_(std::move(path)), separator_(separator), lines_(std::move(lines)) {}

Result<TableFile> TableFile::open(
    const std::string& path, char separator, std::initializer_list<std::string_view> columns
) {
    auto lines = LineReader::open(path);
    if (!lines) {
        return lines.error();
    }
    TableFile table(path, separator, std::move(lines).value());
    auto chosen = table.choose_columns(columns);
    if (!chosen) {
        return chosen.error();
    }
    return table;
}

Status TableFile::choose_columns(std::initializer_list<std::string_view> columns) {
    const auto head = lines_.next();
    if (!head) {
        return head.error();
    }
    split_row(head.value().value_or(std::string_view()), separator_, row_);
    fields_in_row_ = row_.size();
    for (const std::string_view column : columns) {
        const auto found = std::find(row_.begin(), row_.end(), column);
        if (found == row_.end()) {
            return Error{
                Error::Kind::InvalidInput,
                "cannot read \"" + path_ + "\": its first line names no column \"" +
                    std::string(column) + "\""};
        }
        chosen_.push_back(static_cast<std::size_t>(found - row_.begin()));
    }
    fields_.resize(chosen_.size());
    return Done{};
}

Result<std::optional<std::span<const std::string>>> TableFile::next() {
    const auto line = lines_.next();
    if (!line) {
        return line.error();
    }
    if (!line.value()) {
        return std::optional<std::span<const std::string>>();
    }
    ++line_;
    split_row(*line.value(), separator_, row_);
    if (row_.size() < fields_in_row_) {
        return Error{
            Error::Kind::InvalidInput,
            "cannot read \"" + path_ + "\": line " + std::to_string(line_) + " has " +
                std::to_string(row_.size()) + " fields, its first line " +
                std::to_string(fields_in_row_)};
    }
    for (std::size_t column = 0; column < chosen_.size(); ++column) {
        fields_[column] = row_[chosen_[column]];
    }
    return std::optional(std::span<const std::string>(fields_));
}

}  // namespace attune::host
