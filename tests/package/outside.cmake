# A program of its own that uses the installed client; client_package.sh builds it. It asks for no C++ standard: the
# imported targets do.
cmake_minimum_required(VERSION 3.25)
project(uses_rocketmq LANGUAGES CXX)
find_package(rocketmq REQUIRED)
add_executable(uses_rocketmq uses_rocketmq.cpp)
target_link_libraries(uses_rocketmq PRIVATE rocketmq::client)
add_executable(uses_rocketmq_shared uses_rocketmq.cpp)
target_link_libraries(uses_rocketmq_shared PRIVATE rocketmq::client_shared)

# Asio of its own, as headers, beside the static library.
find_package(Threads REQUIRED)
add_executable(uses_asio uses_asio.cpp)
target_link_libraries(uses_asio PRIVATE rocketmq::client Threads::Threads)
