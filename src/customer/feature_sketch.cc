#include "customer/feature_sketch.h"

#include <algorithm>
#include <array>
#include <bit>

#include "base/hash.h"
#include "customer/tiles.h"

namespace attune::customer {

namespace {

// Behind one byte, the bits of a register's number: records of register and rank (2), and tile (4),
// sorted by register, then tile; so in each register ranks fall as tiles rise.
constexpr std::size_t kRegisters = std::size_t{1} << kSketchBits;
constexpr unsigned kRankBits = 6;
constexpr unsigned kRankMax = 64 - kSketchBits;

struct Mark {
    std::uint32_t cell = 0;  ///< Register.
    std::uint32_t rank = 0;
    Tile tile = 0;
};

Mark mark_at(std::string_view sketch, std::size_t index) {
    const char* record = sketch.data() + 1 + index * kSketchRecordBytes;
    const auto word = load_at<std::uint16_t>(record);
    return {
        static_cast<std::uint32_t>(word) >> kRankBits,
        word & ((1U << kRankBits) - 1U),
        load_at<Tile>(record + sizeof(std::uint16_t))};
}

Mark mark_of(std::uint64_t hash, Tile tile) {
    // Hashes of numbers are not mixed well enough to be taken apart into bits.
    const std::uint64_t mixed = hash_combine(hash, 0x9e3779b97f4a7c15U);
    const auto cell = static_cast<std::uint32_t>(mixed >> (64U - kSketchBits));
    const auto zeroes = static_cast<unsigned>(std::countl_zero(mixed << kSketchBits));
    return {cell, std::min(zeroes + 1, kRankMax), tile};
}

std::size_t size_of(std::string_view sketch) {
    return (sketch.size() - 1) / kSketchRecordBytes;
}

void erase_mark(std::string& sketch, std::size_t index) {
    sketch.erase(1 + index * kSketchRecordBytes, kSketchRecordBytes);
}

std::size_t first_of(std::string_view sketch, std::uint32_t cell) {
    std::size_t low = 0;
    std::size_t high = size_of(sketch);
    while (low < high) {
        const std::size_t middle = (low + high) / 2;
        if (mark_at(sketch, middle).cell < cell) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

void drop_oldest(std::string& sketch) {
    std::size_t oldest = 0;
    for (std::size_t i = 1; i < size_of(sketch); ++i) {
        oldest = mark_at(sketch, i).tile < mark_at(sketch, oldest).tile ? i : oldest;
    }
    erase_mark(sketch, oldest);
}

void add(std::string& sketch, const Mark& more) {
    std::size_t at = first_of(sketch, more.cell);
    while (at < size_of(sketch)) {
        const Mark mark = mark_at(sketch, at);
        if (mark.cell != more.cell || (mark.tile >= more.tile && mark.rank < more.rank)) {
            break;
        }
        if (mark.tile >= more.tile) {
            return;  // As high and as new is there already.
        }
        if (mark.rank <= more.rank) {
            erase_mark(sketch, at);
        } else {
            ++at;
        }
    }
    // A lesser rank of the same tile, or of several, may stand behind.
    while (at < size_of(sketch) && mark_at(sketch, at).cell == more.cell &&
           mark_at(sketch, at).tile == more.tile) {
        erase_mark(sketch, at);
    }
    std::array<char, kSketchRecordBytes> record{};
    store_at(record.data(), static_cast<std::uint16_t>(more.cell << kRankBits | more.rank));
    store_at(record.data() + sizeof(std::uint16_t), more.tile);
    sketch.insert(1 + at * kSketchRecordBytes, record.data(), record.size());
    if (size_of(sketch) > kSketchRecordsMax) {
        drop_oldest(sketch);
    }
}

/// Otmar Ertl, "New cardinality estimation algorithms for HyperLogLog sketches" (2017), algorithm 6
/// with its sigma: multiplications and additions only, so the same everywhere.
double sigma(double x) {
    double y = 1;
    double z = x;
    for (double last = -1; z != last;) {
        last = z;
        x *= x;
        z += x * y;
        y += y;
    }
    return z;
}

}  // namespace

bool is_sketch(std::string_view section) {
    return section.size() % (2 * kSketchRecordBytes) != 0;
}

std::string new_sketch() {
    return {static_cast<char>(kSketchBits)};
}

void note(std::string& sketch, std::uint64_t hash, std::uint32_t tile) {
    add(sketch, mark_of(hash, tile));
}

bool noted(std::string_view sketch, std::uint64_t hash, std::uint32_t tile) {
    const Mark wanted = mark_of(hash, tile);
    // Ranks fall as tiles rise, so the last that is high enough is the newest of them.
    bool found = false;
    for (std::size_t at = first_of(sketch, wanted.cell); at < size_of(sketch); ++at) {
        const Mark mark = mark_at(sketch, at);
        if (mark.cell != wanted.cell || mark.rank < wanted.rank) {
            break;
        }
        found = mark.tile >= wanted.tile;
    }
    return found;
}

void expire_sketch(std::string& sketch, std::uint32_t oldest) {
    for (std::size_t i = size_of(sketch); i > 0; --i) {
        if (mark_at(sketch, i - 1).tile < oldest) {
            erase_mark(sketch, i - 1);
        }
    }
}

void merge_sketch(std::string& sketch, std::string_view other) {
    for (std::size_t i = 0; i < size_of(other); ++i) {
        add(sketch, mark_at(other, i));
    }
}

std::int64_t estimate(std::string_view sketch, std::uint32_t oldest, std::uint32_t newest) {
    std::array<std::uint32_t, (1U << kRankBits)> counts{};
    counts[0] = kRegisters;
    // In each register ranks fall as tiles rise: the first mark within the tiles is the greatest.
    std::uint32_t done = kRegisters;
    for (std::size_t i = 0; i < size_of(sketch); ++i) {
        const Mark mark = mark_at(sketch, i);
        if (mark.cell != done && mark.tile >= oldest && mark.tile <= newest && counts[0] > 0) {
            done = mark.cell;
            --counts[0];
            ++counts[mark.rank];
        }
    }
    if (counts[0] == kRegisters) {
        return 0;
    }
    constexpr auto kSize = static_cast<double>(kRegisters);
    double z = 0;
    for (std::size_t rank = kRankMax; rank > 0; --rank) {
        z = 0.5 * (z + counts[rank]);
    }
    z += kSize * sigma(counts[0] / kSize);
    constexpr double kAlpha = 0.721347520444481703680;  // 1 / (2 ln 2)
    const auto twice = static_cast<std::int64_t>(2 * kAlpha * kSize * kSize / z);
    return (twice + 1) / 2;
}

void each_sketch_tile(std::string_view sketch, const std::function<void(std::uint32_t)>& use) {
    for (std::size_t i = 0; i < size_of(sketch); ++i) {
        use(mark_at(sketch, i).tile);
    }
}

}  // namespace attune::customer
