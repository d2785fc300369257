#include "rocketmq/common/home.hpp"

#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <system_error>

#include "rocketmq/common/own_program.hpp"

namespace rocketmq {
namespace {

bool is_variable_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/// The variable at the beginning of `text`, as it is written: $NAME or ${NAME}. Empty: a plain $.
std::string_view variable_at(std::string_view text) {
  if (text.starts_with("${")) return text.substr(0, std::min(text.find('}'), text.size() - 1) + 1);
  const auto begin = text.begin() + 1;
  const auto end = std::find_if_not(begin, text.end(), is_variable_character);
  return end == begin ? std::string_view()
                      : text.substr(0, static_cast<std::size_t>(end - text.begin()));
}

}  // namespace

std::filesystem::path home_directory() {
  if (const char* home = std::getenv("HOME"); home != nullptr && *home != '\0') return home;
  // What the system allots for one entry is a few hundred bytes; one that needs more is not looked
  // at.
  std::array<char, 16 * 1024> text;
  passwd entry{};
  passwd* user = nullptr;
  if (::getpwuid_r(::getuid(), &entry, text.data(), text.size(), &user) == 0 && user != nullptr &&
      user->pw_dir != nullptr)
    return user->pw_dir;
  return ".";
}

std::filesystem::path installation_root() {
  if (const char* root = std::getenv("ROCKETMQ_HOME"); root != nullptr && *root != '\0')
    return root;
  const auto program = own_program();
  return program.empty() ? std::filesystem::path(".") : program.parent_path().parent_path();
}

std::filesystem::path own_program() {
  std::error_code unknown;
  return std::filesystem::read_symlink("/proc/self/exe", unknown);
}

Result<std::string> expand_path(std::string_view text) {
  const auto refuse = [](std::string_view what) {
    return Error{ResponseCode::SystemError,
                 std::string(what) + " is not known in a path, only ~, $HOME and ${user.home} are"};
  };
  const std::string home = home_directory().string();
  std::string path;
  if (text.starts_with('~')) {
    const std::string_view user = text.substr(0, text.find('/'));
    if (user != "~") return refuse(user);
    path = home;
    text.remove_prefix(1);
  }
  while (!text.empty()) {
    const std::string_view variable = text.front() == '$' ? variable_at(text) : std::string_view();
    if (variable.empty()) {
      path += text.front();
      text.remove_prefix(1);
      continue;
    }
    if (variable != "$HOME" && variable != "${HOME}" && variable != "${user.home}")
      return refuse(variable);
    path += home;
    text.remove_prefix(variable.size());
  }
  return path;
}

}  // namespace rocketmq
