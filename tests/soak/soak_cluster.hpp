#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "process.hpp"
#include "temp_dir.hpp"

namespace rocketmq::soak {

/// A name server and a broker as processes, with their files in a temporary directory.
class SoakCluster {
 public:
  /// Delays of the levels, which the traffic counts on.
  static constexpr std::int64_t level_delay_ms[] = {0, 1'000, 3'000, 6'000};

  /// Throws std::runtime_error when one of them does not start.
  SoakCluster();
  const std::string& name_server() const { return name_server_address_; }
  /// The broker's anonymous resident memory; 0 when it is gone.
  std::int64_t broker_rss_anon_kib() const;
  /// Orderly; false when one of them did not end as it should.
  bool stop();

 private:
  std::unique_ptr<test::Process> start(const std::string& program, const std::string& file) const;

  test::TempDir home_;
  std::string name_server_address_;
  std::unique_ptr<test::Process> name_server_;
  std::unique_ptr<test::Process> broker_;
};

}  // namespace rocketmq::soak
