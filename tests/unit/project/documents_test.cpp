#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <iterator>
#include <regex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "project_files.hpp"

namespace rocketmq::test {
namespace {

std::vector<std::filesystem::path> documents() {
  auto files = files_below("docs", ".md");
  for (const auto& entry : std::filesystem::directory_iterator(source_dir())) {
    if (entry.path().extension() == ".md") files.push_back(entry.path());
  }
  return files;
}

TEST(Documents, LinksLeadToFiles) {
  const std::regex link(R"re(\]\(([^)#\s]+)(#[^)]*)?\))re");
  for (const auto& document : documents()) {
    const std::string text = content_of(document);
    for (std::sregex_iterator match(text.begin(), text.end(), link), end; match != end; ++match) {
      const std::string target = (*match)[1];
      if (target.starts_with("http://") || target.starts_with("https://")) continue;
      EXPECT_TRUE(std::filesystem::exists(document.parent_path() / target))
          << name_of(document) << " links to " << target;
    }
  }
}

TEST(Documents, EveryNamedThreadIsInTheTableOfThreads) {
  const std::string table = content_of(source_dir() / "docs/threads.md");
  const std::regex naming(
      R"re((?:(?:set_thread_name|named_thread)\(|thread_name_prefix = |(?:PeriodicTasks|WorkerPool|TimerThread|SharedPool)\s*\w*[({]|pool_?\()"([a-z_-]+)")re");
  for (const char* folder :
       {"common", "remoting", "store", "namesrv", "broker", "filtersrv", "client"}) {
    for (const auto& source : files_below(folder, "pp")) {
      const std::string text = content_of(source);
      for (std::sregex_iterator match(text.begin(), text.end(), naming), end; match != end;
           ++match) {
        const std::string name = (*match)[1];
        EXPECT_NE(table.find("`" + name), std::string::npos)
            << "docs/threads.md does not know " << name << " of " << name_of(source);
      }
    }
  }
}

/// The rows of the tables of a page that follow one of these marks, without their headings.
std::vector<std::string> rows_of_marked_tables(const std::string& page,
                                               const std::set<std::string>& marks) {
  const auto lines = lines_of(source_dir() / page);
  std::vector<std::string> rows;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (!marks.contains(lines[i])) continue;
    for (i += 3; i < lines.size() && lines[i].starts_with('|'); ++i) rows.push_back(lines[i]);
  }
  return rows;
}

TEST(Documents, EveryAttackHasATestThatExists) {
  std::set<std::string> tests;
  const std::regex test(R"re(TEST(?:_F|_P)?\(\s*(\w+),\s*(\w+)\s*\))re");
  for (const auto& source : files_below("tests", ".cpp")) {
    const std::string text = content_of(source);
    for (std::sregex_iterator match(text.begin(), text.end(), test), end; match != end; ++match)
      tests.insert((*match)[1].str() + "." + (*match)[2].str());
  }
  const std::regex name(R"re(`(\w+\.\w+)`)re");
  const std::set<std::string> marks{"<!-- attacks and what stops them -->",
                                    "<!-- classes of known weaknesses -->"};
  for (const auto& [page, rows_min] :
       {std::pair{"docs/filtersrv.md", 30U}, {"docs/security.md", 25U}}) {
    const auto rows = rows_of_marked_tables(page, marks);
    EXPECT_GE(rows.size(), rows_min) << page;
    for (const std::string& row : rows) {
      const std::string last = row.substr(row.rfind('|', row.size() - 2));
      std::sregex_iterator match(last.begin(), last.end(), name);
      EXPECT_NE(match, std::sregex_iterator()) << page << " names no test in the row: " << row;
      for (; match != std::sregex_iterator(); ++match)
        EXPECT_TRUE(tests.contains((*match)[1])) << "no test " << (*match)[1] << ": " << row;
    }
  }
}

/// What the repository consists of: without build directories and what is hidden, but for CI.
std::vector<std::filesystem::path> files_of_the_repository() {
  namespace fs = std::filesystem;
  std::vector<fs::path> files;
  for (const auto& top : fs::directory_iterator(source_dir())) {
    const std::string name = top.path().filename().string();
    if (name.starts_with("build") || (name.starts_with('.') && name != ".ci")) continue;
    if (top.is_regular_file()) files.push_back(top.path());
    if (!top.is_directory()) continue;
    for (const auto& entry : fs::recursive_directory_iterator(top.path())) {
      if (entry.is_regular_file()) files.push_back(entry.path());
    }
  }
  return files;
}

/// The files' paths and every end of them that begins with a folder's or the file's own name. What
/// is made of a template has the template's name without `.in`.
std::set<std::string> names_of(const std::vector<std::filesystem::path>& files) {
  std::set<std::string> names;
  for (const auto& file : files) {
    std::string name = name_of(file);
    if (name.ends_with(".in")) name.resize(name.size() - 3);
    names.insert(name);
    for (std::size_t at = 0; (at = name.find('/', at)) != std::string::npos;)
      names.insert(name.substr(++at));
  }
  return names;
}

/// A document whole, of a source its comments, of a script its comments.
std::string prose_of(const std::filesystem::path& file) {
  const std::string ending = file.extension().string();
  if (ending == ".md") return content_of(file);
  const bool is_source = ending == ".cpp" || ending == ".hpp" || ending == ".h";
  const std::string mark = is_source ? "//" : "#";
  std::string prose;
  for (const std::string& line : lines_of(file)) {
    if (const auto begin = line.find(mark); begin != std::string::npos)
      prose += line.substr(begin) + '\n';
  }
  return prose;
}

/// What is written for people: documents, sources and scripts. Not the pages of the specification,
/// which are notes and name files of other projects; nor vectors, which are data.
std::vector<std::filesystem::path> texts() {
  const std::regex ending(R"re((\.(cpp|hpp|h|md|sh|py|cmake|txt)|/run)$)re");
  std::vector<std::filesystem::path> files;
  for (const auto& file : files_of_the_repository()) {
    const std::string name = name_of(file);
    if (name.starts_with("docs/spec/") || name.starts_with("tests/vectors/")) continue;
    if (std::regex_search(name, ending)) files.push_back(file);
  }
  return files;
}

TEST(Documents, FilesNamedInTextsAndCommentsAreThere) {
  // A program of the reader's.
  const std::set<std::string> not_ours{"app.cpp", "my_program.cpp"};
  const std::regex name(
      R"re((^|[\s`'"(,;:])(?:\.\.?/)*((?:[\w.-]+/)*[\w-]+\.(?:cpp|hpp|md|sh|py|cmake)))re"
      R"re((?![\w/*]))re");
  const std::set<std::string> names = names_of(files_of_the_repository());
  std::size_t references = 0;
  for (const auto& file : texts()) {
    const std::string own_name = name_of(file);
    const std::string prose = prose_of(file);
    for (std::sregex_iterator match(prose.begin(), prose.end(), name), end; match != end; ++match) {
      const std::string named = (*match)[2];
      if (not_ours.contains(named) || named == "spec/PAGE.md") continue;
      EXPECT_TRUE(names.contains(named)) << own_name << " names " << named;
      ++references;
    }
  }
  EXPECT_GT(references, 100U);
}

