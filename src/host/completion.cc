#include "host/completion.h"

#include <algorithm>
#include <iterator>

namespace attune::host {

namespace {

bool in_word(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= '0' && byte <= '9') || byte == '_' || byte == ':' || byte >= 0x80;
}

}  // namespace

std::string Completion::common() const {
    if (names.empty()) {
        return "";
    }
    // Sorted: what the first and the last share, all share.
    const std::string& first = names.front();
    const std::string& last = names.back();
    const auto end = std::mismatch(first.begin(), first.end(), last.begin(), last.end()).first;
    auto size = static_cast<std::size_t>(end - first.begin());
    while (size < first.size() && size > typed && (first[size] & 0xc0) == 0x80) {
        --size;  // Not into the middle of a character.
    }
    return first.substr(typed, size - typed);
}

Completion complete(std::string_view before, std::span<const std::string> names) {
    Completion found;
    for (std::size_t from = 0; from < before.size(); ++from) {
        const bool begins = in_word(before[from]) && (from == 0 || !in_word(before[from - 1]));
        if (!begins) {
            continue;
        }
        const std::string_view end = before.substr(from);
        std::copy_if(
            names.begin(),
            names.end(),
            std::back_inserter(found.names),
            [end](const std::string& name) { return name.starts_with(end); }
        );
        if (!found.names.empty()) {
            found.typed = end.size();
            break;
        }
    }
    std::sort(found.names.begin(), found.names.end());
    found.names.erase(std::unique(found.names.begin(), found.names.end()), found.names.end());
    return found;
}

}  // namespace attune::host
