#include "delivery/email/message.h"

#include <algorithm>
#include <array>

#include "delivery/effect.h"
#include "delivery/email/encoding.h"

namespace attune::delivery {

namespace {

constexpr std::size_t kAddressBytesMax = 254;  // RFC 5321, section 4.5.3.1.3, less the brackets
constexpr std::size_t kSubjectPlainMax = 65;   // keeps the line below the 78 bytes of RFC 5322
constexpr std::size_t kHeaderPlainMax = 900;   // keeps the line below the 998 bytes of RFC 5322

// Quoted-printable text holds no "=_", so no part can contain it.
constexpr std::string_view kBoundary = "=_attune_part";

// Written from the payload's own fields, or by the servers on the way.
constexpr std::array<std::string_view, 15> kReservedHeaders{
    "from",
    "to",
    "cc",
    "bcc",
    "sender",
    "subject",
    "date",
    "message-id",
    "mime-version",
    "return-path",
    "received",
    "dkim-signature",
    "resent-to",
    "resent-cc",
    "resent-bcc"};

bool is_alphanumeric(char byte) {
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= '0' && byte <= '9');
}

bool in_local_part(char byte) {
    return is_alphanumeric(byte) ||
           std::string_view("!#$%&'*+-/=?^_`{|}~.").find(byte) != std::string::npos;
}

bool in_domain(char byte) {
    return is_alphanumeric(byte) || byte == '-' || byte == '.';
}

/// Dots stand between other characters.
bool well_dotted(std::string_view text) {
    return !text.empty() && text.front() != '.' && text.back() != '.' &&
           text.find("..") == std::string_view::npos;
}

bool well_formed_address(std::string_view address) {
    const std::size_t at = address.find('@');
    if (at == std::string_view::npos || address.size() > kAddressBytesMax) {
        return false;
    }
    const std::string_view local = address.substr(0, at);
    const std::string_view domain = address.substr(at + 1);
    return well_dotted(local) && std::all_of(local.begin(), local.end(), in_local_part) &&
           well_dotted(domain) && domain.front() != '-' &&
           std::all_of(domain.begin(), domain.end(), in_domain);
}

std::string_view trimmed(std::string_view text) {
    const std::size_t first = text.find_first_not_of(" \t");
    return first == std::string_view::npos
               ? std::string_view()
               : text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

/// A display name as RFC 5322 wants it: quoted while it is ASCII, encoded words otherwise.
std::string display_name(std::string_view name) {
    const std::string text = header_text(name, kSubjectPlainMax);
    if (text.rfind("=?", 0) == 0) {
        return text;
    }
    std::string quoted = "\"";
    for (const char byte : text) {
        if (byte == '"' || byte == '\\') {
            quoted += '\\';
        }
        quoted += byte;
    }
    return quoted + '"';
}

std::string header_of(const Mailbox& mailbox) {
    return mailbox.name.empty() ? mailbox.address
                                : display_name(mailbox.name) + " <" + mailbox.address + ">";
}

bool allowed_header(std::string_view name) {
    std::string lower(name);
    std::transform(lower.begin(), lower.end(), lower.begin(), [](char byte) {
        return byte >= 'A' && byte <= 'Z' ? static_cast<char>(byte - 'A' + 'a') : byte;
    });
    const bool token =
        !name.empty() && name.size() <= 64 && std::all_of(name.begin(), name.end(), [](char byte) {
            return is_alphanumeric(byte) || byte == '-';
        });
    return token && lower.rfind("content-", 0) != 0 &&
           std::find(kReservedHeaders.begin(), kReservedHeaders.end(), lower) ==
               kReservedHeaders.end();
}

class Writer {
public:
    void header(std::string_view name, std::string_view value) {
        source_ += name;
        source_ += ": ";
        source_ += value;
        source_ += "\r\n";
    }

    void part(std::string_view type, std::string_view text) {
        header("Content-Type", std::string(type) + "; charset=utf-8");
        header("Content-Transfer-Encoding", "quoted-printable");
        source_ += "\r\n";
        source_ += quoted_printable(text);
    }

    void alternatives(const EmailPayload& payload) {
        header(
            "Content-Type", "multipart/alternative; boundary=\"" + std::string(kBoundary) + "\""
        );
        source_ += "\r\n";
        boundary("\r\n");
        part("text/plain", payload.text);
        boundary("\r\n");
        part("text/html", payload.html);
        boundary("--\r\n");
    }

    std::string take() { return std::move(source_); }

private:
    void boundary(std::string_view end) {
        source_ += "--";
        source_ += kBoundary;
        source_ += end;
    }

    std::string source_;
};

Error refused(const std::string& what) {
    return {Error::Kind::InvalidInput, "cannot write an e-mail: " + what};
}

}  // namespace

std::optional<Mailbox> parse_mailbox(std::string_view text) {
    text = trimmed(text);
    Mailbox mailbox;
    std::string_view address = text;
    if (!text.empty() && text.back() == '>') {
        const std::size_t open = text.rfind('<');
        if (open == std::string_view::npos) {
            return std::nullopt;
        }
        address = text.substr(open + 1, text.size() - open - 2);
        std::string_view name = trimmed(text.substr(0, open));
        if (name.size() >= 2 && name.front() == '"' && name.back() == '"') {
            name = name.substr(1, name.size() - 2);
        }
        mailbox.name = name;
    }
    if (!well_formed_address(address)) {
        return std::nullopt;
    }
    mailbox.address = address;
    return mailbox;
}

Result<Message> write_message(const EmailPayload& payload, const MessageOrigin& origin) {
    const std::optional<Mailbox> from = parse_mailbox(payload.from);
    const std::optional<Mailbox> to = parse_mailbox(payload.to);
    if (!from || !to) {
        return refused(
            std::string(from ? "\"to\"" : "\"from\"") +
            " must be one address like ann@example.com or Ann <ann@example.com>"
        );
    }
    if (!well_formed_id(origin.id)) {
        return refused("its id does not fit into a header");
    }
    Writer writer;
    writer.header("Date", mail_date(origin.date));
    writer.header("From", header_of(*from));
    writer.header("To", header_of(*to));
    writer.header("Subject", header_text(payload.subject, kSubjectPlainMax));
    writer.header(
        "Message-ID", "<" + std::string(origin.id) + "@" + std::string(origin.domain) + ">"
    );
    writer.header("MIME-Version", "1.0");
    for (const auto& [name, value] : payload.headers) {
        if (!allowed_header(name)) {
            return refused(
                "a header may not be named \"" + header_text(name, kSubjectPlainMax) + "\""
            );
        }
        writer.header(name, header_text(value, kHeaderPlainMax));
    }
    if (!payload.text.empty() && !payload.html.empty()) {
        writer.alternatives(payload);
    } else if (!payload.html.empty()) {
        writer.part("text/html", payload.html);
    } else {
        writer.part("text/plain", payload.text);
    }
    return Message{{from->address, to->address}, writer.take()};
}

}  // namespace attune::delivery
