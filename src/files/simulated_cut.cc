#include <algorithm>

#include "files/simulated.h"
#include "files/simulated_node.h"

namespace attune::files {

namespace {

bool coin(std::mt19937_64& random) {
    return (random() & 1U) != 0;
}

}  // namespace

void SimulatedFiles::cut_file(const Node& node, Node& after, std::mt19937_64& random) const {
    const std::uint64_t page_bytes = options_.page_bytes;
    const std::size_t size = coin(random) ? node.current.size() : node.durable.size();
    after.current = node.durable;
    after.current.resize(std::max(node.current.size(), node.durable.size()));
    // Of 4: 0 loses every page, 1 keeps every page, else each decides for itself.
    const std::uint64_t mood = random() % 4;
    std::vector<std::uint64_t> torn;
    for (const std::uint64_t page : node.dirty_pages) {
        if (mood == 1 || (mood > 1 && coin(random))) {
            node.copy_page(page, page_bytes, after.current);
        } else {
            torn.push_back(page);
        }
    }
    if (!torn.empty() && coin(random)) {
        const std::uint64_t page = torn[random() % torn.size()];
        const std::uint64_t written = random() % page_bytes;
        node.copy_bytes(page * page_bytes, page * page_bytes + written, after.current);
    }
    after.current.resize(size);
    after.durable = after.current;
}

void SimulatedFiles::cut_folder(const Node& node, Node& after, std::mt19937_64& random) const {
    std::map<std::string, NodePtr> names = node.durable_names;
    const std::uint64_t mood = random() % 4;
    for (const auto& step : node.steps) {
        if (mood == 0 || (mood > 1 && coin(random))) {
            if (options_.journaled) {
                break;
            }
            continue;
        }
        for (const auto& [name, child] : step) {
            if (child == nullptr) {
                names.erase(name);
            } else {
                names[name] = child;
            }
        }
    }
    for (const auto& [name, child] : names) {
        after.names[name] = cut(*child, random);
    }
    after.durable_names = after.names;
}

SimulatedFiles::NodePtr SimulatedFiles::cut(const Node& node, std::mt19937_64& random) const {
    NodePtr after = std::make_shared<Node>();
    after->folder = node.folder;
    if (node.folder) {
        cut_folder(node, *after, random);
    } else {
        cut_file(node, *after, random);
    }
    return after;
}

std::unique_ptr<SimulatedFiles> SimulatedFiles::after_power_cut(std::uint64_t seed) const {
    const std::scoped_lock guard(mutex_);
    std::mt19937_64 random(seed);
    auto disk = std::make_unique<SimulatedFiles>(options_);
    disk->root_ = cut(*root_, random);
    return disk;
}

std::unique_ptr<SimulatedFiles> SimulatedFiles::after_kill() const {
    const std::scoped_lock guard(mutex_);
    auto disk = std::make_unique<SimulatedFiles>(options_);
    disk->root_ = root_->copy();
    return disk;
}

}  // namespace attune::files
