#include "host/dmn_rows.h"

#include <algorithm>
#include <fstream>
#include <iostream>
#include <memory>
#include <sstream>

#include <fmt/format.h>

#include "host/line_file.h"
#include "host/table_file.h"
#include "value/json.h"

namespace attune::host {
namespace {

constexpr json::Limits kLimits{64, 10'000'000};

Error cannot_read(const std::string& path, std::string_view why) {
    return {Error::Kind::InvalidInput, fmt::format("cannot read \"{}\": {}", path, why)};
}

/// A row's fields as a tree, because names may lead into contexts.
struct Branch {
    std::string key;
    Value value;
    std::vector<std::unique_ptr<Branch>> parts;

    Branch& part(std::string_view name) {
        for (const std::unique_ptr<Branch>& each : parts) {
            if (each->key == name) {
                return *each;
            }
        }
        parts.push_back(std::make_unique<Branch>());
        parts.back()->key = name;
        return *parts.back();
    }

    [[nodiscard]] Value build(Arena& arena) const {
        if (parts.empty()) {
            return value;
        }
        const std::span<Entry> entries = arena.array<Entry>(parts.size());
        for (std::size_t at = 0; at < parts.size(); ++at) {
            entries[at] = {arena.copy(std::string_view(parts[at]->key)), parts[at]->build(arena)};
        }
        return Value::context(entries);
    }
};

Value row_of(
    const std::vector<std::string>& names, const std::vector<std::string>& fields, Arena& arena
) {
    Branch row;
    for (std::size_t at = 0; at < names.size(); ++at) {
        Branch* branch = &row;
        std::string_view name = names[at];
        for (std::size_t dot = name.find('.'); dot != std::string_view::npos;
             dot = name.find('.')) {
            branch = &branch->part(name.substr(0, dot));
            name.remove_prefix(dot + 1);
        }
        const bool given = at < fields.size() && !fields[at].empty();
        branch->part(name).value =
            given ? Value::string(arena.copy(std::string_view(fields[at]))) : Value();
    }
    return row.build(arena);
}

Result<std::vector<Value>> read_csv(const std::string& path, Arena& arena) {
    Result<LineReader> lines = LineReader::open(path);
    if (!lines) {
        return lines.error();
    }
    std::vector<Value> rows;
    std::vector<std::string> names;
    std::vector<std::string> fields;
    while (true) {
        const auto line = lines.value().next();
        if (!line) {
            return line.error();
        }
        if (!line.value()) {
            return rows;
        }
        split_row(*line.value(), ',', fields);
        if (names.empty()) {
            names = fields;
        } else if (!line.value()->empty()) {
            rows.push_back(row_of(names, fields, arena));
        }
    }
}

Result<std::vector<Value>> read_lines(
    const std::string& path, std::string_view text, Arena& arena
) {
    std::vector<Value> rows;
    std::size_t number = 0;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        const std::string_view line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        ++number;
        if (line.find_first_not_of(" \t\r") == std::string_view::npos) {
            continue;
        }
        const Result<Value> row = json::parse(line, arena, kLimits);
        if (!row) {
            return cannot_read(path, fmt::format("line {}: {}", number, row.error().message));
        }
        rows.push_back(row.value());
    }
    return rows;
}

}  // namespace

Result<std::vector<Value>> read_rows(const std::string& path, Arena& arena) {
    if (path.ends_with(".csv")) {
        return read_csv(path, arena);
    }
    std::ostringstream text;
    if (path == "-") {
        text << std::cin.rdbuf();
    } else {
        std::ifstream stream(path, std::ios::binary);
        if (!stream || !(text << stream.rdbuf())) {
            return cannot_read(path, "no such file, or an empty one");
        }
    }
    const std::string content = text.str();
    if (path.ends_with(".jsonl") || path.ends_with(".ndjson")) {
        return read_lines(path, content, arena);
    }
    const Result<Value> whole = json::parse(content, arena, kLimits);
    if (!whole) {
        // Several objects below each other are JSON Lines, whatever the file is called.
        Result<std::vector<Value>> rows = read_lines(path, content, arena);
        if (rows && rows.value().size() > 1) {
            return rows;
        }
        return cannot_read(path, whole.error().message);
    }
    if (whole.value().is(Value::Kind::List)) {
        const std::span<const Value> items = whole.value().as_list();
        return std::vector<Value>(items.begin(), items.end());
    }
    return std::vector<Value>{whole.value()};
}

}  // namespace attune::host
