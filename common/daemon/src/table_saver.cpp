#include "rocketmq/daemon/table_saver.hpp"

#include "rocketmq/common/result.hpp"

namespace rocketmq {

TableSaver::~TableSaver() {
  thread_.stop();
  for (SavedTable* const table : tables_) table->detach();
}

void TableSaver::add(SavedTable& table) {
  ensure(table.is_saved_soon(), "a table that is saved at an interval is added with it");
  thread_.when_due(std::chrono::milliseconds(0), SavedTable::idle_period, table.what(),
                   [&table] { return table.tick(); });
  attach(table);
}

void TableSaver::add(SavedTable& table, std::chrono::milliseconds interval) {
  thread_.every(interval, interval, table.what(), [&table] { (void)table.tick(); });
  attach(table);
}

void TableSaver::attach(SavedTable& table) {
  table.attach([this, &table] { thread_.trigger(table.what()); });
  tables_.push_back(&table);
}

void TableSaver::stop() {
  thread_.stop();
  for (SavedTable* const table : tables_) {
    table->detach();
    (void)table->flush();  // logs why it cannot
  }
  tables_.clear();
}

}  // namespace rocketmq
