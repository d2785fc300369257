// A disk that does not respond: the threads that change tables continue.

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <memory>
#include <string>

#include "fixture.hpp"
#include "processors/admin_groups.hpp"
#include "processors/admin_topics.hpp"
#include "rocketmq/daemon/table_saver.hpp"
#include "rocketmq/protocol/group_headers.hpp"

namespace rocketmq::broker::test {
namespace {

/// Holds the writer of <file>.tmp, until it is released: a pipe that nothing reads cannot be
/// opened for writing.
class HeldFile {
 public:
  explicit HeldFile(const std::filesystem::path& file) : pipe_(file.string() + ".tmp") {
    EXPECT_EQ(::mkfifo(pipe_.c_str(), 0600), 0);
  }
  ~HeldFile() {
    release();
    ::close(reader_);
  }
  /// The write that was held fails, since a pipe cannot be flushed.
  void release() {
    if (reader_ < 0) reader_ = ::open(pipe_.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  }
  HeldFile(const HeldFile&) = delete;
  HeldFile& operator=(const HeldFile&) = delete;

 private:
  const std::string pipe_;
  int reader_ = -1;
};

class HeldTablesTest : public BrokerFixture {
 protected:
  HeldTablesTest() {
    saver.add(topics.file());
    saver.add(groups.file());
    saver.add(offsets.file(), std::chrono::hours(1));
  }
  std::optional<Answer> create_topic(const std::string& name) {
    return ask(
        [this](const auto& context, auto& request, auto reply) {
          admin_topics.update_topic(context, request, std::move(reply));
        },
        remoting::make_request(
            remoting::RequestCode::UpdateAndCreateTopic,
            remoting::CreateTopicRequestHeader{
                .topic = name, .readQueueNums = 4, .writeQueueNums = 4, .perm = 6}));
  }

  AdminTopicsProcessor admin_topics{{.topics = topics,
                                     .offsets = offsets,
                                     .reader = store,
                                     .administration = store,
                                     .stats = stats,
                                     .held = held}};
  TableSaver saver;
};

// None of the calls in the middle would return if it waited for the disk.
TEST_F(HeldTablesTest, AHeldTableDelaysNoRequest) {
  HeldFile held_topics(directory.path() / "topics.json");
  HeldFile held_groups(directory.path() / "subscriptionGroup.json");
  HeldFile held_offsets(directory.path() / "consumerOffset.json");
  saver.start();

  EXPECT_FALSE(create_topic("Orders")) << "the operator waits for the disk, without a thread";
  // Looked at before the calls that share a lock with the saver: after them it would be a race.
  EXPECT_TRUE(sink->answers.empty());
  EXPECT_TRUE(topics.find_or_create_for_send("New", "TBW102", 4, 0));
  EXPECT_TRUE(topics.grow("New", 8));
  EXPECT_TRUE(groups.find_or_create("cg"));
  EXPECT_TRUE(offsets.commit({"cg", "New", 0}, 17));
  EXPECT_EQ(topics.snapshot().topic_config_table.count("Orders"), 1U);
  EXPECT_EQ(groups.snapshot().subscription_group_table.count("cg"), 1U);
  EXPECT_EQ(offsets.query({"cg", "New", 0}), 17);

  for (HeldFile* file : {&held_topics, &held_groups, &held_offsets}) file->release();
  saver.stop();
  ASSERT_EQ(sink->answers.size(), 1U) << "the operator is told how it ended";
}

TEST_F(HeldTablesTest, AnOperatorsChangeIsConfirmedOnceItIsOnDisk) {
  EXPECT_FALSE(create_topic("Orders")) << "nothing has saved it yet";
  saver.start();
  saver.stop();
  ASSERT_EQ(sink->answers.size(), 1U);
  EXPECT_EQ(sink->answers.front().code(), ResponseCode::Success);
  TopicConfigManager again(config, clock, directory.path() / "topics.json");
  ASSERT_TRUE(again.load());
  EXPECT_TRUE(again.shape_of("Orders"));
}

}  // namespace
}  // namespace rocketmq::broker::test
