#include "runtime/kept_order.h"

#include "base/bytes.h"
#include "runtime/kept.h"

namespace attune::runtime {

std::string KeptOrder::place_key(std::uint64_t number) const {
    return static_cast<char>(family_) + big_endian(number);
}

std::string KeptOrder::meta_key() const {
    return std::string("kept/") + static_cast<char>(family_);
}

void KeptOrder::note_bounds(StateBatch& batch) const {
    std::string value;
    ByteWriter out(value);
    out.fixed(first_);
    out.fixed(next_);
    batch.put(Family::Meta, meta_key(), value);
}

Status KeptOrder::restore(Timestamp now, StateBatch& batch) {
    const Result<std::optional<std::string>> bounds = store_.get(Family::Meta, meta_key());
    if (!bounds) {
        return bounds.error();
    }
    if (!bounds.value()) {
        return store_.scan(family_, {}, [&](std::string_view key, std::string_view) {
            add(key, now, batch);
            return true;
        });
    }
    ByteReader in(*bounds.value());
    first_ = in.fixed<std::uint64_t>();
    next_ = in.fixed<std::uint64_t>();
    if (!in.ok() || !in.at_end() || first_ > next_) {
        return Error{
            Error::Kind::Corrupt,
            "cannot restore the state: the record of what is kept for a time is malformed"};
    }
    return Done{};
}

void KeptOrder::add(std::string_view key, Timestamp now, StateBatch& batch) {
    std::string value;
    ByteWriter out(value);
    out.fixed(now.ms());
    out.raw(key);
    batch.put(Family::KeptOrder, place_key(next_), value);
    ++next_;
    note_bounds(batch);
}

Status KeptOrder::forget(
    const KeptLimit& limit,
    Timestamp now,
    const std::function<bool(std::string_view key)>& gone,
    StateBatch& batch
) {
    // From the first place on: a scan from the start would step over all that was ever erased.
    const std::string from = place_key(first_);
    const std::uint64_t first = first_;
    const std::uint64_t last = first_ + Kept::kForgottenAtOnceMax;
    const auto visit = [&](std::string_view place, std::string_view value) {
        ByteReader in(value);
        const Timestamp at{in.fixed<std::int64_t>()};
        const std::string_view key = in.rest();
        const bool over = (limit.number_max != 0 && count() > limit.number_max) ||
                          (limit.age_max > Duration(0) && at + limit.age_max < now) || gone(key);
        if (!over || first_ == last) {
            return false;
        }
        batch.erase(family_, key);
        batch.erase(Family::KeptOrder, place);
        ++first_;
        return true;
    };
    const std::string prefix(1, static_cast<char>(family_));
    Status scanned = store_.scan(Family::KeptOrder, {.prefix = prefix, .from = from}, visit);
    if (first_ != first) {
        note_bounds(batch);
    }
    return scanned;
}

}  // namespace attune::runtime
