#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "base/result.h"
#include "program/program.h"

namespace attune::runtime {

/// The programs that the log and the state refer to, by hash, kept in a folder with the files that
/// they were compiled from: so a replay folds each batch with the program that folded it first.
/// Safe from any thread.
class Programs {
public:
    /// `folder` is made when missing; empty: nothing is kept.
    explicit Programs(std::string folder) : folder_(std::move(folder)) {}

    /// Keeps a program; its files are durable when this returns.
    Status add(const std::shared_ptr<const program::Program>& program);

    /// The program of that hash, compiled from its kept files if need be. NotFound names the hash.
    [[nodiscard]] Result<std::shared_ptr<const program::Program>> get(std::uint64_t hash);

private:
    [[nodiscard]] Result<std::shared_ptr<const program::Program>> load(std::uint64_t hash) const;

    std::string folder_;
    std::mutex mutex_;
    std::map<std::uint64_t, std::shared_ptr<const program::Program>> known_;
};

}  // namespace attune::runtime
