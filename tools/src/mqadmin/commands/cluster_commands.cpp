#include <fmt/printf.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include "mqadmin/commands/brokers.hpp"
#include "mqadmin/frame/command.hpp"
#include "rocketmq/client/cluster_queries.hpp"
#include "rocketmq/common/text.hpp"

namespace rocketmq::mqadmin {
namespace {

using Figures = std::map<std::string, std::string>;

std::string figure(const Figures& figures, const std::string& name) {
  const auto found = figures.find(name);
  return found == figures.end() ? std::string() : found->second;
}

/// The first of the numbers that a text consists of; 0 where there is none.
double first_number(const std::string& text) { return std::strtod(text.c_str(), nullptr); }

std::int64_t count(const Figures& figures, const std::string& name) {
  return whole_number<std::int64_t>(figure(figures, name)).value_or(0);
}

double hours_since(const Figures& figures, const std::string& name) {
  using namespace std::chrono;
  const std::int64_t then = count(figures, name);
  const auto now = duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
  return then <= 0 ? 0 : static_cast<double>(now - then) / 3'600'000.0;
}

std::string load(const Figures& figures, const std::string& tps, const std::string& pool) {
  return fmt::sprintf("%9.2f(%s,%sms)", first_number(figure(figures, tps)),
                      figure(figures, pool + "ThreadPoolQueueSize"),
                      figure(figures, pool + "ThreadPoolQueueHeadWaitTimeMills"));
}

/// Nothing after a failure, which was reported: the row has zeros then.
Figures figures_of(Context& context, const Broker& broker) {
  auto table = client::query_runtime_info(context.client(), broker.address, request_timeout);
  if (table) return std::move(table->table);
  context.report(table.error(), broker.address);
  return {};
}

void add_state_rows(Context& context, const std::vector<Broker>& brokers) {
  Table table = context.out().table("brokers", {{"#Cluster Name", "%-16s  "},
                                                {"#Broker Name", "%-22s  "},
                                                {"#BID", "%-4s  "},
                                                {"#Addr", "%-22s "},
                                                {"#Version", "%-16s "},
                                                {"#InTPS(LOAD)", "%19s "},
                                                {"#OutTPS(LOAD)", "%19s "},
                                                {"#PCWait(ms)", "%10s "},
                                                {"#Hour", "%5s "},
                                                {"#SPACE", "%6s"}});
  for (const Broker& broker : brokers) {
    const Figures figures = figures_of(context, broker);
    table.row({broker.cluster, broker.name, broker.id, broker.address,
               figure(figures, "brokerVersionDesc"), load(figures, "putTps", "send"),
               load(figures,
                    figures.contains("getTransferedTps") ? "getTransferedTps" : "getTransferredTps",
                    "pull"),
               figure(figures, "pageCacheLockTimeMills"),
               fmt::sprintf("%2.2f", hours_since(figures, "earliestMessageTimeStamp")),
               fmt::sprintf("%.4f", first_number(figure(figures, "commitLogDiskRatio")))});
  }
}

void add_total_rows(Context& context, const std::vector<Broker>& brokers) {
  Table table = context.out().table("brokers", {{"#Cluster Name", "%-16s  "},
                                                {"#Broker Name", "%-32s "},
                                                {"#InTotalYest", "%14s "},
                                                {"#OutTotalYest", "%14s "},
                                                {"#InTotalToday", "%14s "},
                                                {"#OutTotalToday", "%14s"}});
  for (const Broker& broker : brokers) {
    const Figures figures = figures_of(context, broker);
    const auto yesterday = [&](const std::string& total) {
      return count(figures, total + "TodayMorning") - count(figures, total + "YesterdayMorning");
    };
    const auto today = [&](const std::string& total) {
      return count(figures, total + "TodayNow") - count(figures, total + "TodayMorning");
    };
    table.row({broker.cluster, broker.name, yesterday("msgPutTotal"), yesterday("msgGetTotal"),
               today("msgPutTotal"), today("msgGetTotal")});
  }
}

Outcome<void> cluster_list(Context& context) {
  const Arguments& arguments = context.arguments();
  for (;;) {
    const auto brokers = brokers_of(context, arguments.find("c"));
    if (!brokers) return brokers.error();
    if (arguments.has("m")) {
      add_total_rows(context, *brokers);
    } else {
      add_state_rows(context, *brokers);
    }
    if (!arguments.has("i")) return {};
    context.out().finish();
    std::this_thread::sleep_for(std::chrono::seconds(arguments.get_number("i", 1)));
  }
}

}  // namespace

Commands cluster_commands() {
  return {
      {"clusterList",
       "List the brokers of all clusters and their state",
       {flag("m", "moreStats", "Print the messages of yesterday and today instead"),
        number("i", "interval", "Repeat forever, after so many seconds", 1),
        text("c", "clusterName", "Only this cluster")},
       cluster_list},
  };
}

}  // namespace rocketmq::mqadmin
