#include "customer/feature_histogram.h"

#include <algorithm>
#include <bit>
#include <string>
#include <vector>

#include "customer/tiles.h"

namespace attune::customer {

namespace {

// The section: how many bits of a number's mantissa tell it apart, then cells sorted by tile and
// number.
constexpr unsigned kBitsMax = 7;
constexpr std::size_t kCellBytes = 3 * sizeof(std::uint32_t);

struct HistogramCell {
    Tile tile = 0;
    std::uint32_t number = 0;  ///< The leading bits, in the order of the numbers.
    std::uint32_t count = 0;
};

struct Histogram {
    unsigned bits = kBitsMax;
    std::vector<HistogramCell> cells;
};

constexpr std::uint64_t kSign = std::uint64_t{1} << 63U;

unsigned shift_of(unsigned bits) {
    return 52 - bits;
}

/// Orders as the numbers do; two that agree in sign, exponent and leading `kBitsMax` bits are one.
std::uint32_t leading_bits(double number) {
    const auto word = std::bit_cast<std::uint64_t>(number == 0 ? 0.0 : number);
    const std::uint64_t ordered = (word & kSign) != 0 ? ~word : word | kSign;
    return static_cast<std::uint32_t>(ordered >> shift_of(kBitsMax));
}

/// A number of the cell: at full precision the one nearest to zero, so that small whole numbers are
/// themselves; else the middle.
double number_of(std::uint32_t leading, unsigned bits) {
    const std::uint64_t width = std::uint64_t{1} << shift_of(bits);
    std::uint64_t ordered = static_cast<std::uint64_t>(leading) << shift_of(bits);
    const bool positive = (ordered & kSign) != 0;
    if (bits < kBitsMax) {
        ordered += width / 2;
    } else if (!positive) {
        ordered += width - 1;
    }
    return std::bit_cast<double>(positive ? ordered & ~kSign : ~ordered);
}

Histogram load(std::string_view section) {
    Histogram histogram;
    if (section.empty()) {
        return histogram;
    }
    histogram.bits = std::min<unsigned>(static_cast<std::uint8_t>(section[0]), kBitsMax);
    for (std::size_t at = 1; at + kCellBytes <= section.size(); at += kCellBytes) {
        const char* record = section.data() + at;
        histogram.cells.push_back(
            {load_at<Tile>(record),
             load_at<std::uint32_t>(record + 4),
             load_at<std::uint32_t>(record + 8)}
        );
    }
    return histogram;
}

void store(Blob& blob, std::size_t section, const Histogram& histogram) {
    std::string bytes(1 + histogram.cells.size() * kCellBytes, '\0');
    bytes[0] = static_cast<char>(histogram.bits);
    char* record = bytes.data() + 1;
    for (const HistogramCell& cell : histogram.cells) {
        store_at(record, cell.tile);
        store_at(record + 4, cell.number);
        store_at(record + 8, cell.count);
        record += kCellBytes;
    }
    blob.assign(section, bytes);
}

bool before(const HistogramCell& lhs, const HistogramCell& rhs) {
    return lhs.tile != rhs.tile ? lhs.tile < rhs.tile : lhs.number < rhs.number;
}

/// Adds a cell of the histogram's own precision.
void add(Histogram& histogram, const HistogramCell& more) {
    const auto at = std::lower_bound(histogram.cells.begin(), histogram.cells.end(), more, before);
    if (at != histogram.cells.end() && at->tile == more.tile && at->number == more.number) {
        at->count += more.count;
    } else {
        histogram.cells.insert(at, more);
    }
}

/// Tells numbers apart by fewer bits. Halving the cells of halved cells gives the same as doing it
/// once, so it does not matter when it is done.
void coarsen(Histogram& histogram, unsigned bits) {
    const unsigned fewer = histogram.bits - bits;
    std::vector<HistogramCell> cells = std::move(histogram.cells);
    histogram.cells.clear();
    histogram.bits = bits;
    for (HistogramCell& cell : cells) {
        cell.number >>= fewer;
        add(histogram, cell);
    }
}

void bound(const FeatureShape& shape, Histogram& histogram) {
    std::vector<HistogramCell>& cells = histogram.cells;
    if (!cells.empty()) {
        const Tile oldest = oldest_tile(shape, cells.back().tile);
        std::erase_if(cells, [&](const HistogramCell& cell) { return cell.tile < oldest; });
    }
    while (cells.size() > shape.keep && histogram.bits > 0) {
        coarsen(histogram, histogram.bits - 1);
    }
    if (cells.size() > shape.keep) {
        cells.erase(cells.begin(), cells.end() - static_cast<std::ptrdiff_t>(shape.keep));
    }
}

}  // namespace

void apply_to_histogram(
    const FeatureShape& shape, Blob& blob, std::size_t section, Timestamp time, const Value& value
) {
    if (!value.is(Value::Kind::Number)) {
        return;
    }
    Histogram histogram = load(std::as_const(blob).section(section));
    const std::uint32_t leading = leading_bits(value.as_number().to_double());
    add(histogram, {tile_number(shape, time), leading >> (kBitsMax - histogram.bits), 1});
    bound(shape, histogram);
    store(blob, section, histogram);
}

Value read_histogram(
    const FeatureShape& shape, std::string_view section, Timestamp time, Arena& arena
) {
    const Histogram histogram = load(section);
    const Tile newest = tile_number(shape, time);
    const Tile oldest = oldest_counted(shape, newest);
    std::vector<HistogramCell> inside;
    std::uint64_t count = 0;
    for (const HistogramCell& cell : histogram.cells) {
        if (cell.tile >= oldest && cell.tile <= newest) {
            inside.push_back(cell);
            count += cell.count;
        }
    }
    if (count == 0) {
        return {};
    }
    std::sort(inside.begin(), inside.end(), [](const auto& lhs, const auto& rhs) {
        return lhs.number < rhs.number;
    });
    constexpr std::uint64_t kMillion = 1'000'000;
    const std::uint64_t rank =
        std::max<std::uint64_t>((count * shape.quantile_ppm + kMillion - 1) / kMillion, 1);
    std::uint64_t passed = 0;
    std::uint32_t leading = 0;
    for (const HistogramCell& cell : inside) {
        leading = cell.number;
        passed += cell.count;
        if (passed >= rank) {
            break;
        }
    }
    const auto number = Decimal::from_double(number_of(leading, histogram.bits));
    return number ? Value::number(*number, arena) : Value();
}

void merge_histogram(
    const FeatureShape& shape, Blob& into, std::size_t section, std::string_view other
) {
    if (other.empty()) {
        return;
    }
    Histogram ours = load(std::as_const(into).section(section));
    Histogram theirs = load(other);
    const unsigned bits = std::min(ours.bits, theirs.bits);
    coarsen(ours, bits);
    coarsen(theirs, bits);
    for (const HistogramCell& cell : theirs.cells) {
        add(ours, cell);
    }
    bound(shape, ours);
    store(into, section, ours);
}

std::size_t histogram_bytes_max(const FeatureShape& shape) {
    return 1 + shape.keep * kCellBytes;
}

void each_histogram_tile(std::string_view section, const std::function<void(std::uint32_t)>& use) {
    for (std::size_t at = 1; at + kCellBytes <= section.size(); at += kCellBytes) {
        use(load_at<Tile>(section.data() + at));
    }
}

}  // namespace attune::customer
