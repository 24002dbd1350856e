#include "host/bench_load.h"

#include <algorithm>
#include <filesystem>

#include <unistd.h>

#include "host/simulate.h"

namespace attune::host {

void Latencies::add(std::vector<double> milliseconds) {
    all_.insert(all_.end(), milliseconds.begin(), milliseconds.end());
    sorted_ = false;
}

double Latencies::quantile(double q) {
    if (all_.empty()) {
        return 0;
    }
    if (!sorted_) {
        std::sort(all_.begin(), all_.end());
        sorted_ = true;
    }
    const auto index = static_cast<std::size_t>(q * static_cast<double>(all_.size()));
    return all_[std::min(index, all_.size() - 1)];
}

std::vector<std::string> batch_bodies(std::size_t bodies, std::size_t events, std::uint64_t seed) {
    ShopOptions options;
    options.seed = seed;
    options.customers = 100'000;
    options.start =
        Timestamp(1'767'225'600'000);  // 2026-01-01, so that nothing lies in the future.
    options.events_per_second = 1'000;
    options.mistakes = 0;
    Shop shop(options);
    std::vector<std::string> made;
    for (std::size_t i = 0; i < bodies; ++i) {
        std::string& body = made.emplace_back("{\"batch\":[");
        for (std::size_t k = 0; k < events; ++k) {
            const std::optional<Call> call = shop.next();
            body += (k == 0 ? "" : ",") + call->json;
        }
        body += "]}";
    }
    return made;
}

ScratchFolder::ScratchFolder(const std::string& name)
    : path_((std::filesystem::temp_directory_path() / (name + "-" + std::to_string(getpid())))
                .string()) {
    std::filesystem::remove_all(path_);
    std::filesystem::create_directories(path_);
}

ScratchFolder::~ScratchFolder() {
    std::error_code error;
    std::filesystem::remove_all(path_, error);
}

}  // namespace attune::host
