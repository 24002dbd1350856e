#include "feel/regex_translate.h"

#include <algorithm>
#include <vector>

#include "feel/chars.h"
#include "feel/regex_class.h"

namespace attune::feel {

namespace {

constexpr std::string_view kAnyCharacter = "(?s:.)";
constexpr int kNestingMax = 100;

bool regex_space(char byte) {
    return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r';
}

/// The pattern without its white space, which stays only inside of classes (flag x).
std::string without_spaces(std::string_view pattern) {
    std::string kept;
    int depth = 0;
    bool escaped = false;
    for (const char byte : pattern) {
        if (depth == 0 && regex_space(byte)) {
            continue;
        }
        kept.push_back(byte);
        if (!escaped) {
            depth += byte == '[' ? 1 : 0;
            depth -= byte == ']' && depth > 0 ? 1 : 0;
        }
        escaped = !escaped && byte == '\\';
    }
    return kept;
}

/// A class as a union: single characters and ranges, and sets that only a bracket of their own can
/// hold.
struct ClassUnion {
    std::string inside;
    std::vector<std::string> alternatives;

    void add(const ClassPiece& piece) {
        if (piece.negated) {
            alternatives.push_back("[^" + piece.inside + "]");
        } else {
            inside += piece.inside;
        }
    }
    [[nodiscard]] std::string text(bool negated) const {
        if (alternatives.empty()) {
            return (negated ? "[^" : "[") + inside + "]";
        }
        std::string all = inside.empty() ? "" : "[" + inside + "]|";
        for (const std::string& alternative : alternatives) {
            all += alternative + "|";
        }
        all.pop_back();
        return negated ? "(?:(?!" + all + ")" + std::string(kAnyCharacter) + ")"
                       : "(?:" + all + ")";
    }
};

class Translator {
public:
    Translator(std::string_view pattern, const RegexFlags& flags)
        : pattern_(pattern), flags_(flags) {}

    std::optional<std::string> translate() {
        while (ok_ && !at_end()) {
            branch_piece();
        }
        return ok_ && open_groups_.empty() ? std::optional(out_) : std::nullopt;
    }

private:
    [[nodiscard]] bool at_end() const { return at_ >= pattern_.size(); }
    [[nodiscard]] char peek() const { return at_end() ? '\0' : pattern_[at_]; }
    bool accept(char wanted) {
        if (at_end() || pattern_[at_] != wanted) {
            return false;
        }
        ++at_;
        return true;
    }
    char32_t next() {
        const CodePoint code_point = code_point_at(pattern_, at_);
        at_ += code_point.bytes;
        return code_point.value;
    }
    void fail() { ok_ = false; }

    /// One atom with its quantifier, an anchor, a bar, or a bracket of a group.
    void branch_piece() {
        const char32_t first = next();
        switch (first) {
        case '|':
            out_ += '|';
            return;
        case '^':
            out_ += flags_.multiline ? "(?m:^)" : "\\A";
            return;
        case '$':
            out_ += flags_.multiline ? "(?m:$)" : "\\z";
            return;
        case '(':
            open_group();
            return;
        case ')':
            close_group();
            break;
        case '.':
            out_ += flags_.dot_all ? kAnyCharacter : R"([^\n\r])";
            break;
        case '[':
            out_ += bracket(0);
            break;
        case '\\':
            escape();
            break;
        case '*':
        case '+':
        case '?':
        case '{':
        case '}':
        case ']':
            fail();
            return;
        default:
            out_ += literal_character(first);
        }
        quantifier();
    }

    void open_group() {
        if (accept('?')) {
            if (!accept(':')) {
                fail();
                return;
            }
            out_ += "(?:";
            open_groups_.push_back(0);
        } else {
            out_ += "(";
            open_groups_.push_back(++group_count_);
        }
        if (open_groups_.size() > static_cast<std::size_t>(kNestingMax)) {
            fail();
        }
    }

    void close_group() {
        if (open_groups_.empty()) {
            fail();
            return;
        }
        out_ += ")";
        open_groups_.pop_back();
    }

    void escape() {
        const char letter = peek();
        if (letter >= '1' && letter <= '9') {
            back_reference();
            return;
        }
        if (letter == 'p' || letter == 'P') {
            const std::optional<ClassPiece> piece = category();
            out_ += piece ? (piece->negated ? "[^" : "[") + piece->inside + "]" : "";
            return;
        }
        if (const std::optional<ClassPiece> piece = letter_class(letter)) {
            ++at_;
            out_ += (piece->negated ? "[^" : "[") + piece->inside + "]";
            return;
        }
        const std::optional<char32_t> single = single_escape();
        out_ += single ? literal_character(*single) : "";
    }

    /// `\12` is group 12 if there are so many before it, else group 1 and a 2.
    void back_reference() {
        int number = 0;
        while (peek() >= '0' && peek() <= '9' &&
               (number == 0 || number * 10 + (peek() - '0') <= group_count_)) {
            number = number * 10 + (peek() - '0');
            ++at_;
        }
        const bool open =
            std::find(open_groups_.begin(), open_groups_.end(), number) != open_groups_.end();
        if (number > group_count_ || open) {
            fail();
            return;
        }
        out_ += "\\g{" + std::to_string(number) + "}";
    }

    /// After `\`: a character that stands for itself, or n, r, t. Fails on all else.
    std::optional<char32_t> single_escape() {
        const char letter = peek();
        ++at_;
        switch (letter) {
        case 'n':
            return '\n';
        case 'r':
            return '\r';
        case 't':
            return '\t';
        default:
            break;
        }
        if (letter != '\0' &&
            std::string_view("\\|.?*+(){}[]-^$").find(letter) != std::string_view::npos) {
            return static_cast<char32_t>(letter);
        }
        fail();
        return std::nullopt;
    }

