// conf/tools.yml, from which mqadmin takes its account.
#include "mqadmin/frame/credentials.hpp"
#include "temp_files.hpp"

namespace rocketmq::fuzz {

void run(std::string_view input) {
  const auto file = directory() / "tools.yml";
  write_file(file, input);
  const auto credentials = mqadmin::read_credentials(file);
  if (!credentials) return;
  check(credentials->getAccessKey().empty() == credentials->getSecretKey().empty(),
        "an account has both keys, or there is none");
}

}  // namespace rocketmq::fuzz
