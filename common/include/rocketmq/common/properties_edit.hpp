#pragma once

#include <map>
#include <string>
#include <string_view>

#include "rocketmq/common/result.hpp"

namespace rocketmq {

/// Sets values in the text of a Java properties file and leaves everything else as it stands:
/// comments, order, blank lines, other keys. A key that occurs more than once is changed where it
/// counts, at its last place; a key that does not occur is appended. Error: the text is not a
/// properties text.
Result<std::string> edit_properties(std::string_view text,
                                    const std::map<std::string, std::string>& changes);

}  // namespace rocketmq
