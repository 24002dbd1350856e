#include "feel/type_reader.h"

#include "feel/chars.h"

namespace attune::feel {

namespace {

constexpr std::size_t kDepthMax = 64;

/// More parts than any name of a type is likely to have.
constexpr std::size_t kNamePartsMax = 32;

}  // namespace

bool TypeReader::at_end() const {
    return skip_space(text_, offset_) == text_.size();
}

bool TypeReader::accept(std::string_view token) {
    const std::size_t at = skip_space(text_, offset_);
    if (text_.substr(at, token.size()) != token) {
        return false;
    }
    offset_ = at + token.size();
    return true;
}

std::optional<Type> TypeReader::fail(std::string problem) {
    if (problem_.empty()) {
        problem_ = std::move(problem);
    }
    return std::nullopt;
}

std::optional<Type> TypeReader::read() {
    if (++depth_ > kDepthMax) {
        return fail("the type nests too deeply");
    }
    bare_generic_ = false;
    const std::size_t start = skip_space(text_, offset_);
    offset_ = start;
    std::optional<Type> type;
    if (accept("list") && accept("<")) {
        type = read_item(true);
    } else if (offset_ = start; accept("range") && accept("<")) {
        type = read_item(false);
    } else if (offset_ = start; accept("context") && accept("<")) {
        type = read_context();
    } else if (offset_ = start; accept("function") && accept("<")) {
        type = read_function();
    } else {
        offset_ = start;
        type = read_named();
    }
    --depth_;
    return type;
}

std::optional<Type> TypeReader::read_item(bool list) {
    std::optional<Type> item = read();
    bare_generic_ = false;
    if (!item) {
        return std::nullopt;
    }
    if (!accept(">")) {
        return fail("expected \">\" after the item type");
    }
    return list ? Type::list(*item) : Type::range(*item);
}

std::optional<Type> TypeReader::read_context() {
    std::vector<Type::Field> fields;
    while (!accept(">")) {
        if (!fields.empty() && !accept(",")) {
            return fail("expected \",\" or \">\" in a context type");
        }
        std::string name = read_word();
        if (name.empty() || !accept(":")) {
            return fail("expected `name: type` in a context type");
        }
        std::optional<Type> type = read();
        if (!type) {
            return std::nullopt;
        }
        fields.push_back({std::move(name), std::move(*type)});
    }
    bare_generic_ = false;
    return Type::context(std::move(fields));
}

std::optional<Type> TypeReader::read_function() {
    std::vector<Type> parameters;
    while (!accept(">")) {
        if (!parameters.empty() && !accept(",")) {
            return fail("expected \",\" or \">\" in a function type");
        }
        std::optional<Type> type = read();
        if (!type) {
            return std::nullopt;
        }
        parameters.push_back(std::move(*type));
    }
    if (!accept("->")) {
        return fail("expected \"->\" and the result in a function type");
    }
    std::optional<Type> result = read();
    bare_generic_ = false;
    return result ? std::optional(Type::function(std::move(parameters), *result)) : std::nullopt;
}

/// A name up to the first character that cannot belong to it, as written but for white space.
std::string TypeReader::read_word() {
    std::string word;
    while (true) {
        const NamePart part = name_part_at(text_, offset_);
        if (part.length == 0 || (part.symbol && word.empty())) {
            return word;
        }
        word += word.empty() || part.offset == offset_ ? "" : " ";
        word += text_.substr(part.offset, part.length);
        offset_ = part.offset + part.length;
    }
}

std::optional<Type> TypeReader::read_named() {
    // The longest sequence of parts that names a type; "date and time" goes before "date".
    std::string name;
    std::optional<Type> found;
    std::size_t at = offset_;
    std::size_t found_end = at;
    for (std::size_t parts = 0; parts < kNamePartsMax; ++parts) {
        const NamePart part = name_part_at(text_, at);
        if (part.length == 0) {
            break;
        }
        name += (name.empty() ? "" : " ") + std::string(text_.substr(part.offset, part.length));
        at = part.offset + part.length;
        const Type* declared = scope_->find_type(name);
        std::optional<Type> type = declared != nullptr ? *declared : simple_type(name);
        if (type) {
            bare_generic_ = declared == nullptr &&
                            (type->is(Type::Kind::List) || type->is(Type::Kind::Context) ||
                             type->is(Type::Kind::Function) || type->is(Type::Kind::Range));
            found = std::move(type);
            found_end = at;
        }
    }
    if (!found) {
        if (name.empty()) {
            return fail("expected a type");
        }
        unknown_ = true;
        const std::string word = read_word();
        return fail("unknown type \"" + word + "\"");
    }
    offset_ = found_end;
    return found;
}

}  // namespace attune::feel
