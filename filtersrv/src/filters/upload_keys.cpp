#include "filters/upload_keys.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "rocketmq/common/free_with.hpp"
#include "rocketmq/common/text.hpp"
#include "rocketmq/filtersrv/language_mark.hpp"
#include "rocketmq/filtersrv/trusted_file.hpp"

namespace rocketmq::filtersrv {
namespace {

constexpr std::string_view key_begin = "-----BEGIN PUBLIC KEY-----";
constexpr std::string_view key_end = "-----END PUBLIC KEY-----";
constexpr std::size_t signature_bytes = 64;
/// 64 bytes in Base64, two characters of padding among them.
constexpr std::size_t signature_chars = 88;

Error refused(std::string remark) { return {ResponseCode::SystemError, std::move(remark)}; }

using Bio = std::unique_ptr<BIO, FreeWith<BIO_free>>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, FreeWith<EVP_MD_CTX_free>>;

Result<std::shared_ptr<EVP_PKEY>> parse_key(const std::string& pem) {
  const Bio bio(::BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  std::shared_ptr<EVP_PKEY> key(
      bio ? ::PEM_read_bio_PUBKEY(bio.get(), nullptr, nullptr, nullptr) : nullptr, EVP_PKEY_free);
  ::ERR_clear_error();
  if (!key) return refused("the key is damaged");
  if (::EVP_PKEY_is_a(key.get(), "ED25519") != 1) {
    return refused("the key is of the kind " + std::string(::EVP_PKEY_get0_type_name(key.get())) +
                   ", expected ED25519");
  }
  return key;
}

std::optional<std::array<unsigned char, signature_bytes>> decode_signature(std::string_view text) {
  if (text.size() != signature_chars) return std::nullopt;
  // The padding counts as bytes here.
  std::array<unsigned char, signature_bytes + 2> bytes{};
  const int count =
      ::EVP_DecodeBlock(bytes.data(), reinterpret_cast<const unsigned char*>(text.data()),
                        static_cast<int>(text.size()));
  if (count != static_cast<int>(bytes.size()) || !text.ends_with("==")) return std::nullopt;
  std::array<unsigned char, signature_bytes> signature{};
  std::copy_n(bytes.begin(), signature_bytes, signature.begin());
  return signature;
}

bool verifies(EVP_PKEY* key, const std::array<unsigned char, signature_bytes>& signature,
              std::string_view text) {
  const DigestContext context(::EVP_MD_CTX_new());
  const bool is_good =
      context != nullptr &&
      ::EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key) == 1 &&
      ::EVP_DigestVerify(context.get(), signature.data(), signature.size(),
                         reinterpret_cast<const unsigned char*>(text.data()), text.size()) == 1;
  ::ERR_clear_error();
  return is_good;
}

}  // namespace

SignedText read_signature(std::string_view source) {
  std::string_view rest = source;
  while (!rest.empty() && trim(rest.substr(rest.size() - 1)).empty()) rest.remove_suffix(1);
  const auto line_begin = rest.rfind('\n') + 1;  // npos + 1 is 0
  const std::string_view signature = note_in_comment(rest.substr(line_begin), "rmq-signature");
  if (signature.empty()) return {source, {}};
  return {source.substr(0, line_begin), signature};
}

Result<UploadKeys> UploadKeys::load(const std::filesystem::path& file) {
  const auto content = read_trusted_file("the file", file.string(), file_bytes_max);
  if (!content) return content.error();
  UploadKeys keys;
  std::string pem;  // of the key that has begun
  std::string place;
  int number = 0;
  for (std::string_view rest = *content; !rest.empty();) {
    const auto end = std::min(rest.find('\n'), rest.size());
    const std::string_view line = trim(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    const std::string here = file.string() + ":" + std::to_string(++number);
    if (line == key_begin && pem.empty()) {
      if (keys.keys_.size() == keys_max)
        return refused(here + ": more than " + std::to_string(keys_max) + " keys");
      place = here;
    } else if (pem.empty()) {
      if (line.empty() || line.starts_with('#')) continue;
      return refused(here + ": expected " + std::string(key_begin) +
                     (line.find("PRIVATE KEY") == std::string_view::npos
                          ? ", an empty line or one that begins with #"
                          : ": private keys do not belong here"));
    }
    pem.append(line).append("\n");
    if (line != key_end) continue;
    auto key = parse_key(pem);
    if (!key) return refused(place + ": " + key.error().remark);
    keys.keys_.push_back({std::move(*key), place});
    pem.clear();
  }
  if (!pem.empty())
    return refused(place + ": the key that begins here has no " + std::string(key_end));
  if (keys.keys_.empty()) return refused(file.string() + ": there is no key in it");
  return keys;
}

Result<std::string> UploadKeys::signer_of(const SignedText& source) const {
  if (source.signature.empty()) {
    return refused(
        "the text is not signed: its last line must be a comment, rmq-signature and the Ed25519 "
        "signature in Base64 (filterUploadKeys)");
  }
  const auto signature = decode_signature(source.signature);
  if (!signature) {
    return refused("the signature is damaged: expected " + std::to_string(signature_chars) +
                   " characters of Base64 in the last line");
  }
  const auto signer = std::find_if(keys_.begin(), keys_.end(), [&](const Key& key) {
    return verifies(key.key.get(), *signature, source.text);
  });
  if (signer == keys_.end()) {
    return refused(
        "the signature is not one of this text by a key of filterUploadKeys: it was made with "
        "another key, or the text has been changed since");
  }
  return signer->place;
}

}  // namespace rocketmq::filtersrv
