#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>
#include <type_traits>
#include <vector>

namespace attune {

/// Memory for things that die together: an event batch, one evaluation, a program's constants.
///
/// Allocation moves a pointer; nothing is freed before `reset()` or destruction, and no destructor
/// runs, so only trivially destructible types may live here. `reset()` keeps the blocks, so a
/// reused arena stops allocating. Not for use by two threads at once.
class Arena {
public:
    explicit Arena(std::size_t block_bytes = std::size_t{16} * 1024) : block_bytes_(block_bytes) {}

    [[nodiscard]] void* allocate(
        std::size_t bytes, std::size_t alignment = alignof(std::max_align_t)
    ) {
        const std::size_t aligned = (used_ + alignment - 1) & ~(alignment - 1);
        if (current_ < blocks_.size() && aligned + bytes <= blocks_[current_].bytes) {
            used_ = aligned + bytes;
            return blocks_[current_].memory.get() + aligned;
        }
        return allocate_in_next_block(bytes);
    }

    /// Room for `count` values, not initialised.
    template <typename T>
    [[nodiscard]] std::span<T> array(std::size_t count) {
        static_assert(std::is_trivially_destructible_v<T>);
        return {static_cast<T*>(allocate(count * sizeof(T), alignof(T))), count};
    }

    template <typename T>
    [[nodiscard]] const T* copy(const T& value) {
        static_assert(std::is_trivially_copyable_v<T>);
        return std::construct_at(static_cast<T*>(allocate(sizeof(T), alignof(T))), value);
    }

    [[nodiscard]] std::string_view copy(std::string_view text) {
        if (text.empty()) {
            return {};
        }
        char* bytes = static_cast<char*>(allocate(text.size(), 1));
        std::memcpy(bytes, text.data(), text.size());
        return {bytes, text.size()};
    }

    /// Forgets everything allocated; pointers into the arena become invalid.
    void reset() {
        current_ = 0;
        used_ = 0;
    }

    /// Bytes of memory held, used or not.
    [[nodiscard]] std::size_t held_bytes() const;

private:
    struct Block {
        std::unique_ptr<std::byte[]> memory;
        std::size_t bytes;
    };

    void* allocate_in_next_block(std::size_t bytes);

    std::size_t block_bytes_;
    std::vector<Block> blocks_;
    std::size_t current_ = 0;
    std::size_t used_ = 0;
};

}  // namespace attune
