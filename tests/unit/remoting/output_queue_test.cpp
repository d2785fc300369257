#include "rocketmq/net/output_queue.hpp"

#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "frame_output.hpp"
#include "rocketmq/protocol/header.hpp"

namespace rocketmq::remoting {
namespace {

using net::Body;
using net::BufferPool;
using net::OutputQueue;

constexpr std::size_t frame_limit = 1'000'000;

RemotingCommand answer(std::int32_t opaque) {
  RemotingCommand command;
  command.opaque = opaque;
  command.flag = RemotingCommand::response_bit;
  command.has_ext_fields = true;
  return command;
}

std::string frame_of(std::int32_t opaque, std::string_view body) {
  std::string bytes;
  encode_frame(answer(opaque), body, bytes);
  return bytes;
}

/// Takes everything out, `step` bytes at a time, looking at `pieces` pieces at most.
std::string drain(OutputQueue& queue, BufferPool& pool, std::size_t step, std::size_t pieces) {
  std::string all;
  std::vector<iovec> room(pieces);
  while (!queue.empty()) {
    const std::size_t count = queue.gather(room);
    std::string gathered;
    for (std::size_t k = 0; k < count; ++k) {
      gathered.append(static_cast<const char*>(room[k].iov_base), room[k].iov_len);
    }
    const std::size_t sent = std::min(step, gathered.size());
    all.append(gathered, 0, sent);
    queue.consume(sent, pool);
  }
  return all;
}

TEST(OutputQueue, CountsTheMemoryThatItHoldsButNotThatOfOthers) {
  BufferPool pool;
  OutputQueue queue(frame_limit);
  EXPECT_EQ(queue.memory(), 0U);
  ASSERT_TRUE(add_frame(queue, answer(1), Body(std::string(100'000, 'o')), &pool));
  EXPECT_GE(queue.memory(), 100'000U);
  const std::size_t owned = queue.memory();
  const auto foreign = std::make_shared<std::string>(500'000, 'f');
  ASSERT_TRUE(add_frame(queue, answer(2), Body::gathered({*foreign}, foreign), &pool));
  EXPECT_LT(queue.memory(), owned + 1'000);
  OutputQueue other(frame_limit);
  other.append(std::move(queue));
  EXPECT_EQ(queue.memory(), 0U);
  EXPECT_GT(other.memory(), owned);
  other.consume(150'000, pool);
  EXPECT_LT(other.memory(), 1'000U) << "what is ours has been sent";
  (void)drain(other, pool, 10'000, 3);
  EXPECT_EQ(other.memory(), 0U);
}

TEST(OutputQueue, GathersNoMoreThanIsWanted) {
  BufferPool pool;
  OutputQueue queue(frame_limit);
  for (int k = 0; k < 10; ++k)
    ASSERT_TRUE(add_frame(queue, answer(k), Body(std::string(10'000, 'x')), &pool));
  std::vector<iovec> pieces(100);
  const std::size_t count = queue.gather(pieces, 25'000);
  std::size_t bytes = 0;
  for (std::size_t k = 0; k < count; ++k) bytes += pieces[k].iov_len;
  EXPECT_GE(bytes, 25'000U);
  EXPECT_LT(bytes, 40'000U);
}

TEST(OutputQueue, TakesEncodedFramesIntoABufferThatItIsLent) {
  OutputQueue left(frame_limit);
  std::string lent;
  lent.reserve(4'096);
  const char* const memory = lent.data();
  left.lend(std::move(lent));
  EXPECT_TRUE(left.empty());
  const std::string first = frame_of(1, "one");
  left.add_encoded(std::string_view(first).substr(0, 10), std::string_view(first).substr(10));
  left.add_encoded(frame_of(2, {}), "");

  OutputQueue queue(frame_limit);
  queue.append(std::move(left));
  std::array<iovec, 8> pieces;
  ASSERT_EQ(queue.gather(pieces), 1U);
  EXPECT_EQ(pieces[0].iov_base, memory);
  BufferPool pool;
  EXPECT_EQ(drain(queue, pool, 1'000, 8), first + frame_of(2, {}));
  EXPECT_EQ(pool.take().data(), memory) << "given back when it is sent";
}

TEST(OutputQueue, HoldsSmallAnswersInOnePiece) {
  OutputQueue queue(frame_limit);
  BufferPool pool;
  EXPECT_TRUE(queue.empty());
  ASSERT_TRUE(add_frame(queue, answer(1), "one", &pool));
  ASSERT_TRUE(add_frame(queue, answer(2), "two", &pool));
  EXPECT_EQ(queue.bytes(), frame_of(1, "one").size() + frame_of(2, "two").size());
  std::array<iovec, 8> pieces;
  EXPECT_EQ(queue.gather(pieces), 1U);
  EXPECT_EQ(drain(queue, pool, 1'000, 8), frame_of(1, "one") + frame_of(2, "two"));
}

TEST(OutputQueue, LeavesLargeBodiesWhereTheyAreUntilTheyAreSent) {
  OutputQueue queue(frame_limit);
  BufferPool pool;
  auto memory = std::make_shared<std::string>(50'000, 'g');
  const std::weak_ptr<std::string> watched = memory;
  const char* const at = memory->data();
  std::vector<std::string_view> parts{
      std::string_view(*memory).substr(0, 20'000), {}, std::string_view(*memory).substr(20'000)};
  ASSERT_TRUE(
      add_frame(queue, answer(1), Body::gathered(std::move(parts), std::move(memory)), &pool));
  std::array<iovec, 8> pieces;
  ASSERT_EQ(queue.gather(pieces), 3U);
  EXPECT_EQ(pieces[1].iov_base, at);
  queue.consume(queue.bytes() - 1, pool);
  EXPECT_FALSE(watched.expired());
  queue.consume(1, pool);
  EXPECT_TRUE(watched.expired());
}

TEST(OutputQueue, CopiesSmallGatheredBodies) {
  OutputQueue queue(frame_limit);
  BufferPool pool;
  auto memory = std::make_shared<std::string>("small");
  ASSERT_TRUE(add_frame(queue, answer(1), Body::gathered({*memory, *memory}, memory), &pool));
  EXPECT_EQ(memory.use_count(), 1);
  EXPECT_EQ(drain(queue, pool, 1'000, 8), frame_of(1, "smallsmall"));
}

TEST(OutputQueue, TakesNoFrameOverTheLimitAndKeepsWhatItHad) {
  OutputQueue queue(1'000);
  BufferPool pool;
  ASSERT_TRUE(add_frame(queue, answer(1), "kept", &pool));
  EXPECT_FALSE(add_frame(queue, answer(2), std::string(1'000, 'x'), &pool));
  RemotingCommand large = answer(3);
  large.set_body(std::string(1'000, 'x'));
  EXPECT_FALSE(add_frame(queue, large, &pool));
  const std::size_t head = frame_of(4, "").size();
  EXPECT_TRUE(add_frame(queue, answer(4), std::string(1'000 - head, 'y'), &pool))
      << "exactly the limit";
  EXPECT_EQ(drain(queue, pool, 10'000, 8),
            frame_of(1, "kept") + frame_of(4, std::string(1'000 - head, 'y')));
}

TEST(OutputQueue, GivesItsBuffersBackForReuse) {
  OutputQueue queue(frame_limit);
  BufferPool pool;
  ASSERT_TRUE(add_frame(queue, answer(1), std::string(3'000, 'b'), &pool));
  drain(queue, pool, 100'000, 8);
  EXPECT_GE(pool.take().capacity(), 3'000U);
}

TEST(OutputQueue, KeepsItsOrderWhenMovedBehindAnother) {
  OutputQueue mine(frame_limit);
  OutputQueue others(frame_limit);
  BufferPool pool;
  ASSERT_TRUE(add_frame(mine, answer(1), "first", &pool));
  ASSERT_TRUE(add_frame(others, answer(2), std::string(10'000, '2'), nullptr));
  ASSERT_TRUE(add_frame(others, answer(3), "third", nullptr));
  mine.append(std::move(others));
  ASSERT_TRUE(add_frame(mine, answer(4), "fourth", &pool));
  EXPECT_TRUE(others.empty());  // NOLINT(bugprone-use-after-move): it stays usable
  EXPECT_EQ(drain(mine, pool, 1'000'000, 8), frame_of(1, "first") +
                                                 frame_of(2, std::string(10'000, '2')) +
                                                 frame_of(3, "third") + frame_of(4, "fourth"));
}

TEST(OutputQueue, SendsTheSameBytesHoweverTheSocketTakesThem) {
  std::mt19937 random(20'240'607);
  for (int round = 0; round < 60; ++round) {
    OutputQueue queue(frame_limit);
    BufferPool pool;
    std::string expected;
    std::string taken;
    const auto pieces = std::uniform_int_distribution<std::size_t>(1, 5)(random);
    std::vector<iovec> room(pieces);
    for (int k = 0; k < 200; ++k) {
      const auto size =
          std::uniform_int_distribution<std::size_t>(0, k % 10 == 0 ? 20'000 : 300)(random);
      const std::string body(size, static_cast<char>('a' + k % 26));
      expected += frame_of(k, body);
      if (k % 3 == 0) {
        const auto memory = std::make_shared<std::string>(body);
        const std::string_view all(*memory);
        ASSERT_TRUE(add_frame(
            queue, answer(k),
            Body::gathered({all.substr(0, size / 2), all.substr(size / 2)}, memory), &pool));
      } else {
        ASSERT_TRUE(add_frame(queue, answer(k), body, &pool));
      }
      // Some of it leaves in between, so that the queue is appended to in every state.
      std::size_t room_bytes = 0;
      const std::size_t count = queue.gather(room);
      for (std::size_t p = 0; p < count; ++p) room_bytes += room[p].iov_len;
      std::size_t sent = std::uniform_int_distribution<std::size_t>(0, room_bytes)(random);
      if (k % 7 == 0) sent = room_bytes;
      std::size_t left = sent;
      for (std::size_t p = 0; p < count && left > 0; ++p) {
        const std::size_t part = std::min(left, room[p].iov_len);
        taken.append(static_cast<const char*>(room[p].iov_base), part);
        left -= part;
      }
      queue.consume(sent, pool);
    }
    taken += drain(queue, pool, 777, pieces);
    ASSERT_TRUE(taken == expected) << "round " << round;
  }
}

}  // namespace
}  // namespace rocketmq::remoting
