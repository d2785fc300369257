#include "rocketmq/client/message/unique_id.hpp"

#include <unistd.h>

#include <array>
#include <ctime>
#include <random>

#include "rocketmq/client/process_generation.hpp"
#include "rocketmq/common/bytes.hpp"
#include "rocketmq/common/endpoint.hpp"

namespace rocketmq::client {
namespace {

/// Steps of the clock back by less than this count as no time having passed.
constexpr std::int64_t small_step_back_ms = 1'000'000;

template <class T>
void append_hex(std::string& out, T value) {
  static constexpr char digits[] = "0123456789ABCDEF";
  for (int shift = static_cast<int>(sizeof(T)) * 8 - 4; shift >= 0; shift -= 4) {
    out += digits[(static_cast<std::uint64_t>(value) >> shift) & 0xF];
  }
}

std::int64_t month_start(std::tm month, int months_later) {
  month.tm_mon += months_later;
  month.tm_mday = 1;
  month.tm_hour = month.tm_min = month.tm_sec = 0;
  month.tm_isdst = -1;
  return static_cast<std::int64_t>(std::mktime(&month)) * 1000;
}

/// The bytes of this machine's address, else of the time.
std::string own_ip(const Clock& clock) {
  const auto own = Endpoint::from_ip(local_ip(), 0);
  if (own) return {own->ip.begin(), own->ip.begin() + own->ip_bytes};
  std::string ip(4, '\0');
  store_be(ip.data(), static_cast<std::int32_t>(clock.now_ms()));
  return ip;
}

struct ProcessIds {
  SystemClock clock;
  UniqueIdGenerator generator{own_ip(clock), static_cast<std::uint16_t>(::getpid()),
                              std::random_device{}(), clock};
};

}  // namespace

UniqueIdGenerator::UniqueIdGenerator(std::string ip, std::uint16_t process_id, std::uint32_t random,
                                     const Clock& clock)
    : clock_(clock) {
  for (const char byte : ip) append_hex(prefix_, static_cast<std::uint8_t>(byte));
  append_hex(prefix_, process_id);
  append_hex(prefix_, random);
  begin_month(clock_.now_ms());
}

void UniqueIdGenerator::begin_month(std::int64_t now_ms) {
  const std::time_t seconds = static_cast<std::time_t>(now_ms / 1000);
  std::tm local{};
  ::localtime_r(&seconds, &local);
  month_start_ms_ = month_start(local, 0);
  next_month_start_ms_ = month_start(local, 1);
}

std::int32_t UniqueIdGenerator::elapsed_ms() {
  const std::int64_t now_ms = clock_.now_ms();
  const std::int64_t start_ms = month_start_ms_.load(std::memory_order_relaxed);
  const bool large_step_back = now_ms < start_ms - small_step_back_ms;
  if (now_ms >= next_month_start_ms_.load(std::memory_order_relaxed) || large_step_back)
      [[unlikely]] {
    const std::scoped_lock lock(month_mutex_);
    begin_month(now_ms);
    return static_cast<std::int32_t>(now_ms - month_start_ms_);
  }
  return now_ms < start_ms ? 0 : static_cast<std::int32_t>(now_ms - start_ms);
}

void UniqueIdGenerator::append(std::string& out) {
  out += prefix_;
  append_hex(out, static_cast<std::uint32_t>(elapsed_ms()));
  append_hex(out, counter_.fetch_add(1, std::memory_order_relaxed));
}

std::string UniqueIdGenerator::next() {
  std::string id;
  id.reserve(prefix_.size() + 12);
  append(id);
  return id;
}

UniqueIdGenerator& unique_ids() {
  static PerProcess<ProcessIds> ids;
  return ids.get().generator;
}

}  // namespace rocketmq::client
