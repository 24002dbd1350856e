#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace attune::api::http {

/// Bytes on their way out: small ones gathered in one string, large ones as they are.
class OutputBuffer {
public:
    /// Bodies from this size on are not copied behind their heads.
    static constexpr std::size_t kLargeBytes = std::size_t{8} * 1024;

    /// Where to append what is small.
    [[nodiscard]] std::string& text() {
        if (count_ == 0 || pieces_[count_ - 1].shared != nullptr ||
            pieces_[count_ - 1].text.size() >= kLargeBytes) {
            next_piece();
        }
        return pieces_[count_ - 1].text;
    }

    void append(std::string body) {
        if (body.size() < kLargeBytes) {
            text().append(body);
        } else {
            next_piece().text = std::move(body);
        }
    }

    void append(std::shared_ptr<const std::string> body) {
        if (body->size() < kLargeBytes) {
            text().append(*body);
        } else {
            next_piece().shared = std::move(body);
        }
    }

    /// Fills `views` with the first pieces and returns how many those are.
    [[nodiscard]] std::size_t views(std::span<std::string_view> views) const {
        const std::size_t count = std::min(count_ - first_, views.size());
        for (std::size_t i = 0; i < count; ++i) {
            views[i] = pieces_[first_ + i].view();
        }
        if (count > 0) {
            views[0].remove_prefix(written_);
        }
        return count;
    }

    /// Forgets the first `bytes`.
    void consume(std::size_t bytes) {
        written_ += bytes;
        while (first_ < count_ && written_ >= pieces_[first_].view().size()) {
            written_ -= pieces_[first_].view().size();
            ++first_;
        }
        if (first_ == count_) {
            clear();
        }
    }

    [[nodiscard]] bool empty() const { return size() == 0; }

    [[nodiscard]] std::size_t size() const {
        std::size_t bytes = 0;
        for (std::size_t i = first_; i < count_; ++i) {
            bytes += pieces_[i].view().size();
        }
        return bytes - written_;
    }

    /// Forgets everything; keeps the first string's memory for the next use.
    void clear() {
        if (!pieces_.empty()) {
            pieces_.resize(1);
            pieces_.front().shared.reset();
            pieces_.front().text.clear();
        }
        count_ = 0;
        first_ = 0;
        written_ = 0;
    }

private:
    struct Piece {
        std::string text;
        std::shared_ptr<const std::string> shared;

        [[nodiscard]] std::string_view view() const { return shared != nullptr ? *shared : text; }
    };

    Piece& next_piece() {
        if (count_ == pieces_.size()) {
            pieces_.emplace_back();
        }
        return pieces_[count_++];
    }

    std::vector<Piece> pieces_;  // the first `count_` are in use
    std::size_t count_ = 0;
    std::size_t first_ = 0;    // piece to write next
    std::size_t written_ = 0;  // bytes of it that are out
};

}  // namespace attune::api::http
