#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <system_error>
#include <utility>

#include "errors.hpp"
#include "sandboxed_filter.hpp"

namespace rocketmq::filtersrv {
namespace {

namespace fs = std::filesystem;

bool is_readable(const std::string& path) { return ::access(path.c_str(), R_OK) == 0; }

/// The JDK's own directory; empty if none is found.
std::string find_jdk(const std::string& configured) {
  std::string home = configured;
  if (home.empty()) {
    const char* const of_environment = ::getenv("JAVA_HOME");
    if (of_environment != nullptr) home = of_environment;
  }
  std::error_code failure;
  if (home.empty()) {
    const fs::path javac = fs::canonical("/usr/bin/javac", failure);
    if (failure) return "";
    return javac.parent_path().parent_path().string();
  }
  const fs::path found = fs::canonical(home, failure);
  if (failure || !is_readable((found / "bin/javac").string())) return "";
  return found.string();
}

/// What a JVM reads: itself, its libraries, the random device. Where its settings are links out of
/// its directory (Debian: to /etc), what they lead to as well.
std::vector<JailPath> jvm_paths(const std::string& home, const std::string& jar) {
  std::vector<JailPath> paths;
  for (const char* path : {"/usr/lib", "/usr/lib64", "/lib", "/lib64"}) {
    struct stat state {};
    if (::lstat(path, &state) == 0) paths.push_back({path, PathAccess::kReadExecute});
  }
  if (!home.starts_with("/usr/lib/")) paths.push_back({home, PathAccess::kReadExecute});
  std::error_code failure;
  for (const char* part : {"conf", "lib"}) {
    fs::recursive_directory_iterator entry(home + "/" + part, failure);
    for (; !failure && entry != fs::recursive_directory_iterator(); entry.increment(failure)) {
      std::error_code ignored;
      if (!entry->is_symlink(ignored)) continue;
      const std::string target = fs::canonical(entry->path(), ignored).string();
      if (ignored || target.starts_with(home + "/") || target.starts_with("/usr/lib/")) continue;
      paths.push_back({target, PathAccess::kRead});
    }
  }
  paths.push_back({jar, PathAccess::kRead});
  for (const char* device : {"/dev/null", "/dev/random", "/dev/urandom"}) {
    paths.push_back({device, PathAccess::kRead});
  }
  return paths;
}

class JavaEngine final : public FilterEngine {
 public:
  JavaEngine(SandboxParts& sandbox, JavaEngineSettings settings)
      : sandbox_(sandbox),
        settings_(std::move(settings)),
        paths_(jvm_paths(settings_.java_home, settings_.worker_jar)) {}

  std::string_view name() const override { return "java"; }

  bool takes(const FilterSource& source) const override {
    const auto has = [&](const char* text) { return source.text.find(text) != std::string::npos; };
    return is_marked_for(source.text, "java") ||
           (has("MessageFilter") && (has("com.alibaba.rocketmq.") || has("org.apache.rocketmq.")));
  }

  Result<std::unique_ptr<Filter>> compile(const FilterSource& source) override {
    return SandboxedFilter::make(sandbox_, source, settings_.worker, [this] { return plan(); });
  }

 private:
  WorkerPlan plan() const {
    const WorkerLimits& limits = settings_.worker;
    WorkerPlan plan = sandbox_.plan(WorkerTask::kJava, limits);
    plan.counts_messages = false;
    plan.setup.limit_address_space = false;
    // Compiler and collector of the JVM work beside the filter.
    plan.setup.cpu_seconds *= 4;
    plan.setup.open_files = 128;
    plan.setup.processes = 512;
    plan.setup.paths = paths_;
    const auto megabytes = limits.memory_bytes / (1024 * 1024);
    const auto part = [&](std::uint64_t divisor) {
      return std::to_string(megabytes / divisor) + "m";
    };
    plan.setup.command = {settings_.java_home + "/bin/java",
                          "-Xmx" + part(4),
                          "-Xss512k",
                          "-XX:MaxMetaspaceSize=" + part(5),
                          "-XX:CompressedClassSpaceSize=" + part(16),
                          "-XX:ReservedCodeCacheSize=" + part(10),
                          "-XX:MaxDirectMemorySize=1m",
                          "-XX:+UseSerialGC",
                          "-XX:TieredStopAtLevel=1",
                          "-XX:-UsePerfData",
                          "-XX:-UseContainerSupport",
                          "-XX:+DisableAttachMechanism",
                          "-XX:-CreateCoredumpOnCrash",
                          "-Xshare:auto",
                          "-Djava.io.tmpdir=/nonexistent",
                          "-Duser.home=/nonexistent",
                          "-cp",
                          settings_.worker_jar,
                          "FilterWorker",
                          settings_.worker_jar,
                          std::to_string(limits.message_deadline.count()),
                          std::to_string(plan.batch_time.count())};
    // Its library path begins at /proc/self/exe, which is not there.
    plan.setup.environment = {"LC_ALL=C.UTF-8", "LD_LIBRARY_PATH=" + settings_.java_home + "/lib"};
    return plan;
  }

  SandboxParts& sandbox_;
  const JavaEngineSettings settings_;
  const std::vector<JailPath> paths_;
};

}  // namespace

Result<std::unique_ptr<FilterEngine>> make_java_engine(Sandbox& sandbox,
                                                       const JavaEngineSettings& settings) {
  auto& parts = parts_of(sandbox);
  if (const auto hidden = parts.check_hides_files("in reach of a filter"); !hidden)
    return system_error("engine java: " + hidden.error().remark);
  JavaEngineSettings own = settings;
  own.java_home = find_jdk(settings.java_home);
  if (own.java_home.empty()) {
    return system_error("engine java: no JDK (a directory with bin/javac) at '" +
                        settings.java_home + "', in JAVA_HOME or of /usr/bin/javac");
  }
  if (own.worker_jar.empty()) own.worker_jar = beside_own_program("filter-worker.jar");
  if (!is_readable(own.worker_jar)) {
    return system_error("engine java: " + own.worker_jar +
                        " is missing: this build was made without a JDK");
  }
  auto engine = std::make_unique<JavaEngine>(parts, own);
  // What a machine lacks shows when a JVM runs, not before.
  const FilterSource trial{
      .class_name = "Trial",
      .text =
          "public class Trial implements com.alibaba.rocketmq.common.filter.MessageFilter {\n"
          "  public boolean match(com.alibaba.rocketmq.common.message.MessageExt m) {\n"
          "    return true;\n"
          "  }\n"
          "}\n"};
  auto made = engine->compile(trial);
  if (!made) return Error{made.error().code, "engine java: " + made.error().remark};
  return std::unique_ptr<FilterEngine>(std::move(engine));
}

}  // namespace rocketmq::filtersrv
