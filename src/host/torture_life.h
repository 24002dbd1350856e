#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <string>

#include "base/clock.h"
#include "base/metrics.h"
#include "files/simulated.h"
#include "host/data_folder.h"
#include "host/eraser.h"
#include "host/torture_oracle.h"
#include "log/segments/packing.h"
#include "runtime/runtime.h"
#include "runtime/test_loop.h"

namespace attune::host {

/// One life of a server under torture, from a start on a simulated disk to whatever ends it: all
/// of it but HTTP, on one thread.
class TortureLife {
public:
    struct Options {
        std::uint64_t seed = 1;  ///< Decides whose turn it is.
        segments::Mutant log_mutant = segments::Mutant::None;
        runtime::Mutant mutant = runtime::Mutant::None;
        segments::Packing packing = segments::Packing::None;
    };
    static constexpr Timestamp kStart{1'767'225'600'000};  // 2026-01-01T00:00:00Z
    static constexpr const char* kFolder = "data";

    TortureLife(TortureOracle& oracle, ManualClock& clock, Options options);
    TortureLife(const TortureLife&) = delete;
    TortureLife& operator=(const TortureLife&) = delete;
    TortureLife(TortureLife&&) = delete;
    TortureLife& operator=(TortureLife&&) = delete;
    ~TortureLife();

    /// Opens the data folder, compares the state with the fold of the log, recovers, starts, and
    /// carries on with what an earlier life was told to erase.
    [[nodiscard]] Status open(files::SimulatedFiles& disk);

    /// Sends the oracle's event of that number, with the customer's device if asked to.
    void send(std::size_t event, bool with_device);
    /// Compares every customer with what was sent and acknowledged.
    void check_state();
    [[nodiscard]] Status compare_fold();
    /// Lets clients send again and receivers take all until nothing is left to do; false when that
    /// does not come to an end.
    [[nodiscard]] bool finish();

    void run() { loops_.run(); }
    Status write_behind();
    void pass(Duration span);
    [[nodiscard]] Status publish(std::shared_ptr<const program::Program> program);
    /// Erases a customer, down to the last byte. After an error this life is to end: what came in
    /// between the asking and the forgetting would be forgotten too.
    [[nodiscard]] Status erase(std::uint64_t who);

    /// Says so where a file below `folder` still holds what was erased.
    [[nodiscard]] Status search(const std::string& folder);

    /// The oldest call to a webhook arrives, or not; one that does may have its answer lost.
    void finish_call(bool arrives, bool answers);
    [[nodiscard]] std::size_t open_calls() const;

    [[nodiscard]] Log& log() { return *data_.log; }
    [[nodiscard]] StateStore& store() { return *data_.store; }
    [[nodiscard]] runtime::Runtime& runtime() { return *runtime_; }
    /// What the log said when it could not go on; the real server stops then.
    [[nodiscard]] const std::optional<Error>& stopped() const { return stopped_; }

    /// The program of a workspace.
    [[nodiscard]] static std::shared_ptr<const program::Program> compile(const std::string& yaml);

private:
    class Receiver;

    [[nodiscard]] Status start();
    /// All erasures are carried out, so nothing of them may be found.
    [[nodiscard]] Status settle();
    void wait_for_the_disk();
    /// Carries out what is to be erased, as the eraser's own thread would.
    [[nodiscard]] Status carry_on();
    void check_customer(std::uint64_t who, runtime::Seat seat);
    void answered(const runtime::CallResult& result, std::size_t event);

    TortureOracle* oracle_;
    ManualClock* clock_;
    Options options_;
    std::optional<Error> stopped_;
    std::unique_ptr<Receiver> receiver_;
    Metrics metrics_;
    TestLoops loops_;
    DataFolder data_;
    std::unique_ptr<runtime::Runtime> runtime_;
    std::unique_ptr<Eraser> eraser_;
    files::SimulatedFiles* disk_ = nullptr;
    int pauses_ = 0;
    std::deque<std::string> texts_;  ///< Of calls under way.
    std::deque<std::shared_ptr<runtime::Ticket>> tickets_;
    std::deque<runtime::Ticket*> slots_;
};

}  // namespace attune::host
