#include "delivery/transfer/easy.h"

namespace attune::delivery {

bool append(List& list, const std::string& line) {
    curl_slist* longer = curl_slist_append(list.get(), line.c_str());
    if (longer == nullptr) {
        return false;
    }
    (void)list.release();  // NOLINT(bugprone-unused-return-value): `longer` owns it now
    list.reset(longer);
    return true;
}

Easy make_easy(const EasyLimits& limits, std::array<char, CURL_ERROR_SIZE>& error) {
    Easy easy(curl_easy_init());
    if (!easy) {
        return easy;
    }
    error.fill('\0');
    CURL* handle = easy.get();
    curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, error.data());
    curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(
        handle, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(limits.connect_timeout.count())
    );
    curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, static_cast<long>(limits.timeout.count()));
    // Without this, a transfer that times out in its name look-up waits for the look-up to end, and
    // every other transfer of the loop with it.
    curl_easy_setopt(handle, CURLOPT_QUICK_EXIT, 1L);
    curl_easy_setopt(handle, CURLOPT_PROXY, "");
    curl_easy_setopt(handle, CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
    curl_easy_setopt(handle, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(handle, CURLOPT_SSL_VERIFYPEER, 1L);
    curl_easy_setopt(handle, CURLOPT_SSL_VERIFYHOST, 2L);
    curl_easy_setopt(handle, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    if (!limits.ca_file.empty()) {
        curl_easy_setopt(handle, CURLOPT_CAINFO, limits.ca_file.c_str());
        curl_easy_setopt(handle, CURLOPT_CAPATH, nullptr);
    }
    return easy;
}

std::string describe(CURLcode code, const std::array<char, CURL_ERROR_SIZE>& error) {
    return error[0] != '\0' ? std::string(error.data()) : std::string(curl_easy_strerror(code));
}

}  // namespace attune::delivery
