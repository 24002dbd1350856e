// Reads every line of a file of the reference job: event_reader_bench FILE.jsonl.gz [ROUNDS]

#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>
#include <vector>

#include <zlib.h>

#include "schema/event_reader.h"

namespace {

using namespace attune;
using namespace attune::schema;

Property property(std::string name, PropertyType type) {
    Property made;
    made.name = std::move(name);
    made.type = type;
    made.required = true;
    if (type == PropertyType::String) {
        made.length_min = 1;
    } else {
        made.minimum = Decimal(type == PropertyType::Integer ? 1 : 0);
    }
    return made;
}

EventTypes reference_types() {
    const auto text = [](const char* name) { return property(name, PropertyType::String); };
    const auto number = [](const char* name) { return property(name, PropertyType::Number); };
    std::vector<EventType> types(4);
    types[0].name = "Product Viewed";
    types[0].properties = {
        text("product_id"), text("category"), text("brand"), number("price"), text("currency")};
    types[1].name = "Products Searched";
    types[1].properties = {text("query")};
    types[2].name = "Product Added";
    types[2].properties = types[0].properties;
    types[2].properties.push_back(property("quantity", PropertyType::Integer));
    types[3].name = "Order Completed";
    types[3].properties = {text("order_id"), number("total"), text("currency")};
    return {std::move(types), Undeclared::Accept};
}

/// All lines one behind the other, and where each begins; padded at the end.
struct Lines {
    std::string bytes;
    std::vector<std::size_t> starts;
};

bool read_lines(const char* path, Lines& lines) {
    const gzFile file = gzopen(path, "rb");
    if (file == nullptr) {
        return false;
    }
    std::vector<char> buffer(1U << 20U);
    int count = 0;
    while ((count = gzread(file, buffer.data(), static_cast<unsigned>(buffer.size()))) > 0) {
        lines.bytes.append(buffer.data(), static_cast<std::size_t>(count));
    }
    gzclose(file);
    for (std::size_t at = 0; at < lines.bytes.size(); at = lines.bytes.find('\n', at) + 1) {
        lines.starts.push_back(at);
    }
    lines.starts.push_back(lines.bytes.size());
    lines.bytes.append(kPadding, '\0');
    return count == 0;
}

}  // namespace

int main(int argc, char** argv) {
    Lines lines;
    if (argc < 2 || !read_lines(argv[1], lines)) {
        std::fprintf(stderr, "usage: event_reader_bench FILE.jsonl.gz [ROUNDS]\n");
        return 2;
    }
    const int rounds = argc > 2 ? std::atoi(argv[2]) : 20;
    const EventTypes types = reference_types();
    EventReader reader(types);
    Arena arena;
    Event event;
    const std::size_t count = lines.starts.size() - 1;
    std::size_t accepted = 0;
    const std::clock_t begin = std::clock();  // CPU time: the machine may have other work.
    for (int round = 0; round < rounds; ++round) {
        for (std::size_t i = 0; i < count; ++i) {
            const std::size_t start = lines.starts[i];
            const std::string_view line(
                lines.bytes.data() + start, lines.starts[i + 1] - start - 1
            );
            arena.reset();
            const Envelope envelope{Timestamp(1'780'000'000'000), {}, {}, {}};
            accepted += reader.read(line, envelope, arena, event) ? 1U : 0U;
        }
    }
    const double seconds = static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
    const double events = static_cast<double>(count) * rounds;
    std::printf(
        "{\"events\":%.0f,\"accepted\":%zu,\"cpu_ns_per_event\":%.1f,\"events_per_cpu_second\":%."
        "0f}\n",
        events,
        accepted,
        seconds * 1e9 / events,
        events / seconds
    );
    return 0;
}
