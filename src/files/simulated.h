#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "files/file_system.h"

namespace attune::files {

/// What a simulated disk does wrong, once or from then on.
struct Fault {
    enum class Kind : std::uint8_t {
        IoError,      ///< The call fails. After a failed sync the lost pages count as clean, as on
                      ///< ext4.
        NoSpace,      ///< A call that needs room fails for want of it; another one with IoError.
        Short,        ///< A read or write does half of its work and says so.
        Interrupted,  ///< A write does nothing and says so; a read gets one byte.
        PowerCut,     ///< The call does not return properly, and nor does any later one.
    };

    Kind kind = Kind::IoError;
    std::uint64_t at_call = 1;  ///< Counted from arm(): 1 is the next call.
    bool for_ever = false;      ///< Every call from there on.
};

/// A disk in memory that keeps apart what has been synced and what has not, so that a power cut can
/// be had at any moment: after_power_cut() is a disk as it may be found afterwards.
///
/// As pessimistic as POSIX allows, unless `journaled`: of what was not synced, a cut keeps any
/// subset of the pages, one of them torn anywhere, the old size or the new, and any subset of the
/// creations, renames and removals in a folder (each of them whole). As optimistic as drives allow:
/// a page whose bytes are written again unchanged keeps them (sector writes do not damage their
/// neighbours).
class SimulatedFiles final : public FileSystem {
public:
    struct Options {
        std::uint64_t capacity_bytes = 1U << 30U;
        std::uint64_t page_bytes = 512;
        /// Names as ext4 and XFS keep them, on which RocksDB relies: a cut forgets only the latest
        /// changes in a folder, and the sync of any file makes durable all that came before it.
        bool journaled = false;
    };

    SimulatedFiles() : SimulatedFiles(Options{}) {}
    explicit SimulatedFiles(Options options);
    SimulatedFiles(const SimulatedFiles&) = delete;
    SimulatedFiles& operator=(const SimulatedFiles&) = delete;
    SimulatedFiles(SimulatedFiles&&) = delete;
    SimulatedFiles& operator=(SimulatedFiles&&) = delete;
    ~SimulatedFiles() override;

    Result<std::unique_ptr<File>> open(const std::string& path, Open how) override;
    Status create_directory(const std::string& path) override;
    Status sync_directory(const std::string& path) override;
    Status rename(const std::string& from, const std::string& to) override;
    Status remove(const std::string& path) override;
    Result<std::vector<std::string>> list(const std::string& path) override;
    Result<std::unique_ptr<Lock>> lock(const std::string& path) override;
    Result<Space> space(const std::string& path) override;

    /// Sets the fault to come, in place of any other.
    void arm(const Fault& fault);
    void disarm();
    /// Whether the armed fault has happened.
    [[nodiscard]] bool struck() const;
    /// Calls so far, to this disk and to its files.
    [[nodiscard]] std::uint64_t calls() const;

    void set_capacity(std::uint64_t bytes);

    /// The disk as a power cut at this moment may leave it; the seed chooses among the possible
    /// ones.
    [[nodiscard]] std::unique_ptr<SimulatedFiles> after_power_cut(std::uint64_t seed) const;

    /// The disk as the end of the process leaves it: with everything that was written.
    [[nodiscard]] std::unique_ptr<SimulatedFiles> after_kill() const;

    /// All files, sorted; and their sizes.
    [[nodiscard]] std::map<std::string, std::uint64_t> file_sizes() const;

    /// Turns one bit of what is stored, as a failing disk would.
    void flip_bit(const std::string& path, std::uint64_t bit);

private:
    struct Node;
    class OpenFile;
    class HeldLock;
    using NodePtr = std::shared_ptr<Node>;

    /// How the call under way is to behave.
    enum class Behaviour : std::uint8_t {
        Normal,
        Fail,
        FailNoSpace,
        Short,
        Interrupted,
        PowerCut,  ///< In the middle of this call: it may have had its effect.
        PowerOff,
    };

    static Error error_for(Behaviour behaviour, const std::string& act, const std::string& path);
    /// Counts a call; takes `needs_room` to choose between errors.
    Behaviour enter(bool needs_room);
    [[nodiscard]] NodePtr find(const std::string& path) const;
    [[nodiscard]] std::uint64_t used_bytes() const;
    void sync_names();
    [[nodiscard]] NodePtr cut(const Node& node, std::mt19937_64& random) const;
    void cut_file(const Node& node, Node& after, std::mt19937_64& random) const;
    void cut_folder(const Node& node, Node& after, std::mt19937_64& random) const;

    mutable std::mutex mutex_;
    Options options_;
    NodePtr root_;
    std::uint64_t calls_ = 0;
    bool armed_ = false;
    bool struck_ = false;
    bool powered_ = true;
    Fault fault_;
    std::uint64_t fault_call_ = 0;
};

}  // namespace attune::files
