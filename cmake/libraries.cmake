# Third-party libraries, found once, and which folder of src/ links which: libraries_<folder with _ for />.
# tools/setup installs them, pinned, and says why each is there.

find_package(simdjson REQUIRED)
find_library(BID bidgcc000 REQUIRED)  # Intel's decimal128: arguments by value, no global state
find_package(rapidcheck REQUIRED)

set(libraries_base Threads::Threads)
set(libraries_value simdjson::simdjson ${BID})
set(test_libraries_value rapidcheck)
