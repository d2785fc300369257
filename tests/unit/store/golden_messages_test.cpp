// The golden stores' messages, one by one: by offset, by place, by key; their units and index
// entries against those that the Java brokers wrote.

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>
#include <tuple>

#include "key_hash.hpp"
#include "rocketmq/common/message_id.hpp"
#include "store_fixture.hpp"

namespace rocketmq::store::test {
namespace {

namespace fs = std::filesystem;

struct Listed {
  std::int64_t physical_offset = 0;
  std::int32_t size = 0;
  std::string topic;
  std::int32_t queue_id = 0;
  std::int64_t queue_offset = 0;
  std::int32_t sys_flag = 0;
  std::string tags;
  std::string keys;
  std::string unique_key;
  std::int64_t tags_code = 0;
};

std::vector<Listed> messages_of(const std::string& archive) {
  std::ifstream in(std::string(ROCKETMQ_TEST_VECTORS) + "/store/messages.tsv");
  std::vector<Listed> listed;
  for (std::string line; std::getline(in, line);) {
    if (!line.starts_with(archive + "\t")) continue;
    std::istringstream cells(line);
    const auto cell = [&] {
      std::string text;
      std::getline(cells, text, '\t');
      return text;
    };
    cell();
    Listed one;
    one.physical_offset = std::stoll(cell());
    one.size = std::stoi(cell());
    one.topic = cell();
    one.queue_id = std::stoi(cell());
    one.queue_offset = std::stoll(cell());
    one.sys_flag = std::stoi(cell());
    one.tags = cell();
    one.keys = cell();
    one.unique_key = cell();
    one.tags_code = std::stoll(cell());
    listed.push_back(std::move(one));
  }
  return listed;
}

/// What an index says: hash of the key, place of the record. The seconds since the file's first
/// entry, and the order, follow from these and from how they are spread over files.
using IndexEntries = std::vector<std::pair<std::int32_t, std::int64_t>>;

IndexEntries index_entries(const fs::path& root, const StoreConfig& config) {
  IndexEntries entries;
  std::vector<fs::path> files;
  if (!fs::exists(root / "index")) return entries;
  for (const auto& entry : fs::directory_iterator(root / "index")) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  for (const fs::path& file : files) {
    std::ifstream in(file, std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(in), {}};
    const auto count = load_be<std::int32_t>(bytes.data() + 36);
    for (std::int32_t number = 1; number < count; ++number) {
      const char* at = bytes.data() + 40 + 4LL * config.max_hash_slot_num + 20LL * number;
      entries.emplace_back(load_be<std::int32_t>(at), load_be<std::int64_t>(at + 4));
    }
  }
  return entries;
}

class GoldenMessagesTest : public StoreFixture, public ::testing::WithParamInterface<const char*> {
 protected:
  GoldenMessagesTest() : listed_(messages_of(GetParam())) {
    const std::string command = "tar -xzf '" + std::string(ROCKETMQ_TEST_VECTORS) + "/store/" +
                                GetParam() + ".tar.gz' -C '" + directory_.text() + "'";
    if (std::system(command.c_str()) != 0)
      throw std::runtime_error("cannot unpack " + std::string(GetParam()));
  }
  fs::path root() const { return config_.store_path_root_dir; }

  const std::vector<Listed> listed_;
};

class TakesTagsCode final : public MessageFilter {
 public:
  bool matches_tags_code(std::int64_t tags_code) const override {
    taken_ = tags_code;
    return true;
  }
  std::int64_t taken() const { return taken_; }

 private:
  mutable std::int64_t taken_ = 0;
};

TEST_P(GoldenMessagesTest, EachIsFoundByItsOffsetWithItsUnit) {
  ASSERT_FALSE(listed_.empty());
  open();
  for (const Listed& wanted : listed_) {
    TakesTagsCode unit;
    const GetResult got = store_->get({.topic = wanted.topic,
                                       .queue_id = wanted.queue_id,
                                       .queue_offset = wanted.queue_offset,
                                       .count_max = 1,
                                       .filter = &unit});
    ASSERT_EQ(got.records.size(), 1U) << wanted.topic << '@' << wanted.queue_offset;
    const auto record = message_record::decode(got.records.front(), message_record::Check::BodyCrc);
    ASSERT_TRUE(record) << record.error().remark;
    EXPECT_EQ(record->physical_offset, wanted.physical_offset);
    EXPECT_EQ(record->total_size, wanted.size);
    EXPECT_EQ(record->sys_flag, wanted.sys_flag);
    EXPECT_EQ(find_property(record->properties, property::tags).value_or(""), wanted.tags);
    EXPECT_EQ(find_property(record->properties, property::keys).value_or(""), wanted.keys);
    EXPECT_EQ(unit.taken(), wanted.tags_code) << wanted.topic << '@' << wanted.queue_offset;
  }
}

TEST_P(GoldenMessagesTest, EachIsFoundByItsMessageIdAndByEveryKey) {
  open();
  for (const Listed& wanted : listed_) {
    const auto message = store_->message_at(wanted.physical_offset);
    ASSERT_TRUE(message) << wanted.physical_offset;
    EXPECT_EQ(message->record.topic, wanted.topic);
    EXPECT_EQ(message->record.queue_offset, wanted.queue_offset);
    const std::string id =
        encode_offset_message_id(message->record.store_host, wanted.physical_offset);
    EXPECT_EQ(decode_offset_message_id(id)->physical_offset, wanted.physical_offset);
    std::istringstream keys(wanted.keys + " " + wanted.unique_key);
    for (std::string key; keys >> key;) {
      // A batch's own unique key follows those of its messages, and wins.
      if (key == wanted.unique_key &&
          find_property(message->record.properties, property::unique_key) != key)
        continue;
      const auto found = store_->query(wanted.topic, key, 64, 0, INT64_MAX).messages;
      EXPECT_TRUE(std::any_of(found.begin(), found.end(),
                              [&](const StoredMessage& one) {
                                return one.record.physical_offset == wanted.physical_offset;
                              }))
          << wanted.topic << ' ' << key;
    }
  }
}

/// A record that was the last one when its index was made again may be in it twice, in Java's files
/// as well as in ours: each entry counts once.
IndexEntries without_repetitions(const IndexEntries& entries) {
  IndexEntries once;
  std::set<IndexEntries::value_type> seen;
  for (const auto& entry : entries) {
    if (seen.insert(entry).second) once.push_back(entry);
  }
  return once;
}

TEST_P(GoldenMessagesTest, TheIndexMadeFromTheLogAloneHasJavasEntriesInJavasOrder) {
  const IndexEntries java = index_entries(root(), config_);
  fs::remove_all(root() / "index");
  fs::remove_all(root() / "consumequeue");
  open();
  stop();
  EXPECT_EQ(without_repetitions(index_entries(root(), config_)), without_repetitions(java));
}

INSTANTIATE_TEST_SUITE_P(Archives, GoldenMessagesTest,
                         ::testing::Values("store-java-4.9.8-clean", "store-java-4.9.8-killed",
                                           "store-java-5.3.3-clean", "store-java-5.3.3-killed",
                                           "store-java-4.9.8-slave", "store-java-4.9.8-ipv6"),
                         [](const auto& archive) {
                           std::string name = archive.param;
                           std::replace_if(
                               name.begin(), name.end(),
                               [](char c) { return c == '-' || c == '.'; }, '_');
                           return name;
                         });

}  // namespace
}  // namespace rocketmq::store::test
