#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/result.h"

namespace attune::host {

/// How long requests took, from many threads' own lists.
class Latencies {
public:
    void add(std::vector<double> milliseconds);
    /// The value below which a share `q` lies; exact.
    [[nodiscard]] double quantile(double q);
    [[nodiscard]] std::size_t count() const { return all_.size(); }

private:
    std::vector<double> all_;
    bool sorted_ = false;
};

/// Bodies for /v1/batch of `events` calls each, made by the simulated shop; the first is different
/// from every other.
[[nodiscard]] std::vector<std::string> batch_bodies(
    std::size_t bodies, std::size_t events, std::uint64_t seed
);

/// A folder for one run, removed at the end.
class ScratchFolder {
public:
    explicit ScratchFolder(const std::string& name);
    ScratchFolder(const ScratchFolder&) = delete;
    ScratchFolder& operator=(const ScratchFolder&) = delete;
    ScratchFolder(ScratchFolder&&) = delete;
    ScratchFolder& operator=(ScratchFolder&&) = delete;
    ~ScratchFolder();

    [[nodiscard]] const std::string& path() const { return path_; }

private:
    std::string path_;
};

}  // namespace attune::host
