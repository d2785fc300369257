// A file of the key index, whose content another broker or a damaged disk has left.
#include "index_file.hpp"

#include <algorithm>
#include <vector>

#include "temp_files.hpp"

namespace rocketmq::fuzz {

using namespace store;

void run(std::string_view bytes) {
  constexpr IndexFile::Geometry geometry{.slots = 8, .entries = 16};
  Input input(bytes);
  const auto hash = static_cast<std::int32_t>(input.byte());
  const std::int64_t time_ms = input.number();
  std::string content(input.rest());
  content.resize(static_cast<std::size_t>(geometry.bytes()));
  const auto path = directory() / "index";
  write_file(path, content);
  auto opened = IndexFile::open(FileSystem::real(), path, geometry, false);
  check(opened.has_value(), "the file is opened");
  IndexFile& file = **opened;

  const IndexFile::Wanted wanted{.begin_ms = time_ms, .end_ms = time_ms};
  (void)file.may_hold(wanted);
  std::vector<std::int64_t> found;
  check(file.query(hash, wanted, 8, found) && found.size() <= 8,
        "a query is answered, and bounded");

  if (!file.is_full()) {
    const std::int32_t count = file.header().count;
    check(file.insert(hash, 4'096, time_ms).has_value(), "there is room for an entry");
    check(file.header().count == count + 1, "an entry is counted");
  }
  check(file.cut_back_to(file.header()).has_value(), "the chains are linked again");
  check(file.header().count <= geometry.entries, "no more entries are counted than there are");
  found.clear();
  check(file.query(hash, {.end_ms = INT64_MAX}, 100, found), "a query is answered");
  check(found.size() < static_cast<std::size_t>(geometry.entries), "no entry is found twice");
}

}  // namespace rocketmq::fuzz
