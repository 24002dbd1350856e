#pragma once

#include <cstddef>
#include <cstdlib>
#include <new>

// For one file of a test program: replaces the program's heap by one that counts. It is the heap's
// own interface, where memory has no owner yet.
// NOLINTBEGIN(cppcoreguidelines-no-malloc,cppcoreguidelines-owning-memory,cppcoreguidelines-avoid-non-const-global-variables,misc-definitions-in-headers)

namespace attune {

/// How often this thread has taken memory from the heap.
inline thread_local std::size_t allocations = 0;

constexpr std::size_t kNoLimit = ~std::size_t{0};

/// How often this thread gets memory before it gets none, once; then there is no limit again.
inline thread_local std::size_t allocations_left = kNoLimit;

namespace detail {

inline void* counted(std::size_t bytes) noexcept {
    ++allocations;
    if (allocations_left != kNoLimit && allocations_left-- == 0) {
        return nullptr;  // There is no limit any more: none is one less than nothing.
    }
    return std::malloc(bytes == 0 ? 1 : bytes);
}

inline void* counted_or_throw(std::size_t bytes) {
    void* const memory = counted(bytes);
    if (memory == nullptr) {
        throw std::bad_alloc();
    }
    return memory;
}

}  // namespace detail
}  // namespace attune

// Every form, as memory must be given back to the heap that it came from. Never inlined: GCC would
// see free() undo operator new and warn.
[[gnu::noinline]] void* operator new(std::size_t bytes) {
    return attune::detail::counted_or_throw(bytes);
}
[[gnu::noinline]] void* operator new[](std::size_t bytes) {
    return attune::detail::counted_or_throw(bytes);
}
[[gnu::noinline]] void* operator new(std::size_t bytes, const std::nothrow_t& /*tag*/) noexcept {
    return attune::detail::counted(bytes);
}
[[gnu::noinline]] void* operator new[](std::size_t bytes, const std::nothrow_t& /*tag*/) noexcept {
    return attune::detail::counted(bytes);
}
[[gnu::noinline]] void operator delete(void* memory) noexcept {
    std::free(memory);
}
[[gnu::noinline]] void operator delete[](void* memory) noexcept {
    std::free(memory);
}
[[gnu::noinline]] void operator delete(void* memory, std::size_t /*bytes*/) noexcept {
    std::free(memory);
}
[[gnu::noinline]] void operator delete[](void* memory, std::size_t /*bytes*/) noexcept {
    std::free(memory);
}

// NOLINTEND(cppcoreguidelines-no-malloc,cppcoreguidelines-owning-memory,cppcoreguidelines-avoid-non-const-global-variables,misc-definitions-in-headers)
