# Libraries from the distribution's packages; tools/install-deps.sh installs them.
find_package(Threads REQUIRED)
find_package(Boost 1.81 REQUIRED)
find_package(spdlog REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(CLI11 REQUIRED)
find_package(ZLIB REQUIRED)
find_package(SQLite3 REQUIRED)  # of the examples

find_path(LIBDEFLATE_INCLUDE_DIR libdeflate.h REQUIRED)
find_library(LIBDEFLATE_LIBRARY deflate REQUIRED)
add_library(libdeflate INTERFACE)
target_include_directories(libdeflate SYSTEM INTERFACE "${LIBDEFLATE_INCLUDE_DIR}")
target_link_libraries(libdeflate INTERFACE "${LIBDEFLATE_LIBRARY}")

if(ROCKETMQ_BUILD_TESTS)
  find_package(GTest REQUIRED)
  include(GoogleTest)
endif()
if(ROCKETMQ_BUILD_BENCHMARKS)
  find_package(benchmark REQUIRED)
endif()
