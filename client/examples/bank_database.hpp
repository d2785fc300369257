#pragma once

#include <memory>
#include <string>

#include "bank.hpp"

namespace bank {

std::unique_ptr<Database> open_sqlite(const std::string& file);
std::unique_ptr<Database> open_postgresql(const std::string& connection);

}  // namespace bank
