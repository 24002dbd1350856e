#include <algorithm>

#include "files/simulated.h"
#include "files/simulated_node.h"

namespace attune::files {

Result<std::size_t> SimulatedFiles::OpenFile::write_some(
    std::uint64_t offset, std::string_view bytes
) {
    const std::scoped_lock guard(disk_->mutex_);
    Behaviour behaviour = disk_->enter(true);
    if (behaviour == Behaviour::Normal && !room_for(offset + bytes.size())) {
        behaviour = Behaviour::FailNoSpace;
    }
    switch (behaviour) {
    case Behaviour::Normal:
        break;
    case Behaviour::Short:
        bytes = bytes.substr(0, (bytes.size() + 1) / 2);
        break;
    case Behaviour::Interrupted:
        return std::size_t{0};
    case Behaviour::PowerCut:
        // It may have reached the page cache, and from there the disk.
        node_->write(offset, bytes, page_bytes());
        [[fallthrough]];
    default:
        return error_for(behaviour, "write", path_);
    }
    node_->write(offset, bytes, page_bytes());
    return bytes.size();
}

Result<std::size_t> SimulatedFiles::OpenFile::read_some(std::uint64_t offset, std::span<char> into)
    const {
    const std::scoped_lock guard(disk_->mutex_);
    const Behaviour behaviour = disk_->enter(false);
    std::size_t count = offset < node_->current.size()
                            ? std::min<std::size_t>(into.size(), node_->current.size() - offset)
                            : 0;
    switch (behaviour) {
    case Behaviour::Normal:
        break;
    case Behaviour::Short:
        count = (count + 1) / 2;
        break;
    case Behaviour::Interrupted:
        count = std::min<std::size_t>(count, 1);
        break;
    default:
        return error_for(behaviour, "read", path_);
    }
    std::copy_n(node_->current.begin() + static_cast<std::ptrdiff_t>(offset), count, into.begin());
    return count;
}

Status SimulatedFiles::OpenFile::preallocate(std::uint64_t bytes) {
    const std::scoped_lock guard(disk_->mutex_);
    Behaviour behaviour = disk_->enter(true);
    if (behaviour == Behaviour::Normal && !room_for(bytes)) {
        behaviour = Behaviour::FailNoSpace;
    }
    if (failing(behaviour)) {
        return error_for(behaviour, "reserve room for", path_);
    }
    if (bytes > node_->current.size()) {
        node_->current.resize(bytes);
    }
    return Done{};
}

Status SimulatedFiles::OpenFile::truncate(std::uint64_t bytes) {
    const std::scoped_lock guard(disk_->mutex_);
    const Behaviour behaviour = disk_->enter(false);
    if (!failing(behaviour) || behaviour == Behaviour::PowerCut) {
        node_->truncate(bytes, page_bytes());
    }
    if (failing(behaviour)) {
        return error_for(behaviour, "truncate", path_);
    }
    return Done{};
}

Status SimulatedFiles::OpenFile::sync() {
    const std::scoped_lock guard(disk_->mutex_);
    const Behaviour behaviour = disk_->enter(false);
    if (failing(behaviour)) {
        if (behaviour == Behaviour::Fail) {
            node_->dirty_pages.clear();
        }
        return error_for(behaviour, "sync", path_);
    }
    node_->sync(page_bytes());
    if (disk_->options_.journaled) {
        disk_->sync_names();
    }
    return Done{};
}

Result<std::uint64_t> SimulatedFiles::OpenFile::size() const {
    const std::scoped_lock guard(disk_->mutex_);
    const Behaviour behaviour = disk_->enter(false);
    if (failing(behaviour)) {
        return error_for(behaviour, "look at", path_);
    }
    return static_cast<std::uint64_t>(node_->current.size());
}

bool SimulatedFiles::OpenFile::failing(Behaviour behaviour) {
    return behaviour == Behaviour::Fail || behaviour == Behaviour::FailNoSpace ||
           behaviour == Behaviour::PowerCut || behaviour == Behaviour::PowerOff;
}

bool SimulatedFiles::OpenFile::room_for(std::uint64_t size) const {
    return size <= node_->current.size() ||
           disk_->used_bytes() + size - node_->current.size() <= disk_->options_.capacity_bytes;
}

}  // namespace attune::files
