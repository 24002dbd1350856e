#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

#include "base/assert.h"

namespace attune {

template <typename Signature>
class Callable;

/// Something to call, moved and never copied, so it may own what it works on. What fits into
/// `kInlineBytes` is held in place; only larger callables are allocated. Calling an empty one is a
/// bug.
template <typename Returned, typename... Args>
class Callable<Returned(Args...)> {
public:
    static constexpr std::size_t kInlineBytes = 48;

    Callable() = default;

    template <typename Function>
    requires(!std::same_as<std::remove_cvref_t<Function>, Callable> && std::is_invocable_r_v<Returned, std::remove_cvref_t<Function>&, Args...>)
        // Lambdas are passed as they are, and the condition above keeps moves out.
        // NOLINTNEXTLINE(google-explicit-constructor,bugprone-forwarding-reference-overload)
        Callable(Function&& function) {
        using Held = std::remove_cvref_t<Function>;
        if constexpr (fits<Held>()) {
            new (static_cast<void*>(storage_.data())) Held(std::forward<Function>(function));
            operations_ = &kInline<Held>;
        } else {
            using Owner = std::unique_ptr<Held>;
            new (static_cast<void*>(storage_.data()))
                Owner(std::make_unique<Held>(std::forward<Function>(function)));
            operations_ = &kOwned<Held>;
        }
    }

    Callable(Callable&& other) noexcept { take(other); }

    Callable& operator=(Callable&& other) noexcept {
        if (this != &other) {
            reset();
            take(other);
        }
        return *this;
    }

    Callable(const Callable&) = delete;
    Callable& operator=(const Callable&) = delete;
    ~Callable() { reset(); }

    [[nodiscard]] explicit operator bool() const { return operations_ != nullptr; }

    Returned operator()(Args... args) {
        ATTUNE_ASSERT(operations_ != nullptr);
        return operations_->call(storage_.data(), std::forward<Args>(args)...);
    }

    void reset() {
        if (operations_ != nullptr) {
            std::exchange(operations_, nullptr)->destroy(storage_.data());
        }
    }

private:
    struct Operations {
        Returned (*call)(void*, Args&&...);
        void (*relocate)(void* from, void* to);
        void (*destroy)(void*);
    };

    template <typename Held>
    static constexpr bool fits() {
        return sizeof(Held) <= kInlineBytes && alignof(Held) <= alignof(std::max_align_t) &&
               std::is_nothrow_move_constructible_v<Held>;
    }

    template <typename Object>
    static void relocate_object(void* from, void* to) {
        auto* object = static_cast<Object*>(from);
        new (to) Object(std::move(*object));
        object->~Object();
    }

    template <typename Object>
    static void destroy_object(void* object) {
        static_cast<Object*>(object)->~Object();
    }

    template <typename Held>
    static constexpr Operations kInline = {
        [](void* held, Args&&... args) -> Returned {
            return (*static_cast<Held*>(held))(std::forward<Args>(args)...);
        },
        &relocate_object<Held>,
        &destroy_object<Held>,
    };

    template <typename Held>
    static constexpr Operations kOwned = {
        [](void* held, Args&&... args) -> Returned {
            return (**static_cast<std::unique_ptr<Held>*>(held))(std::forward<Args>(args)...);
        },
        &relocate_object<std::unique_ptr<Held>>,
        &destroy_object<std::unique_ptr<Held>>,
    };

    void take(Callable& other) noexcept {
        if (other.operations_ != nullptr) {
            other.operations_->relocate(other.storage_.data(), storage_.data());
            operations_ = std::exchange(other.operations_, nullptr);
        }
    }

    alignas(std::max_align_t) std::array<std::byte, kInlineBytes> storage_{};
    const Operations* operations_ = nullptr;
};

}  // namespace attune
