#include "base/arena.h"

#include <algorithm>

namespace attune {

std::size_t Arena::held_bytes() const {
    std::size_t total = 0;
    for (const Block& block : blocks_) {
        total += block.bytes;
    }
    return total;
}

void* Arena::allocate_in_next_block(std::size_t bytes) {
    std::size_t next = blocks_.empty() ? 0 : current_ + 1;
    while (next < blocks_.size() && blocks_[next].bytes < bytes) {
        ++next;
    }
    if (next == blocks_.size()) {
        const std::size_t size = std::max(block_bytes_, bytes);
        blocks_.push_back({std::make_unique<std::byte[]>(size), size});
    }
    current_ = next;
    used_ = bytes;
    return blocks_[current_].memory.get();
}

}  // namespace attune
