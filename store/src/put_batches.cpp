#include "put_batches.hpp"

#include <memory>

namespace rocketmq::store {
namespace {

std::vector<std::unique_ptr<PutGathering>>& gatherings_of_thread() {
  thread_local std::vector<std::unique_ptr<PutGathering>> gatherings;
  return gatherings;
}

}  // namespace

PutGathering* PutGathering::find(std::uint64_t store_serial) {
  for (const auto& gathering : gatherings_of_thread()) {
    if (gathering->is_open && gathering->store_serial == store_serial) return gathering.get();
  }
  return nullptr;
}

PutGathering& PutGathering::open(std::uint64_t store_serial) {
  ensure(find(store_serial) == nullptr, "put batches do not nest");
  auto& gatherings = gatherings_of_thread();
  for (const auto& gathering : gatherings) {
    if (gathering->is_open) continue;
    gathering->is_open = true;
    gathering->store_serial = store_serial;
    return *gathering;
  }
  gatherings.push_back(std::make_unique<PutGathering>());
  gatherings.back()->is_open = true;
  gatherings.back()->store_serial = store_serial;
  return *gatherings.back();
}

}  // namespace rocketmq::store
