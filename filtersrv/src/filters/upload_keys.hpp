#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "rocketmq/common/result.hpp"

struct evp_pkey_st;

namespace rocketmq::filtersrv {

/// A text and the signature that its last line has:
///
///   // rmq-signature uV1v…w==      -- rmq-signature uV1v…w==      # rmq-signature uV1v…w==
///
/// A comment sign of any of the languages, then `rmq-signature`, then the Ed25519 signature (RFC
/// 8032) in Base64 of all bytes before this line. Blanks and empty lines may follow.
struct SignedText {
  /// What is signed, and what is compiled: without the line. Everything when there is none.
  std::string_view text;
  /// In Base64. Empty when the last line is none.
  std::string_view signature;
};

/// Both members are views of `source`.
SignedText read_signature(std::string_view source);

/// The public keys of those who may upload filters, of a file in PEM as OpenSSL writes it. Between
/// the keys there may be empty lines and lines that begin with `#`. Does not change after load(),
/// so that any thread may use it.
class UploadKeys {
 public:
  /// A file of more is refused.
  static constexpr std::size_t keys_max = 64;
  static constexpr std::size_t file_bytes_max = 65'536;

  /// Error: the file cannot be read, others may write to it, it has no key, or something in it is
  /// no Ed25519 public key; names the file and the line.
  static Result<UploadKeys> load(const std::filesystem::path& file);

  /// Whose signature it is, as "FILE:LINE". Error: there is none, it is damaged, or it is not one
  /// of these keys' signature of this text; the remark is for the user who uploads. Takes some 100
  /// µs for each key, and time in proportion to the text.
  Result<std::string> signer_of(const SignedText& source) const;

 private:
  using KeyPtr = std::shared_ptr<evp_pkey_st>;
  struct Key {
    KeyPtr key;
    std::string place;
  };
  std::vector<Key> keys_;
};

}  // namespace rocketmq::filtersrv
