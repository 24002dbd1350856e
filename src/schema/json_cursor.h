#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <vector>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include "base/arena.h"
#include "value/value.h"

namespace attune::schema {

/// A member's name that is expected next, in the form in which it is compared: `name":`.
struct ExpectedKey {
    static constexpr std::size_t kBytesMax = 48;

    alignas(16) char bytes[kBytesMax] = {};
    std::uint8_t length = 0;  ///< 0 for a name that does not fit: it is never expected.

    explicit ExpectedKey(std::string_view name);
};

/// Walks over one JSON text once, from front to back, strictly by RFC 8259.
///
/// Every function that returns false has met something broken: then `problem()` and `offset()` say
/// what and where, and nothing more may be read. At least 64 bytes behind the text must be
/// readable.
class JsonCursor {
public:
    /// Of an object that is read as a value; each name is compared with all before it.
    static constexpr std::size_t kMembersMax = 1'000;

    JsonCursor(std::string_view text, std::size_t depth_max)
        : begin_(text.data()),
          at_(text.data()),
          end_(text.data() + text.size()),
          depth_max_(depth_max) {}

    /// The next byte that is no white space; 0 at the end.
    char peek() {
        while (at_ < end_ && (*at_ == ' ' || *at_ == '\n' || *at_ == '\r' || *at_ == '\t')) {
            ++at_;
        }
        return at_ < end_ ? *at_ : '\0';
    }

    [[nodiscard]] bool at_end() { return peek() == '\0' && at_ == end_; }
    [[nodiscard]] const char* here() const { return at_; }
    /// Goes back to a place where the cursor stood before, inside so many objects and lists.
    void rewind(const char* place, std::size_t depth) {
        at_ = place;
        depth_ = depth;
    }

    /// Enters an object or a list; the caller has peeked at its bracket.
    bool open() {
        ++at_;
        return ++depth_ <= depth_max_ || fail_depth();
    }

    /// Inside an object: moves to the next member's key, or behind the closing bracket, when `done`
    /// becomes true.
    bool next_member(bool first, bool& done) {
        char byte = peek();
        if (byte == '}') {
            done = true;
            ++at_;
            --depth_;
            return true;
        }
        if (!first) {
            if (byte != ',') {
                return fail("a comma or } is missing");
            }
            ++at_;
            byte = peek();
        }
        return byte == '"' || fail("a member must begin with a name in quotes");
    }

    /// The same for a list's items.
    bool next_item(bool first, bool& done) {
        const char byte = peek();
        if (byte == ']') {
            done = true;
            ++at_;
            --depth_;
            return true;
        }
        if (first) {
            return true;
        }
        if (byte != ',') {
            return fail("a comma or ] is missing");
        }
        ++at_;
        return peek() != ']' || fail("a value is missing behind a comma");
    }

    /// True, and past the key and its colon, if the key is the expected one.
    bool skip_if(const ExpectedKey& expected) {
        if (expected.length == 0 || end_ - at_ <= expected.length || !same(expected)) {
            return false;
        }
        at_ += 1 + expected.length;
        return true;
    }

    /// Reads a key and its colon.
    bool key(std::string_view& name, Arena& arena) {
        if (!string(name, arena)) {
            return false;
        }
        if (peek() != ':') {
            return fail("a colon is missing");
        }
        ++at_;
        return true;
    }

    /// Reads a string whose opening quote the caller has peeked at: a view into the text, or into
    /// the arena where it held escapes.
    bool string(std::string_view& text, Arena& arena) {
        const char* start = at_ + 1;
        bool ascii = true;
        const char* stop = scan(start, ascii);
        if (stop < end_ && *stop == '"') {
            text = {start, static_cast<std::size_t>(stop - start)};
            at_ = stop + 1;
            return ascii || check_utf8(text);
        }
        return escaped_string(start, stop, text, arena);
    }

    /// Reads a number, the caller having peeked at a digit or a minus.
    bool number(Value& number, Arena& arena);

    /// Reads any value. Lists and contexts are built in the arena.
    bool value(Value& value, Arena& arena);

    /// Skips any value, as strictly as if it were read.
    bool skip(Arena& arena);

    [[nodiscard]] std::string_view problem() const { return problem_; }
    /// Whether the problem is a limit rather than a mistake.
    [[nodiscard]] bool too_large() const { return too_large_; }
    [[nodiscard]] std::size_t offset() const { return static_cast<std::size_t>(at_ - begin_); }

private:
    bool fail(std::string_view problem) {
        problem_ = problem;
        return false;
    }
    bool fail_depth();

    /// The first quote, backslash or control byte from `from` on, or the end.
    const char* scan(const char* from, bool& ascii) const {
#if defined(__SSE2__)
        const __m128i quote = _mm_set1_epi8('"');
        const __m128i backslash = _mm_set1_epi8('\\');
        const __m128i control = _mm_set1_epi8(0x1f);
        for (; from < end_; from += 16) {
            const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
            const __m128i low = _mm_cmpeq_epi8(_mm_min_epu8(bytes, control), bytes);
            const __m128i found = _mm_or_si128(
                low, _mm_or_si128(_mm_cmpeq_epi8(bytes, quote), _mm_cmpeq_epi8(bytes, backslash))
            );
            const auto stops = static_cast<unsigned>(_mm_movemask_epi8(found));
            const auto high = static_cast<unsigned>(_mm_movemask_epi8(bytes));
            if (stops != 0) {
                const auto index = static_cast<unsigned>(__builtin_ctz(stops));
                ascii = ascii && (high & ((1U << index) - 1)) == 0;
                return from + index < end_ ? from + index : end_;
            }
            ascii = ascii && high == 0;
        }
        return end_;
#else
        for (; from < end_; ++from) {
            const auto byte = static_cast<unsigned char>(*from);
            if (byte == '"' || byte == '\\' || byte < 0x20) {
                return from;
            }
            ascii = ascii && byte < 0x80;
        }
        return end_;
#endif
    }

    [[nodiscard]] bool same(const ExpectedKey& expected) const {
#if defined(__SSE2__)
        unsigned wanted = expected.length;
        for (unsigned i = 0;; i += 16, wanted -= 16) {
            const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at_ + 1 + i));
            const __m128i name =
                _mm_load_si128(reinterpret_cast<const __m128i*>(expected.bytes + i));
            const auto equal =
                static_cast<unsigned>(_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, name)));
            const unsigned mask = wanted >= 16 ? 0xffffU : (1U << wanted) - 1;
            if ((equal & mask) != mask) {
                return false;
            }
            if (wanted <= 16) {
                return true;
            }
        }
#else
        return std::memcmp(at_ + 1, expected.bytes, expected.length) == 0;
#endif
    }

    bool check_utf8(std::string_view text);
    bool escaped_string(const char* start, const char* stop, std::string_view& text, Arena& arena);
    bool escape(char*& out);
    bool code_unit(std::uint32_t& unit);
    bool literal(std::string_view word);
    bool slow_number(const char* start, Value& number, Arena& arena);
    bool list(Value& value, Arena& arena);
    bool object(Value& value, Arena& arena);

    const char* begin_;
    const char* at_;
    const char* end_;
    std::size_t depth_max_;
    std::size_t depth_ = 0;
    std::string_view problem_;
    bool too_large_ = false;
};

}  // namespace attune::schema
