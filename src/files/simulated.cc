#include "files/simulated.h"

#include <algorithm>
#include <utility>

#include "base/assert.h"
#include "files/simulated_node.h"

namespace attune::files {

namespace {

std::string last_name(const std::string& path) {
    const std::size_t slash = path.find_last_of('/');
    return slash == std::string::npos ? path : path.substr(slash + 1);
}

Error error(Error::Kind kind, const std::string& act, const std::string& path, const char* why) {
    return {kind, "cannot " + act + " \"" + path + "\": " + why};
}

}  // namespace

Error SimulatedFiles::error_for(
    Behaviour behaviour, const std::string& act, const std::string& path
) {
    switch (behaviour) {
    case Behaviour::FailNoSpace:
        return error(Error::Kind::LimitExceeded, act, path, "No space left on device");
    case Behaviour::PowerCut:
    case Behaviour::PowerOff:
        return error(Error::Kind::Unavailable, act, path, "the power is out");
    default:
        return error(Error::Kind::Unavailable, act, path, "Input/output error");
    }
}

class SimulatedFiles::HeldLock final : public Lock {
public:
    HeldLock(SimulatedFiles& disk, NodePtr node) : disk_(&disk), node_(std::move(node)) {}
    HeldLock(const HeldLock&) = delete;
    HeldLock& operator=(const HeldLock&) = delete;
    HeldLock(HeldLock&&) = delete;
    HeldLock& operator=(HeldLock&&) = delete;
    ~HeldLock() override {
        const std::scoped_lock guard(disk_->mutex_);
        node_->locked = false;
    }

private:
    SimulatedFiles* disk_;
    NodePtr node_;
};

SimulatedFiles::SimulatedFiles(Options options)
    : options_(options), root_(std::make_shared<Node>()) {
    root_->folder = true;
}

SimulatedFiles::~SimulatedFiles() = default;

SimulatedFiles::Behaviour SimulatedFiles::enter(bool needs_room) {
    ++calls_;
    if (!powered_) {
        return Behaviour::PowerOff;
    }
    if (!armed_ || calls_ < fault_call_ || (calls_ > fault_call_ && !fault_.for_ever)) {
        return Behaviour::Normal;
    }
    struck_ = true;
    switch (fault_.kind) {
    case Fault::Kind::IoError:
        return Behaviour::Fail;
    case Fault::Kind::NoSpace:
        return needs_room ? Behaviour::FailNoSpace : Behaviour::Fail;
    case Fault::Kind::Short:
        return Behaviour::Short;
    case Fault::Kind::Interrupted:
        return Behaviour::Interrupted;
    case Fault::Kind::PowerCut:
        powered_ = false;
        return Behaviour::PowerCut;
    }
    return Behaviour::Normal;
}

SimulatedFiles::NodePtr SimulatedFiles::find(const std::string& path) const {
    NodePtr node = root_;
    for (std::size_t at = 0; at < path.size() && node != nullptr;) {
        const std::size_t end = std::min(path.find('/', at), path.size());
        const std::string name = path.substr(at, end - at);
        at = end + 1;
        if (name.empty() || name == ".") {
            continue;
        }
        const auto found = node->names.find(name);
        node = found == node->names.end() ? nullptr : found->second;
    }
    return node;
}

std::uint64_t SimulatedFiles::used_bytes() const {
    std::uint64_t used = 0;
    std::vector<const Node*> open = {root_.get()};
    while (!open.empty()) {
        const Node& node = *open.back();
        open.pop_back();
        used += node.current.size();
        for (const auto& [name, child] : node.names) {
            open.push_back(child.get());
        }
    }
    return used;
}

void SimulatedFiles::sync_names() {
    std::vector<Node*> open = {root_.get()};
    while (!open.empty()) {
        Node& node = *open.back();
        open.pop_back();
        node.durable_names = node.names;
        node.steps.clear();
        for (const auto& [name, child] : node.names) {
            open.push_back(child.get());
        }
    }
}

Result<std::unique_ptr<File>> SimulatedFiles::open(const std::string& path, Open how) {
    const std::scoped_lock guard(mutex_);
    const Behaviour behaviour = enter(how == Open::Create);
    if (OpenFile::failing(behaviour)) {
        return error_for(behaviour, "open", path);
    }
    NodePtr node = find(path);
    if (how != Open::Create) {
        if (node == nullptr || node->folder) {
            return error(Error::Kind::NotFound, "open", path, "No such file or directory");
        }
        return std::unique_ptr<File>(std::make_unique<OpenFile>(*this, node, path));
    }
    const NodePtr folder = find(parent_of(path));
    if (folder == nullptr) {
        return error(Error::Kind::NotFound, "create", path, "No such file or directory");
    }
    if (node != nullptr) {
        return error(Error::Kind::Conflict, "create", path, "File exists");
    }
    node = std::make_shared<Node>();
    folder->change_names({{last_name(path), node}});
    return std::unique_ptr<File>(std::make_unique<OpenFile>(*this, node, path));
}

Status SimulatedFiles::create_directory(const std::string& path) {
    const std::scoped_lock guard(mutex_);
    const Behaviour behaviour = enter(true);
    if (OpenFile::failing(behaviour)) {
        return error_for(behaviour, "create folder", path);
    }
    if (const NodePtr node = find(path); node != nullptr && node->folder) {
        return Done{};
    }
    const NodePtr parent = find(parent_of(path));
    if (parent == nullptr) {
        return error(Error::Kind::NotFound, "create folder", path, "No such file or directory");
    }
    const NodePtr node = std::make_shared<Node>();
    node->folder = true;
    parent->change_names({{last_name(path), node}});
    return Done{};
}

Status SimulatedFiles::sync_directory(const std::string& path) {
    const std::scoped_lock guard(mutex_);
    const Behaviour behaviour = enter(false);
    const NodePtr node = find(path);
    if (OpenFile::failing(behaviour)) {
        return error_for(behaviour, "sync folder", path);
    }
    if (node == nullptr) {
        return error(Error::Kind::NotFound, "sync folder", path, "No such file or directory");
    }
    node->durable_names = node->names;
    node->steps.clear();
    return Done{};
}

Status SimulatedFiles::rename(const std::string& from, const std::string& to) {
    const std::scoped_lock guard(mutex_);
    const Behaviour behaviour = enter(true);
    if (OpenFile::failing(behaviour) && behaviour != Behaviour::PowerCut) {
        return error_for(behaviour, "rename", from);
    }
    const NodePtr node = find(from);
    const NodePtr old_folder = find(parent_of(from));
    const NodePtr new_folder = find(parent_of(to));
    if (node == nullptr || new_folder == nullptr) {
        return error(Error::Kind::NotFound, "rename", from, "No such file or directory");
    }
    if (old_folder == new_folder) {
        old_folder->change_names({{last_name(from), nullptr}, {last_name(to), node}});
    } else {
        new_folder->change_names({{last_name(to), node}});
        old_folder->change_names({{last_name(from), nullptr}});
    }
    if (behaviour == Behaviour::PowerCut) {
        return error_for(behaviour, "rename", from);
    }
    return Done{};
}

Status SimulatedFiles::remove(const std::string& path) {
    const std::scoped_lock guard(mutex_);
    const Behaviour behaviour = enter(false);
    if (OpenFile::failing(behaviour) && behaviour != Behaviour::PowerCut) {
        return error_for(behaviour, "remove", path);
    }
    const NodePtr node = find(path);
    if (node == nullptr) {
        return error(Error::Kind::NotFound, "remove", path, "No such file or directory");
    }
    if (!node->names.empty()) {
        return error(Error::Kind::InvalidInput, "remove", path, "Directory not empty");
    }
    find(parent_of(path))->change_names({{last_name(path), nullptr}});
    if (behaviour == Behaviour::PowerCut) {
        return error_for(behaviour, "remove", path);
    }
    return Done{};
}

Result<std::vector<std::string>> SimulatedFiles::list(const std::string& path) {
    const std::scoped_lock guard(mutex_);
    const Behaviour behaviour = enter(false);
    const NodePtr node = find(path);
    if (OpenFile::failing(behaviour)) {
        return error_for(behaviour, "list", path);
    }
    if (node == nullptr || !node->folder) {
        return error(Error::Kind::NotFound, "list", path, "No such file or directory");
    }
    std::vector<std::string> names;
    for (const auto& [name, child] : node->names) {
        names.push_back(name);
    }
    return names;
}

Result<std::unique_ptr<Lock>> SimulatedFiles::lock(const std::string& path) {
    const std::scoped_lock guard(mutex_);
    const Behaviour behaviour = enter(true);
    if (OpenFile::failing(behaviour)) {
        return error_for(behaviour, "lock", path);
    }
    NodePtr node = find(path);
    if (node == nullptr) {
        const NodePtr folder = find(parent_of(path));
        if (folder == nullptr) {
            return error(Error::Kind::NotFound, "lock", path, "No such file or directory");
        }
        node = std::make_shared<Node>();
        folder->change_names({{last_name(path), node}});
    }
    if (node->locked) {
        return error(Error::Kind::Conflict, "lock", path, "in use by process 1");
    }
    node->locked = true;
    return std::unique_ptr<Lock>(std::make_unique<HeldLock>(*this, node));
}

Result<Space> SimulatedFiles::space(const std::string& path) {
    const std::scoped_lock guard(mutex_);
    const Behaviour behaviour = enter(false);
    if (OpenFile::failing(behaviour)) {
        return error_for(behaviour, "ask for the free room at", path);
    }
    const std::uint64_t used = std::min(used_bytes(), options_.capacity_bytes);
    return Space{options_.capacity_bytes - used, options_.capacity_bytes};
}

void SimulatedFiles::arm(const Fault& fault) {
    const std::scoped_lock guard(mutex_);
    fault_ = fault;
    fault_call_ = calls_ + fault.at_call;
    armed_ = true;
    struck_ = false;
}

void SimulatedFiles::disarm() {
    const std::scoped_lock guard(mutex_);
    armed_ = false;
}

bool SimulatedFiles::struck() const {
    const std::scoped_lock guard(mutex_);
    return struck_;
}

std::uint64_t SimulatedFiles::calls() const {
    const std::scoped_lock guard(mutex_);
    return calls_;
}

void SimulatedFiles::set_capacity(std::uint64_t bytes) {
    const std::scoped_lock guard(mutex_);
    options_.capacity_bytes = bytes;
}

std::map<std::string, std::uint64_t> SimulatedFiles::file_sizes() const {
    const std::scoped_lock guard(mutex_);
    std::map<std::string, std::uint64_t> sizes;
    std::vector<std::pair<std::string, const Node*>> open = {{"", root_.get()}};
    while (!open.empty()) {
        const auto [path, node] = open.back();
        open.pop_back();
        if (!node->folder) {
            sizes[path] = node->current.size();
        }
        for (const auto& [name, child] : node->names) {
            open.emplace_back(path.empty() ? name : path + "/" + name, child.get());
        }
    }
    return sizes;
}

void SimulatedFiles::flip_bit(const std::string& path, std::uint64_t bit) {
    const std::scoped_lock guard(mutex_);
    const NodePtr node = find(path);
    ATTUNE_ASSERT(node != nullptr && bit / 8 < node->current.size());
    const auto flipped = static_cast<char>(node->current[bit / 8] ^ (1 << (bit % 8)));
    node->write(bit / 8, {&flipped, 1}, options_.page_bytes);
    node->sync(options_.page_bytes);
}

}  // namespace attune::files
