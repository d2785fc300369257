#include "bank.hpp"

#include <stdexcept>

#include "bank_database.hpp"

namespace bank {

std::int64_t Database::number(const std::string& sql, const std::string& argument,
                              std::int64_t absent) {
  const Outcome outcome = execute(sql, argument);
  return outcome.is_row ? outcome.number : absent;
}

void Database::transaction(const std::function<void()>& work) {
  run(begin());
  try {
    work();
    run("COMMIT");
  } catch (...) {
    try {
      run("ROLLBACK");
    } catch (const std::runtime_error&) {
      // Without a session there is no transaction either; the first failure says more.
    }
    throw;
  }
}

std::unique_ptr<Database> open(const std::string& where) {
  const bool is_postgresql = where.starts_with("postgresql://") || where.starts_with("postgres://");
  if (!is_postgresql) return open_sqlite(where);
#ifdef BANK_WITH_POSTGRESQL
  return open_postgresql(where);
#else
  throw std::runtime_error("built without PostgreSQL (cmake -DROCKETMQ_EXAMPLES_POSTGRESQL=ON)");
#endif
}

void open_account(Database& database) {
  database.transaction([&] {
    database.run("CREATE TABLE IF NOT EXISTS account(id INTEGER PRIMARY KEY, balance INTEGER)");
    database.run("INSERT INTO account VALUES(1, " + std::to_string(opening_balance) +
                 ") ON CONFLICT DO NOTHING");
  });
}

}  // namespace bank
