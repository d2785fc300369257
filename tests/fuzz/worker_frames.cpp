// Payloads of the frames between the filter server and its workers.
#include "frames.hpp"
#include "fuzz_target.hpp"

namespace rocketmq::fuzz {

using namespace filtersrv;

void run(std::string_view bytes) {
  WorkerSetup setup;
  if (setup.decode(bytes)) {
    WorkerSetup again;
    check(again.decode(setup.encode()), "what is written is read");
    check(again.encode() == setup.encode(), "a setup survives");
  }
  SourceFrame source;
  if (source.decode(bytes)) check(source.encode() == bytes, "a source survives");
  FrameReader reader(bytes);
  while (reader.ok() && !reader.at_end()) (void)reader.text();
}

}  // namespace rocketmq::fuzz
