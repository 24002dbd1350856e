#include "customer/identifiers.h"

#include "base/bytes.h"
#include "base/hash.h"
#include "customer/sections.h"

namespace attune::customer {

namespace {

/// Calls `use(identifier)` for each until it returns false.
template <typename Use>
void each_identifier(const Blob& blob, Use use) {
    ByteReader reader(blob.section(kIdentifiers));
    while (!reader.at_end()) {
        const auto kind = static_cast<Identifier::Kind>(reader.fixed<std::uint8_t>());
        const std::string_view text = reader.text();
        if (!reader.ok() || !use(Identifier{kind, text})) {
            return;
        }
    }
}

bool full(const Blob& blob, std::size_t more_bytes) {
    return blob.section(kIdentifiers).size() + more_bytes > kIdentifiersBytesMax ||
           identifiers(blob).size() >= kIdentifiersMax;
}

bool drop_oldest_anonymous(Blob& blob) {
    const std::string_view section = std::as_const(blob).section(kIdentifiers);
    ByteReader reader(section);
    for (bool first = true; !reader.at_end(); first = false) {
        const std::size_t offset = section.size() - reader.rest().size();
        const auto kind = static_cast<Identifier::Kind>(reader.fixed<std::uint8_t>());
        static_cast<void>(reader.text());
        const std::size_t end = section.size() - reader.rest().size();
        if (!first && kind == Identifier::Kind::AnonymousId) {
            blob.erase(kIdentifiers, offset, end - offset);
            return true;
        }
    }
    return false;
}

}  // namespace

std::string_view to_string(Identifier::Kind kind) {
    switch (kind) {
    case Identifier::Kind::UserId:
        return "userId";
    case Identifier::Kind::AnonymousId:
        return "anonymousId";
    case Identifier::Kind::Email:
        return "email";
    case Identifier::Kind::Phone:
        return "phone";
    case Identifier::Kind::Other:
        return "other";
    }
    return "userId";
}

std::string_view name_of(const Identifier& identifier) {
    return identifier.kind == Identifier::Kind::Other
               ? identifier.text.substr(0, identifier.text.find(':'))
               : to_string(identifier.kind);
}

std::string_view value_of(const Identifier& identifier) {
    const std::size_t colon = identifier.text.find(':');
    return identifier.kind == Identifier::Kind::Other && colon != std::string_view::npos
               ? identifier.text.substr(colon + 1)
               : identifier.text;
}

std::uint64_t hash_of(const Identifier& identifier) {
    return hash_combine(hash_bytes(identifier.text), static_cast<std::uint64_t>(identifier.kind));
}

bool has_identifier(const Blob& blob, const Identifier& identifier) {
    bool found = false;
    each_identifier(blob, [&](const Identifier& known) {
        found = known == identifier;
        return !found;
    });
    return found;
}

std::vector<Identifier> identifiers(const Blob& blob) {
    std::vector<Identifier> all;
    each_identifier(blob, [&](const Identifier& known) {
        all.push_back(known);
        return true;
    });
    return all;
}

bool add_identifier(Blob& blob, const Identifier& identifier) {
    if (identifier.text.size() > kIdentifierBytesMax || has_identifier(blob, identifier)) {
        return false;
    }
    std::string bytes;
    ByteWriter writer(bytes);
    writer.fixed(static_cast<std::uint8_t>(identifier.kind));
    writer.text(identifier.text);
    while (full(blob, bytes.size())) {
        if (!drop_oldest_anonymous(blob)) {
            return false;
        }
    }
    char* gap =
        blob.insert(kIdentifiers, std::as_const(blob).section(kIdentifiers).size(), bytes.size());
    std::memcpy(gap, bytes.data(), bytes.size());
    return true;
}

}  // namespace attune::customer
