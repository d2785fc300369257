#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "rocketmq/protocol/remoting_command.hpp"

// Signed requests, as the plain access control of 4.x has them (spec/broker.md §18.2): the values
// of all fields in the order of their keys, and the body, under HMAC-SHA1 with the account's
// secret.
namespace rocketmq::remoting {

namespace signature_field {
inline constexpr std::string_view access_key = "AccessKey";
inline constexpr std::string_view signature = "Signature";
inline constexpr std::string_view security_token = "SecurityToken";
}  // namespace signature_field

/// What a signature turned out to be.
enum class SignatureCheck { Valid, Wrong, FieldGivenTwice };

/// Signs with one secret. What depends on the secret alone is computed once, when the object is
/// made. Constant afterwards: any thread.
class RequestSigner {
 public:
  /// `secret` is not kept as text.
  explicit RequestSigner(std::string_view secret);
  ~RequestSigner();
  RequestSigner(const RequestSigner&) = delete;
  RequestSigner& operator=(const RequestSigner&) = delete;

  /// The signature of the request as it is, without regard to one that it has: 28 characters of
  /// Base64.
  std::string signature_of(const RemotingCommand& request) const;
  /// Compares in constant time. A request that gives a field twice is never valid: what one reader
  /// has judged, another one could read differently.
  SignatureCheck check(const RemotingCommand& request, std::string_view signature) const;

 private:
  static constexpr std::size_t signature_bytes = 28;
  using Text = std::array<char, signature_bytes>;
  struct State;
  /// False when a field is given twice.
  bool sign(const RemotingCommand& request, Text& signature) const;

  std::unique_ptr<const State> state_;
};

/// Signs our requests for one account. Constant: any thread.
class RequestCredentials {
 public:
  /// An empty `security_token` is left out.
  RequestCredentials(std::string access_key, std::string_view secret_key,
                     std::string security_token = {});

  /// Adds the account's fields, the signature last: no other field may be added afterwards. A
  /// request that is sent again is signed again.
  void sign(RemotingCommand& request) const;

 private:
  std::string access_key_;
  std::string security_token_;
  RequestSigner signer_;
};

}  // namespace rocketmq::remoting
