# Libraries from the distribution's packages; tools/install-deps.sh installs them.
find_package(Threads REQUIRED)
find_package(Boost 1.81 REQUIRED)
find_package(spdlog REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(CLI11 REQUIRED)
find_package(ZLIB REQUIRED)
find_package(SQLite3 REQUIRED)  # of the examples

find_path(LIBISAL_INCLUDE_DIR isa-l/crc.h REQUIRED)
find_library(LIBISAL_LIBRARY isal REQUIRED)
add_library(libisal INTERFACE)
target_include_directories(libisal SYSTEM INTERFACE "${LIBISAL_INCLUDE_DIR}")
target_link_libraries(libisal INTERFACE "${LIBISAL_LIBRARY}")

if(ROCKETMQ_BUILD_TESTS)
  find_package(GTest REQUIRED)
  include(GoogleTest)
endif()
if(ROCKETMQ_BUILD_BENCHMARKS)
  find_package(benchmark REQUIRED)
endif()
