# Packages: `cpack -G TGZ` and `cpack -G DEB` in a build directory of preset release. The archive has everything and is
# unpacked anywhere; the Debian packages are rocketmq-cpp (server), librocketmq-client0.1 (client_runtime) and
# librocketmq-client-dev (client). deb_layout.cmake moves files to where Debian expects them.
set(runtime_package librocketmq-client${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})

set(CPACK_PACKAGE_NAME rocketmq-cpp)
set(CPACK_PACKAGE_VENDOR "rocketmq_cpp")
set(CPACK_PACKAGE_CONTACT "rocketmq_cpp maintainers <maintainers@rocketmq-cpp.invalid>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "${PROJECT_DESCRIPTION}")
set(CPACK_RESOURCE_FILE_LICENSE "${CMAKE_SOURCE_DIR}/LICENSE")
set(CPACK_SYSTEM_NAME "${CMAKE_SYSTEM_NAME}-${CMAKE_SYSTEM_PROCESSOR}")
set(CPACK_STRIP_FILES ON)
set(CPACK_GENERATOR TGZ)
set(CPACK_PACKAGING_INSTALL_PREFIX "${CMAKE_INSTALL_PREFIX}")

set(CPACK_COMPONENTS_ALL server client_runtime client)
set(CPACK_COMPONENTS_GROUPING IGNORE)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS ON)

set(CPACK_DEBIAN_SERVER_PACKAGE_NAME rocketmq-cpp)
set(CPACK_DEBIAN_SERVER_PACKAGE_SECTION net)
set(CPACK_DEBIAN_SERVER_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_SERVER_PACKAGE_DEPENDS "passwd")
set(CPACK_COMPONENT_SERVER_DESCRIPTION "${PROJECT_DESCRIPTION}: name server, broker, filter server, tools, systemd units.")

set(CPACK_DEBIAN_CLIENT_RUNTIME_PACKAGE_NAME ${runtime_package})
set(CPACK_DEBIAN_CLIENT_RUNTIME_PACKAGE_SECTION libs)
set(CPACK_DEBIAN_CLIENT_RUNTIME_PACKAGE_SHLIBDEPS ON)
set(CPACK_COMPONENT_CLIENT_RUNTIME_DESCRIPTION "C++ client of RocketMQ-compatible brokers: the shared library.")

set(CPACK_DEBIAN_CLIENT_PACKAGE_NAME librocketmq-client-dev)
set(CPACK_DEBIAN_CLIENT_PACKAGE_SECTION libdevel)
# What the static library links, besides the shared one's package of the same version.
set(CPACK_DEBIAN_CLIENT_PACKAGE_DEPENDS
  "${runtime_package} (= ${PROJECT_VERSION}), libspdlog-dev, zlib1g-dev, liblz4-dev, libzstd-dev, libssl-dev, libisal-dev")
set(CPACK_DEBIAN_CLIENT_PACKAGE_SUGGESTS "libsqlite3-dev")  # of the transfer example
set(CPACK_COMPONENT_CLIENT_DESCRIPTION
  "C++ client of RocketMQ-compatible brokers: headers, static library, CMake package, examples.")

# Edited configurations survive upgrades.
file(GLOB_RECURSE conf_files RELATIVE "${CMAKE_SOURCE_DIR}" CONFIGURE_DEPENDS conf/*)
list(TRANSFORM conf_files PREPEND "${CMAKE_INSTALL_PREFIX}/")
list(SORT conf_files)
list(JOIN conf_files "\n" conf_files)
file(CONFIGURE OUTPUT "${CMAKE_BINARY_DIR}/install/deb/conffiles" CONTENT "${conf_files}\n" @ONLY)
foreach(script IN ITEMS postinst prerm postrm)
  configure_file(tools/package/${script}.in "${CMAKE_BINARY_DIR}/install/deb/${script}" @ONLY
    FILE_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
  list(APPEND deb_files "${CMAKE_BINARY_DIR}/install/deb/${script}")
endforeach()
set(CPACK_DEBIAN_SERVER_PACKAGE_CONTROL_EXTRA "${CMAKE_BINARY_DIR}/install/deb/conffiles" ${deb_files})

configure_file(cmake/deb_layout.cmake.in "${CMAKE_BINARY_DIR}/install/deb_layout.cmake" @ONLY)
configure_file(cmake/cpack_options.cmake.in "${CMAKE_BINARY_DIR}/install/cpack_options.cmake" @ONLY)
set(CPACK_PROJECT_CONFIG_FILE "${CMAKE_BINARY_DIR}/install/cpack_options.cmake")
include(CPack)
