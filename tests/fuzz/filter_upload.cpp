// An upload to the filter server: its mark, its signature, and the expression in it; a file of
// keys, 0x00, the text.
#include <filesystem>

#include "engine/expr_engine.hpp"
#include "filters/upload_keys.hpp"
#include "rocketmq/filtersrv/filter_server_settings.hpp"
#include "rocketmq/filtersrv/language_mark.hpp"
#include "temp_files.hpp"

namespace rocketmq::fuzz {

using namespace filtersrv;

void run(std::string_view bytes) {
  Input input(bytes);
  const std::string_view key_file = input.until('\0');
  const std::string_view text = input.rest();
  const SignedText source = read_signature(text);
  check(text.starts_with(source.text), "what is signed is the beginning of the text");
  const LanguageMark mark = read_language_mark(source.text);
  check(source.text.ends_with(mark.text), "what follows the mark is the end of the text");

  const auto file = directory() / "keys.pem";
  write_file(file, key_file);
  std::filesystem::permissions(
      file, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  if (const auto keys = UploadKeys::load(file)) (void)keys->signer_of(source);

  ExprEngine engine;
  const FilterSource uploaded{.group = "group",
                              .topic = "TopicTest",
                              .class_name = "Filter",
                              .text = std::string(source.text)};
  if (!engine.takes(uploaded)) return;
  const auto filter = engine.compile(uploaded);
  if (!filter) return;
  const FilterMessage message{.topic = "TopicTest",
                              .properties =
                                  "a\x01"
                                  "5\x02"};
  const auto verdicts = (*filter)->match({&message, 1});
  check(verdicts && verdicts->size() == 1, "an expression judges each message");
}

}  // namespace rocketmq::fuzz
