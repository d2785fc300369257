# What is installed and packed, in the layout that the tutorials know:
#
#   bin/                  mqnamesrv, mqbroker, mqfiltersrv and mqadmin (scripts that find ROCKETMQ_HOME), mqshutdown, the tools
#   libexec/rocketmq/     the programs themselves
#   conf/                 sample configurations
#   share/                systemd units, manual pages, documents, examples of the client
#   include/rocketmq/     the client library: headers, lib/*.a and lib/*.so, a CMake package and a pkg-config file
#
# Three components, which are also the three Debian packages (RocketmqPackages.cmake): server, client_runtime (the shared
# library) and client (what is needed to build with it).
if(CMAKE_INSTALL_PREFIX_INITIALIZED_TO_DEFAULT)
  set(CMAKE_INSTALL_PREFIX /opt/rocketmq CACHE PATH "Where `cmake --install` puts the suite" FORCE)
endif()
set(CMAKE_INSTALL_DEFAULT_COMPONENT_NAME server)
set(made "${CMAKE_BINARY_DIR}/install")

# Daemons and tools.
foreach(program IN ITEMS mqnamesrv mqbroker mqfiltersrv)
  if(TARGET ${program})
    install(TARGETS ${program} RUNTIME DESTINATION libexec/rocketmq)
    configure_file(tools/bin/daemon.in "${made}/${program}" @ONLY)
    install(PROGRAMS "${made}/${program}" DESTINATION bin)
    configure_file(tools/package/${program}.service.in "${made}/${program}.service" @ONLY)
    install(FILES "${made}/${program}.service" DESTINATION share/systemd)
  endif()
endforeach()
install(TARGETS mqadmin RUNTIME DESTINATION libexec/rocketmq)
install(TARGETS mqfilterworker RUNTIME DESTINATION libexec/rocketmq)  # started by mqfiltersrv only
if(TARGET filter_worker_jar)
  install(FILES "${ROCKETMQ_FILTER_WORKER_JAR}" DESTINATION libexec/rocketmq)  # what its JVMs run
endif()
# What it compiles filters in C++ with.
install(FILES filtersrv/include/rocketmq/filter/message_filter.hpp DESTINATION share/rocketmq/filter/rocketmq/filter)
set(program mqadmin)
configure_file(tools/bin/daemon.in "${made}/mqadmin" @ONLY)
install(PROGRAMS "${made}/mqadmin" DESTINATION bin)
if(TARGET rocketmq-quickstart)
  install(TARGETS rocketmq-quickstart RUNTIME DESTINATION bin)
endif()
configure_file(tools/bin/mqshutdown.in "${made}/mqshutdown" @ONLY)
install(PROGRAMS "${made}/mqshutdown" DESTINATION bin)
foreach(program IN ITEMS mqnamesrv mqbroker mqfiltersrv mqadmin mqshutdown rocketmq-quickstart)
  configure_file(docs/man/${program}.1.in "${made}/${program}.1" @ONLY)
  install(FILES "${made}/${program}.1" DESTINATION share/man/man1)
endforeach()
install(DIRECTORY conf/ DESTINATION conf)
install(FILES LICENSE README.md DESTINATION .)
install(DIRECTORY docs/ DESTINATION share/doc/rocketmq-cpp
  FILES_MATCHING PATTERN "*.md" PATTERN "man" EXCLUDE)

# The client library. Its users need no headers but the client's, so what only the project's sources include is
# left out of the exported targets: Boost and nlohmann_json have no library, and the warnings are a matter of this build.
set(client_targets
  rocketmq_common rocketmq_protocol rocketmq_net rocketmq_remoting rocketmq_client_core rocketmq_client)
