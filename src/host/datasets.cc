#include "host/datasets.h"

#include <charconv>
#include <filesystem>
#include <utility>

#include <fmt/format.h>

#include "host/call_json.h"
#include "host/call_list.h"
#include "host/complete_journey.h"
#include "host/table_file.h"
#include "value/json_writer.h"

namespace attune::host {
namespace {

/// A number of seconds with a fraction, as Python writes times.
Timestamp unix_seconds(const std::string& text) {
    double seconds = 0;
    std::from_chars(text.data(), text.data() + text.size(), seconds);
    return Timestamp(static_cast<std::int64_t>(seconds * 1000));
}

Status read_clicks(const std::string& path, std::vector<Call>& calls) {
    auto table = TableFile::open(path, '\t', {"SessionId", "ItemId", "Time"});
    if (!table) {
        return table.error();
    }
    while (true) {
        const auto row = table.value().next();
        if (!row) {
            return row.error();
        }
        if (!row.value()) {
            return Done{};
        }
        const auto fields = *row.value();
        const std::string visitor = "s" + fields[0];
        const std::string message_id = fmt::format("click-{:06}", calls.size() + 1);
        const CallHead head{
            .message_id = message_id,
            .identity = {.user_id = "", .anonymous_id = visitor},
            .at = unix_seconds(fields[2]),
        };
        std::string properties_json;
        json::ObjectWriter properties(properties_json);
        properties.text("product_id", "i" + fields[1]);
        properties.close();
        calls.push_back({head.at, track_call(head, "Product Viewed", properties_json)});
    }
}

Result<Dataset> read_serenade_clicks(const std::string& folder) {
    std::vector<Call> calls;
    for (const char* part : {"train", "valid", "test"}) {
        if (auto done = read_clicks(fmt::format("{}/{}.tsv.gz", folder, part), calls); !done) {
            return done.error();
        }
    }
    Dataset data;
    data.name = "serenade-clicks";
    data.calls_total = calls.size();
    data.calls = std::make_unique<CallList>(std::move(calls));
    return data;
}

}  // namespace

Result<Dataset> read_dataset(const std::string& folder) {
    const std::filesystem::path path(folder);
    std::error_code ignored;
    if (std::filesystem::exists(path / "transactions_sample.csv.gz", ignored)) {
        return read_complete_journey(folder);
    }
    if (std::filesystem::exists(path / "train.tsv.gz", ignored)) {
        return read_serenade_clicks(folder);
    }
    return Error{
        Error::Kind::NotFound,
        fmt::format(
            "cannot read a data set from \"{}\": there is neither transactions_sample.csv.gz "
            "(Complete "
            "Journey) nor train.tsv.gz (Serenade's clicks) in it",
            folder
        )};
}

}  // namespace attune::host
