#include "host/http_client.h"

#include <cstdlib>
#include <utility>

#include <curl/curl.h>

#include "base/assert.h"

namespace attune::host {

struct HttpClient::Connection {
    CURL* easy = nullptr;
};

namespace {

struct Received {
    std::string body;
    std::size_t bytes_max = 0;
    bool too_large = false;
};

struct HeaderList {
    curl_slist* first = nullptr;

    HeaderList() = default;
    HeaderList(const HeaderList&) = delete;
    HeaderList& operator=(const HeaderList&) = delete;
    HeaderList(HeaderList&&) = delete;
    HeaderList& operator=(HeaderList&&) = delete;
    ~HeaderList() { curl_slist_free_all(first); }

    void add(const std::string& line) { first = curl_slist_append(first, line.c_str()); }
};

std::size_t receive(const char* bytes, std::size_t size, std::size_t count, void* target) {
    auto& received = *static_cast<Received*>(target);
    if (received.body.size() + size * count > received.bytes_max) {
        received.too_large = true;
        return 0;  // stops the transfer
    }
    received.body.append(bytes, size * count);
    return size * count;
}

CURL* open_easy() {
    // Set up once, by whoever comes first; curl's own global state needs it before any thread.
    static const bool ready = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
    ATTUNE_ASSERT(ready);
    CURL* easy = curl_easy_init();
    ATTUNE_ASSERT(easy != nullptr);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_PROXY, "");  // the server is named; nobody stands in between
    curl_easy_setopt(easy, CURLOPT_TCP_NODELAY, 1L);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &receive);
    return easy;
}

}  // namespace

void HttpClient::Close::operator()(Connection* connection) const {
    curl_easy_cleanup(connection->easy);
    delete connection;  // NOLINT(cppcoreguidelines-owning-memory): this is the owner's deleter
}

HttpClient::HttpClient(Options options, std::unique_ptr<Connection, Close> connection)
    : options_(std::move(options)), connection_(std::move(connection)) {}

Result<HttpClient> HttpClient::create(Options options) {
    while (options.url.ends_with('/')) {
        options.url.pop_back();
    }
    if (!options.url.starts_with("http://") && !options.url.starts_with("https://")) {
        return Error{
            Error::Kind::InvalidInput,
            "cannot connect to \"" + options.url + "\": a URL starts with http:// or https://"};
    }
    std::unique_ptr<Connection, Close> connection(
        std::make_unique<Connection>(Connection{open_easy()}).release()
    );
    if (!options.authority.empty()) {
        curl_easy_setopt(connection->easy, CURLOPT_CAINFO, options.authority.c_str());
    }
    return HttpClient(std::move(options), std::move(connection));
}

Result<HttpClient::Response> HttpClient::send(const Request& request) {
    CURL* easy = connection_->easy;
    const std::string url = options_.url + std::string(request.path);
    const std::string method(request.method);
    HeaderList headers;
    headers.add("Expect:");  // no extra round trip before a large body
    if (!request.body.empty()) {
        headers.add("Content-Type: " + std::string(request.content_type));
    }
    if (!options_.bearer.empty()) {
        headers.add("Authorization: Bearer " + options_.bearer);
    }
    Received received{.body = {}, .bytes_max = options_.body_bytes_max};
    curl_easy_setopt(easy, CURLOPT_URL, url.c_str());
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers.first);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, &received);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(options_.timeout.count()));
    if (request.body.empty() && method == "GET") {
        curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
    } else {
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(request.body.size()));
        curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request.body.data());
    }
    curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, method.c_str());
    const CURLcode code = curl_easy_perform(easy);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, nullptr);
    if (code != CURLE_OK) {
        const std::string what = "cannot " + method + " " + url + ": ";
        if (received.too_large) {
            return Error{
                Error::Kind::LimitExceeded,
                what + "the answer is longer than " + std::to_string(options_.body_bytes_max) +
                    " bytes"};
        }
        return Error{Error::Kind::Unavailable, what + curl_easy_strerror(code)};
    }
    long status = 0;
    curl_off_t retry_after_s = 0;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(easy, CURLINFO_RETRY_AFTER, &retry_after_s);
    return Response{
        .status = static_cast<int>(status),
        .retry_after = std::chrono::seconds(retry_after_s),
        .body = std::move(received.body),
    };
}

}  // namespace attune::host
