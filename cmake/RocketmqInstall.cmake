# What is installed and packed, in the layout that the tutorials know:
#
#   bin/                  mqnamesrv and mqbroker (scripts that find ROCKETMQ_HOME), mqshutdown, the tools
#   libexec/rocketmq/     the daemons themselves
#   conf/                 sample configurations
#   include/rocketmq/     the client library: headers, lib/*.a, a CMake package and a pkg-config file
if(CMAKE_INSTALL_PREFIX_INITIALIZED_TO_DEFAULT)
  set(CMAKE_INSTALL_PREFIX /opt/rocketmq CACHE PATH "Where `cmake --install` puts the suite" FORCE)
endif()

# Daemons and tools.
foreach(program IN ITEMS mqnamesrv mqbroker)
  if(TARGET ${program})
    install(TARGETS ${program} RUNTIME DESTINATION libexec/rocketmq)
    configure_file(tools/bin/daemon.in "${CMAKE_BINARY_DIR}/install/${program}" @ONLY)
    install(PROGRAMS "${CMAKE_BINARY_DIR}/install/${program}" DESTINATION bin)
  endif()
endforeach()
if(TARGET rocketmq-quickstart)
  install(TARGETS rocketmq-quickstart RUNTIME DESTINATION bin)
endif()
install(PROGRAMS tools/bin/mqshutdown DESTINATION bin)
install(DIRECTORY conf/ DESTINATION conf)
install(FILES LICENSE README.md DESTINATION .)

# The client library. Who links it needs no headers of ours but the client's, so what only our own sources include is
# left out of the exported targets: Boost and nlohmann_json have no library, and the warnings are a matter of this build.
set(client_targets rocketmq_common rocketmq_remoting rocketmq_client)
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
endforeach()
target_include_directories(rocketmq_client PUBLIC "$<INSTALL_INTERFACE:include>")

set(package_dir lib/cmake/rocketmq)
# A component of its own, so that it can be installed without the daemons.
install(TARGETS ${client_targets} EXPORT rocketmqTargets ARCHIVE DESTINATION lib COMPONENT client)
install(DIRECTORY client/include/rocketmq DESTINATION include COMPONENT client)
install(EXPORT rocketmqTargets NAMESPACE rocketmq:: DESTINATION ${package_dir} COMPONENT client)

include(CMakePackageConfigHelpers)
configure_package_config_file(cmake/rocketmqConfig.cmake.in "${CMAKE_BINARY_DIR}/install/rocketmqConfig.cmake"
  INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file("${CMAKE_BINARY_DIR}/install/rocketmqConfigVersion.cmake"
  COMPATIBILITY SameMinorVersion)
install(FILES "${CMAKE_BINARY_DIR}/install/rocketmqConfig.cmake"
              "${CMAKE_BINARY_DIR}/install/rocketmqConfigVersion.cmake" DESTINATION ${package_dir} COMPONENT client)

configure_file(cmake/rocketmq-client.pc.in "${CMAKE_BINARY_DIR}/install/rocketmq-client.pc" @ONLY)
install(FILES "${CMAKE_BINARY_DIR}/install/rocketmq-client.pc" DESTINATION lib/pkgconfig COMPONENT client)

# Packages: `cpack -G TGZ` and `cpack -G DEB` in a build directory of preset release.
set(CPACK_PACKAGE_NAME rocketmq-cpp)
set(CPACK_PACKAGE_VENDOR "rocketmq_cpp")
set(CPACK_PACKAGE_CONTACT "rocketmq_cpp maintainers <maintainers@rocketmq-cpp.invalid>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "${PROJECT_DESCRIPTION}")
set(CPACK_RESOURCE_FILE_LICENSE "${CMAKE_SOURCE_DIR}/LICENSE")
set(CPACK_STRIP_FILES ON)
set(CPACK_GENERATOR TGZ)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
# Only who links the client needs these.
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "libspdlog-dev, zlib1g-dev, liblz4-dev, libzstd-dev, libssl-dev, libisal-dev")
set(CPACK_PACKAGING_INSTALL_PREFIX "${CMAKE_INSTALL_PREFIX}")
configure_file(cmake/cpack_options.cmake.in "${CMAKE_BINARY_DIR}/install/cpack_options.cmake" @ONLY)
set(CPACK_PROJECT_CONFIG_FILE "${CMAKE_BINARY_DIR}/install/cpack_options.cmake")
include(CPack)
