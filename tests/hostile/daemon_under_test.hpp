#pragma once

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "ports.hpp"
#include "process.hpp"
#include "raw_connection.hpp"
#include "rocketmq/protocol/remoting_command.hpp"
#include "temp_dir.hpp"

namespace rocketmq::test {

/// Parts of a daemon's state by name ("topics", "files", …), each as a text to compare.
using Snapshot = std::map<std::string, std::string>;

/// The names of the parts that differ, but for those that may.
std::vector<std::string> changed_parts(const Snapshot& before, const Snapshot& after,
                                       const std::vector<std::string>& may_change);

/// Files below a directory and what is in those of `config/` and in configuration files; without
/// logs and what a daemon rewrites by itself.
std::string files_below_home(const TempDir& home);

/// Memory that a process holds and that is no mapped file, in bytes.
std::size_t anonymous_memory_of(const Process& process);

/// A daemon as a process of its own, and an honest client's view of it.
class DaemonUnderTest {
 public:
  virtual ~DaemonUnderTest() = default;
  DaemonUnderTest() = default;
  DaemonUnderTest(const DaemonUnderTest&) = delete;
  DaemonUnderTest& operator=(const DaemonUnderTest&) = delete;

  std::uint16_t port() const { return port_; }
  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }
  Process& process() { return *process_; }
  const TempDir& home() const { return home_; }

  /// What must not change, by administrative requests and on disk.
  virtual Snapshot snapshot() = 0;
  /// True when an honest request is served as it should be.
  virtual bool serves_honest_clients() = 0;

 protected:
  /// Starts `program`; throws std::runtime_error when it does not say `boot_text`.
  void start(const std::string& program, const std::string& configuration,
             const std::string& boot_text);

  /// Sends a request, written as in a table, and returns its response. Throws std::runtime_error
  /// when there is none.
  remoting::RemotingCommand ask(const std::string& words) const;
  /// The same; throws too when the response is no success.
  remoting::RemotingCommand must(const std::string& words) const;

  TempDir home_;
  std::uint16_t port_ = 0;
  std::unique_ptr<Process> process_;
};

/// A broker with a topic, a group, an offset and a stored message, and switches as `more_keys` say.
class BrokerUnderTest : public DaemonUnderTest {
 public:
  explicit BrokerUnderTest(const std::string& more_keys = {});

  Snapshot snapshot() override;
  bool serves_honest_clients() override;
};

/// A name server with a broker's registration, whose connection this object keeps, and a KV pair.
class NameServerUnderTest : public DaemonUnderTest {
 public:
  explicit NameServerUnderTest(const std::string& more_keys = {});

  Snapshot snapshot() override;
  bool serves_honest_clients() override;

 private:
  std::unique_ptr<RawConnection> registered_broker_;
};

/// A filter server beside a broker, with a filter that an honest consumer has uploaded.
class FilterServerUnderTest : public DaemonUnderTest {
 public:
  FilterServerUnderTest();

  Snapshot snapshot() override;
  bool serves_honest_clients() override;

 private:
  BrokerUnderTest broker_;
};

}  // namespace rocketmq::test
