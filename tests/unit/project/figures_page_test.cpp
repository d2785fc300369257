// docs/figures.md lists the figures as the daemons know them. After a change of a figure, run this
// program with ROCKETMQ_WRITE_DOCS=1 in the environment: it writes the tables again.
#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <string>

#include "held_page.hpp"
#include "project_files.hpp"
#include "rocketmq/broker/broker.hpp"
#include "rocketmq/filtersrv/filter_server.hpp"
#include "rocketmq/namesrv/name_server.hpp"
#include "temp_dir.hpp"

namespace rocketmq::test {
namespace {

const std::filesystem::path figures_page = source_dir() / "docs/figures.md";

/// A broker that is opened and never started.
class OpenBroker {
 public:
  OpenBroker() {
    settings_.store.store_path_root_dir = directory_.path();
    broker::Broker::Refusal refusal;
    broker_ = broker::Broker::open(settings_, clock_, refusal);
    EXPECT_NE(broker_, nullptr) << refusal.reason;
  }
  const FigureTable& figures() const { return broker_->figures(); }

 private:
  TempDir directory_;
  SystemClock clock_;
  broker::BrokerSettings settings_;
  std::unique_ptr<broker::Broker> broker_;
};

TEST(FiguresPage, ListsTheFiguresOfTheBroker) {
  const OpenBroker broker;
  compare_part(figures_page, "figures of mqbroker", broker.figures().markdown());
}

TEST(FiguresPage, ListsTheFiguresOfTheNameServer) {
  const TempDir directory;
  const SystemClock clock;
  namesrv::NamesrvSettings settings(directory.path(), directory.path());
  const namesrv::NameServer name_server(settings, clock);
  compare_part(figures_page, "figures of mqnamesrv", name_server.figures().markdown());
}

TEST(FiguresPage, ListsTheFiguresOfTheFilterServer) {
  const SystemClock clock;
  const filtersrv::FilterServerSettings settings;
  const auto server = filtersrv::FilterServer::open(settings, clock);
  ASSERT_TRUE(server) << server.error().remark;
  compare_part(figures_page, "figures of mqfiltersrv", (*server)->figures().markdown());
}

TEST(Figures, SayWhatTheyMean) {
  const OpenBroker broker;
  for (const Figure& figure : broker.figures().figures()) {
    EXPECT_FALSE(figure.help.empty()) << figure.name;
    EXPECT_EQ(figure.unit.empty(), figure.kind == FigureKind::Text && figure.key.empty())
        << figure.name << ": what is a number has a unit";
  }
}

TEST(Figures, OfTheStateLineAreReadWithoutTheDaemonServing) {
  const OpenBroker broker;
  const std::string line = broker.figures().state_line();
  EXPECT_NE(line.find("topicCount "), std::string::npos) << line;
  EXPECT_NE(line.find("connectionCount 0"), std::string::npos) << line;
  EXPECT_NE(line.find("storeState "), std::string::npos) << line;
}

}  // namespace
}  // namespace rocketmq::test
