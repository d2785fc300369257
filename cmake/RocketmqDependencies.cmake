# Libraries from the distribution's packages; tools/install-deps.sh installs them.
find_package(Threads REQUIRED)
find_package(Boost 1.81 REQUIRED)
find_package(spdlog REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(CLI11 REQUIRED)
find_package(ZLIB REQUIRED)
find_package(OpenSSL REQUIRED COMPONENTS Crypto SSL)
find_package(yaml-cpp REQUIRED)
# Its target is named yaml-cpp::yaml-cpp since 0.8.
add_library(libyaml-cpp INTERFACE)
target_link_libraries(libyaml-cpp INTERFACE $<IF:$<TARGET_EXISTS:yaml-cpp::yaml-cpp>,yaml-cpp::yaml-cpp,yaml-cpp>)
find_package(SQLite3 REQUIRED)  # of the examples

# Libraries whose Debian packages bring no CMake package: target libNAME is NAME's headers and library.
function(rocketmq_system_library name header)
  find_path(LIB_${name}_INCLUDE_DIR ${header} REQUIRED)
  find_library(LIB_${name}_LIBRARY ${name} REQUIRED)
  add_library(lib${name} INTERFACE)
  target_include_directories(lib${name} SYSTEM INTERFACE "${LIB_${name}_INCLUDE_DIR}")
  target_link_libraries(lib${name} INTERFACE "${LIB_${name}_LIBRARY}")
endfunction()
# Its core only: Debian's CMake package wants those of all its parts.
rocketmq_system_library(prometheus-cpp-core prometheus/text_serializer.h)
rocketmq_system_library(isal isa-l/crc.h)
rocketmq_system_library(lz4 lz4frame.h)
rocketmq_system_library(zstd zstd.h)
rocketmq_system_library(lua5.4 lua5.4/lua.hpp)
rocketmq_system_library(seccomp seccomp.h)

if(ROCKETMQ_BUILD_TESTS)
  find_package(GTest REQUIRED)
  include(GoogleTest)
endif()
if(ROCKETMQ_BUILD_BENCHMARKS)
  find_package(benchmark REQUIRED)
endif()
