#include <algorithm>
#include <charconv>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <sys/resource.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/metrics.h"

namespace attune {

namespace {

void append_number(double value, std::string& out) {
    char digits[32];
    const auto end = std::to_chars(digits, digits + sizeof(digits), value).ptr;
    out.append(digits, end);
}

void append_number(std::uint64_t value, std::string& out) {
    out.append(std::to_string(value));
}

/// Backslash and line feed are escaped everywhere, quotes only in label values.
void append_escaped(std::string_view text, bool quotes, std::string& out) {
    for (const char c : text) {
        if (c == '\n') {
            out.append("\\n");
        } else {
            if (c == '\\' || (quotes && c == '"')) {
                out.push_back('\\');
            }
            out.push_back(c);
        }
    }
}

void append_labels(
    const std::vector<std::string>& names,
    const std::vector<std::string>& values,
    std::string_view end,
    std::string& out
) {
    if (names.empty() && end.empty()) {
        return;
    }
    out.push_back('{');
    for (std::size_t i = 0; i < names.size(); ++i) {
        out.append(i == 0 ? "" : ",").append(names[i]).append("=\"");
        append_escaped(values[i], true, out);
        out.push_back('"');
    }
    if (!end.empty()) {
        out.append(names.empty() ? "" : ",").append("le=\"").append(end).append("\"");
    }
    out.push_back('}');
}

std::string_view unit_suffix(MetricUnit unit) {
    switch (unit) {
    case MetricUnit::Bytes:
        return "_bytes";
    case MetricUnit::Seconds:
        return "_seconds";
    case MetricUnit::None:
        break;
    }
    return "";
}

double seconds(const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

double cpu_seconds() {
    rusage usage{};
    (void)::getrusage(RUSAGE_SELF, &usage);
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

/// Field `index` (from 0) of /proc/self/statm, in bytes.
double memory_bytes(int index) {
    std::ifstream file("/proc/self/statm");
    double pages = 0;
    for (int i = 0; i <= index; ++i) {
        file >> pages;
    }
    return pages * static_cast<double>(::sysconf(_SC_PAGESIZE));
}

double open_files() {
    std::error_code error;
    const std::filesystem::directory_iterator files("/proc/self/fd", error);
    return error ? 0 : static_cast<double>(std::distance(begin(files), end(files)));
}

double open_files_max() {
    rlimit limit{};
    (void)::getrlimit(RLIMIT_NOFILE, &limit);
    return static_cast<double>(limit.rlim_cur);
}

}  // namespace

std::string_view media_type(MetricsFormat format) {
    return format == MetricsFormat::Prometheus
               ? "text/plain; version=0.0.4; charset=utf-8"
               : "application/openmetrics-text; version=1.0.0; charset=utf-8";
}

void Metrics::add_process_metrics() {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    const double start = std::chrono::duration<double>(now).count();
    read_counter(
        {.name = "process_cpu",
         .help = "CPU time that the process has used, user and system",
         .unit = MetricUnit::Seconds},
        cpu_seconds
    );
    read_gauge(
        {.name = "process_resident_memory",
         .help = "Memory of the process that is in RAM",
         .unit = MetricUnit::Bytes},
        [] { return memory_bytes(1); }
    );
    read_gauge(
        {.name = "process_virtual_memory",
         .help = "Address space of the process",
         .unit = MetricUnit::Bytes},
        [] { return memory_bytes(0); }
    );
    read_gauge({.name = "process_open_fds", .help = "Files and sockets open"}, open_files);
    read_gauge(
        {.name = "process_max_fds", .help = "Files and sockets that may be open"}, open_files_max
    );
    read_gauge(
        {.name = "process_start_time",
         .help = "When the process began to count, since 1970 UTC",
         .unit = MetricUnit::Seconds},
        [start] { return start; }
    );
}

void Metrics::write(MetricsFormat format, std::string& out) const {
    std::vector<Family> families;
    {
        const std::lock_guard lock(mutex_);
        families.assign(families_.begin(), families_.end());
    }
    std::sort(families.begin(), families.end(), [](const Family& lhs, const Family& rhs) {
        return lhs.name < rhs.name;
    });
    for (const Family& family : families) {
        write_family(family, format, out);
    }
    if (format == MetricsFormat::OpenMetrics) {
        out.append("# EOF\n");
    }
}

void Metrics::write_family(const Family& family, MetricsFormat format, std::string& out) const {
    static constexpr std::string_view kTypes[] = {"counter", "gauge", "histogram", "info"};
    static constexpr std::string_view kSuffixes[] = {"_total", "", "", "_info"};
    const auto kind = static_cast<std::size_t>(family.kind);
    const bool open_metrics = format == MetricsFormat::OpenMetrics;
    const std::string base = family.name + std::string(unit_suffix(family.unit));
    const std::string sample = base + std::string(kSuffixes[kind]);
    // OpenMetrics names the family, the older format the sample; and it has no "info".
    const std::string& described = open_metrics ? base : sample;
    const std::string_view type =
        !open_metrics && family.kind == Kind::Info ? kTypes[1] : kTypes[kind];
    out.append("# HELP ").append(described).append(" ");
    append_escaped(family.help, open_metrics, out);
    out.append("\n# TYPE ").append(described).append(" ").append(type).append("\n");
    if (family.read) {
        out.append(sample).append(" ");
        append_number(family.read(), out);
        out.append("\n");
    }
    for (const Series& series : family.series) {
        if (family.kind == Kind::Histogram) {
            write_histogram(family, series, out);
            continue;
        }
        out.append(sample);
        append_labels(family.labels, series.values, {}, out);
        out.append(" ");
        const std::uint64_t value = family.kind == Kind::Info ? 1 : sum(series.cell);
        if (family.unit == MetricUnit::Seconds) {
            append_number(static_cast<double>(static_cast<std::int64_t>(value)) / 1e9, out);
        } else if (family.kind == Kind::Gauge) {
            out.append(std::to_string(static_cast<std::int64_t>(value)));
        } else {
            append_number(value, out);
        }
        out.append("\n");
    }
}

void Metrics::write_histogram(const Family& family, const Series& series, std::string& out) const {
    const std::string name = family.name + std::string(unit_suffix(family.unit));
    const HistogramSnapshot counts = snapshot(series.cell, family.unit);
    const auto line = [&](std::string_view suffix, std::string_view end, auto value) {
        out.append(name).append(suffix);
        append_labels(family.labels, series.values, end, out);
        out.append(" ");
        append_number(value, out);
        out.append("\n");
    };
    for (const HistogramSnapshot::Bound& bound : counts.octaves()) {
        std::string end;
        append_number(bound.end, end);
        line("_bucket", end, bound.count);
    }
    line("_bucket", "+Inf", counts.count());
    line("_sum", {}, counts.sum());
    line("_count", {}, counts.count());
}

}  // namespace attune
