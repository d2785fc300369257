# A program of its own that uses the installed client; client_package.sh builds it.
cmake_minimum_required(VERSION 3.25)
project(uses_rocketmq LANGUAGES CXX)
set(CMAKE_CXX_STANDARD 20)
find_package(rocketmq REQUIRED)
add_executable(uses_rocketmq uses_rocketmq.cpp)
target_link_libraries(uses_rocketmq PRIVATE rocketmq::client)
