#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "default_message_store.hpp"
#include "rocketmq/common/bytes.hpp"
#include "rocketmq/common/clock.hpp"
#include "rocketmq/common/message_properties.hpp"
#include "rocketmq/store/message_store.hpp"
#include "rocketmq/store/put_batch.hpp"
#include "temp_dir.hpp"

namespace rocketmq::store::test {

/// Small files, so that tests roll over often; the sizes of the golden stores.
inline StoreConfig small_config(const std::filesystem::path& root) {
  StoreConfig config;
  config.store_path_root_dir = root;
  config.mapped_file_size_commit_log = 262'144;
  config.mapped_file_size_consume_queue = 200;
  config.max_hash_slot_num = 40;
  config.max_index_num = 60;
  return config;
}

/// A message whose parts live as long as it does.
struct TestMessage {
  std::string topic = "TopicTest";
  std::int32_t queue_id = 0;
  std::string body = "hello";
  std::string tags;
  std::string keys;
  std::string properties;
  std::int32_t sys_flag = 0;
  bool wait_store_ok = true;

  MessageToPut to_put() {
    if (properties.empty()) {
      if (!tags.empty()) append_property(properties, property::tags, tags);
      if (!keys.empty()) append_property(properties, property::keys, keys);
    }
    return {.topic = topic,
            .queue_id = queue_id,
            .flag = 7,
            .sys_flag = sys_flag,
            .born_timestamp_ms = 1'600'000'000'000,
            .born_host = Endpoint::v4(10, 0, 0, 1, 1234),
            .store_host = Endpoint::v4(127, 0, 0, 1, 10911),
            .body = body,
            .properties = properties,
            .wait_store_ok = wait_store_ok};
  }
};

/// A store in a temporary directory that can be stopped, killed and opened again.
class StoreFixture : public ::testing::Test {
 protected:
  StoreFixture() : config_(small_config(directory_ / "store")) {}
  ~StoreFixture() override { store_.reset(); }

  /// Opens and starts. Throws when that is not possible: nothing of the test could go on without a
  /// store.
  void open(FileSystem& file_system = FileSystem::real()) {
    store_.reset();
    auto opened = DefaultMessageStore::open(config_, clock_, file_system);
    if (!opened) throw std::runtime_error("the store does not open: " + opened.error().remark);
    store_ = std::move(*opened);
    const auto started = store_->start();
    if (!started) throw std::runtime_error("the store does not start: " + started.error().remark);
  }
  void stop() { store_.reset(); }
  /// What SIGKILL leaves.
  void kill() {
    store_->abandon();
    store_.reset();
  }

  PutResult put(TestMessage message) { return store_->put_and_wait(message.to_put()); }
  PutResult put(const std::string& topic, std::int32_t queue_id, const std::string& body) {
    return put(TestMessage{.topic = topic, .queue_id = queue_id, .body = body});
  }

  /// Bodies of a queue's messages from `from` to its end.
  std::vector<std::string> bodies(std::string_view topic, std::int32_t queue_id,
                                  std::int64_t from = 0) {
    store_->wait_until_dispatched();
    std::vector<std::string> found;
    for (std::int64_t offset = from;;) {
      const GetResult got =
          store_->get({.topic = topic, .queue_id = queue_id, .queue_offset = offset});
      if (got.status != GetStatus::Found) return found;
      for (const std::string_view bytes : got.records) {
        const auto record = message_record::decode(bytes, message_record::Check::BodyCrc);
        if (!record) {
          ADD_FAILURE() << record.error().remark;
          return found;
        }
        found.emplace_back(record->body);
      }
      offset = got.next_begin_offset;
    }
  }

  rocketmq::test::TempDir directory_;
  StoreConfig config_;
  ManualClock clock_;
  std::unique_ptr<DefaultMessageStore> store_;
};

/// One entry of a batch request's body.
inline std::string batch_entry(std::string_view body, std::string_view properties,
                               std::int32_t flag = 0) {
  std::string entry;
  append_be(entry, static_cast<std::int32_t>(22 + body.size() + properties.size()));
  append_be(entry, std::int32_t{0});
  append_be(entry, std::int32_t{0});
  append_be(entry, flag);
  append_be(entry, static_cast<std::int32_t>(body.size()));
  entry.append(body);
  append_be(entry, static_cast<std::int16_t>(properties.size()));
  entry.append(properties);
  return entry;
}

}  // namespace rocketmq::store::test
