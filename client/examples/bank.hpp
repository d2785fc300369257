#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

/// What both banks of the transfer example share: an account in a database.
namespace bank {

/// A session with one database. Not for several threads at a time. Failures are std::runtime_error
/// with the database's text. SQL is what SQLite and PostgreSQL both understand; a statement takes
/// at most one argument, a text, which is $1 in it.
class Database {
 public:
  virtual ~Database() = default;

  void run(const std::string& sql) { (void)execute(sql, {}); }
  void run(const std::string& sql, const std::string& argument) { (void)execute(sql, argument); }
  /// The first column of the first row; `absent` when there is no row.
  std::int64_t number(const std::string& sql, const std::string& argument = {},
                      std::int64_t absent = 0);
  /// Rows that an insertion or update has changed.
  std::int64_t changed_by(const std::string& sql, const std::string& argument) {
    return execute(sql, argument).changed;
  }

  /// Runs `work` as one transaction: all of it is on disk when this returns, or nothing when it
  /// throws or the process dies.
  void transaction(const std::function<void()>& work);

 protected:
  struct Outcome {
    bool is_row = false;
    std::int64_t number = 0;
    std::int64_t changed = 0;
  };
  /// The two functions in which databases differ.
  virtual Outcome execute(const std::string& sql, const std::string& argument) = 0;
  /// What begins a transaction that others wait for.
  virtual const char* begin() const = 0;
};

/// Opens "postgresql://…" (where that was built in), else an SQLite file.
std::unique_ptr<Database> open(const std::string& where);

inline constexpr std::int64_t opening_balance = 10'000;

/// The account, made with its opening balance when it is not there.
void open_account(Database& database);

inline std::int64_t balance(Database& database) {
  return database.number("SELECT balance FROM account");
}

}  // namespace bank