/// In lower case, on one line: without the marks of comments where one continues on the next line.
std::string flattened(const std::string& prose) {
  std::string flat;
  bool is_begin = false;
  for (const char c : prose) {
    is_begin = c == '\n' || (is_begin && (c == ' ' || c == '/' || c == '#'));
    if (!is_begin) flat += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    if (c == '\n') flat += ' ';
  }
  return flat;
}

TEST(Documents, TextsUsePlainWords) {
  struct Replacement {
    std::string not_this;
    const char* but;
  };
  const std::vector<Replacement> replacements{
      {"can not", "cannot"},
      {"nobody", "nothing, none, no client"},
      {"whoever", "the client that, its callers"},
      {"anew", "again"},
      {"for ever", "forever"},
      {"at once", "immediately, at the same time"},
      {"goes on", "continues"},
      {"lets go of", "releases"},
      {"in vain", "without success"},
      {"without a word", "silently"},
      {"taken for damaged", "treated as damaged"},
      {"of ours", "our"},
      {"mended", "fixed, repaired"},
      {"answers how", "returns the number of"},
      {"answers whether", "returns true if"},
  };
  const auto is_letter = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; };
  for (const auto& file : texts()) {
    const std::string prose = flattened(prose_of(file));
    for (const auto& [not_this, but] : replacements) {
      for (std::size_t at = 0; (at = prose.find(not_this, at)) != std::string::npos; ++at) {
        const std::size_t end = at + not_this.size();
        if ((at > 0 && is_letter(prose[at - 1])) || (end < prose.size() && is_letter(prose[end])))
          continue;
        ADD_FAILURE() << name_of(file) << " says \"" << not_this << "\" in \""
                      << prose.substr(at - std::min<std::size_t>(at, 40), not_this.size() + 80)
                      << "\"; write: " << but;
      }
    }
  }
}

/// The suites below tests/, and their tests as `Suite.Test`.
std::set<std::string> tests_of_the_project() {
  const std::regex definition(R"re(\nTEST(?:_[FP])?\((\w+),\s*(\w+)\))re");
  std::set<std::string> tests;
  for (const auto& source : files_below("tests", "_test.cpp")) {
    const std::string text = content_of(source);
    for (std::sregex_iterator match(text.begin(), text.end(), definition), end; match != end;
         ++match) {
      tests.insert((*match)[1]);
      tests.insert((*match)[1].str() + '.' + (*match)[2].str());
    }
  }
  return tests;
}

