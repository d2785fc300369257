#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <mutex>
#include <system_error>
#include <utility>

#include "errors.hpp"
#include "rocketmq/common/timed_mutex.hpp"
#include "sandboxed_filter.hpp"
#include "work_directory.hpp"

namespace rocketmq::filtersrv {
namespace {

constexpr char library_name[] = "filter.so";
/// What the compiler may say; the user gets less.
constexpr std::size_t compiler_text_max = 256 * 1024;
/// For the compilation at the start at least: a machine may be slow while it starts all it has.
constexpr std::chrono::minutes trial_deadline{1};

bool exists(const std::string& path) {
  struct stat state {};
  return ::lstat(path.c_str(), &state) == 0;
}

/// What compiler, assembler, linker and dynamic loader read: programs, libraries and headers of the
/// system, those beside the compiler, and the public header. Nothing of /etc, of homes, of data.
std::vector<JailPath> compiler_paths(const CppEngineSettings& settings) {
  std::vector<JailPath> paths;
  // Where they are links into /usr, the links are made.
  for (const char* path : {"/usr/bin", "/usr/lib", "/usr/lib32", "/usr/lib64", "/usr/libx32",
                           "/usr/libexec", "/bin", "/lib", "/lib32", "/lib64", "/libx32"}) {
    if (exists(path)) paths.push_back({path, PathAccess::kReadExecute});
  }
  paths.push_back({"/usr/include", PathAccess::kRead});
  paths.push_back({settings.include_directory, PathAccess::kRead});
  if (!settings.compiler.starts_with("/usr/bin/")) {
    const auto prefix = std::filesystem::path(settings.compiler).parent_path().parent_path();
    paths.push_back({prefix.string(), PathAccess::kReadExecute});
  }
  paths.push_back({"/dev/null", PathAccess::kWrite});
  return paths;
}

/// `example.MessageFilterImpl` → `::example::MessageFilterImpl`.
std::string qualified_name(const std::string& class_name) {
  std::string name = "::";
  for (const char c : class_name) {
    if (c == '.') {
      name += "::";
    } else {
      name += c;
    }
  }
  return name;
}

class CppEngine final : public FilterEngine {
 public:
  CppEngine(SandboxParts& sandbox, CppEngineSettings settings)
      : sandbox_(sandbox), settings_(std::move(settings)) {}

  std::string_view name() const override { return "cpp"; }

  bool takes(const FilterSource& source) const override {
    return is_marked_for(source.text, "cpp") ||
           source.text.find("rocketmq/filter/message_filter.hpp") != std::string::npos;
  }

  Result<std::unique_ptr<Filter>> compile(const FilterSource& source) override {
    // The library is made once, for the first worker. std::function copies its function, and a
    // descriptor has one owner.
    auto library = std::make_shared<Descriptor>();
    return SandboxedFilter::make(
        sandbox_, source, settings_.worker, [this, source, library]() -> Result<WorkerPlan> {
          if (!*library) {
            auto made = make_library(source, settings_.compile_deadline);
            if (!made) return made.error();
            *library = std::move(*made);
          }
          WorkerPlan plan = sandbox_.plan(WorkerTask::kCpp, settings_.worker);
          plan.payload = library->get();
          return plan;
        });
  }

