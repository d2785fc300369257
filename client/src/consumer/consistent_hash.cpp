#include <openssl/evp.h>

#include <array>
#include <cstdint>
#include <map>
#include <string>

#include "rocketmq/AllocateMessageQueueStrategy.h"
#include "rocketmq/MQException.h"

namespace rocketmq {
namespace {

/// The first four bytes of the text's MD5, as a big-endian number.
std::uint32_t hash_of(const std::string& text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
  const int has_hashed =
      ::EVP_Digest(text.data(), text.size(), bytes.data(), nullptr, EVP_md5(), nullptr);
  // All members of a group must hash alike: one that cannot takes no queues rather than wrong ones.
  if (has_hashed != 1) throw MQClientException("OpenSSL of this machine refuses MD5");
  return std::uint32_t{bytes[0]} << 24 | std::uint32_t{bytes[1]} << 16 |
         std::uint32_t{bytes[2]} << 8 | std::uint32_t{bytes[3]};
}

}  // namespace

AllocateMessageQueueConsistentHash::AllocateMessageQueueConsistentHash(int virtualNodes)
    : virtual_nodes_(virtualNodes) {
  if (virtualNodes < 1) {
    throw MQClientException("a member needs at least 1 virtual node, not " +
                            std::to_string(virtualNodes));
  }
}

std::vector<MessageQueue> AllocateMessageQueueConsistentHash::allocate(
    const std::string&, const std::string& currentClientId, const std::vector<MessageQueue>& queues,
    const std::vector<std::string>& clientIds) const {
  std::map<std::uint32_t, std::string> ring;
  for (const std::string& id : clientIds) {
    for (int k = 0; k < virtual_nodes_; ++k) ring[hash_of(id + "-" + std::to_string(k))] = id;
  }
  std::vector<MessageQueue> mine;
  if (ring.empty()) return mine;
  for (const MessageQueue& queue : queues) {
    auto point = ring.lower_bound(hash_of(queue.toString()));
    if (point == ring.end()) point = ring.begin();
    if (point->second == currentClientId) mine.push_back(queue);
  }
  return mine;
}

}  // namespace rocketmq
