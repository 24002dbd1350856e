# Third-party libraries, found once, and which folder of src/ links which: libraries_<folder with _ for />.
# tools/setup installs them, pinned, and says why each is there.

find_package(simdjson REQUIRED)
find_library(BID bidgcc000 REQUIRED)  # Intel's decimal128: arguments by value, no global state
find_package(rapidcheck REQUIRED)
find_package(date REQUIRED)       # time zones, read from the system's tzdata
find_package(ICU REQUIRED COMPONENTS uc)  # case mapping
find_package(pugixml REQUIRED)
find_package(fmt REQUIRED)
find_package(CLI11 REQUIRED)
pkg_check_modules(PCRE2 REQUIRED IMPORTED_TARGET libpcre2-8)
find_package(CURL REQUIRED)
find_package(OpenSSL REQUIRED)

set(libraries_base Threads::Threads)
pkg_check_modules(ZSTD REQUIRED IMPORTED_TARGET libzstd)  # packed batches of the log
pkg_check_modules(LZ4 REQUIRED IMPORTED_TARGET liblz4)
set(libraries_log_segments PkgConfig::ZSTD PkgConfig::LZ4)
find_library(ROCKSDB rocksdb REQUIRED)  # where the state rests
set(libraries_state_rocksdb ${ROCKSDB})
set(libraries_value simdjson::simdjson ${BID})
set(test_libraries_value rapidcheck)
set(libraries_feel date::date-tz PkgConfig::PCRE2 ICU::uc)
set(test_libraries_feel rapidcheck)
set(test_libraries_customer rapidcheck)
set(libraries_delivery_transfer CURL::libcurl)
set(libraries_delivery_webhook OpenSSL::Crypto)
set(test_libraries_delivery rapidcheck)
find_library(YAML_CPP yaml-cpp REQUIRED)  # workspace files
set(libraries_schema PkgConfig::PCRE2 simdjson::simdjson)
set(libraries_program ${YAML_CPP})
find_package(ZLIB REQUIRED)  # gzip bodies; Boost 1.81 (Asio, Beast) is headers only
set(libraries_api_http ZLIB::ZLIB OpenSSL::SSL)
set(libraries_api_access OpenSSL::Crypto)
set(bench_libraries_schema ZLIB::ZLIB)  # events to read may be .gz
set(libraries_dmn pugixml::pugixml fmt::fmt)
set(test_libraries_dmn rapidcheck)
find_package(CLI11 REQUIRED)  # the command line
pkg_check_modules(EDIT REQUIRED IMPORTED_TARGET libedit)  # the FEEL prompt
set(libraries_host CLI11::CLI11 fmt::fmt CURL::libcurl OpenSSL::Crypto ZLIB::ZLIB PkgConfig::EDIT)
