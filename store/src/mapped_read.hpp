#pragma once

#include <csetjmp>
#include <string_view>

namespace rocketmq::store {
namespace mapped_read_detail {

/// Where this thread continues after a SIGBUS; null when it does not expect one.
extern thread_local sigjmp_buf* volatile expected;
void take_over_signal_once();

}  // namespace mapped_read_detail

/// Calls `reads`, which reads or writes mapped bytes, and returns whether that was possible; what
/// it has written is not to be looked at when not.
///
/// A page of a mapping that the disk cannot read or has no room for, or that lies behind the end of
/// a file which was cut, raises SIGBUS, which ends the process. Here it ends `reads` instead: no
/// object with a destructor may live in it while it reads. Not to be nested. Any thread.
///
/// The first call takes over SIGBUS; what it does not expect is handed on to the handler that was
/// there before.
template <class Reads>
bool read_mapped(const Reads& reads) {
  mapped_read_detail::take_over_signal_once();
  sigjmp_buf back;
  if (sigsetjmp(back, 0) != 0) {
    mapped_read_detail::expected = nullptr;
    return false;
  }
  mapped_read_detail::expected = &back;
  reads();
  mapped_read_detail::expected = nullptr;
  return true;
}

/// Reads a byte of every page, as part of a read_mapped(): of what is handed on without having been
/// read as a whole. Any thread.
void touch_pages(std::string_view mapped);

/// Touches every page of mapped bytes and returns true if they can be read. Bytes that have been
/// touched are in memory, and safe to be read just after. Any thread.
bool is_readable(std::string_view mapped);

}  // namespace rocketmq::store
