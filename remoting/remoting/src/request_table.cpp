#include "request_table.hpp"

#include <spdlog/spdlog.h>

#include <exception>
#include <utility>

#include "rocketmq/common/shared_log.hpp"

namespace rocketmq::remoting {

void run_callback(ResponseCallback& done, Result<RemotingCommand>&& outcome) {
  if (!done) return;
  try {
    done(std::move(outcome));
  } catch (const std::exception& failure) {
    remoting_log().error("the callback of a request threw: {}", failure.what());
  } catch (...) {
    remoting_log().error("the callback of a request threw an unknown exception");
  }
}

RequestTable::RequestTable(net::DeadlineQueue& deadlines, InFlight& in_flight,
                           const std::string& address)
    : deadlines_(deadlines), in_flight_(in_flight), address_(address) {}

RequestTable::~RequestTable() {
  ensure(waiting_.empty(), "requests under way end before their connection goes away");
}

void RequestTable::add(WaitingRequest&& request) {
  if (request.is_oneway && is_connected_) return;
  const auto deadline = deadlines_.add(request.deadline, *this, request.opaque);
  if (auto same = take(request.opaque)) [[unlikely]] {
    // Four thousand million requests ago, and still without a response.
    deadlines_.remove(same->deadline);
    deadlines_.remove(deadline);
    const Error error{
        ResponseCode::SendFailed,
        "two requests to " + address_ + " have the number " + std::to_string(request.opaque)};
    end(same->done, same->is_oneway, error);
    return end(request.done, request.is_oneway, error);
  }
  Waiting waiting{std::move(request.done), request.timeout, request.is_oneway, deadline};
  if (spare_.empty()) {
    waiting_.emplace(request.opaque, std::move(waiting));
    return;
  }
  Table::node_type entry = std::move(spare_.back());
  spare_.pop_back();
  entry.key() = request.opaque;
  entry.mapped() = std::move(waiting);
  waiting_.insert(std::move(entry));
}

void RequestTable::connected() {
  is_connected_ = true;
  for (auto entry = waiting_.begin(); entry != waiting_.end();) {
    if (!entry->second.is_oneway) {
      ++entry;
      continue;
    }
    deadlines_.remove(entry->second.deadline);
    entry = waiting_.erase(entry);
  }
}

bool RequestTable::respond(std::int32_t opaque, Result<RemotingCommand>&& response) {
  auto waiting = take(opaque);
  if (!waiting) return false;
  deadlines_.remove(waiting->deadline);
  end(waiting->done, waiting->is_oneway, std::move(response));
  return true;
}

void RequestTable::on_deadline(std::int64_t opaque) {
  auto waiting = take(static_cast<std::int32_t>(opaque));
  if (!waiting) return;
  const std::string waited = std::to_string(waiting->timeout.count()) + " ms";
  end(waiting->done, waiting->is_oneway,
      Error{ResponseCode::RequestTimeout,
            is_connected_ ? "no answer from " + address_ + " within " + waited
                          : "not connected to " + address_ + " within " + waited});
}

void RequestTable::fail_all(const Error& error) {
  Table failed;
  failed.swap(waiting_);
  // First all deadlines: a callback may take long enough for the next one to pass.
  for (auto& [opaque, waiting] : failed) deadlines_.remove(waiting.deadline);
  for (auto& [opaque, waiting] : failed) end(waiting.done, waiting.is_oneway, error);
}

void RequestTable::fail(WaitingRequest& request, const Error& error) {
  end(request.done, request.is_oneway, error);
}

std::optional<RequestTable::Waiting> RequestTable::take(std::int32_t opaque) {
  const auto entry = waiting_.find(opaque);
  if (entry == waiting_.end()) return std::nullopt;
  Waiting taken = std::move(entry->second);
  if (spare_.size() < spare_max) {
    spare_.push_back(waiting_.extract(entry));
  } else {
    waiting_.erase(entry);
  }
  return taken;
}

void RequestTable::end(ResponseCallback& done, bool is_oneway, Result<RemotingCommand>&& outcome) {
  if (!is_oneway) in_flight_.end();
  run_callback(done, std::move(outcome));
}

}  // namespace rocketmq::remoting