TEST(Documents, TestsNamedInTextsAreThere) {
  const std::regex name(R"re(`(\w+Test(?:\.\w+)?)`)re");
  const std::set<std::string> tests = tests_of_the_project();
  std::size_t references = 0;
  for (const auto& document : documents()) {
    if (name_of(document).starts_with("docs/spec/")) continue;  // names of other projects' tests
    const std::string text = content_of(document);
    for (std::sregex_iterator match(text.begin(), text.end(), name), end; match != end; ++match) {
      EXPECT_TRUE(tests.contains((*match)[1])) << name_of(document) << " names " << (*match)[1];
      ++references;
    }
  }
  EXPECT_GT(references, 5U);
}

TEST(Documents, EveryPromiseOfADeploymentNamesItsTests) {
  const auto lines = lines_of(source_dir() / "docs/deployment.md");
  const std::regex test_cell(
      R"re(`(?:\w+Test\.\w+|java_\w+)`(?:, `(?:\w+Test\.\w+|java_\w+)`)*)re");
  const std::string scripts = content_of(source_dir() / "tests/interop/CMakeLists.txt");
  const std::regex script(R"re(`(java_\w+)`)re");
  auto row = std::find(lines.begin(), lines.end(), "<!-- promises of the deployments -->");
  ASSERT_NE(row, lines.end());
  std::size_t promises = 0;
  for (std::advance(row, 3); row != lines.end() && row->starts_with('|'); ++row, ++promises) {
    const auto begin = row->rfind('|', row->size() - 2) + 2;
    const std::string cell = row->substr(begin, row->size() - begin - 2);
    // That such tests are there is checked above.
    EXPECT_TRUE(std::regex_match(cell, test_cell)) << "no test is named in: " << *row;
    for (std::sregex_iterator match(cell.begin(), cell.end(), script), end; match != end; ++match) {
      EXPECT_NE(scripts.find("NAME " + (*match)[1].str()), std::string::npos) << *row;
    }
  }
  EXPECT_GT(promises, 5U);
}

TEST(Documents, TheIndexNamesEveryPage) {
  const std::string index = content_of(source_dir() / "docs/README.md");
  const std::string specification = content_of(source_dir() / "docs/spec/README.md");
  for (const auto& page : files_below("docs", ".md")) {
    const std::string name = page.lexically_relative(source_dir() / "docs").string();
    if (name.ends_with("README.md") || name.starts_with("decisions/")) continue;
    const bool is_specification = name.starts_with("spec/");
    const std::string named = is_specification ? page.filename().string() : "](" + name + ")";
    EXPECT_NE((is_specification ? specification : index).find(named), std::string::npos)
        << "the index does not name " << name;
  }
}

/// The text with comments of several lines joined to one.
std::string with_joined_comments(const std::string& text) {
  return std::regex_replace(text, std::regex(R"re(\n *//+ ?)re"), " ");
}

bool has_heading(const std::string& page, const std::string& number) {
  for (const char* mark : {". ", " "}) {
    for (const char* level : {"\n## ", "\n### ", "\n#### "}) {
      if (page.find(level + number + mark) != std::string::npos) return true;
    }
  }
  return false;
}

TEST(Documents, CommentsCiteSectionsOfTheSpecificationThatAreThere) {
  const std::regex citation(R"re(spec/([a-z-]+\.md)((?: §[0-9.]+,?)*))re");
  const std::regex section(R"re(§([0-9]+(?:\.[0-9]+)*))re");
  std::size_t citations = 0;
  for (const char* folder :
       {"common", "remoting", "store", "namesrv", "broker", "client", "tools", "tests"}) {
    for (const char* ending : {".cpp", ".hpp", ".h"}) {
      for (const auto& source : files_below(folder, ending)) {
        const std::string text = with_joined_comments(content_of(source));
        for (std::sregex_iterator match(text.begin(), text.end(), citation), end; match != end;
             ++match) {
          const auto page = source_dir() / "docs/spec" / std::string((*match)[1]);
          ASSERT_TRUE(std::filesystem::exists(page)) << name_of(source) << " cites " << page;
          const std::string content = content_of(page);
          const std::string sections = (*match)[2];
          for (std::sregex_iterator at(sections.begin(), sections.end(), section); at != end;
               ++at) {
            EXPECT_TRUE(has_heading(content, (*at)[1]))
                << name_of(source) << " cites section " << (*at)[1] << " of " << page;
            ++citations;
          }
        }
      }
    }
  }
  EXPECT_GT(citations, 50U);
}

}  // namespace
}  // namespace rocketmq::test