  /// Compiles in a worker of its own.
  Result<Descriptor> make_library(const FilterSource& source, std::chrono::milliseconds allowed) {
    // One compiler at a time, which is its bound: a share of the filters' memory would keep C++
    // filters out while others run.
    std::unique_lock lock(compiling_, std::defer_lock);
    if (!lock.try_lock_for(allowed))
      return Error{ResponseCode::SystemBusy, "other filters are being compiled; try again"};
    const auto& own = sandbox_.settings();
    auto directory = WorkDirectory::make(settings_.work_directory, own.user_id, own.group_id);
    if (!directory) return directory.error();

    std::string text = "#line 1 \"" + source.class_name + "\"\n" + without_mark(source.text);
    if (text.find("ROCKETMQ_FILTER(") == std::string::npos) {
      text += "\n#line 1 \"what makes the filter\"\nROCKETMQ_FILTER(" +
              qualified_name(source.class_name) + ")\n";
    }
    auto input = memory_file("filter-source", text);
    if (!input) return input.error();

    WorkerLimits limits = settings_.worker;
    limits.memory_bytes = settings_.compile_memory_bytes;
    WorkerPlan plan = sandbox_.plan(WorkerTask::kCompile, limits);
    plan.payload = input->get();
    plan.counts_messages = false;
    plan.setup.open_files = 256;
    // Counts all processes of the workers' user.
    plan.setup.processes = 256;
    plan.setup.file_bytes = settings_.library_bytes_max * 4;
    plan.setup.cpu_seconds =
        static_cast<std::uint64_t>(std::chrono::ceil<std::chrono::seconds>(allowed).count());
    plan.setup.paths = compiler_paths(settings_);
    plan.setup.paths.push_back({(*directory)->path(), PathAccess::kWrite});
    plan.setup.command = {settings_.compiler,
                          "-std=c++20",
                          "-O2",
                          "-g0",
                          "-fPIC",
                          "-shared",
                          "-pipe",
                          "-fvisibility=hidden",
                          "-ftemplate-depth=256",
                          "-fdiagnostics-color=never",
                          "-Wl,-z,now",
                          "-I" + settings_.include_directory,
                          "-o",
                          (*directory)->path() + "/" + library_name,
                          "-x",
                          "c++",
                          "-"};
    plan.setup.environment = {"PATH=/usr/bin:/bin", "LC_ALL=C", "TMPDIR=" + (*directory)->path()};
    auto worker = Worker::start(sandbox_.spawner(), plan);
    if (!worker) return worker.error();
    auto output = (*worker)->output(compiler_text_max, allowed);
    if (!output)
      return Error{output.error().code, "the compilation failed: " + output.error().remark};
    if (output->status != 0) {
      return system_error("the compilation failed (" + std::to_string(output->status) + "):\n" +
                          printable_lines(output->text));
    }
    auto library = (*directory)->read(library_name, settings_.library_bytes_max);
    if (!library) return library.error();
    return memory_file("filter-library", *library);
  }

 private:
  SandboxParts& sandbox_;
  const CppEngineSettings settings_;
  TimedMutex compiling_;
};

}  // namespace

Result<std::unique_ptr<FilterEngine>> make_cpp_engine(Sandbox& sandbox,
                                                      const CppEngineSettings& settings) {
  auto& parts = parts_of(sandbox);
  if (const auto hidden = parts.check_hides_files("in a compiler's reach"); !hidden)
    return system_error("engine cpp: " + hidden.error().remark);
  CppEngineSettings own = settings;
  std::error_code failure;
  own.compiler = std::filesystem::canonical(settings.compiler, failure).string();
  if (failure || ::access(own.compiler.c_str(), X_OK) != 0) {
    return system_error("engine cpp: no compiler at " + settings.compiler);
  }
  own.include_directory = std::filesystem::canonical(settings.include_directory, failure).string();
  if (failure || !exists(own.include_directory + "/rocketmq/filter/message_filter.hpp")) {
    return system_error("engine cpp: no rocketmq/filter/message_filter.hpp below " +
                        settings.include_directory);
  }
  own.work_directory = std::filesystem::canonical(settings.work_directory, failure).string();
  if (failure) return system_error("engine cpp: no directory " + settings.work_directory);
  // One elsewhere is shown what is beside its directory: what it consists of, and not the host.
  const auto directory = std::filesystem::path(own.compiler).parent_path();
  if (directory != "/usr/bin" &&
      (directory.filename() != "bin" || directory.parent_path() == "/")) {
    return system_error("engine cpp: the compiler " + own.compiler +
                        " has to be in /usr/bin or in a directory bin of its own installation, "
                        "because filters that are compiled can read what is beside that");
  }
  auto engine = std::make_unique<CppEngine>(parts, own);
  // What a machine lacks shows in a compilation, not before.
  const FilterSource trial{.class_name = "Trial",
                           .text =
                               "#include <rocketmq/filter/message_filter.hpp>\n"
                               "struct Trial : rocketmq::filter::MessageFilter {\n"
                               "  bool match(const rocketmq::filter::MessageView&,\n"
                               "             const rocketmq::filter::FilterContext&) override {\n"
                               "    return true;\n"
                               "  }\n"
                               "};\n"};
  auto made = engine->make_library(
      trial, std::max<std::chrono::milliseconds>(trial_deadline, own.compile_deadline));
  if (!made) return Error{made.error().code, "engine cpp: " + made.error().remark};
  return std::unique_ptr<FilterEngine>(std::move(engine));
}

}  // namespace rocketmq::filtersrv
