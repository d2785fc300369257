#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace rocketmq::store {

/// Name of a CommitLog or ConsumeQueue file: the position of its first byte in its stream, 20
/// digits.
std::string file_name_of(std::int64_t base);
/// The position that such a name says; nothing for any other name.
std::optional<std::int64_t> base_of_file_name(std::string_view name);
/// One line about something in a directory of the store that is none of its files, and that it
/// leaves alone.
void report_foreign(const std::filesystem::path& path);
/// The whole text as a decimal number without sign; nothing for anything else.
std::optional<std::int64_t> parse_number(std::string_view text);

}  // namespace rocketmq::store
