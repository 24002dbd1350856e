#include "program/identity.h"

#include <algorithm>
#include <array>

#include "base/hash.h"

namespace attune::program {

namespace {

using customer::Identifier;
using customer::OwnedIdentifier;

/// Of one list in a call; more is a mistake of the sender.
constexpr std::size_t kListedMax = 8;

constexpr std::size_t kPhoneDigitsMin = 5;
constexpr std::size_t kPhoneDigitsMax = 15;  // E.164

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view kSpace = " \t\r\n";
    const std::size_t first = text.find_first_not_of(kSpace);
    return first == std::string_view::npos
               ? std::string_view()
               : text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

/// Empty for what is none.
std::string email_form(std::string_view text) {
    const std::size_t at = text.rfind('@');
    if (at == std::string_view::npos || at == 0 || at + 1 == text.size() ||
        text.find_first_of(" \t\r\n") != std::string_view::npos) {
        return {};
    }
    std::string small(text);
    std::transform(small.begin(), small.end(), small.begin(), [](char letter) {
        return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
    });
    return small;
}

std::string phone_form(std::string_view text) {
    constexpr std::string_view kBetween = " -./()+\t";
    std::string digits;
    for (const char letter : text) {
        if (letter >= '0' && letter <= '9') {
            digits += letter;
        } else if (kBetween.find(letter) == std::string_view::npos) {
            return {};
        }
    }
    if (digits.starts_with("00")) {
        digits.erase(0, 2);
    }
    return digits.size() < kPhoneDigitsMin || digits.size() > kPhoneDigitsMax ? std::string()
                                                                              : digits;
}

std::string normal_form(IdentifierForm form, std::string_view text) {
    switch (form) {
    case IdentifierForm::Email:
        return email_form(trimmed(text));
    case IdentifierForm::Phone:
        return phone_form(trimmed(text));
    case IdentifierForm::Text:
        break;
    }
    return std::string(trimmed(text));
}

Identifier::Kind kind_for(std::string_view name) {
    for (const Identifier::Kind kind :
         {Identifier::Kind::UserId,
          Identifier::Kind::AnonymousId,
          Identifier::Kind::Email,
          Identifier::Kind::Phone}) {
        if (customer::to_string(kind) == name) {
            return kind;
        }
    }
    return Identifier::Kind::Other;
}

constexpr std::array<std::string_view, 3> kPartNames{"traits", "properties", "context"};

/// "traits.address.city" to its part and the path below it; nothing if it is no such text.
std::optional<IdentifierSource> parse_source(std::string_view text) {
    IdentifierSource source;
    const std::size_t dot = text.find('.');
    const auto* const part = std::find(kPartNames.begin(), kPartNames.end(), text.substr(0, dot));
    if (part == kPartNames.end() || dot == std::string_view::npos) {
        return std::nullopt;
    }
    source.part = static_cast<IdentifierSource::Part>(part - kPartNames.begin());
    for (std::string_view rest = text.substr(dot + 1);;) {
        const std::size_t end = rest.find('.');
        source.path.emplace_back(rest.substr(0, end));
        if (source.path.back().empty()) {
            return std::nullopt;
        }
        if (end == std::string_view::npos) {
            return source;
        }
        rest = rest.substr(end + 1);
    }
}

void add_ignored(const IdentifierSpec& spec, IdentifierKind& kind) {
    for (const Text& value : spec.ignore) {
        const std::string normal = normal_form(kind.form, value.text);
        // What has not the form of one is passed over anyway.
        if (!normal.empty()) {
            kind.ignored.push_back(normal);
        }
    }
}

/// Turns the specs of one workspace into an Identity.
class Compiling {
public:
    Compiling(Identity& identity, Diagnostics& diagnostics)
        : identity_(identity), diagnostics_(diagnostics) {}

    void add(const IdentifierSpec& spec);

private:
    void error(const IdentifierSpec& spec, const Text& at, const std::string& why) {
        diagnostics_.error(at.at, "cannot use identifier \"" + spec.name.text + "\": " + why);
    }
    void add_sources(const IdentifierSpec& spec);

