#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "files/simulated.h"

namespace attune::files {

/// A file or a folder, as programs see it and as the disk has it.
struct SimulatedFiles::Node {
    bool folder = false;

    std::string current;
    std::string durable;
    std::set<std::uint64_t> dirty_pages;

    std::map<std::string, NodePtr> names;
    std::map<std::string, NodePtr> durable_names;
    /// What happened to the names since the last sync; each step is atomic, a null node a removal.
    std::vector<std::vector<std::pair<std::string, NodePtr>>> steps;

    bool locked = false;

    void change_names(std::vector<std::pair<std::string, NodePtr>> step) {
        for (const auto& [name, node] : step) {
            if (node == nullptr) {
                names.erase(name);
            } else {
                names[name] = node;
            }
        }
        steps.push_back(std::move(step));
    }

    void write(std::uint64_t offset, std::string_view bytes, std::uint64_t page_bytes) {
        if (bytes.empty()) {
            return;
        }
        if (offset + bytes.size() > current.size()) {
            current.resize(offset + bytes.size());
        }
        std::copy(
            bytes.begin(), bytes.end(), current.begin() + static_cast<std::ptrdiff_t>(offset)
        );
        const std::uint64_t last = (offset + bytes.size() - 1) / page_bytes;
        for (std::uint64_t page = offset / page_bytes; page <= last; ++page) {
            dirty_pages.insert(page);
        }
    }

    void truncate(std::uint64_t bytes, std::uint64_t page_bytes) {
        // What is cut off reads as zeros should the file grow again.
        for (std::uint64_t page = bytes / page_bytes; page * page_bytes < current.size(); ++page) {
            dirty_pages.insert(page);
        }
        current.resize(bytes);
    }

    void copy_bytes(std::uint64_t first, std::uint64_t end, std::string& into) const {
        end = std::min<std::uint64_t>({end, current.size(), into.size()});
        for (std::uint64_t at = first; at < end; ++at) {
            into[at] = current[at];
        }
    }

    void copy_page(std::uint64_t page, std::uint64_t page_bytes, std::string& into) const {
        copy_bytes(page * page_bytes, (page + 1) * page_bytes, into);
    }

    void sync(std::uint64_t page_bytes) {
        durable.resize(current.size());
        for (const std::uint64_t page : dirty_pages) {
            copy_page(page, page_bytes, durable);
        }
        dirty_pages.clear();
    }

    /// Everything, unsynced parts included, as it is; locks are not copied.
    [[nodiscard]] NodePtr copy() const {
        NodePtr result = std::make_shared<Node>();
        result->folder = folder;
        result->current = current;
        result->durable = durable;
        result->dirty_pages = dirty_pages;
        std::map<const Node*, NodePtr> copies;
        const auto copied = [&](const NodePtr& node) -> NodePtr {
            if (node == nullptr) {
                return nullptr;
            }
            NodePtr& entry = copies[node.get()];
            if (entry == nullptr) {
                entry = node->copy();
            }
            return entry;
        };
        for (const auto& [name, node] : names) {
            result->names[name] = copied(node);
        }
        for (const auto& [name, node] : durable_names) {
            result->durable_names[name] = copied(node);
        }
        for (const auto& step : steps) {
            auto& target = result->steps.emplace_back();
            for (const auto& [name, node] : step) {
                target.emplace_back(name, copied(node));
            }
        }
        return result;
    }
};

class SimulatedFiles::OpenFile final : public File {
public:
    OpenFile(SimulatedFiles& disk, NodePtr node, std::string path)
        : disk_(&disk), node_(std::move(node)), path_(std::move(path)) {}

    Result<std::size_t> write_some(std::uint64_t offset, std::string_view bytes) override;
    Result<std::size_t> read_some(std::uint64_t offset, std::span<char> into) const override;
    Status preallocate(std::uint64_t bytes) override;
    Status truncate(std::uint64_t bytes) override;
    Status sync() override;
    [[nodiscard]] Result<std::uint64_t> size() const override;

    static bool failing(Behaviour behaviour);

private:
    [[nodiscard]] std::uint64_t page_bytes() const { return disk_->options_.page_bytes; }
    [[nodiscard]] bool room_for(std::uint64_t size) const;

    SimulatedFiles* disk_;
    NodePtr node_;
    std::string path_;
};

}  // namespace attune::files
