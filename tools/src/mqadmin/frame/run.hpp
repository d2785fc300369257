#pragma once

#include <iosfwd>
#include <string>
#include <vector>

namespace rocketmq::mqadmin {

/// Runs the program with these words (without its own name). Returns the exit status: 0; 1 for a
/// command line that cannot be carried out; 2 when a request failed. (Java's tool ends with 0 after
/// failed requests.)
int run(const std::vector<std::string>& words, std::ostream& out, std::ostream& error_output);

}  // namespace rocketmq::mqadmin
