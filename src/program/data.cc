#include "program/data.h"

#include "value/decimal.h"

namespace attune::program {

Data::Data() = default;
Data::~Data() = default;
Data::Data(const Data&) = default;
Data::Data(Data&&) noexcept = default;
Data& Data::operator=(const Data&) = default;
Data& Data::operator=(Data&&) noexcept = default;

const Data* Data::find(std::string_view key) const {
    for (const auto& [name, data] : entries) {
        if (name.text == key) {
            return &data;
        }
    }
    return nullptr;
}

Value to_value(const Data& data, Arena& arena) {
    switch (data.kind) {
    case Data::Kind::Null:
        return {};
    case Data::Kind::Boolean:
        return Value::boolean(data.text.text == "true");
    case Data::Kind::Number: {
        const std::optional<Decimal> number = Decimal::parse(data.text.text);
        return number ? Value::number(*number, arena) : Value();
    }
    case Data::Kind::String:
        return Value::string(arena.copy(std::string_view(data.text.text)));
    case Data::Kind::List: {
        const std::span<Value> items = arena.array<Value>(data.items.size());
        for (std::size_t i = 0; i < items.size(); ++i) {
            items[i] = to_value(data.items[i], arena);
        }
        return Value::list(items);
    }
    case Data::Kind::Map: {
        const std::span<attune::Entry> entries = arena.array<attune::Entry>(data.entries.size());
        for (std::size_t i = 0; i < entries.size(); ++i) {
            const auto& [name, item] = data.entries[i];
            entries[i] =
                attune::Entry{arena.copy(std::string_view(name.text)), to_value(item, arena)};
        }
        return Value::context(entries);
    }
    }
    return {};
}

}  // namespace attune::program
