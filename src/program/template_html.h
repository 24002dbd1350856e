#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace attune::program {

/// Follows HTML source as a browser's tokenizer would (WHATWG HTML, 13.2.5, as far as it decides
/// where a value may be inserted) and says what stands at its end.
class HtmlPlace {
public:
    enum class Kind : std::uint8_t {
        Text,
        Attribute,   ///< Inside quotes.
        UrlStart,    ///< The same of an attribute that is followed as a URL, nothing before it.
        UrlPart,     ///< Behind the URL's beginning.
        NotAllowed,  ///< A value could change the meaning of what stands around it.
    };

    void feed(std::string_view source);
    /// A value is inserted here.
    void insert() { attribute_value_ += 'x'; }

    [[nodiscard]] Kind kind() const;
    /// For NotAllowed: "in a <script> element".
    [[nodiscard]] std::string reason() const;
    /// Whether the source may end here.
    [[nodiscard]] bool complete() const { return state_ == State::Text; }

private:
    enum class State : std::uint8_t {
        Text,
        TagOpen,
        TagName,
        InTag,
        AttributeName,
        AfterAttributeName,
        BeforeValue,
        DoubleQuoted,
        SingleQuoted,
        Unquoted,
        Comment,
        Markup,   ///< <!DOCTYPE …>
        RawText,  ///< Inside script, style and their like.
    };

    void step(char letter);
    void step_in_tag(char letter);
    void step_in_attribute(char letter);
    void step_value(char letter, char quote);
    void end_tag();
    [[nodiscard]] bool url_attribute() const;

    State state_ = State::Text;
    std::string tag_;  ///< Lower case, with the slash of an end tag.
    std::string attribute_;
    std::string attribute_value_;
    std::string raw_;  ///< What ends the raw text: "</script".
    std::string recent_;
};

/// Whether a URL that a value gives may be followed: http, https, mailto, tel, or relative.
[[nodiscard]] bool safe_url(std::string_view url);

}  // namespace attune::program
