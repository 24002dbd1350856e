#include "host/mail.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <utility>

namespace attune::host {

namespace {

char lower(char byte) {
    return byte >= 'A' && byte <= 'Z' ? static_cast<char>(byte - 'A' + 'a') : byte;
}

std::string lowered(std::string_view text) {
    std::string result(text);
    std::transform(result.begin(), result.end(), result.begin(), lower);
    return result;
}

std::string_view trimmed(std::string_view text) {
    const std::size_t first = text.find_first_not_of(" \t\r\n");
    return first == std::string_view::npos
               ? std::string_view()
               : text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

int hex_digit(char byte) {
    if (byte >= '0' && byte <= '9') {
        return byte - '0';
    }
    const char letter = lower(byte);
    return letter >= 'a' && letter <= 'f' ? letter - 'a' + 10 : -1;
}

/// The byte that `=XX` at `at` stands for.
std::optional<char> escaped_byte(std::string_view text, std::size_t at) {
    if (at + 2 >= text.size() || text[at] != '=') {
        return std::nullopt;
    }
    const int high = hex_digit(text[at + 1]);
    const int low = hex_digit(text[at + 2]);
    return high < 0 || low < 0 ? std::nullopt : std::optional(static_cast<char>(high * 16 + low));
}

std::string decode_quoted(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (const auto byte = escaped_byte(text, i)) {
            out += *byte;
            i += 2;
        } else if (text.substr(i, 3) == "=\r\n") {
            i += 2;
        } else {
            out += text[i];
        }
    }
    return out;
}

int base64_digit(char byte) {
    constexpr std::string_view kDigits =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const std::size_t digit = kDigits.find(byte);
    return digit == std::string_view::npos ? -1 : static_cast<int>(digit);
}

/// Reads on over line ends and stray characters, as RFC 2045 says.
std::string decode_base64(std::string_view text) {
    std::string out;
    std::uint32_t bits = 0;
    unsigned count = 0;
    for (const char byte : text) {
        const int digit = base64_digit(byte);
        if (digit < 0) {
            continue;
        }
        bits = bits << 6U | static_cast<unsigned>(digit);
        count += 6;
        if (count >= 8) {
            count -= 8;
            out += static_cast<char>(bits >> count & 0xffU);
        }
    }
    return out;
}

/// An encoded word (RFC 2047) at the beginning of `text`, decoded, and how long it is there.
std::optional<std::pair<std::string, std::size_t>> encoded_word(std::string_view text) {
    const std::size_t charset_end = text.find('?', 2);
    if (text.substr(0, 2) != "=?" || charset_end == std::string_view::npos ||
        charset_end + 2 >= text.size() || text[charset_end + 2] != '?') {
        return std::nullopt;
    }
    const char encoding = lower(text[charset_end + 1]);
    const std::size_t start = charset_end + 3;
    const std::size_t end = text.find("?=", start);
    if (end == std::string_view::npos || (encoding != 'b' && encoding != 'q')) {
        return std::nullopt;
    }
    std::string content(text.substr(start, end - start));
    if (encoding == 'q') {
        std::replace(content.begin(), content.end(), '_', ' ');
        return std::pair(decode_quoted(content), end + 2);
    }
    return std::pair(decode_base64(content), end + 2);
}

std::string decode_header(std::string_view text) {
    std::string out;
    bool after_word = false;
    for (std::size_t i = 0; i < text.size();) {
        if (auto word = encoded_word(text.substr(i))) {
            out += word->first;
            i += word->second;
            after_word = true;
            continue;
        }
        // Blanks between two encoded words belong to neither.
        const std::size_t next = text.find_first_not_of(' ', i);
        if (after_word && next != std::string_view::npos && encoded_word(text.substr(next))) {
            i = next;
            continue;
        }
        after_word = false;
        out += text[i++];
    }
    return out;
}

/// A header and a body: the message itself, or one of its parts.
struct Entity {
    std::vector<std::pair<std::string, std::string>> headers;  // names in lower case, unfolded
    std::string_view body;

    [[nodiscard]] std::string header(std::string_view name) const {
        const auto found = std::find_if(headers.begin(), headers.end(), [&](const auto& header) {
            return header.first == name;
        });
        return found == headers.end() ? std::string() : found->second;
    }
};

void add_header_line(Entity& entity, std::string_view line) {
    if (line.front() == ' ' || line.front() == '\t') {
        if (!entity.headers.empty()) {
            entity.headers.back().second += ' ';
            entity.headers.back().second += trimmed(line);
        }
        return;
    }
    const std::size_t colon = line.find(':');
    if (colon != std::string_view::npos) {
        entity.headers.emplace_back(
            lowered(line.substr(0, colon)), std::string(trimmed(line.substr(colon + 1)))
        );
    }
}

Entity parse_entity(std::string_view source) {
    Entity entity;
    while (!source.empty()) {
        const std::size_t end = std::min(source.find("\r\n"), source.size());
        const std::string_view line = source.substr(0, end);
        source.remove_prefix(std::min(end + 2, source.size()));
        if (line.empty()) {
            break;
        }
        add_header_line(entity, line);
    }
    entity.body = source;
    return entity;
}

std::string decode_body(const Entity& entity) {
    const std::string encoding = lowered(entity.header("content-transfer-encoding"));
    if (encoding == "quoted-printable") {
        return decode_quoted(entity.body);
    }
    return encoding == "base64" ? decode_base64(entity.body) : std::string(entity.body);
}

std::string boundary_of(const std::string& content_type) {
    const std::size_t found = lowered(content_type).find("boundary=");
    if (found == std::string::npos) {
        return {};
    }
    std::string_view value = std::string_view(content_type).substr(found + 9);
    if (!value.empty() && value.front() == '"') {
        value.remove_prefix(1);
        return std::string(value.substr(0, value.find('"')));
    }
    return std::string(trimmed(value.substr(0, value.find(';'))));
}

void take_body(const Entity& entity, Mail& mail) {
    const bool html = lowered(entity.header("content-type")).rfind("text/html", 0) == 0;
    std::string& body = html ? mail.html : mail.text;
    if (body.empty()) {
        body = decode_body(entity);
    }
}

void take_parts(std::string_view body, const std::string& boundary, Mail& mail) {
    const std::string delimiter = "--" + boundary;
    std::size_t at = body.find(delimiter);
    while (at != std::string_view::npos) {
        const std::size_t start = at + delimiter.size();
        if (body.substr(start, 2) == "--") {
            return;
        }
        at = body.find("\r\n" + delimiter, start);
        std::string_view part = body.substr(start, at == std::string_view::npos ? at : at - start);
        part.remove_prefix(std::min<std::size_t>(2, part.size()));
        take_body(parse_entity(part), mail);
        at = at == std::string_view::npos ? at : at + 2;
    }
}

}  // namespace

Mail parse_mail(std::string source) {
    Mail mail;
    mail.source = std::move(source);
    const Entity message = parse_entity(mail.source);
    mail.subject = decode_header(message.header("subject"));
    mail.message_id = message.header("message-id");
    if (mail.message_id.size() >= 2 && mail.message_id.front() == '<' &&
        mail.message_id.back() == '>') {
        mail.message_id = mail.message_id.substr(1, mail.message_id.size() - 2);
    }
    const std::string content_type = message.header("content-type");
    const std::string boundary = boundary_of(content_type);
    if (lowered(content_type).rfind("multipart/", 0) == 0 && !boundary.empty()) {
        take_parts(message.body, boundary, mail);
    } else {
        take_body(message, mail);
    }
    return mail;
}

}  // namespace attune::host
