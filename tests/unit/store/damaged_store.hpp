#pragma once

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "faulty_file_system.hpp"
#include "seed.hpp"
#include "store_fixture.hpp"

namespace rocketmq::store::test {

/// A small store that is damaged again and again: made once, put back from memory before each time,
/// opened without its threads, which makes an opening cheap.
class DamagedStoreTest : public StoreFixture {
 protected:
  static constexpr std::int32_t queues = 3;
  static constexpr std::int64_t queue_id_at = 12;
  static constexpr std::int64_t queue_id_bytes = 4;
  struct Message {
    std::int32_t queue_id = 0;
    std::int64_t queue_offset = 0;
    std::string body;
    std::string key;
    std::int64_t physical_offset = 0;
    std::int64_t end = 0;
  };

  DamagedStoreTest() {
    config_.mapped_file_size_commit_log = 65'536;
    config_.mapped_file_size_consume_queue = 20 * 40;
    config_.max_index_num = 100;
  }
  ~DamagedStoreTest() override { store_.reset(); }

  std::filesystem::path root() const { return config_.store_path_root_dir; }
  static std::string content_of(const std::filesystem::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }

  /// `count` messages; those from `checkpoint_at` on are in the log alone when the store is killed.
  void make_store(int count, std::size_t body_bytes_most, bool orderly, int checkpoint_at) {
    open(disk_);
    for (int i = 0; i < count; ++i) {
      if (i == checkpoint_at) {
        store_->wait_until_dispatched();
        ASSERT_TRUE(store_->checkpoint());
      }
      Message message{.queue_id = static_cast<std::int32_t>(
                          rocketmq::test::random_between(random_, 0, queues - 1)),
                      .body = std::to_string(i) + ":",
                      .key = "key" + std::to_string(i)};
      message.body.append(rocketmq::test::random_between(random_, 0, body_bytes_most), 'b');
      const PutResult stored = put(TestMessage{
          .queue_id = message.queue_id, .body = message.body, .tags = "TagA", .keys = message.key});
      ASSERT_EQ(stored.status, PutStatus::Ok);
      message.queue_offset = stored.queue_offset;
      message.physical_offset = stored.physical_offset;
      message.end = stored.physical_offset + stored.size_bytes;
      messages_.push_back(std::move(message));
    }
    store_->wait_until_dispatched();
    if (orderly)
      stop();
    else
      kill();
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root())) {
      if (entry.is_regular_file()) files_[entry.path()] = content_of(entry.path());
    }
  }

  /// Puts every file back as it was.
  void restore() {
    moved_body_.reset();
    ASSERT_TRUE(disk_.sync_all(root()));
    std::vector<std::filesystem::path> foreign;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root())) {
      if (entry.is_regular_file() && !files_.contains(entry.path()))
        foreign.push_back(entry.path());
    }
    for (const auto& path : foreign) std::filesystem::remove(path);
    for (const auto& [path, content] : files_) {
      std::filesystem::create_directories(path.parent_path());
      std::ofstream out(path, std::ios::binary | std::ios::in | std::ios::out);
      if (!out.is_open()) out.open(path, std::ios::binary);
      out.write(content.data(), static_cast<std::streamsize>(content.size()));
    }
  }
  static void write_at(const std::filesystem::path& path, std::int64_t position,
                       std::string_view bytes) {
    std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
    ASSERT_TRUE(file.is_open()) << path;
    file.seekp(position);
    file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  }
  std::filesystem::path log_file_of(std::int64_t physical_offset) const {
    const std::int64_t size = config_.mapped_file_size_commit_log;
    std::string name = std::to_string(physical_offset / size * size);
    name.insert(0, 20 - name.size(), '0');
    return root() / "commitlog" / name;
  }
  void write_log(std::int64_t physical_offset, std::string_view bytes) {
    const auto hit = std::find_if(messages_.begin(), messages_.end(), [&](const Message& message) {
      const std::int64_t queue_id = message.physical_offset + queue_id_at;
      return physical_offset >= queue_id && physical_offset < queue_id + queue_id_bytes;
    });
    if (hit != messages_.end()) moved_body_ = hit->body;
    write_at(log_file_of(physical_offset), physical_offset % config_.mapped_file_size_commit_log,
             bytes);
  }
  char log_byte(std::int64_t physical_offset) const {
    return files_.at(log_file_of(physical_offset))[static_cast<std::size_t>(
        physical_offset % config_.mapped_file_size_commit_log)];
  }

  /// Opens without starting: recovery has run, everything can be read, nothing is written any more.
  void open_for_reading() {
    store_.reset();
    auto opened = DefaultMessageStore::open(config_, clock_, disk_);
    if (!opened) throw std::runtime_error("the store does not open: " + opened.error().remark);
    store_ = std::move(*opened);
  }

  /// Reads every queue to its end; what is served must be what was sent. Returns the numbers (in
  /// messages_) of what is missing.
  std::set<std::size_t> missing() {
    std::map<std::pair<std::int32_t, std::int64_t>, std::size_t> expected;
    for (std::size_t i = 0; i < messages_.size(); ++i)
      expected[{messages_[i].queue_id, messages_[i].queue_offset}] = i;
    for (std::int32_t queue = 0; queue < queues; ++queue) {
      const std::int64_t end = store_->queue_bounds("TopicTest", queue).max_offset;
      for (std::int64_t offset = store_->queue_bounds("TopicTest", queue).min_offset;
           offset < end;) {
        const GetResult got =
            store_->get({.topic = "TopicTest", .queue_id = queue, .queue_offset = offset});
        for (const std::string_view bytes : got.records) take_served(bytes, queue, expected);
        EXPECT_GT(got.next_begin_offset, offset) << "a reader does not get on";
        if (got.next_begin_offset <= offset) break;
        offset = got.next_begin_offset;
      }
    }
    std::set<std::size_t> left;
    for (const auto& [id, number] : expected) left.insert(number);
    return left;
  }

  /// Nothing wrong is returned for a key or a place; returns how many keys find nothing.
  int keys_without_message() {
    int count = 0;
    for (const Message& message : messages_) {
      bool found = false;
      for (const auto& one : store_->query("TopicTest", message.key, 64, 0, INT64_MAX).messages) {
        // As callers do: another key may have the same hash.
        if (find_property(one.record.properties, property::keys) != message.key) continue;
        // A damaged key may be another's: the message itself is whole all the same.
        const auto itself = std::find_if(messages_.begin(), messages_.end(), [&](const auto& sent) {
          return sent.physical_offset == one.record.physical_offset;
        });
        EXPECT_TRUE(itself != messages_.end() && one.record.body == itself->body) << message.key;
        found = true;
      }
      count += found ? 0 : 1;
      if (const auto at = store_->message_at(message.physical_offset)) {
        EXPECT_EQ(at->record.body, message.body);
      }
    }
    return count;
  }

  std::mt19937_64 random_ = rocketmq::test::seeded_random();
  /// Does not really flush, which makes openings cheap.
  rocketmq::test::FaultyFileSystem disk_;
  std::vector<Message> messages_;
  /// Of the message whose queue id was damaged. The format's one checksum is of the body: where the
  /// number is just the next one of the queue that the damaged id names, nothing tells that the
  /// message was another queue's, and it is served there, whole.
  std::optional<std::string> moved_body_;
  std::map<std::filesystem::path, std::string> files_;

 private:
  void take_served(std::string_view bytes, std::int32_t queue,
                   std::map<std::pair<std::int32_t, std::int64_t>, std::size_t>& expected) const {
    const auto record = message_record::decode(bytes, message_record::Check::BodyCrc);
    ASSERT_TRUE(record) << record.error().remark;
    if (record->body == moved_body_) return;
    const auto place = expected.find({queue, record->queue_offset});
    ASSERT_NE(place, expected.end())
        << "served twice, or never sent: entry " << record->queue_offset << " of queue " << queue;
    ASSERT_EQ(record->body, messages_[place->second].body);
    expected.erase(place);
  }
};

}  // namespace rocketmq::store::test
