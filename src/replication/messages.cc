#include "replication/messages.h"

#include "base/bytes.h"
#include "base/hash.h"

namespace attune::replication {

namespace {

constexpr std::string_view kFetchMagic = "ATRF1";
constexpr std::string_view kFetchedMagic = "ATRB1";

Error malformed(const char* what) {
    return {
        Error::Kind::InvalidInput,
        std::string("cannot read a ") + what +
            " of the replication: it is cut off, or another version wrote it"};
}

}  // namespace

std::uint64_t trace_of(const LogBatch& batch) {
    std::string head;
    ByteWriter out(head);
    out.fixed(batch.range.first.index);
    out.fixed(batch.range.end.index);
    out.fixed(batch.stamp.now.ms());
    out.fixed(batch.stamp.program);
    out.fixed(batch.stamp.group);
    out.fixed(batch.stamp.group_count);
    out.fixed(batch.count);
    out.fixed(batch.epoch);
    batch.for_each([&](Position, std::string_view entry) { out.varint(entry.size()); });
    return hash_bytes(head);
}

std::string encode(const Fetch& fetch) {
    std::string bytes(kFetchMagic);
    ByteWriter out(bytes);
    out.fixed(fetch.follower);
    out.fixed(fetch.epoch);
    out.fixed(fetch.from.index);
    out.fixed(fetch.trace);
    out.fixed(fetch.bytes_max);
    return bytes;
}

Result<Fetch> decode_fetch(std::string_view bytes) {
    ByteReader in(bytes);
    if (in.raw(kFetchMagic.size()) != kFetchMagic) {
        return malformed("request");
    }
    Fetch fetch;
    fetch.follower = in.fixed<std::uint64_t>();
    fetch.epoch = in.fixed<Epoch>();
    fetch.from.index = in.fixed<std::uint64_t>();
    fetch.trace = in.fixed<std::uint64_t>();
    fetch.bytes_max = in.fixed<std::uint32_t>();
    return in.ok() && in.at_end() ? Result<Fetch>(fetch) : malformed("request");
}

std::string encode(const Fetched& fetched) {
    std::string bytes(kFetchedMagic);
    ByteWriter out(bytes);
    out.fixed(static_cast<std::uint8_t>(fetched.outcome));
    out.fixed(fetched.epoch);
    out.fixed(fetched.begin.index);
    out.fixed(fetched.durable.index);
    out.fixed(fetched.erasures);
    out.text(fetched.reason);
    out.varint(fetched.programs.size());
    for (const std::uint64_t program : fetched.programs) {
        out.fixed(program);
    }
    out.fixed(fetched.trace);
    out.varint(fetched.batches.size());
    for (const std::string& batch : fetched.batches) {
        out.text(batch);
    }
    return bytes;
}

Result<Fetched> decode_fetched(std::string_view bytes) {
    ByteReader in(bytes);
    if (in.raw(kFetchedMagic.size()) != kFetchedMagic) {
        return malformed("answer");
    }
    Fetched fetched;
    const auto outcome = in.fixed<std::uint8_t>();
    if (outcome > static_cast<std::uint8_t>(Fetched::Outcome::NotLeading)) {
        return malformed("answer");
    }
    fetched.outcome = static_cast<Fetched::Outcome>(outcome);
    fetched.epoch = in.fixed<Epoch>();
    fetched.begin.index = in.fixed<std::uint64_t>();
    fetched.durable.index = in.fixed<std::uint64_t>();
    fetched.erasures = in.fixed<std::uint64_t>();
    fetched.reason = in.text();
    const std::uint64_t programs = in.varint();
    for (std::uint64_t i = 0; i < programs && in.ok(); ++i) {
        fetched.programs.push_back(in.fixed<std::uint64_t>());
    }
    fetched.trace = in.fixed<std::uint64_t>();
    const std::uint64_t batches = in.varint();
    for (std::uint64_t i = 0; i < batches && in.ok(); ++i) {
        fetched.batches.emplace_back(in.text());
    }
    return in.ok() && in.at_end() ? Result<Fetched>(std::move(fetched)) : malformed("answer");
}

}  // namespace attune::replication
