#include <sqlite3.h>

#include <stdexcept>

#include "bank_database.hpp"

namespace bank {
namespace {

/// One file. Processes exclude each other through it.
class SqliteDatabase final : public Database {
 public:
  explicit SqliteDatabase(const std::string& file) {
    const int opened = sqlite3_open(file.c_str(), &handle_);
    if (opened != SQLITE_OK) {
      const std::string why = sqlite3_errmsg(handle_);
      sqlite3_close(handle_);
      throw std::runtime_error(file + ": " + why);
    }
    sqlite3_busy_timeout(handle_, 30'000);
  }
  ~SqliteDatabase() override { sqlite3_close(handle_); }
  SqliteDatabase(const SqliteDatabase&) = delete;
  SqliteDatabase& operator=(const SqliteDatabase&) = delete;

 private:
  const char* begin() const override { return "BEGIN IMMEDIATE"; }

  Outcome execute(const std::string& sql, const std::string& argument) override {
    sqlite3_stmt* statement = nullptr;
    int result = sqlite3_prepare_v2(handle_, sql.c_str(), -1, &statement, nullptr);
    Outcome outcome;
    if (result == SQLITE_OK) {
      if (sqlite3_bind_parameter_count(statement) > 0) {
        sqlite3_bind_text(statement, 1, argument.c_str(), -1, SQLITE_TRANSIENT);
      }
      result = sqlite3_step(statement);
      outcome.is_row = result == SQLITE_ROW;
      if (outcome.is_row) outcome.number = sqlite3_column_int64(statement, 0);
      outcome.changed = sqlite3_changes(handle_);
    }
    const std::string why = sqlite3_errmsg(handle_);
    sqlite3_finalize(statement);
    if (result != SQLITE_ROW && result != SQLITE_DONE) throw std::runtime_error(sql + ": " + why);
    return outcome;
  }

  sqlite3* handle_ = nullptr;
};

}  // namespace

std::unique_ptr<Database> open_sqlite(const std::string& file) {
  return std::make_unique<SqliteDatabase>(file);
}

}  // namespace bank
