#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "value/json.h"

namespace attune::json {

/// Writes one JSON object, members in the order in which they are added.
class ObjectWriter {
public:
    explicit ObjectWriter(std::string& out) : out_(out) { out_ += '{'; }

    /// Where the value of `key` is to be appended.
    std::string& member(std::string_view key) {
        out_ += first_ ? "" : ",";
        first_ = false;
        write_string(key, out_);
        out_ += ':';
        return out_;
    }
    void text(std::string_view key, std::string_view value) { write_string(value, member(key)); }
    void raw(std::string_view key, std::string_view json) { member(key) += json; }
    void number(std::string_view key, std::uint64_t value) { raw(key, std::to_string(value)); }
    void close() { out_ += '}'; }

private:
    std::string& out_;
    bool first_ = true;
};

/// Writes one JSON array, item by item.
class ArrayWriter {
public:
    explicit ArrayWriter(std::string& out) : out_(out) { out_ += '['; }

    std::string& item() {
        out_ += first_ ? "" : ",";
        first_ = false;
        return out_;
    }
    void close() { out_ += ']'; }

private:
    std::string& out_;
    bool first_ = true;
};

}  // namespace attune::json
