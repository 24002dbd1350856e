#include <algorithm>
#include <array>
#include <vector>

#include "feel/builtin_call.h"

namespace attune::feel {

namespace {

using Kind = Value::Kind;

Value run_get_value(BuiltinCall& call) {
    if (!call[0].is(Kind::Context)) {
        return call.fail("\"context\" must be a context", {call[0]});
    }
    Value value = call[0];
    if (call[1].is(Kind::String)) {
        return value.get(call.text(1));
    }
    return call.fail("\"key\" must be a text", {call[1]});
}

Value run_get_entries(BuiltinCall& call) {
    const std::span<const Entry> entries = call[0].as_context();
    if (!call.reserve_items(3 * entries.size())) {
        return {};
    }
    const std::span<Value> items = call.arena().array<Value>(entries.size());
    for (std::size_t i = 0; i < entries.size(); ++i) {
        const std::array<Entry, 2> pair{
            {{"key", Value::string(entries[i].key)}, {"value", entries[i].value}}};
        items[i] = Value::context({call.arena().copy(pair)->data(), pair.size()});
    }
    return Value::list(items);
}

std::vector<Entry> entries_of(const Value& context) {
    return {context.as_context().begin(), context.as_context().end()};
}

Value context_of(BuiltinCall& call, std::span<const Entry> entries) {
    if (!call.reserve_items(2 * entries.size())) {
        return {};
    }
    const std::span<Entry> kept = call.arena().array<Entry>(entries.size());
    std::copy(entries.begin(), entries.end(), kept.begin());
    return Value::context(kept);
}

/// Sets `key` in place, or adds it at the end.
void put(std::vector<Entry>& entries, std::string_view key, const Value& value) {
    const auto found = std::find_if(entries.begin(), entries.end(), [key](const Entry& entry) {
        return entry.key == key;
    });
    if (found == entries.end()) {
        entries.push_back({key, value});
    } else {
        found->value = value;
    }
}

Value run_context(BuiltinCall& call) {
    std::vector<Entry> entries;
    for (const Value& item : call.list(0)) {
        if (!item.has("key") || !item.has("value") || !item.get("key").is(Kind::String)) {
            return call.fail("an entry needs a \"key\", a text, and a \"value\"", {item});
        }
        const std::string_view key = item.get("key").as_string();
        const auto same = [key](const Entry& entry) { return entry.key == key; };
        if (!call.spend(1 + entries.size() / 8)) {
            return {};
        }
        if (std::any_of(entries.begin(), entries.end(), same)) {
            return call.fail("two entries have the same key", {item.get("key")});
        }
        entries.push_back({key, item.get("value")});
    }
    return context_of(call, entries);
}

/// `value` put at the end of a path of keys, contexts made on the way; nothing if something on the
/// way is no context.
std::optional<Value> put_at(
    BuiltinCall& call, const Value& context, std::span<const Value> keys, const Value& value
) {
    if (keys.empty()) {
        return value;
    }
    if (!keys.front().is(Kind::String) || (!context.is(Kind::Context) && !context.null())) {
        return std::nullopt;
    }
    const std::string_view key = keys.front().as_string();
    const std::optional<Value> inner = put_at(call, context.get(key), keys.subspan(1), value);
    if (!inner) {
        return std::nullopt;
    }
    std::vector<Entry> entries = context.null() ? std::vector<Entry>() : entries_of(context);
    put(entries, key, *inner);
    return context_of(call, entries);
}

// Longer paths do not occur, and each key is a call.
constexpr std::size_t kPathMax = 100;

Value run_context_put(BuiltinCall& call) {
    if (call.signature == 0) {
        std::vector<Entry> entries = entries_of(call[0]);
        put(entries, call.text(1), call[2]);
        return context_of(call, entries);
    }
    const std::span<const Value> keys = call.list(1);
    if (keys.empty() || keys.size() > kPathMax) {
        return call.fail("\"keys\" must hold 1 to 100 keys", {call[1]});
    }
    const std::optional<Value> result = put_at(call, call[0], keys, call[2]);
    return result ? *result : call.fail("the keys do not lead into contexts", {call[1]});
}

Value run_context_merge(BuiltinCall& call) {
    std::vector<Entry> entries;
    for (const Value& context : call.list(0)) {
        if (!context.is(Kind::Context)) {
            return call.fail("only contexts can be merged", {context});
        }
        for (const Entry& entry : context.as_context()) {
            if (!call.spend(1 + entries.size() / 8)) {
                return {};
            }
            put(entries, entry.key, entry.value);
        }
    }
    return context_of(call, entries);
}

constexpr std::array kEntries{
    BuiltinEntry{
        "get value",
        "1.3",
        "The entry of a context; null if there is none.",
        {"m: Any, key: Any -> Any"},
        {{"get value({a: 1}, \"a\")", "1"}, {"get value({a: 1}, \"b\")", "null"}},
        run_get_value},
    BuiltinEntry{
        "get entries",
        "1.3",
        "The entries of a context as a list of keys and values.",
        {"m: context -> list<context>"},
        {{"get entries({a: 1})", "[{key: \"a\", value: 1}]"}},
        run_get_entries},
    BuiltinEntry{
        "context",
        "1.4",
        "The context that a list of keys and values makes.",
        {"entries: list<context> -> context"},
        {{"context([{key: \"a\", value: 1}])", "{a: 1}"}, {"context([{key: \"a\"}])", "null"}},
        run_context},
    BuiltinEntry{
        "context put",
        "1.4",
        "The context with an entry set, at its top or at the end of a path of keys.",
        {"context: context, key: string, value: Any -> context",
         "context: context, keys: list<string>, value: Any -> context"},
        {{"context put({x: 1}, \"y\", 2)", "{x: 1, y: 2}"},
         {"context put({x: 1}, [\"y\", \"z\"], 2)", "{x: 1, y: {z: 2}}"},
         {"context put({x: 1}, [], 2)", "null"}},
        run_context_put},
    BuiltinEntry{
        "context merge",
        "1.4",
        "All entries of several contexts; later ones win.",
        {"contexts: list<context> -> context"},
        {{"context merge([{x: 1}, {x: 2, y: 3}])", "{x: 2, y: 3}"}},
        run_context_merge},
};

}  // namespace

std::span<const BuiltinEntry> context_builtins() {
    return kEntries;
}

}  // namespace attune::feel
