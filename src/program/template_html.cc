#include "program/template_html.h"

#include <algorithm>
#include <array>

namespace attune::program {

namespace {

constexpr std::array<std::string_view, 10> kUrlAttributes{
    "href",
    "src",
    "action",
    "formaction",
    "poster",
    "background",
    "cite",
    "data",
    "ping",
    "xlink:href"};

/// Elements whose content is no HTML text.
constexpr std::array<std::string_view, 8> kRawElements{
    "script", "style", "textarea", "title", "xmp", "iframe", "noembed", "noframes"};

bool blank(char letter) {
    return letter == ' ' || letter == '\t' || letter == '\n' || letter == '\r' || letter == '\f';
}

char lower(char letter) {
    return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter + ('a' - 'A')) : letter;
}

template <std::size_t count>
bool among(const std::array<std::string_view, count>& words, std::string_view word) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

}  // namespace

bool safe_url(std::string_view url) {
    constexpr std::array<std::string_view, 4> kSchemes{"http", "https", "mailto", "tel"};
    std::string scheme;
    for (const char letter : url) {
        if (static_cast<unsigned char>(letter) <= ' ') {
            return false;  // Browsers drop white space inside a scheme; nobody else writes it.
        }
        if (letter == ':') {
            return among(kSchemes, scheme);
        }
        if (letter == '/' || letter == '?' || letter == '#') {
            return true;
        }
        scheme += lower(letter);
    }
    return true;
}

void HtmlPlace::feed(std::string_view source) {
    for (const char letter : source) {
        step(letter);
    }
}

void HtmlPlace::end_tag() {
    state_ = State::Text;
    if (among(kRawElements, tag_)) {
        raw_ = "</" + tag_;
        recent_.clear();
        state_ = State::RawText;
    }
}

void HtmlPlace::step(char letter) {
    switch (state_) {
    case State::Text:
        state_ = letter == '<' ? State::TagOpen : State::Text;
        break;
    case State::TagOpen:
        tag_.clear();
        recent_.clear();
        attribute_.clear();
        if (letter == '!') {
            state_ = State::Markup;
        } else if (letter == '/' || (lower(letter) >= 'a' && lower(letter) <= 'z')) {
            tag_ += lower(letter);
            state_ = State::TagName;
        } else {
            state_ = letter == '<' ? State::TagOpen : State::Text;
        }
        break;
    case State::Markup:
        recent_ += letter;
        if (recent_ == "--") {
            recent_.clear();
            state_ = State::Comment;
        } else if (letter == '>') {
            state_ = State::Text;
        }
        break;
    case State::Comment:
        recent_ += letter;
        if (recent_.ends_with("-->") || recent_ == ">" || recent_ == "->") {
            state_ = State::Text;
        }
        break;
    case State::RawText:
        recent_ += lower(letter);
        if (recent_.ends_with(raw_)) {
            tag_ = "/";
            state_ = State::InTag;
        }
        break;
    default:
        step_in_tag(letter);
    }
}

void HtmlPlace::step_in_tag(char letter) {
    if (state_ != State::TagName && state_ != State::InTag) {
        step_in_attribute(letter);
        return;
    }
    if (letter == '>') {
        end_tag();
    } else if (blank(letter) || letter == '/') {
        state_ = State::InTag;
    } else if (state_ == State::TagName) {
        tag_ += lower(letter);
    } else {
        attribute_ = std::string(1, lower(letter));
        state_ = State::AttributeName;
    }
}

void HtmlPlace::step_in_attribute(char letter) {
    switch (state_) {
    case State::AttributeName:
    case State::AfterAttributeName:
        if (letter == '=') {
            attribute_value_.clear();
            state_ = State::BeforeValue;
        } else if (letter == '>') {
            end_tag();
        } else if (letter == '/') {
            state_ = State::InTag;
        } else if (blank(letter)) {
            state_ = State::AfterAttributeName;
        } else {
            attribute_ = state_ == State::AfterAttributeName ? "" : attribute_;
            attribute_ += lower(letter);
            state_ = State::AttributeName;
        }
        break;
    case State::BeforeValue:
        if (letter == '"' || letter == '\'') {
            state_ = letter == '"' ? State::DoubleQuoted : State::SingleQuoted;
        } else if (letter == '>') {
            end_tag();
        } else if (!blank(letter)) {
            state_ = State::Unquoted;
        }
        break;
    case State::DoubleQuoted:
        step_value(letter, '"');
        break;
    case State::SingleQuoted:
        step_value(letter, '\'');
        break;
    default:  // Unquoted
        if (letter == '>') {
            end_tag();
        } else if (blank(letter)) {
            state_ = State::InTag;
        }
    }
}

void HtmlPlace::step_value(char letter, char quote) {
    if (letter == quote) {
        state_ = State::InTag;
    } else {
        attribute_value_ += letter;
    }
}

bool HtmlPlace::url_attribute() const {
    return among(kUrlAttributes, attribute_);
}

HtmlPlace::Kind HtmlPlace::kind() const {
    if (state_ == State::Text) {
        return Kind::Text;
    }
    // The content of these two is text in which character references count.
    if (state_ == State::RawText && (raw_ == "</textarea" || raw_ == "</title")) {
        return Kind::Text;
    }
    if (state_ != State::DoubleQuoted && state_ != State::SingleQuoted) {
        return Kind::NotAllowed;
    }
    if (attribute_.starts_with("on") || attribute_ == "style" || attribute_ == "srcdoc" ||
        attribute_ == "srcset") {
        return Kind::NotAllowed;
    }
    if (!url_attribute()) {
        return Kind::Attribute;
    }
    const bool begun = std::any_of(
        attribute_value_.begin(), attribute_value_.end(), [](char letter) { return !blank(letter); }
    );
    if (!begun) {
        return Kind::UrlStart;
    }
    return safe_url(attribute_value_) ? Kind::UrlPart : Kind::NotAllowed;
}

std::string HtmlPlace::reason() const {
    switch (state_) {
    case State::Comment:
    case State::Markup:
        return "in a comment or a declaration";
    case State::RawText:
        return "in a <" + raw_.substr(2) + "> element";
    case State::DoubleQuoted:
    case State::SingleQuoted:
        return url_attribute() ? "behind a URL's scheme that is not http, https, mailto or tel"
                               : "in the attribute " + attribute_;
    case State::BeforeValue:
    case State::Unquoted:
        return "in an attribute without quotes";
    default:
        return "inside a tag";
    }
}

}  // namespace attune::program
