#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>

#include "base/assert.h"
#include "base/result.h"
#include "base/time.h"

namespace attune::customer {

/// What one customer may cost. A workspace whose worst case is larger is refused when it is
/// checked.
constexpr std::size_t kBlobBytesMax = 65'535;

/// The state of one customer: one run of bytes, the same in memory and at rest
/// (docs/formats/customer.md).
///
/// A header, the end of every section, then the sections themselves, packed. What a section holds
/// is told by the layout that the header names. Growing a section moves the bytes behind it, which
/// for a blob of a few hundred bytes is cheaper than following a pointer. Movable, not copyable;
/// one thread at a time.
class Blob {
public:
    static constexpr std::uint16_t kVersion = 3;

    /// An empty blob with `section_count` empty sections of the layout with that hash.
    Blob(std::uint64_t layout, std::size_t section_count);

    /// Takes stored bytes, of this version or an earlier one. Corrupt if no Blob wrote them.
    [[nodiscard]] static Result<Blob> from_bytes(std::string_view bytes);

    [[nodiscard]] std::string_view bytes() const { return {data_.get(), size_}; }
    [[nodiscard]] std::size_t capacity_bytes() const { return capacity_; }

    [[nodiscard]] std::uint64_t layout() const { return load<std::uint64_t>(kLayoutAt); }
    [[nodiscard]] std::size_t section_count() const { return load<std::uint16_t>(kCountAt); }

    /// The time of the newest event applied, or the epoch.
    [[nodiscard]] Timestamp newest() const { return Timestamp(load<std::int64_t>(kNewestAt)); }
    void set_newest(Timestamp time) { store(kNewestAt, time.ms()); }

    /// How far the customer's time has been passed: up to the last event taken or deadline fired.
    /// Every deadline before this has fired.
    [[nodiscard]] Timestamp advanced_to() const {
        return Timestamp(load<std::int64_t>(kAdvancedAt));
    }
    void set_advanced_to(Timestamp time) { store(kAdvancedAt, time.ms()); }

    /// The segments that the customer has been judged by: a hash of their definitions, or 0.
    [[nodiscard]] std::uint32_t judged_by() const { return load<std::uint32_t>(kJudgedAt); }
    void set_judged_by(std::uint32_t segments) { store(kJudgedAt, segments); }

    /// A section's bytes. Valid until the next insert or erase.
    [[nodiscard]] std::span<char> section(std::size_t index) {
        return {data_.get() + begin(index), end(index) - begin(index)};
    }
    [[nodiscard]] std::string_view section(std::size_t index) const {
        return {data_.get() + begin(index), end(index) - begin(index)};
    }

    /// Opens a gap of `count` zero bytes at `offset` of a section and returns it. The caller keeps
    /// the blob within kBlobBytesMax; exceeding it is a bug in a bound.
    char* insert(std::size_t index, std::size_t offset, std::size_t count);
    void erase(std::size_t index, std::size_t offset, std::size_t count);
    /// Erases `gone` bytes at `gone_at` and opens a gap of `count` bytes at `offset` before them,
    /// whose contents are not set. What lies behind the section moves only if the sizes differ.
    char* replace(
        std::size_t index,
        std::size_t gone_at,
        std::size_t gone,
        std::size_t offset,
        std::size_t count
    );
    /// Replaces a whole section.
    void assign(std::size_t index, std::string_view bytes);

private:
    static constexpr std::size_t kVersionAt = 0;
    static constexpr std::size_t kCountAt = 2;
    static constexpr std::size_t kJudgedAt = 4;
    static constexpr std::size_t kLayoutAt = 8;
    static constexpr std::size_t kNewestAt = 16;
    static constexpr std::size_t kAdvancedAt = 24;
    static constexpr std::size_t kHeaderBytes = 32;

    Blob() = default;

    template <typename T>
    [[nodiscard]] T load(std::size_t at) const {
        T value;
        std::memcpy(&value, data_.get() + at, sizeof(T));
        return value;
    }
    template <typename T>
    void store(std::size_t at, T value) {
        std::memcpy(data_.get() + at, &value, sizeof(T));
    }

    [[nodiscard]] std::size_t end(std::size_t index) const {
        return load<std::uint16_t>(kHeaderBytes + 2 * index);
    }
    [[nodiscard]] std::size_t begin(std::size_t index) const {
        return index == 0 ? kHeaderBytes + 2 * section_count() : end(index - 1);
    }
    void move_ends(std::size_t from, std::ptrdiff_t by);
    void reserve(std::size_t bytes);

    std::unique_ptr<char[]> data_;
    std::uint32_t size_ = 0;
    std::uint32_t capacity_ = 0;
};

}  // namespace attune::customer
