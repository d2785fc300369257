#include "rocketmq/protocol/request_signature.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "rocketmq/common/bytes.hpp"
#include "rocketmq/common/result.hpp"

namespace rocketmq::remoting {
namespace detail {

/// A running SHA-1.
class Sha1 {
 public:
  Sha1() : context_(EVP_MD_CTX_new()) { ensure(context_ != nullptr, "there is memory for SHA-1"); }
  ~Sha1() { EVP_MD_CTX_free(context_); }
  Sha1(const Sha1&) = delete;
  Sha1& operator=(const Sha1&) = delete;

  void begin() { ensure(EVP_DigestInit_ex(context_, EVP_sha1(), nullptr) == 1, "SHA-1 is there"); }
  void continue_from(const Sha1& other) {
    ensure(EVP_MD_CTX_copy_ex(context_, other.context_) == 1, "a running SHA-1 can be copied");
  }
  void add(const void* bytes, std::size_t count) {
    ensure(EVP_DigestUpdate(context_, bytes, count) == 1, "SHA-1 takes bytes");
  }
  void add(std::string_view text) { add(text.data(), text.size()); }
  void end(unsigned char* digest) {
    ensure(EVP_DigestFinal_ex(context_, digest, nullptr) == 1, "SHA-1 ends");
  }

 private:
  EVP_MD_CTX* context_;
};

}  // namespace detail

namespace {

using detail::Sha1;

constexpr std::size_t sha1_block_bytes = 64;
constexpr std::size_t sha1_bytes = 20;
/// Java clients add it after they have signed.
constexpr std::string_view added_after_signing = "_UNIQUE_KEY_QUERY";

/// A field, and the first bytes of its key as a number that sorts as they do: most keys differ
/// there.
struct SortedField {
  std::uint64_t prefix = 0;
  std::uint32_t index = 0;
};

std::uint64_t prefix_of(std::string_view key) {
  char bytes[sizeof(std::uint64_t)]{};
  std::copy_n(key.begin(), std::min(key.size(), sizeof bytes), bytes);
  return load_be<std::uint64_t>(bytes);
}

/// The fields by their keys. False when one is given twice.
bool sort_fields(const FieldMap& fields, std::vector<SortedField>& order) {
  order.clear();
  for (std::size_t i = 0; i < fields.size(); ++i)
    order.push_back({prefix_of(fields.key_at(i)), static_cast<std::uint32_t>(i)});
  std::sort(order.begin(), order.end(), [&fields](const SortedField& a, const SortedField& b) {
    if (a.prefix != b.prefix) return a.prefix < b.prefix;
    return fields.key_at(a.index) < fields.key_at(b.index);
  });
  const auto twice = std::adjacent_find(
      order.begin(), order.end(), [&fields](const SortedField& a, const SortedField& b) {
        return a.prefix == b.prefix && fields.key_at(a.index) == fields.key_at(b.index);
      });
  return twice == order.end();
}

}  // namespace

struct RequestSigner::State {
  Sha1 inner;  // has taken the secret, as the first block
  Sha1 outer;
};

RequestSigner::RequestSigner(std::string_view secret) {
  auto state = std::make_unique<State>();
  std::array<unsigned char, sha1_block_bytes> key{};
  if (secret.size() > key.size()) {
    Sha1 hash;
    hash.begin();
    hash.add(secret);
    hash.end(key.data());
  } else {
    std::copy(secret.begin(), secret.end(), key.begin());
  }
  const auto begin_with = [&key](Sha1& hash, unsigned char pad) {
    auto block = key;
    for (unsigned char& byte : block) byte = static_cast<unsigned char>(byte ^ pad);
    hash.begin();
    hash.add(block.data(), block.size());
    OPENSSL_cleanse(block.data(), block.size());
  };
  begin_with(state->inner, 0x36);
  begin_with(state->outer, 0x5C);
  OPENSSL_cleanse(key.data(), key.size());
  state_ = std::move(state);
}

RequestSigner::~RequestSigner() = default;

bool RequestSigner::sign(const RemotingCommand& request, Text& signature) const {
  thread_local std::vector<SortedField> order;
  thread_local std::string values;
  thread_local Sha1 hash;
  const FieldMap& fields = request.ext_fields;
  const bool is_unique = sort_fields(fields, order);
  values.clear();
  for (const SortedField& field : order) {
    const auto key = fields.key_at(field.index);
    if (key != signature_field::signature && key != added_after_signing)
      values.append(fields.value_at(field.index));
  }
  hash.continue_from(state_->inner);
  hash.add(values);
  hash.add(request.body);
  std::array<unsigned char, sha1_bytes> digest{};
  hash.end(digest.data());
  hash.continue_from(state_->outer);
  hash.add(digest.data(), digest.size());
  hash.end(digest.data());
  // It ends its text with a zero.
  std::array<unsigned char, signature_bytes + 1> text{};
  EVP_EncodeBlock(text.data(), digest.data(), static_cast<int>(digest.size()));
  std::copy_n(text.begin(), signature_bytes, signature.begin());
  return is_unique;
}

std::string RequestSigner::signature_of(const RemotingCommand& request) const {
  Text text{};
  sign(request, text);
  return {text.data(), text.size()};
}

SignatureCheck RequestSigner::check(const RemotingCommand& request,
                                    std::string_view signature) const {
  Text expected{};
  if (!sign(request, expected)) return SignatureCheck::FieldGivenTwice;
  const bool is_equal = signature.size() == expected.size() &&
                        CRYPTO_memcmp(signature.data(), expected.data(), expected.size()) == 0;
  return is_equal ? SignatureCheck::Valid : SignatureCheck::Wrong;
}

RequestCredentials::RequestCredentials(std::string access_key, std::string_view secret_key,
                                       std::string security_token)
    : access_key_(std::move(access_key)),
      security_token_(std::move(security_token)),
      signer_(secret_key) {}

void RequestCredentials::sign(RemotingCommand& request) const {
  request.has_ext_fields = true;
  request.ext_fields.set(signature_field::access_key, access_key_);
  if (!security_token_.empty())
    request.ext_fields.set(signature_field::security_token, security_token_);
  request.ext_fields.set(signature_field::signature, signer_.signature_of(request));
}

}  // namespace rocketmq::remoting