foreach(target IN LISTS client_targets)
  get_target_property(links ${target} INTERFACE_LINK_LIBRARIES)
  set(exported_links)
  foreach(link IN LISTS links)
    if(link MATCHES "Boost::headers|nlohmann_json::nlohmann_json|rocketmq_warnings")
      list(APPEND exported_links "$<BUILD_INTERFACE:${link}>")
    elseif(link MATCHES "lib(isal|lz4|zstd)")
      list(APPEND exported_links "$<BUILD_INTERFACE:${link}>" "$<INSTALL_INTERFACE:$<LINK_ONLY:${CMAKE_MATCH_1}>>")
    else()
      list(APPEND exported_links "${link}")
    endif()
  endforeach()
  string(REGEX REPLACE "^rocketmq_" "" short_name ${target})
  set_target_properties(${target} PROPERTIES INTERFACE_LINK_LIBRARIES "${exported_links}" EXPORT_NAME ${short_name})
  # The headers need it, also where the compiler's default is older.
  target_compile_features(${target} PUBLIC cxx_std_20)
endforeach()
target_include_directories(rocketmq_client PUBLIC "$<INSTALL_INTERFACE:include>")

# The same as one shared library, which shows nothing but namespace rocketmq: a program's own Boost or spdlog never meets
# ours. Before version 1.0 any minor release may change the binary interface.
file(WRITE "${made}/empty.cpp" "")
add_library(rocketmq_client_shared SHARED "${made}/empty.cpp")
add_library(rocketmq::client_shared ALIAS rocketmq_client_shared)
target_compile_features(rocketmq_client_shared PUBLIC cxx_std_20)
target_include_directories(rocketmq_client_shared PUBLIC
  "$<BUILD_INTERFACE:${CMAKE_SOURCE_DIR}/client/include>" "$<INSTALL_INTERFACE:include>")
set(whole_archives)
foreach(target IN LISTS client_targets)
  list(APPEND whole_archives "$<TARGET_FILE:${target}>")
endforeach()
target_link_libraries(rocketmq_client_shared PRIVATE
  "-Wl,--whole-archive" ${whole_archives} "-Wl,--no-whole-archive" ${client_targets})
add_dependencies(rocketmq_client_shared ${client_targets})
set(version_script "${CMAKE_SOURCE_DIR}/cmake/rocketmq-client.map")
target_link_options(rocketmq_client_shared PRIVATE "-Wl,--version-script=${version_script}")
set_target_properties(rocketmq_client_shared PROPERTIES
  OUTPUT_NAME rocketmq_client EXPORT_NAME client_shared LINK_DEPENDS "${version_script}"
  VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})

set(package_dir lib/cmake/rocketmq)
install(TARGETS ${client_targets} EXPORT rocketmqTargets ARCHIVE DESTINATION lib COMPONENT client)
install(TARGETS rocketmq_client_shared EXPORT rocketmqTargets
  LIBRARY DESTINATION lib COMPONENT client_runtime NAMELINK_COMPONENT client)
install(DIRECTORY client/include/rocketmq DESTINATION include COMPONENT client)
install(EXPORT rocketmqTargets NAMESPACE rocketmq:: DESTINATION ${package_dir} COMPONENT client)
install(DIRECTORY client/examples/ DESTINATION share/rocketmq/examples COMPONENT client
  FILES_MATCHING PATTERN "*.cpp" PATTERN "*.hpp")
install(FILES tools/package/examples.cmake DESTINATION share/rocketmq/examples RENAME CMakeLists.txt COMPONENT client)

include(CMakePackageConfigHelpers)
configure_package_config_file(cmake/rocketmqConfig.cmake.in "${made}/rocketmqConfig.cmake"
  INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file("${made}/rocketmqConfigVersion.cmake" COMPATIBILITY SameMinorVersion)
install(FILES "${made}/rocketmqConfig.cmake" "${made}/rocketmqConfigVersion.cmake"
  DESTINATION ${package_dir} COMPONENT client)

configure_file(cmake/rocketmq-client.pc.in "${made}/rocketmq-client.pc" @ONLY)
install(FILES "${made}/rocketmq-client.pc" DESTINATION lib/pkgconfig COMPONENT client)

include(RocketmqPackages)
