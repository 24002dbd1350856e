#include <array>
#include <utility>

#include "feel/scope.h"
#include "feel/type.h"
#include "feel/type_reader.h"

namespace attune::feel {

namespace {

constexpr std::array<std::pair<std::string_view, Type::Kind>, 16> kNames{
    {{"Any", Type::Kind::Any},
     {"Null", Type::Kind::Null},
     {"boolean", Type::Kind::Boolean},
     {"number", Type::Kind::Number},
     {"string", Type::Kind::String},
     {"date", Type::Kind::Date},
     {"time", Type::Kind::Time},
     {"date and time", Type::Kind::DateTime},
     {"years and months duration", Type::Kind::YearsMonthsDuration},
     {"days and time duration", Type::Kind::DaysTimeDuration},
     {"list", Type::Kind::List},
     {"context", Type::Kind::Context},
     {"function", Type::Kind::Function},
     {"range", Type::Kind::Range},
     // Spellings that tools write.
     {"dateTime", Type::Kind::DateTime},
     {"any", Type::Kind::Any}}};

std::string list_of(std::span<const Type> types) {
    std::string text;
    for (const Type& type : types) {
        text += (text.empty() ? "" : ", ") + to_string(type);
    }
    return text;
}

std::string fields_text(const Type& type) {
    std::string text;
    for (const Type::Field& field : type.fields()) {
        text += (text.empty() ? "" : ", ") + field.name + ": " + to_string(field.type);
    }
    return text;
}

}  // namespace

std::optional<Type> simple_type(std::string_view canonical) {
    for (const auto& [name, kind] : kNames) {
        if (name == canonical) {
            return Type(kind);
        }
    }
    return std::nullopt;
}

std::string to_string(const Type& type) {
    switch (type.kind()) {
    case Type::Kind::List:
        return "list<" + to_string(type.item()) + ">";
    case Type::Kind::Range:
        return "range<" + to_string(type.item()) + ">";
    case Type::Kind::Context:
        return type.fields().empty() ? "context" : "context<" + fields_text(type) + ">";
    case Type::Kind::Function:
        return type.has_signature()
                   ? "function<" + list_of(type.parameters()) + "> -> " + to_string(type.result())
                   : "function";
    default:
        break;
    }
    for (const auto& [name, kind] : kNames) {
        if (kind == type.kind()) {
            return std::string(name);
        }
    }
    return "Any";
}

std::optional<Type> Type::parse(std::string_view text) {
    const Scope nothing;
    TypeReader reader(text, 0, nothing);
    std::optional<Type> type = reader.read();
    return type && reader.at_end() ? type : std::nullopt;
}

}  // namespace attune::feel
