#include "customer/blob.h"

#include <algorithm>
#include <utility>

#include "customer/blob_upgrade.h"

namespace attune::customer {

Blob::Blob(std::uint64_t layout, std::size_t section_count) {
    const std::size_t bytes = kHeaderBytes + 2 * section_count;
    reserve(bytes);
    std::memset(data_.get(), 0, bytes);
    size_ = static_cast<std::uint32_t>(bytes);
    store(kVersionAt, kVersion);
    store(kCountAt, static_cast<std::uint16_t>(section_count));
    store(kLayoutAt, layout);
    for (std::size_t i = 0; i < section_count; ++i) {
        store(kHeaderBytes + 2 * i, static_cast<std::uint16_t>(bytes));
    }
}

Result<Blob> Blob::from_bytes(std::string_view bytes) {
    const auto corrupt = [](const char* why) {
        return Error{Error::Kind::Corrupt, std::string("cannot read a customer's state: ") + why};
    };
    if (bytes.size() < kHeaderBytes || bytes.size() > kBlobBytesMax) {
        return corrupt("its size is impossible");
    }
    Blob blob;
    blob.reserve(bytes.size());
    std::memcpy(blob.data_.get(), bytes.data(), bytes.size());
    blob.size_ = static_cast<std::uint32_t>(bytes.size());
    const auto version = blob.load<std::uint16_t>(kVersionAt);
    if (version == 0 || version > kVersion) {
        return corrupt("it was written by another version");
    }
    std::size_t last = kHeaderBytes + 2 * blob.section_count();
    for (std::size_t i = 0; i < blob.section_count(); ++i) {
        if (last > bytes.size() || blob.end(i) < last) {
            return corrupt("its sections overlap");
        }
        last = blob.end(i);
    }
    if (last != bytes.size()) {
        return corrupt("its sections do not fill it");
    }
    if (version != kVersion) {
        return upgraded(blob, version);
    }
    return blob;
}

char* Blob::insert(std::size_t index, std::size_t offset, std::size_t count) {
    ATTUNE_ASSERT(size_ + count <= kBlobBytesMax);
    const std::size_t at = begin(index) + offset;
    ATTUNE_ASSERT(at <= end(index));
    reserve(size_ + count);
    char* gap = data_.get() + at;
    std::memmove(gap + count, gap, size_ - at);
    std::memset(gap, 0, count);
    size_ += static_cast<std::uint32_t>(count);
    move_ends(index, static_cast<std::ptrdiff_t>(count));
    return gap;
}

void Blob::erase(std::size_t index, std::size_t offset, std::size_t count) {
    const std::size_t at = begin(index) + offset;
    ATTUNE_ASSERT(at + count <= end(index));
    char* hole = data_.get() + at;
    std::memmove(hole, hole + count, size_ - at - count);
    size_ -= static_cast<std::uint32_t>(count);
    move_ends(index, -static_cast<std::ptrdiff_t>(count));
}

char* Blob::replace(
    std::size_t index, std::size_t gone_at, std::size_t gone, std::size_t offset, std::size_t count
) {
    ATTUNE_ASSERT(offset <= gone_at);
    if (gone != count) {
        erase(index, gone_at, gone);
        return insert(index, offset, count);
    }
    ATTUNE_ASSERT(begin(index) + gone_at + gone <= end(index));
    char* gap = data_.get() + begin(index) + offset;
    std::memmove(gap + count, gap, gone_at - offset);
    return gap;
}

void Blob::assign(std::size_t index, std::string_view bytes) {
    const std::size_t old = section(index).size();
    if (bytes.size() > old) {
        insert(index, old, bytes.size() - old);
    } else {
        erase(index, bytes.size(), old - bytes.size());
    }
    std::copy(bytes.begin(), bytes.end(), section(index).data());
}

void Blob::move_ends(std::size_t from, std::ptrdiff_t by) {
    // Locals, as a byte written through a char* might be any member's.
    char* const ends = data_.get() + kHeaderBytes;
    const std::size_t count = section_count();
    const auto more = static_cast<std::uint16_t>(by);
    for (std::size_t i = from; i < count; ++i) {
        std::uint16_t end = 0;
        std::memcpy(&end, ends + 2 * i, sizeof(end));
        end = static_cast<std::uint16_t>(end + more);
        std::memcpy(ends + 2 * i, &end, sizeof(end));
    }
}

void Blob::reserve(std::size_t bytes) {
    if (bytes <= capacity_) {
        return;
    }
    // A quarter of slack, in steps of 64 bytes: growth stays rare without doubling a million small
    // blobs.
    const std::size_t wanted = (bytes + bytes / 4 + 63) & ~std::size_t{63};
    auto wider = std::make_unique_for_overwrite<char[]>(wanted);
    if (size_ > 0) {
        std::memcpy(wider.get(), data_.get(), size_);
    }
    data_ = std::move(wider);
    capacity_ = static_cast<std::uint32_t>(wanted);
}

}  // namespace attune::customer
