#pragma once

#include <string>
#include <utility>
#include <variant>

#include "base/assert.h"

namespace attune {

/// Why an operation failed, in words that a person can act on.
struct Error {
    enum class Kind {
        InvalidInput,  ///< The caller can fix it; trying again cannot.
        NotFound,
        Unavailable,  ///< Trying again later may work.
        Corrupt,      ///< Stored data contradicts itself; a person must look.
        LimitExceeded,
        Conflict,  ///< Somebody else holds what was asked for: a data folder, a newer version.
    };

    Kind kind;
    std::string
        message;  ///< What was attempted, on what, why: `cannot open segment "vip": no such file`.

    [[nodiscard]] bool retryable() const { return kind == Kind::Unavailable; }
};

/// A value, or the Error that kept us from having one.
///
/// Reading the side that is not there is a bug in the caller and stops the process.
template <typename T>
class [[nodiscard]] Result {
public:
    Result(T value) : held_(std::move(value)) {}      // NOLINT(google-explicit-constructor)
    Result(Error error) : held_(std::move(error)) {}  // NOLINT(google-explicit-constructor)

    [[nodiscard]] bool ok() const { return std::holds_alternative<T>(held_); }
    explicit operator bool() const { return ok(); }

    [[nodiscard]] const T& value() const& {
        ATTUNE_ASSERT(ok());
        return *std::get_if<T>(&held_);
    }

    [[nodiscard]] T& value() & {
        ATTUNE_ASSERT(ok());
        return *std::get_if<T>(&held_);
    }

    [[nodiscard]] T&& value() && {
        ATTUNE_ASSERT(ok());
        return std::move(*std::get_if<T>(&held_));
    }

    [[nodiscard]] const Error& error() const {
        ATTUNE_ASSERT(!ok());
        return *std::get_if<Error>(&held_);
    }

private:
    std::variant<T, Error> held_;
};

/// What an operation without a value returns: done, or the Error.
struct Done {};
using Status = Result<Done>;

}  // namespace attune
