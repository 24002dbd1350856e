#include "customer/feature_tiles.h"

#include <utility>

#include "customer/tiles.h"
#include "value/stored_decimal.h"

namespace attune::customer {

namespace {

constexpr std::size_t kCountBytes = 4;
constexpr std::size_t kDecimalBytes = 16;

bool has_count(Aggregate aggregate) {
    return aggregate == Aggregate::Count || aggregate == Aggregate::Rate ||
           aggregate == Aggregate::Avg || aggregate == Aggregate::Stddev;
}

Decimal load_decimal(const char* at) {
    return stored_decimal(load_at<std::uint64_t>(at), load_at<std::uint64_t>(at + 8));
}

void store_decimal(char* at, Decimal number) {
    store_at(at, number.low_word());
    store_at(at + 8, number.high_word());
}

Cell load_cell(Aggregate aggregate, const char* record) {
    Cell cell;
    const char* at = record + sizeof(Tile);
    if (has_count(aggregate)) {
        cell.count = load_at<std::uint32_t>(at);
        at += kCountBytes;
    }
    if (has_sum(aggregate)) {
        cell.sum = load_decimal(at);
        at += kDecimalBytes;
    }
    if (aggregate == Aggregate::Stddev) {
        cell.squares = load_decimal(at);
    }
    return cell;
}

void store_cell(Aggregate aggregate, char* record, const Cell& cell) {
    char* at = record + sizeof(Tile);
    if (has_count(aggregate)) {
        store_at(at, cell.count);
        at += kCountBytes;
    }
    if (has_sum(aggregate)) {
        store_decimal(at, cell.sum);
        at += kDecimalBytes;
    }
    if (aggregate == Aggregate::Stddev) {
        store_decimal(at, cell.squares);
    }
}

/// A number beyond decimal128's range changes a sum no more.
Decimal sum_of(Decimal lhs, Decimal rhs) {
    return Decimal::add(lhs, rhs).value_or(lhs);
}

/// A record's words are zero when it is new; that is no small decimal.
bool is_fresh(Aggregate aggregate, const char* record, std::size_t bytes) {
    if (!has_sum(aggregate)) {
        return false;
    }
    for (std::size_t i = sizeof(Tile); i < bytes; ++i) {
        if (record[i] != 0) {
            return false;
        }
    }
    return true;
}

void add_to_tile(
    const FeatureShape& shape, Blob& blob, std::size_t section, Tile tile, const Cell& more
) {
    const std::size_t bytes = tile_record_bytes(shape.aggregate);
    char* record = record_of_tile(shape, blob, section, tile, bytes);
    if (record == nullptr) {
        return;
    }
    const bool fresh = is_fresh(shape.aggregate, record, bytes);
    Cell cell = fresh ? Cell{} : load_cell(shape.aggregate, record);
    add_cell(shape.aggregate, cell, more, fresh);
    store_cell(shape.aggregate, record, cell);
}

/// The sample deviation, as FEEL's stddev(); null below two values.
Value deviation(const Cell& total, Arena& arena) {
    if (total.count < 2) {
        return {};
    }
    const Decimal count(total.count);
    const auto square_of_sum = Decimal::multiply(total.sum, total.sum);
    const auto mean_part = square_of_sum ? Decimal::divide(*square_of_sum, count) : std::nullopt;
    const auto spread = mean_part ? Decimal::subtract(total.squares, *mean_part) : std::nullopt;
    const auto variance =
        spread ? Decimal::divide(*spread, Decimal(total.count - 1)) : std::nullopt;
    // Rounding to 34 digits may leave a spread of zero just below it.
    const Decimal root_of = variance ? std::max(*variance, Decimal(0)) : Decimal(0);
    const auto root = Decimal::square_root(root_of);
    return root ? Value::number(*root, arena) : Value();
}

Value optional_number(std::optional<Decimal> number, Arena& arena) {
    return number ? Value::number(*number, arena) : Value();
}

/// Count and Rate.
Value count_result(const FeatureShape& shape, Duration window, std::int64_t count, Arena& arena) {
    if (shape.aggregate == Aggregate::Count) {
        return Value::integer(count);
    }
    const auto scaled = Decimal::multiply(Decimal(count), Decimal(shape.rate_per.count()));
    return optional_number(
        scaled ? Decimal::divide(*scaled, Decimal(window.count())) : std::nullopt, arena
    );
}

}  // namespace

bool has_sum(Aggregate aggregate) {
    return aggregate != Aggregate::Count && aggregate != Aggregate::Rate;
}

Cell cell_of(Aggregate aggregate, Decimal number) {
    Cell cell{1, number, {}};
    if (aggregate == Aggregate::Stddev) {
        cell.squares = Decimal::multiply(number, number).value_or(Decimal(0));
    }
    return cell;
}

void add_cell(Aggregate aggregate, Cell& cell, const Cell& more, bool fresh) {
    cell.count += more.count;
    if (fresh) {
        cell.sum = more.sum;
        cell.squares = more.squares;
        return;
    }
    if (aggregate == Aggregate::Min) {
        cell.sum = std::min(cell.sum, more.sum);
    } else if (aggregate == Aggregate::Max) {
        cell.sum = std::max(cell.sum, more.sum);
    } else {
        cell.sum = sum_of(cell.sum, more.sum);
        cell.squares = sum_of(cell.squares, more.squares);
    }
}

Value result_of(
    const FeatureShape& shape, Duration window, const Cell& total, bool fresh, Arena& arena
) {
    switch (shape.aggregate) {
    case Aggregate::Count:
    case Aggregate::Rate:
        return count_result(shape, window, total.count, arena);
    case Aggregate::Avg:
        return fresh ? Value()
                     : optional_number(Decimal::divide(total.sum, Decimal(total.count)), arena);
    case Aggregate::Stddev:
        return deviation(total, arena);
    case Aggregate::Sum:
        return Value::number(total.sum, arena);
    default:
        return fresh ? Value() : Value::number(total.sum, arena);
    }
}

std::size_t tile_record_bytes(Aggregate aggregate) {
    return sizeof(Tile) + (has_count(aggregate) ? kCountBytes : 0) +
           (has_sum(aggregate) ? kDecimalBytes : 0) +
           (aggregate == Aggregate::Stddev ? kDecimalBytes : 0);
}

void apply_to_tile(
    const FeatureShape& shape, Blob& blob, std::size_t section, Timestamp time, const Value& value
) {
    const Tile tile = tile_number(shape, time);
    if (!has_sum(shape.aggregate)) {
        constexpr std::size_t kBytes = sizeof(Tile) + kCountBytes;
        if (char* record = record_of_tile(shape, blob, section, tile, kBytes)) {
            store_at(record + sizeof(Tile), load_at<std::uint32_t>(record + sizeof(Tile)) + 1);
        }
        return;
    }
    if (!value.is(Value::Kind::Number)) {
        return;
    }
    add_to_tile(shape, blob, section, tile, cell_of(shape.aggregate, value.as_number()));
}

Value read_tiles(
    const FeatureShape& shape, std::string_view section, Timestamp time, Arena& arena
) {
    const TiledRecords records(section, tile_record_bytes(shape.aggregate));
    const Tile newest = tile_number(shape, time);
    Cell total;
    bool fresh = true;
    if (!has_sum(shape.aggregate)) {
        std::int64_t count = 0;
        records.each_in_window(shape, newest, [&](const char* record) {
            count += load_at<std::uint32_t>(record + sizeof(Tile));
        });
        return count_result(shape, shape.tile * shape.tile_count, count, arena);
    }
    records.each_in_window(shape, newest, [&](const char* record) {
        add_cell(shape.aggregate, total, load_cell(shape.aggregate, record), fresh);
        fresh = false;
    });
    return result_of(shape, shape.tile * shape.tile_count, total, fresh, arena);
}

void merge_tiles(
    const FeatureShape& shape, Blob& into, std::size_t section, std::string_view other
) {
    const TiledRecords records(other, tile_record_bytes(shape.aggregate));
    for (std::size_t i = 0; i < records.size(); ++i) {
        add_to_tile(
            shape, into, section, records.tile(i), load_cell(shape.aggregate, records.record(i))
        );
    }
}

}  // namespace attune::customer
