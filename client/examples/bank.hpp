#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <functional>
#include <stdexcept>
#include <string>

/// What both banks of the transfer example share: an account in an SQLite file.
namespace bank {

/// One database file. Not for several threads at a time; processes exclude each other through the
/// file. Failures are std::runtime_error with SQLite's text.
class Database {
 public:
  explicit Database(const std::string& file) {
    const int opened = sqlite3_open(file.c_str(), &handle_);
    if (opened != SQLITE_OK) {
      const std::string why = sqlite3_errmsg(handle_);
      sqlite3_close(handle_);
      throw std::runtime_error(file + ": " + why);
    }
    sqlite3_busy_timeout(handle_, 30'000);
  }
  ~Database() { sqlite3_close(handle_); }
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  void run(const std::string& sql) { step(sql, {}); }
  /// With one text for the first "?".
  void run(const std::string& sql, const std::string& argument) { step(sql, argument); }
  /// The first column of the first row; `absent` when there is no row.
  std::int64_t number(const std::string& sql, const std::string& argument = {},
                      std::int64_t absent = 0) {
    const auto value = step(sql, argument);
    return value.is_row ? value.number : absent;
  }
  /// Rows that the last insertion or update changed.
  int changes() { return sqlite3_changes(handle_); }

  /// Runs `work` as one transaction: all of it is on disk when this returns, or nothing when it
  /// throws or the process dies.
  void transaction(const std::function<void()>& work) {
    run("BEGIN IMMEDIATE");
    try {
      work();
      run("COMMIT");
    } catch (...) {
      sqlite3_exec(handle_, "ROLLBACK", nullptr, nullptr, nullptr);
      throw;
    }
  }

 private:
  struct Value {
    bool is_row = false;
    std::int64_t number = 0;
  };
  Value step(const std::string& sql, const std::string& argument) {
    sqlite3_stmt* statement = nullptr;
    int result = sqlite3_prepare_v2(handle_, sql.c_str(), -1, &statement, nullptr);
    Value value;
    if (result == SQLITE_OK) {
      if (sqlite3_bind_parameter_count(statement) > 0) {
        sqlite3_bind_text(statement, 1, argument.c_str(), -1, SQLITE_TRANSIENT);
      }
      result = sqlite3_step(statement);
      value = {result == SQLITE_ROW, result == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : 0};
    }
    const std::string why = sqlite3_errmsg(handle_);
    sqlite3_finalize(statement);
    if (result != SQLITE_ROW && result != SQLITE_DONE) throw std::runtime_error(sql + ": " + why);
    return value;
  }

  sqlite3* handle_ = nullptr;
};

inline constexpr std::int64_t opening_balance = 10'000;

/// The account, made with its opening balance when it is not there.
inline void open_account(Database& database) {
  database.transaction([&] {
    database.run("CREATE TABLE IF NOT EXISTS account(id INTEGER PRIMARY KEY, balance INTEGER)");
    database.run("INSERT OR IGNORE INTO account VALUES(1, " + std::to_string(opening_balance) +
                 ")");
  });
}

inline std::int64_t balance(Database& database) {
  return database.number("SELECT balance FROM account");
}

}  // namespace bank
