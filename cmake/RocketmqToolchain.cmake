# Language, warnings, sanitizers and the compiler cache: the same for every target of the project.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
  set(CMAKE_BUILD_TYPE RelWithDebInfo CACHE STRING "Build type" FORCE)
endif()

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER "${CCACHE_PROGRAM}")
endif()

add_library(rocketmq_warnings INTERFACE)
# clang compiles for fuzzing alone, and warns of other things than g++.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  target_compile_options(rocketmq_warnings INTERFACE
    -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror
    # Designated initialisers name what differs from the default; the rest is meant to stay default.
    -Wno-missing-field-initializers
    # g++ 12 sees overlapping copies in std::string's operator+ where there are none, when it optimises.
    $<$<NOT:$<CONFIG:Debug>>:-Wno-restrict>)
endif()

if(ROCKETMQ_SANITIZE STREQUAL "address")
  # null, object-size: what they would tell ends in a report of the address sanitizer. vptr looks at casts that do not
  # occur here. Without the three a build takes a quarter less.
  add_compile_options(-fsanitize=address,undefined -fno-sanitize=null,object-size,vptr -fno-sanitize-recover=all
    -fno-omit-frame-pointer)
  add_link_options(-fsanitize=address,undefined)
elseif(ROCKETMQ_SANITIZE STREQUAL "thread")
  # Asio uses fences, which g++'s thread sanitizer does not model; -Wno-tsan silences the note about it.
  add_compile_options(-fsanitize=thread -Wno-tsan -fno-omit-frame-pointer)
  add_link_options(-fsanitize=thread)
elseif(ROCKETMQ_SANITIZE STREQUAL "fuzzer")
  # With the counters that guide libFuzzer, whose main() only the targets have (tests/fuzz/CMakeLists.txt).
  if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    message(FATAL_ERROR "libFuzzer comes with clang, and the compiler is ${CMAKE_CXX_COMPILER_ID}")
  endif()
  add_compile_options(-fsanitize=fuzzer-no-link,address,undefined -fno-sanitize=null,object-size,vptr
    -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=address,undefined)
elseif(ROCKETMQ_SANITIZE)
  message(FATAL_ERROR "ROCKETMQ_SANITIZE is '${ROCKETMQ_SANITIZE}'; it must be empty, 'address', 'thread' or 'fuzzer'")
endif()
if(ROCKETMQ_SANITIZE AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # In instrumented code g++ takes members of the standard library's automata and variants for uninitialised.
  add_compile_options(-Wno-maybe-uninitialized)
endif()

# Sources that are joined to one compilation reach g++'s limits on how far a unit may grow by inlining; a profile of sends then
# shows calls of small functions (of std::string above all) that are gone with these limits.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  add_compile_options(
    "$<$<CONFIG:Release>:--param=inline-unit-growth=150>" "$<$<CONFIG:Release>:--param=large-unit-insns=40000>")
endif()

# g++ collects garbage from 128 MiB on by itself. Later, it compiles an eighth faster, where there is memory for that.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  cmake_host_system_information(RESULT processors QUERY NUMBER_OF_LOGICAL_CORES)
  cmake_host_system_information(RESULT memory QUERY TOTAL_PHYSICAL_MEMORY)  # MiB
  math(EXPR memory_of_each "${memory} / ${processors}")
  if(memory_of_each GREATER_EQUAL 3072)
    add_compile_options(--param=ggc-min-heapsize=1048576)  # KiB
  endif()
endif()

# The debug information of some eighty programs takes ld a minute.
if(NOT CMAKE_BUILD_TYPE STREQUAL "Release")
  find_program(ROCKETMQ_MOLD mold)
  if(ROCKETMQ_MOLD)
    add_link_options(-fuse-ld=mold)
  endif()
endif()
