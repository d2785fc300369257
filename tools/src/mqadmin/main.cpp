#include <exception>
#include <iostream>
#include <string>
#include <vector>

#include "mqadmin/frame/run.hpp"

int main(int argc, char** argv) {
  std::ios::sync_with_stdio(false);
  try {
    return rocketmq::mqadmin::run(std::vector<std::string>(argv + 1, argv + argc), std::cout,
                                  std::cerr);
  } catch (const std::exception& failure) {
    std::cerr << "mqadmin: " << failure.what() << '\n';
    return 2;
  }
}
