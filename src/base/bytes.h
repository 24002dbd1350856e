#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>

namespace attune {

// Stored and sent integers are little-endian; Attune runs on little-endian machines only.
static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__);

/// Appends integers and length-prefixed text to a string.
class ByteWriter {
public:
    explicit ByteWriter(std::string& out) : out_(&out) {}

    template <typename T>
    void fixed(T value) {
        static_assert(std::is_integral_v<T>);
        std::array<char, sizeof(T)> bytes{};
        std::memcpy(bytes.data(), &value, sizeof(T));
        out_->append(bytes.data(), bytes.size());
    }

    /// LEB128: seven bits a byte, low first.
    void varint(std::uint64_t value) {
        while (value >= 0x80) {
            out_->push_back(static_cast<char>(value | 0x80U));
            value >>= 7U;
        }
        out_->push_back(static_cast<char>(value));
    }

    /// A signed number, zigzag-coded.
    void signed_varint(std::int64_t value) {
        varint((static_cast<std::uint64_t>(value) << 1U) ^ static_cast<std::uint64_t>(value >> 63));
    }

    void raw(std::string_view bytes) { out_->append(bytes); }

    void text(std::string_view bytes) {
        varint(bytes.size());
        raw(bytes);
    }

private:
    std::string* out_;
};

/// Reads what ByteWriter wrote. Outside bytes are expected: reading past the end or a malformed
/// number returns zero or empty and makes `ok()` false for good, so a caller may read a whole
/// record and check once.
class ByteReader {
public:
    explicit ByteReader(std::string_view bytes) : rest_(bytes) {}

    template <typename T>
    T fixed() {
        static_assert(std::is_integral_v<T>);
        T value{};
        const std::string_view bytes = raw(sizeof(T));
        if (bytes.size() == sizeof(T)) {
            std::memcpy(&value, bytes.data(), sizeof(T));
        }
        return value;
    }

    std::uint64_t varint() {
        std::uint64_t value = 0;
        for (unsigned shift = 0; shift < 64; shift += 7) {
            const auto byte = fixed<std::uint8_t>();
            value |= static_cast<std::uint64_t>(byte & 0x7fU) << shift;
            if (byte < 0x80) {
                return ok_ ? value : 0;
            }
        }
        ok_ = false;
        return 0;
    }

    std::int64_t signed_varint() {
        const std::uint64_t value = varint();
        return static_cast<std::int64_t>((value >> 1U) ^ (~(value & 1U) + 1U));
    }

    std::string_view raw(std::uint64_t count) {
        if (count > rest_.size()) {
            ok_ = false;
            rest_ = {};
            return {};
        }
        const std::string_view bytes = rest_.substr(0, count);
        rest_.remove_prefix(count);
        return bytes;
    }

    std::string_view text() { return raw(varint()); }

    [[nodiscard]] bool ok() const { return ok_; }
    [[nodiscard]] bool at_end() const { return rest_.empty(); }
    [[nodiscard]] std::string_view rest() const { return rest_; }

private:
    std::string_view rest_;
    bool ok_ = true;
};

/// Eight bytes that sort as the number does.
[[nodiscard]] inline std::string big_endian(std::uint64_t number) {
    std::string bytes(sizeof(number), '\0');
    for (std::size_t i = bytes.size(); i > 0; --i) {
        bytes[i - 1] = static_cast<char>(number);
        number >>= 8U;
    }
    return bytes;
}
[[nodiscard]] inline std::uint64_t read_big_endian(std::string_view bytes) {
    std::uint64_t number = 0;
    for (const char byte : bytes) {
        number = number << 8U | static_cast<unsigned char>(byte);
    }
    return number;
}

}  // namespace attune
