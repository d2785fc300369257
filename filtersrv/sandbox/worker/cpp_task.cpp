// Filters in C++: a library that the compile worker has made, loaded here only.
#include <dlfcn.h>
#include <sched.h>
#include <unistd.h>

#include <exception>
#include <string>

#include "conversation.hpp"
#include "jail.hpp"
#include "rocketmq/filter/message_filter.hpp"

namespace rocketmq::filtersrv {
namespace {

class CppJudge final : public Judge {
 public:
  CppJudge(filter::MessageFilter& user, const SourceFrame& source)
      : user_(user), context_{.consumer_group = source.group, .topic = source.topic} {}

  std::uint8_t judge(const filter::MessageView& message) override {
    try {
      return user_.match(message, context_) ? 1 : 0;
    } catch (...) {
      return 2;
    }
  }

 private:
  filter::MessageFilter& user_;
  const filter::FilterContext context_;
};

}  // namespace

void run_cpp(const WorkerSetup& setup) {
  const Frame frame = next_frame();
  static SourceFrame source;
  if (!source.decode(frame.payload)) fail("the source cannot be read");
  const bool has_own_root = (setup.namespaces & CLONE_NEWNS) != 0;
  const std::string path =
      has_own_root ? std::string("/filter.so") : "/proc/self/fd/" + std::to_string(payload_fd);
  // Runs the user's initialisers: with the limits that hold for all of his code.
  void* const library = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) fail(std::string("the filter cannot be loaded: ") + ::dlerror());
  ::close(payload_fd);
  restrict_system_calls_after_loading();
  const auto make =
      reinterpret_cast<filter::MessageFilter* (*)()>(::dlsym(library, "rocketmq_make_filter"));
  if (make == nullptr) fail("the filter has no function rocketmq_make_filter");
  filter::MessageFilter* user = nullptr;
  try {
    user = make();
  } catch (const std::exception& failure) {
    fail(std::string("the filter cannot be made: ") + failure.what());
  } catch (...) {
    fail("the filter cannot be made: an exception");
  }
  if (user == nullptr) fail("the filter cannot be made");
  CppJudge judge(*user, source);
  send_frame(FrameKind::kReady, {});
  serve_batches(judge);
}

}  // namespace rocketmq::filtersrv
