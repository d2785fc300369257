#pragma once

#include <boost/system/result.hpp>
#include <string>
#include <string_view>

#include "rocketmq/common/response_code.hpp"

namespace rocketmq {

/// Why something could not be done: already in the form of a response.
/// `remark` is read by an operator at night: what failed, on which topic or file, what was
/// expected.
struct Error {
  ResponseCode code = ResponseCode::SystemError;
  std::string remark;

  friend bool operator==(const Error&, const Error&) = default;
};

/// "TOPIC_NOT_EXIST (17): remark", for logs.
std::string to_string(const Error& error);

namespace detail {
[[noreturn]] void throw_error(const Error& error);
[[noreturn]] void invariant_broken(std::string_view invariant, const char* file, int line);
}  // namespace detail

/// Asking a Result for a value that it has not is our bug; it throws std::logic_error.
[[noreturn]] inline void throw_exception_from_error(const Error& error,
                                                    const boost::source_location&) {
  detail::throw_error(error);
}

/// A value, or the Error that explains its absence. Test it (`if (!x) return x.error();`) before
/// use.
template <class T>
using Result = boost::system::result<T, Error>;

/// Aborts with a log line when one of our own invariants does not hold; also in release builds.
inline void ensure(bool holds, std::string_view invariant, const char* file = __builtin_FILE(),
                   int line = __builtin_LINE()) {
  if (!holds) [[unlikely]] {
    detail::invariant_broken(invariant, file, line);
  }
}

}  // namespace rocketmq
