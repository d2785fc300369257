#include <libpq-fe.h>

#include <cstdlib>
#include <stdexcept>

#include "bank_database.hpp"

namespace bank {
namespace {

struct Clear {
  void operator()(PGresult* result) const { PQclear(result); }
};
using Answer = std::unique_ptr<PGresult, Clear>;

/// One session of a server. What the server does for a process that was killed ends before another
/// process can see or change the same rows.
class PostgresqlDatabase final : public Database {
 public:
  explicit PostgresqlDatabase(const std::string& connection)
      : session_(PQconnectdb(connection.c_str())) {
    if (PQstatus(session_) == CONNECTION_OK) return;
    const std::string why = PQerrorMessage(session_);
    PQfinish(session_);
    throw std::runtime_error(why);
  }
  ~PostgresqlDatabase() override { PQfinish(session_); }
  PostgresqlDatabase(const PostgresqlDatabase&) = delete;
  PostgresqlDatabase& operator=(const PostgresqlDatabase&) = delete;

 private:
  const char* begin() const override { return "BEGIN"; }

  Outcome execute(const std::string& sql, const std::string& argument) override {
    const bool has_argument = sql.find("$1") != std::string::npos;
    const char* const values[] = {argument.c_str()};
    const Answer answer(PQexecParams(session_, sql.c_str(), has_argument ? 1 : 0, nullptr, values,
                                     nullptr, nullptr, 0));
    const ExecStatusType status = PQresultStatus(answer.get());
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
      throw std::runtime_error(sql + ": " + PQerrorMessage(session_));
    }
    Outcome outcome;
    outcome.is_row = status == PGRES_TUPLES_OK && PQntuples(answer.get()) > 0;
    if (outcome.is_row) outcome.number = std::atoll(PQgetvalue(answer.get(), 0, 0));
    outcome.changed = std::atoll(PQcmdTuples(answer.get()));
    return outcome;
  }

  PGconn* session_;
};

}  // namespace

std::unique_ptr<Database> open_postgresql(const std::string& connection) {
  return std::make_unique<PostgresqlDatabase>(connection);
}

}  // namespace bank
