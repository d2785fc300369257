#include "mqadmin/commands/charset.hpp"

#include <iconv.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "mqadmin/frame/context.hpp"

namespace rocketmq::mqadmin {
namespace {

class Converter {
 public:
  explicit Converter(const std::string& charset)
      : converter_(::iconv_open("UTF-8", charset.c_str())) {}
  ~Converter() {
    if (is_known()) ::iconv_close(converter_);
  }
  Converter(const Converter&) = delete;
  Converter& operator=(const Converter&) = delete;

  // iconv_open() returns (iconv_t)-1.
  bool is_known() const { return reinterpret_cast<std::intptr_t>(converter_) != -1; }

  std::string convert(std::string_view bytes) {
    std::string text;
    std::string input(bytes);
    char* in = input.data();
    std::size_t in_left = input.size();
    while (in_left > 0) {
      std::array<char, 4096> part{};
      char* out = part.data();
      std::size_t out_left = part.size();
      const std::size_t converted = ::iconv(converter_, &in, &in_left, &out, &out_left);
      text.append(part.data(), part.size() - out_left);
      if (converted != static_cast<std::size_t>(-1) || errno == E2BIG) continue;
      // Malformed, or cut off at the end.
      text += '?';
      ++in;
      --in_left;
    }
    return text;
  }

 private:
  const iconv_t converter_;
};

}  // namespace

client::Outcome<std::string> to_utf8(std::string_view bytes, const std::string& charset) {
  Converter converter(charset);
  if (!converter.is_known()) return usage_failure("the character set " + charset + " is not known");
  return converter.convert(bytes);
}

}  // namespace rocketmq::mqadmin
