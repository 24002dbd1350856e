#include "feel/type.h"

#include <algorithm>

#include "feel/function.h"

namespace attune::feel {

struct Type::Parts {
    std::vector<Type> types;    // Item; or parameters and, last, the result.
    std::vector<Field> fields;  // Context only.
};

Type Type::list(Type item) {
    Type type(Kind::List);
    type.parts_ = std::make_shared<const Parts>(Parts{{std::move(item)}, {}});
    return type;
}

Type Type::range(Type item) {
    Type type(Kind::Range);
    type.parts_ = std::make_shared<const Parts>(Parts{{std::move(item)}, {}});
    return type;
}

Type Type::context(std::vector<Field> fields) {
    Type type(Kind::Context);
    if (!fields.empty()) {
        type.parts_ = std::make_shared<const Parts>(Parts{{}, std::move(fields)});
    }
    return type;
}

Type Type::function(std::vector<Type> parameters, Type result) {
    Type type(Kind::Function);
    parameters.push_back(std::move(result));
    type.parts_ = std::make_shared<const Parts>(Parts{std::move(parameters), {}});
    return type;
}

const Type& Type::item() const {
    static const Type any;
    const bool has_item = (kind_ == Kind::List || kind_ == Kind::Range) && parts_ != nullptr;
    return has_item ? parts_->types.front() : any;
}

std::span<const Type::Field> Type::fields() const {
    return parts_ == nullptr ? std::span<const Field>() : std::span<const Field>(parts_->fields);
}

const Type* Type::field(std::string_view name) const {
    const std::span<const Field> all = fields();
    const auto found = std::find_if(all.begin(), all.end(), [name](const Field& field) {
        return field.name == name;
    });
    return found == all.end() ? nullptr : &found->type;
}

std::span<const Type> Type::parameters() const {
    if (!has_signature()) {
        return {};
    }
    return std::span<const Type>(parts_->types).first(parts_->types.size() - 1);
}

Type Type::result() const {
    return has_signature() ? parts_->types.back() : Type();
}

bool Type::has_signature() const {
    return kind_ == Kind::Function && parts_ != nullptr;
}

namespace {

bool function_conforms(const Type& type, const Type& other) {
    if (!other.has_signature()) {
        return true;
    }
    if (!type.has_signature() || type.parameters().size() != other.parameters().size()) {
        return false;
    }
    const auto contravariant = [](const Type& mine, const Type& theirs) {
        return theirs.conforms_to(mine);
    };
    return type.result().conforms_to(other.result()) && std::equal(
                                                            type.parameters().begin(),
                                                            type.parameters().end(),
                                                            other.parameters().begin(),
                                                            contravariant
                                                        );
}

}  // namespace

bool Type::conforms_to(const Type& other) const {
    if (other.any() || kind_ == Kind::Null) {
        return true;
    }
    if (kind_ != other.kind_) {
        return false;
    }
    switch (kind_) {
    case Kind::List:
    case Kind::Range:
        return item().conforms_to(other.item());
    case Kind::Context: {
        const std::span<const Field> wanted = other.fields();
        return std::all_of(wanted.begin(), wanted.end(), [this](const Field& field) {
            const Type* mine = this->field(field.name);
            return mine != nullptr && mine->conforms_to(field.type);
        });
    }
    case Kind::Function:
        return function_conforms(*this, other);
    default:
        return true;
    }
}

bool operator==(const Type& lhs, const Type& rhs) {
    if (lhs.kind_ != rhs.kind_) {
        return false;
    }
    if (lhs.parts_ == rhs.parts_) {
        return true;
    }
    if (lhs.kind_ == Type::Kind::List || lhs.kind_ == Type::Kind::Range) {
        return lhs.item() == rhs.item();
    }
    if (lhs.parts_ == nullptr || rhs.parts_ == nullptr) {
        return false;
    }
    const auto same = [](const Type::Field& left, const Type::Field& right) {
        return left.name == right.name && left.type == right.type;
    };
    return lhs.parts_->types == rhs.parts_->types && std::equal(
                                                         lhs.fields().begin(),
                                                         lhs.fields().end(),
                                                         rhs.fields().begin(),
                                                         rhs.fields().end(),
                                                         same
                                                     );
}

namespace {

Type type_of_context(const Value& value) {
    std::vector<Type::Field> fields;
    for (const Entry& entry : value.as_context()) {
        fields.push_back({std::string(entry.key), type_of(entry.value)});
    }
    return Type::context(std::move(fields));
}

Type type_of_list(const Value& value) {
    Type item = Type::Kind::Null;
    for (const Value& each : value.as_list()) {
        item = common_type(item, type_of(each));
        if (item.any()) {
            break;
        }
    }
    return Type::list(item);
}

}  // namespace

Type type_of(const Value& value) {
    switch (value.kind()) {
    case Value::Kind::Null:
        return Type::Kind::Null;
    case Value::Kind::Boolean:
        return Type::Kind::Boolean;
    case Value::Kind::Number:
        return Type::Kind::Number;
    case Value::Kind::String:
        return Type::Kind::String;
    case Value::Kind::Date:
        return Type::Kind::Date;
    case Value::Kind::Time:
        return Type::Kind::Time;
    case Value::Kind::DateTime:
        return Type::Kind::DateTime;
    case Value::Kind::YearsMonthsDuration:
        return Type::Kind::YearsMonthsDuration;
    case Value::Kind::DaysTimeDuration:
        return Type::Kind::DaysTimeDuration;
    case Value::Kind::List:
        return type_of_list(value);
    case Value::Kind::Context:
        return type_of_context(value);
    case Value::Kind::Range:
        return Type::range(
            common_type(type_of(value.as_range().start), type_of(value.as_range().end))
        );
    case Value::Kind::Function:
        return type_of(value.as_function());
    }
    return {};
}

Type type_of(const Function& function) {
    const Signature& signature = function.signature();
    if (function.builtin() != nullptr) {
        return Type::any_function();
    }
    std::vector<Type> parameters;
    for (const Parameter& parameter : signature.parameters) {
        parameters.push_back(parameter.type);
    }
    return Type::function(std::move(parameters), signature.result);
}

Type common_type(const Type& lhs, const Type& rhs) {
    if (lhs.conforms_to(rhs)) {
        return rhs;
    }
    if (rhs.conforms_to(lhs)) {
        return lhs;
    }
    if (lhs.kind() != rhs.kind()) {
        return {};
    }
    if (lhs.is(Type::Kind::List)) {
        return Type::list(common_type(lhs.item(), rhs.item()));
    }
    if (lhs.is(Type::Kind::Range)) {
        return Type::range(common_type(lhs.item(), rhs.item()));
    }
    if (lhs.is(Type::Kind::Function)) {
        return Type::any_function();
    }
    // Two contexts: what both are sure to have.
    std::vector<Type::Field> shared;
    for (const Type::Field& field : lhs.fields()) {
        if (const Type* other = rhs.field(field.name)) {
            shared.push_back({field.name, common_type(field.type, *other)});
        }
    }
    return Type::context(std::move(shared));
}

}  // namespace attune::feel
