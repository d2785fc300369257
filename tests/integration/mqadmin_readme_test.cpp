// The session with mqadmin in README.md: every command of it is run, and prints what stands there.
#include <map>
#include <regex>

#include "mqadmin_fixture.hpp"
#include "project_files.hpp"

namespace rocketmq::test {
namespace {

struct Step {
  std::vector<std::string> words;
  std::vector<std::string> output;
};

/// Splits at blanks; '…' is one word.
std::vector<std::string> words_of(const std::string& line) {
  std::vector<std::string> words;
  const std::regex word(R"re('([^']*)'|(\S+))re");
  for (std::sregex_iterator at(line.begin(), line.end(), word), end; at != end; ++at)
    words.push_back((*at)[1].matched ? (*at)[1].str() : (*at)[2].str());
  return words;
}

std::vector<Step> session() {
  const std::string prompt = "$ mqadmin ";
  std::vector<Step> steps;
  bool is_inside = false;
  for (const std::string& line : lines_of(source_dir() / "README.md")) {
    if (line == "<!-- session with mqadmin -->") is_inside = true;
    if (line == "<!-- end of the session -->") is_inside = false;
    if (!is_inside || line.starts_with("```") || line.starts_with("<!--")) continue;
    if (line.starts_with(prompt)) {
      steps.push_back({.words = words_of(line.substr(prompt.size()))});
    } else if (!steps.empty()) {
      steps.back().output.push_back(line);
    }
  }
  return steps;
}

const std::regex message_id("[0-9A-F]{32,56}");

std::vector<std::string> ids_in(const std::string& line) {
  std::vector<std::string> ids;
  for (std::sregex_iterator at(line.begin(), line.end(), message_id), end; at != end; ++at)
    ids.push_back(at->str());
  return ids;
}

/// Without what differs from run to run.
std::string comparable(std::string line) {
  line = std::regex_replace(line, message_id, "ID");
  line = std::regex_replace(line, std::regex(R"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(,\d{3})?)"), "TIME");
  line = std::regex_replace(line, std::regex(R"(127\.0\.0\.1:\d+)"), "ADDRESS");
  line = std::regex_replace(line, std::regex(R"(TPS: \d+\.\d\d)"), "TPS: RATE");
  line = std::regex_replace(line, std::regex(" +$"), "");
  return std::regex_replace(line, std::regex(" +"), " ");
}

std::vector<std::string> comparable(const std::vector<std::string>& lines) {
  std::vector<std::string> result;
  for (const std::string& line : lines) {
    if (!line.empty()) result.push_back(comparable(line));
  }
  return result;
}

class MqadminReadmeTest : public MqadminTest {
 protected:
  /// The ids of README stand for those of this run.
  std::vector<std::string> with_own_ids(std::vector<std::string> words) const {
    for (std::string& word : words) {
      if (const auto own = ids_.find(word); own != ids_.end()) word = own->second;
    }
    return words;
  }
  void learn_ids(const std::vector<std::string>& written, const std::vector<std::string>& printed) {
    for (std::size_t i = 0; i < std::min(written.size(), printed.size()); ++i) {
      const auto theirs = ids_in(written[i]);
      const auto own = ids_in(printed[i]);
      for (std::size_t k = 0; k < std::min(theirs.size(), own.size()); ++k)
        ids_.emplace(theirs[k], own[k]);
    }
  }

 private:
  std::map<std::string, std::string> ids_;
};

TEST_F(MqadminReadmeTest, EveryCommandPrintsWhatTheReadmeShows) {
  const auto steps = session();
  ASSERT_GE(steps.size(), 8U);
  for (const Step& step : steps) {
    const auto words = with_own_ids(step.words);
    const auto wanted = comparable(step.output);
    // Routes and indexes are there a moment after a change. A change itself is not made twice.
    const bool only_reads = words[0].starts_with("query") || words[0] == "topicStatus" ||
                            words[0] == "consumerProgress";
    Ran ran;
    EXPECT_TRUE(eventually([&] {
      ran = mqadmin(words);
      return ran.status == 0 && (!only_reads || comparable(ran.lines()) == wanted);
    })) << words[0]
        << ": " << ran.error_output;
    EXPECT_EQ(comparable(ran.lines()), wanted) << words[0] << ":\n" << ran.out;
    learn_ids(step.output, ran.lines());
  }
}

}  // namespace
}  // namespace rocketmq::test
