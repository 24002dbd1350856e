#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/callable.h"
#include "base/loop.h"
#include "engine/shard.h"
#include "schema/envelope.h"

namespace attune::runtime {

class Worker;

/// What became of one call of a request.
struct CallResult {
    enum class Status : std::uint8_t {
        Accepted,
        Duplicate,
        Quarantined,  ///< Kept aside with a reason; acknowledged all the same.
        Refused,      ///< Not taken: the caller may try again.
    };

    Status status = Status::Refused;
    std::string reason;
    std::string field;
    bool disk_full = false;  ///< Of Refused: it will be taken once there is room.
};

/// One request on its way through the workers: waits for all of its parts, then runs `done` on the
/// loop where it came from. Keeps alive what the parts point into.
class Ticket {
public:
    Ticket(Loop& home, std::size_t calls, Task done)
        : results(calls), home_(home), done_(std::move(done)) {}

    /// One result for each call, written by the worker that has the call.
    std::vector<CallResult> results;
    /// Texts that parts point into and that are not the request's own.
    std::deque<std::string> texts;

    /// To be called once for each `finish` to come, before the first of them.
    void expect(std::size_t parts) { left_.fetch_add(parts, std::memory_order_relaxed); }

    /// One part is done. From any thread.
    void finish() {
        if (left_.fetch_sub(1, std::memory_order_acq_rel) == 1) {
            home_.run(std::move(done_));
        }
    }

private:
    Loop& home_;
    Task done_;
    std::atomic<std::size_t> left_{0};
};

/// A call to be logged and folded. Its texts live as long as the ticket.
struct Call {
    std::shared_ptr<Ticket> ticket;
    std::size_t index = 0;  ///< Into the ticket's results.
    std::string_view json;
    schema::Envelope envelope;
    std::string_view anonymous_id;  ///< Besides a userId, which is then the work's identifier.
    std::string_view previous_id;   ///< Of an alias call.
    std::vector<engine::OwnedIdentifier> names;  ///< Declared identifiers that stand in it.
    /// Why it can be no event; then it is logged for the quarantine only.
    std::optional<std::string> problem;
};

/// Where a question finds its customer.
struct Seat {
    Worker& worker;
    engine::Shard& shard;
    const engine::OwnedIdentifier& identifier;  ///< Under which the customer lives in the shard.
    std::optional<engine::Place> place;         ///< None: nobody is known by that identifier.
    Timestamp now;
};

/// A question to a customer, asked on the worker's thread behind all that came before it.
using Question = Callable<void(Seat)>;

/// Something for one customer: a call or a question.
struct Work {
    engine::OwnedIdentifier identifier;
    bool followed = false;  ///< Another identifier led to this one.
    std::optional<Call> call;
    Question question;
    /// Identifiers whose links have been asked for: the call does not wait for them again.
    std::vector<engine::OwnedIdentifier> settled;
};

}  // namespace attune::runtime