    Identity& identity_;
    Diagnostics& diagnostics_;
};

void Compiling::add(const IdentifierSpec& spec) {
    IdentifierKind kind{
        spec.name.text, kind_for(spec.name.text), spec.form, spec.merge, spec.per_customer_max, {}};
    if (spec.name.text.find(':') != std::string::npos) {
        error(spec, spec.name, "its name holds a colon, which ends the name in `email:ada@b.c`");
    }
    if (kind.kind == Identifier::Kind::UserId || kind.kind == Identifier::Kind::AnonymousId) {
        if (!spec.from.empty() || spec.form != IdentifierForm::Text || !spec.ignore.empty() ||
            spec.merge != MergeRule::Anonymous) {
            error(spec, spec.name, "every call has it; only `per_customer` can be said of it");
        }
        identity_.kinds[static_cast<std::size_t>(kind.kind)] = std::move(kind);
        return;
    }
    if (spec.from.empty()) {
        error(
            spec,
            spec.name,
            "it does not say where it stands; add `from: traits." + spec.name.text + "`"
        );
    }
    add_ignored(spec, kind);
    identity_.kinds.push_back(std::move(kind));
    add_sources(spec);
}

void Compiling::add_sources(const IdentifierSpec& spec) {
    for (const Text& from : spec.from) {
        std::optional<IdentifierSource> source = parse_source(from.text);
        if (!source) {
            error(
                spec,
                from,
                "\"" + from.text +
                    "\" is no place in a call; it begins with traits., properties. or context."
            );
            continue;
        }
        source->kind = static_cast<std::uint32_t>(identity_.kinds.size() - 1);
        for (const Text& event : spec.on) {
            source->events.push_back(event.text);
        }
        using Part = IdentifierSource::Part;
        identity_.wants.traits = identity_.wants.traits || source->part == Part::Traits;
        identity_.wants.properties = identity_.wants.properties || source->part == Part::Properties;
        identity_.wants.context = identity_.wants.context || source->part == Part::Context;
        identity_.sources.push_back(std::move(*source));
    }
}

/// What stands at a path; of `externalIds` the ids whose type is the kind's name.
void collect(
    const Value& part,
    const IdentifierSource& source,
    const IdentifierKind& kind,
    std::vector<Value>& found
) {
    Value value = part;
    for (const std::string& key : source.path) {
        value = value.is(Value::Kind::Context) ? value.get(key) : Value();
    }
    if (!value.is(Value::Kind::List)) {
        found.push_back(value);
        return;
    }
    const bool typed = source.part == IdentifierSource::Part::Context && source.path.size() == 1 &&
                       source.path.front() == "externalIds";
    for (const Value& item : value.as_list()) {
        if (found.size() == kListedMax) {
            return;
        }
        if (!typed) {
            found.push_back(item);
        } else if (item.is(Value::Kind::Context)) {
            const Value type = item.get("type");
            if (type.is(Value::Kind::String) && type.as_string() == kind.name) {
                found.push_back(item.get("id"));
            }
        }
    }
}

}  // namespace

Identity Identity::compile(const Workspace& workspace, Diagnostics& diagnostics) {
    Identity identity;
    for (const Identifier::Kind kind : {Identifier::Kind::UserId, Identifier::Kind::AnonymousId}) {
        identity.kinds.push_back({std::string(customer::to_string(kind)), kind, {}, {}, {}, {}});
    }
    Compiling compiling(identity, diagnostics);
    for (const IdentifierSpec& spec : workspace.identifiers) {
        compiling.add(spec);
    }
    if (const auto times = workspace.settings.limits.merges_per_day_max) {
        constexpr Duration kDay(std::int64_t{24} * 3600 * 1000);
        identity.merges = {
            hash_bytes("merges of a customer"), *times, kDay, customer::Calendar::None, nullptr};
    }
    return identity;
}

std::optional<std::uint32_t> Identity::kind_of(const Identifier& identifier) const {
    for (std::uint32_t i = 0; i < kinds.size(); ++i) {
        if (kinds[i].kind == identifier.kind && (identifier.kind != Identifier::Kind::Other ||
                                                 kinds[i].name == customer::name_of(identifier))) {
            return i;
        }
    }
    return std::nullopt;
}

const IdentifierKind* Identity::kind_named(std::string_view name) const {
    const auto found = std::find_if(kinds.begin(), kinds.end(), [&](const IdentifierKind& kind) {
        return kind.name == name;
    });
    return found == kinds.end() ? nullptr : &*found;
}

std::vector<OwnedIdentifier> Identity::read(const IdentifierParts& parts) const {
    std::vector<OwnedIdentifier> identifiers;
    std::vector<Value> found;
    const std::array<const Value*, 3> values{&parts.traits, &parts.properties, &parts.context};
    for (const IdentifierSource& source : sources) {
        if (!source.events.empty() &&
            std::find(source.events.begin(), source.events.end(), parts.event) ==
                source.events.end()) {
            continue;
        }
        const IdentifierKind& kind = kinds[source.kind];
        found.clear();
        collect(*values[static_cast<std::size_t>(source.part)], source, kind, found);
        for (const Value& value : found) {
            std::optional<OwnedIdentifier> one;
            if (value.is(Value::Kind::String)) {
                one = make_identifier(kind, value.as_string());
            } else if (value.is(Value::Kind::Number)) {
                one = make_identifier(kind, value.as_number().to_string());
            }
            if (one &&
                std::find(identifiers.begin(), identifiers.end(), *one) == identifiers.end()) {
                identifiers.push_back(std::move(*one));
            }
        }
    }
    return identifiers;
}

std::optional<OwnedIdentifier> Identity::parse(std::string_view text) const {
    const std::size_t colon = text.find(':');
    const IdentifierKind* const kind =
        colon == std::string_view::npos ? nullptr : kind_named(text.substr(0, colon));
    return kind == nullptr ? std::nullopt : make_identifier(*kind, text.substr(colon + 1));
}

std::optional<OwnedIdentifier> make_identifier(const IdentifierKind& kind, std::string_view text) {
    const bool given =
        kind.kind == Identifier::Kind::UserId || kind.kind == Identifier::Kind::AnonymousId;
    std::string normal = given ? std::string(text) : normal_form(kind.form, text);
    if (normal.empty() ||
        std::find(kind.ignored.begin(), kind.ignored.end(), normal) != kind.ignored.end()) {
        return std::nullopt;
    }
    if (kind.kind == Identifier::Kind::Other) {
        normal.insert(0, kind.name + ":");
    }
    return normal.size() > customer::kIdentifierBytesMax
               ? std::nullopt
               : std::optional(OwnedIdentifier{kind.kind, std::move(normal)});
}

IdentifierParts parts_of(
    const schema::Route& route, const schema::Batch& batch, std::optional<schema::Call> kind
) {
    const std::string_view type = kind ? schema::to_string(*kind) : route.type;
    return {
        type == schema::to_string(schema::Call::Track) ? route.event : type,
        route.traits,
        route.properties,
        route.context.null() ? batch.context_value : route.context};
}

}  // namespace attune::program