    /// `p{name}` or `P{name}`.
    std::optional<ClassPiece> category() {
        const bool negated = peek() == 'P';
        ++at_;
        const std::size_t end = pattern_.find('}', at_);
        if (!accept('{') || end == std::string_view::npos) {
            fail();
            return std::nullopt;
        }
        const std::string_view name = pattern_.substr(at_, end - at_);
        at_ = end + 1;
        const std::optional<ClassPiece> piece = property_class(name, negated);
        if (!piece) {
            fail();
        }
        return piece;
    }

    /// After `[`, to after the matching `]`. `[a-z-[aeiou]]` subtracts the inner class.
    std::string bracket(int depth) {
        const bool negated = accept('^');
        ClassUnion members;
        std::string subtracted;
        bool any = false;
        while (ok_ && !accept(']')) {
            if (at_end() || depth > kNestingMax) {
                fail();
                break;
            }
            if (any && pattern_.substr(at_, 2) == "-[") {
                at_ += 2;
                subtracted = bracket(depth + 1);
                ok_ = ok_ && accept(']');
                break;
            }
            member(members, any);
            any = true;
        }
        ok_ = ok_ && any;
        const std::string all = members.text(negated);
        return subtracted.empty() ? all : "(?:(?!" + subtracted + ")" + all + ")";
    }

    /// One character, range or escape of a class.
    void member(ClassUnion& members, bool any) {
        const std::optional<char32_t> first = class_character(members, any);
        if (!first) {
            return;
        }
        const bool range = peek() == '-' && at_ + 1 < pattern_.size() && pattern_[at_ + 1] != ']' &&
                           pattern_[at_ + 1] != '[';
        if (!range) {
            members.inside += literal_character(*first);
            return;
        }
        ++at_;
        ClassUnion none;
        const std::optional<char32_t> last = class_character(none, true);
        if (!last || *last < *first || !none.inside.empty() || !none.alternatives.empty()) {
            fail();
            return;
        }
        members.inside += literal_character(*first) + "-" + literal_character(*last);
    }

    /// A character; nothing if it was an escape for a set, which has been added.
    std::optional<char32_t> class_character(ClassUnion& members, bool any) {
        const char32_t character = next();
        if (character == '[') {
            fail();
            return std::nullopt;
        }
        if (character == '-') {
            // A hyphen stands for itself only at either end.
            if (any && peek() != ']' && pattern_.substr(at_, 2) != "-[") {
                fail();
            }
            return character;
        }
        if (character != '\\') {
            return character;
        }
        if (peek() == 'p' || peek() == 'P') {
            if (const std::optional<ClassPiece> piece = category()) {
                members.add(*piece);
            }
            return std::nullopt;
        }
        if (const std::optional<ClassPiece> piece = letter_class(peek())) {
            ++at_;
            members.add(*piece);
            return std::nullopt;
        }
        return single_escape();
    }

    void quantifier() {
        if (accept('*')) {
            out_ += '*';
        } else if (accept('+')) {
            out_ += '+';
        } else if (accept('?')) {
            out_ += '?';
        } else if (accept('{')) {
            counted();
        } else {
            return;
        }
        if (accept('?')) {
            out_ += '?';
        }
        // A second quantifier would make PCRE2 match possessively.
        if (peek() == '*' || peek() == '+' || peek() == '?' || peek() == '{') {
            fail();
        }
    }

    std::optional<int> count() {
        int number = 0;
        std::size_t digits = 0;
        while (peek() >= '0' && peek() <= '9' && digits < 6) {
            number = number * 10 + (peek() - '0');
            ++at_;
            ++digits;
        }
        return digits == 0 ? std::nullopt : std::optional(number);
    }

    /// After `{`: `n}`, `n,}` or `n,m}`.
    void counted() {
        const std::optional<int> least = count();
        if (!least) {
            fail();
            return;
        }
        out_ += "{" + std::to_string(*least);
        if (accept(',')) {
            out_ += ",";
            const std::optional<int> most = count();
            if (most) {
                out_ += std::to_string(*most);
            }
            ok_ = ok_ && (!most || *most >= *least);
        }
        out_ += "}";
        ok_ = ok_ && accept('}');
    }

    std::string_view pattern_;
    RegexFlags flags_;
    std::size_t at_ = 0;
    std::string out_;
    std::vector<int> open_groups_;  // Numbers of the groups that are open; 0 for `(?:`.
    int group_count_ = 0;
    bool ok_ = true;
};

}  // namespace

std::optional<RegexFlags> RegexFlags::parse(std::string_view letters) {
    RegexFlags flags;
    for (const char letter : letters) {
        switch (letter) {
        case 's':
            flags.dot_all = true;
            break;
        case 'm':
            flags.multiline = true;
            break;
        case 'i':
            flags.case_insensitive = true;
            break;
        case 'x':
            flags.free_spacing = true;
            break;
        case 'q':
            flags.literal = true;
            break;
        default:
            return std::nullopt;
        }
    }
    return flags;
}

std::optional<std::string> translate_regex(std::string_view pattern, const RegexFlags& flags) {
    const std::string spaceless = flags.free_spacing ? without_spaces(pattern) : "";
    return Translator(flags.free_spacing ? std::string_view(spaceless) : pattern, flags)
        .translate();
}

}  // namespace attune::feel
