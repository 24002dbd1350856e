#include "customer/feature_decay.h"

#include <algorithm>

#include "customer/decay.h"
#include "customer/tiles.h"

namespace attune::customer {

namespace {

constexpr std::size_t kScoreAt = sizeof(std::int64_t);

double decayed(const FeatureShape& shape, double score, std::int64_t from_ms, std::int64_t to_ms) {
    return score * exp2_exact(
                       -static_cast<double>(span_ms(from_ms, to_ms)) /
                       static_cast<double>(shape.half_life.count())
                   );
}

void add(
    const FeatureShape& shape, Blob& blob, std::size_t section, std::int64_t time_ms, double score
) {
    if (std::as_const(blob).section(section).size() < kScoreRecordBytes) {
        char* fresh = blob.insert(section, 0, kScoreRecordBytes);
        store_at(fresh, time_ms);
        store_at(fresh + kScoreAt, score);
        return;
    }
    char* record = blob.section(section).data();
    const auto known_ms = load_at<std::int64_t>(record);
    const std::int64_t newer = std::max(known_ms, time_ms);
    store_at(record, newer);
    store_at(
        record + kScoreAt,
        decayed(shape, load_at<double>(record + kScoreAt), known_ms, newer) +
            decayed(shape, score, time_ms, newer)
    );
}

/// To the millionth: what lies beyond hangs on the order in which events came.
Value rounded(double number, Arena& arena) {
    constexpr double kMicro = 1e6;
    constexpr double kRange = 9e12;
    const double within = std::clamp(number, -kRange, kRange) * kMicro;
    const auto micros = static_cast<std::int64_t>(within + (within < 0 ? -0.5 : 0.5));
    const auto whole = Decimal::divide(Decimal(micros), Decimal(1'000'000));
    return whole ? Value::number(*whole, arena) : Value();
}

}  // namespace

void apply_to_score(
    const FeatureShape& shape, Blob& blob, std::size_t section, Timestamp time, const Value& value
) {
    const bool sum = shape.aggregate == Aggregate::Sum;
    if (!sum || value.is(Value::Kind::Number)) {
        add(shape, blob, section, time.ms(), sum ? value.as_number().to_double() : 1.0);
    }
}

Value read_score(
    const FeatureShape& shape, std::string_view section, Timestamp time, Arena& arena
) {
    if (section.size() < kScoreRecordBytes) {
        return Value::integer(0);
    }
    const double score = decayed(
        shape,
        load_at<double>(section.data() + kScoreAt),
        load_at<std::int64_t>(section.data()),
        time.ms()
    );
    if (shape.aggregate != Aggregate::Rate) {
        return rounded(score, arena);
    }
    // Events that keep coming at a rate r add up to r * half-life / ln 2.
    constexpr double kLn2 = 0.693147180559945309417;
    const double spans =
        static_cast<double>(shape.rate_per.count()) / static_cast<double>(shape.half_life.count());
    return rounded(score * kLn2 * spans, arena);
}

void merge_score(
    const FeatureShape& shape, Blob& into, std::size_t section, std::string_view other
) {
    if (other.size() >= kScoreRecordBytes) {
        add(shape,
            into,
            section,
            load_at<std::int64_t>(other.data()),
            load_at<double>(other.data() + kScoreAt));
    }
}

}  // namespace attune::customer
