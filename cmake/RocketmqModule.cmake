# rocketmq_module(NAME SOURCES … DEPENDS … PRIVATE_DEPENDS …)
#   The static library of one folder, as target rocketmq_NAME and alias rocketmq::NAME. include/ is public, src/ is
#   private. DEPENDS are the folders whose headers the public headers may include: the arrows of docs/architecture.md.
function(rocketmq_module name)
  cmake_parse_arguments(arg "" "" "SOURCES;DEPENDS;PRIVATE_DEPENDS" ${ARGN})
  add_library(rocketmq_${name} STATIC ${arg_SOURCES})
  add_library(rocketmq::${name} ALIAS rocketmq_${name})
  target_include_directories(rocketmq_${name}
    PUBLIC "$<BUILD_INTERFACE:${CMAKE_CURRENT_SOURCE_DIR}/include>"
    PRIVATE "${CMAKE_CURRENT_SOURCE_DIR}/src")
  target_link_libraries(rocketmq_${name}
    PUBLIC ${arg_DEPENDS}
    PRIVATE rocketmq_warnings ${arg_PRIVATE_DEPENDS})
endfunction()

# rocketmq_program(NAME SOURCES … DEPENDS …): an executable, built into bin/. RocketmqInstall.cmake says where it goes.
function(rocketmq_program name)
  cmake_parse_arguments(arg "" "" "SOURCES;DEPENDS" ${ARGN})
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE rocketmq_warnings ${arg_DEPENDS})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bin")
endfunction()

# rocketmq_test(NAME SOURCES … DEPENDS … [LABELS …] [INCLUDES …]): one GoogleTest program, its cases known to ctest. Each
# label, also one of the folder's variable `rocketmq_test_labels`, is a target as well: `unit_tests` builds what
# `ctest -L unit` runs.
function(rocketmq_test name)
  cmake_parse_arguments(arg "" "TIMEOUT" "SOURCES;DEPENDS;LABELS;INCLUDES" ${ARGN})
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 300)
  endif()
  add_executable(${name} ${arg_SOURCES})
  target_include_directories(${name} PRIVATE "${CMAKE_SOURCE_DIR}/tests/support" ${arg_INCLUDES})
  target_link_libraries(${name} PRIVATE rocketmq_warnings ${arg_DEPENDS} GTest::gmock GTest::gtest_main)
  target_compile_definitions(${name} PRIVATE
    ROCKETMQ_TEST_VECTORS="${CMAKE_SOURCE_DIR}/tests/vectors"
    ROCKETMQ_BIN_DIR="${CMAKE_BINARY_DIR}/bin"
    ROCKETMQ_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
  list(APPEND arg_LABELS ${rocketmq_test_labels})
  foreach(label IN LISTS arg_LABELS)
    if(NOT TARGET ${label}_tests)
      add_custom_target(${label}_tests)
    endif()
    add_dependencies(${label}_tests ${name})
  endforeach()
  # Its own limit of 5 s for listing the cases is too little on a machine under load.
  gtest_discover_tests(${name} DISCOVERY_MODE PRE_TEST DISCOVERY_TIMEOUT 120
    PROPERTIES TIMEOUT ${arg_TIMEOUT} LABELS "${arg_LABELS}")
endfunction()
