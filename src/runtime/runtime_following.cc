#include <algorithm>
#include <future>
#include <string>
#include <utility>

#include "runtime/runtime.h"

// A standby: what another server's workers took is folded from this server's copy of its log.

namespace attune::runtime {

namespace {

/// Folded at a time, so that questions come in between.
constexpr std::size_t kGroupBytesMax = std::size_t{256} << 10U;

/// Batches that outlive their reader.
struct Group {
    struct Copied {
        LogBatch batch;
        std::string entries;
    };
    std::deque<Copied> batches;
    std::size_t bytes = 0;

    void add(const LogBatch& batch) {
        Copied& one = batches.emplace_back(Copied{batch, std::string(batch.entries)});
        one.batch.entries = one.entries;
        one.batch.stored = {};
        bytes += one.entries.size();
    }
};

Status fold_group(Worker& worker, const Group& group) {
    for (const Group::Copied& one : group.batches) {
        if (Status folded = worker.fold_copy(one.batch); !folded) {
            return folded;
        }
    }
    return Done{};
}

}  // namespace

Status Runtime::adopt_program() {
    for (const auto& worker : workers_) {
        if (worker->newest_program() == 0) {
            continue;
        }
        auto program = commons_.programs->get(worker->newest_program());
        if (!program) {
            return program.error();
        }
        program_ = std::move(program).value();
    }
    return Done{};
}

Result<Position> Runtime::follow(LogReader& reader) {
    auto group = std::make_shared<Group>();
    while (group->bytes < kGroupBytesMax) {
        const Result<const LogBatch*> batch = reader.next();
        if (!batch) {
            return batch.error();
        }
        if (batch.value() == nullptr) {
            break;
        }
        // Compiled here, not on a loop.
        auto program = commons_.programs->get(batch.value()->stamp.program);
        if (!program) {
            return program.error();
        }
        {
            const std::lock_guard lock(program_mutex_);
            program_ = std::move(program).value();
        }
        group->add(*batch.value());
    }
    if (group->batches.empty()) {
        return followed_;
    }
    std::vector<std::future<Status>> folded;
    for (const auto& worker : workers_) {
        auto promise = std::make_shared<std::promise<Status>>();
        folded.push_back(promise->get_future());
        worker->loop().post([one = worker.get(), promise, group] {
            promise->set_value(fold_group(*one, *group));
        });
    }
    Status failed = Done{};
    for (auto& one : folded) {
        Status status = one.get();
        failed = failed ? std::move(status) : failed;
    }
    if (!failed) {
        return failed.error();
    }
    // All givers have got past these by now.
    for (const auto& worker : workers_) {
        for (const engine::OwnedIdentifier& taken : worker->take_taken()) {
            Worker& giver = worker_of(taken);
            giver.loop().post([&giver, taken] {
                giver.shard(engine::shard_of(taken.view())).drop_released(taken);
            });
        }
    }
    followed_ = group->batches.back().batch.range.end;
    return followed_;
}

Status Runtime::lead() {
    const auto on_all = [this](std::function<void(Worker&)> ask) {
        std::promise<void> all;
        each_worker(std::move(ask), [&all] { all.set_value(); });
        all.get_future().wait();
    };
    on_all([program = this->program()](Worker& worker) { worker.lead(program); });
    // Nothing is sent or taken before the log says whose turn it is.
    if (Status flushed = commons_.log->flush(); !flushed) {
        return flushed;
    }
    on_all([](Worker& worker) { worker.start(); });
    return Done{};
}

}  // namespace attune::runtime
