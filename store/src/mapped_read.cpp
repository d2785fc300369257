#include "mapped_read.hpp"

#include <csignal>
#include <cstddef>

namespace rocketmq::store {
namespace mapped_read_detail {

thread_local sigjmp_buf* volatile expected = nullptr;

}  // namespace mapped_read_detail

namespace {

using mapped_read_detail::expected;

struct sigaction previous {};

void on_bus_error(int number, siginfo_t* info, void* context) {
  if (expected != nullptr) siglongjmp(*expected, 1);
  if ((previous.sa_flags & SA_SIGINFO) != 0) return previous.sa_sigaction(number, info, context);
  if (previous.sa_handler != SIG_DFL && previous.sa_handler != SIG_IGN)
    return previous.sa_handler(number);
  // The default then: the access is made again, and ends the process.
  std::signal(number, SIG_DFL);
}

bool take_over_signal() {
  struct sigaction ours {};
  ours.sa_sigaction = on_bus_error;
  // Not blocked while it is handled, so that leaving the handler by a jump changes no mask.
  ours.sa_flags = SA_SIGINFO | SA_NODEFER | SA_ONSTACK;
  ::sigemptyset(&ours.sa_mask);
  return ::sigaction(SIGBUS, &ours, &previous) == 0;
}

}  // namespace

void mapped_read_detail::take_over_signal_once() {
  // Asked for each record that is read: std::call_once would cost more than the look at it.
  [[maybe_unused]] static const bool is_taken = take_over_signal();
}

void touch_pages(std::string_view mapped) {
  constexpr std::size_t page_bytes = 4096;
  const volatile char* const bytes = mapped.data();
  for (std::size_t at = 0; at < mapped.size(); at += page_bytes) (void)bytes[at];
  if (!mapped.empty()) (void)bytes[mapped.size() - 1];
}

bool is_readable(std::string_view mapped) {
  return read_mapped([&] { touch_pages(mapped); });
}

}  // namespace rocketmq::store
