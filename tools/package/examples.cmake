# Builds the examples against the installed client:
#   cmake -S . -B build [-DCMAKE_PREFIX_PATH=<where it was installed>] && cmake --build build
cmake_minimum_required(VERSION 3.25)
project(rocketmq_examples LANGUAGES CXX)
find_package(rocketmq REQUIRED)

foreach(example IN ITEMS quickstart_producer quickstart_consumer ordered_producer ordered_consumer broadcast_consumer
        delayed sql_filter request_reply trace pull_consumer pull_schedule_service lite_pull_consumer)
  add_executable(${example} ${example}.cpp)
  target_link_libraries(${example} PRIVATE rocketmq::client_shared)
endforeach()

# The transfer between two databases, where SQLite is installed.
find_package(SQLite3)
if(SQLite3_FOUND)
  foreach(example IN ITEMS transfer_producer transfer_consumer)
    add_executable(${example} ${example}.cpp bank.cpp bank_sqlite.cpp)
    target_link_libraries(${example} PRIVATE rocketmq::client_shared SQLite::SQLite3)
  endforeach()
endif()
