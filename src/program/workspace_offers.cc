#include "program/workspace_offers.h"

#include <algorithm>

namespace attune::program {

/// Recursive descent: or < and < not < contains.
class TagFilter::Parser {
public:
    Parser(const Text& text, Diagnostics& diagnostics) : text_(text), diagnostics_(diagnostics) {}

    std::optional<TagFilter> parse() {
        const bool whole = any(0) && (skip_blanks(), at_ == text_.text.size() || fail());
        return whole ? std::optional(std::move(filter_)) : std::nullopt;
    }

private:
    static constexpr int kDepthMax = 32;

    bool fail() {
        if (!failed_) {
            failed_ = true;
            diagnostics_.error_in(
                text_,
                std::min(at_, text_.text.size() - 1),
                1,
                "cannot read which offers are meant by \"" + text_.text + "\"",
                "write `all`, a list of names, or tags as in: tags contains \"hero\" and not tags "
                "contains \"old\""
            );
        }
        return false;
    }

    void skip_blanks() {
        while (at_ < text_.text.size() && (text_.text[at_] == ' ' || text_.text[at_] == '\n')) {
            ++at_;
        }
    }

    bool word(std::string_view wanted) {
        skip_blanks();
        const std::string_view rest = std::string_view(text_.text).substr(at_);
        const auto letter = [](char byte) { return byte >= 'a' && byte <= 'z'; };
        if (!rest.starts_with(wanted) ||
            (letter(wanted.back()) && rest.size() > wanted.size() && letter(rest[wanted.size()]))) {
            return false;
        }
        at_ += wanted.size();
        return true;
    }

    bool any(int depth) {
        if (!every(depth)) {
            return false;
        }
        while (word("or")) {
            if (!every(depth)) {
                return false;
            }
            filter_.steps_.push_back({Operation::Or});
        }
        return true;
    }

    bool every(int depth) {
        if (!one(depth)) {
            return false;
        }
        while (word("and")) {
            if (!one(depth)) {
                return false;
            }
            filter_.steps_.push_back({Operation::And});
        }
        return true;
    }

    bool one(int depth) {
        if (depth > kDepthMax) {
            return fail();
        }
        if (word("not")) {
            const bool inner = one(depth + 1);
            filter_.steps_.push_back({Operation::Not});
            return inner;
        }
        if (word("(")) {
            return any(depth + 1) && (word(")") || fail());
        }
        if (word("all")) {
            filter_.steps_.push_back({Operation::All});
            return true;
        }
        return word("tags") && word("contains") ? tag() : fail();
    }

    bool tag() {
        if (!word("\"")) {
            return fail();
        }
        const std::size_t end = text_.text.find('"', at_);
        if (end == std::string::npos) {
            return fail();
        }
        filter_.steps_.push_back({Operation::Contains, filter_.tags_.size()});
        filter_.tags_.push_back({text_.text.substr(at_, end - at_), diagnostics_.locate(text_, at_)}
        );
        at_ = end + 1;
        return true;
    }

    const Text& text_;
    Diagnostics& diagnostics_;
    std::size_t at_ = 0;
    bool failed_ = false;
    TagFilter filter_;
};

std::optional<TagFilter> TagFilter::parse(const Text& text, Diagnostics& diagnostics) {
    return Parser(text, diagnostics).parse();
}

bool TagFilter::matches(const std::vector<Text>& tags) const {
    std::vector<bool> stack;
    const auto pop = [&] {
        const bool top = stack.back();
        stack.pop_back();
        return top;
    };
    for (const Step& step : steps_) {
        switch (step.operation) {
        case Operation::All:
            stack.push_back(true);
            break;
        case Operation::Contains:
            stack.push_back(std::any_of(tags.begin(), tags.end(), [&](const Text& tag) {
                return tag.text == tags_[step.tag].text;
            }));
            break;
        case Operation::Not:
            stack.back() = !stack.back();
            break;
        case Operation::And: {
            const bool right = pop();
            stack.back() = stack.back() && right;
            break;
        }
        case Operation::Or: {
            const bool right = pop();
            stack.back() = stack.back() || right;
            break;
        }
        }
    }
    return !stack.empty() && stack.back();
}

}  // namespace attune::program
