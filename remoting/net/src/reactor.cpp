#include "rocketmq/net/reactor.hpp"

#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>
#include <exception>
#include <stdexcept>
#include <utility>

#include "reactor_io.hpp"
#include "rocketmq/common/shared_log.hpp"
#include "rocketmq/common/thread_name.hpp"

namespace rocketmq::net {

namespace {

thread_local Reactor* current_reactor = nullptr;

/// Runs one piece of a turn. What it throws is logged and goes no further, so that what follows in
/// the turn still runs, and nothing runs twice.
template <class Work>
void run_guarded(const std::string& thread_name, const char* what, Work&& work) noexcept {
  try {
    work();
  } catch (const std::exception& failure) {
    remoting_log().error("{}: {} threw: {}", thread_name, what, failure.what());
  } catch (...) {
    remoting_log().error("{}: {} threw an unknown exception", thread_name, what);
  }
}

}  // namespace

std::chrono::milliseconds idle_scan_period(std::chrono::milliseconds idle_timeout) {
  using std::chrono::milliseconds;
  if (idle_timeout.count() <= 0) return milliseconds{0};
  return std::clamp(idle_timeout / 8, milliseconds{10}, milliseconds{10'000});
}

Reactor::Turn::Turn(Reactor& reactor) : reactor_(reactor) {
  if (reactor_.turn_depth_++ == 0) reactor_.now_ = std::chrono::steady_clock::now();
}

Reactor::Turn::~Turn() {
  if (reactor_.turn_depth_ == 1) {
    if (reactor_.turn_ended_)
      run_guarded(reactor_.thread_name_, "the handler of a turn's end", reactor_.turn_ended_);
    reactor_.flush_dirty();
  }
  --reactor_.turn_depth_;
}

Reactor::Reactor(std::string thread_name) try
    : thread_name_(thread_name),
      io_(std::make_unique<Io>()),
      deadlines_([this](SteadyTime at) { arm_deadline_timer(at); }),
      receive_buffer_(std::make_unique_for_overwrite<char[]>(receive_bytes)) {
} catch (const std::exception& failure) {
  throw std::runtime_error("cannot make the reactor " + thread_name + ": " + failure.what());
}

Reactor::~Reactor() { ensure(!thread_.joinable(), "a reactor is joined before it goes away"); }

Reactor* Reactor::current() { return current_reactor; }

void Reactor::start() {
  thread_ = named_thread(thread_name_, [this] { run(); });
}

bool Reactor::run() {
  current_reactor = this;
  thread_id_ = ::gettid();
  if (!std::exchange(has_begun_, true)) {
    now_ = std::chrono::steady_clock::now();
    if (scan_period_.count() > 0) scan_idle();
  }
  while (run_one()) {
    if (!commit_batch()) {
      current_reactor = nullptr;
      return false;
    }
    if (is_stopping()) wind_down_when_finished();
  }
  end();
  current_reactor = nullptr;
  return true;
}

/// Runs a handler, or, where no batch waits for that, all there are. False at the reactor's end.
bool Reactor::run_one() {
  try {
    return (batch_ == nullptr ? io_->context.run() : io_->context.run_one()) > 0 &&
           batch_ != nullptr;
  } catch (const std::exception& failure) {
    remoting_log().error("{}: a handler threw: {}", thread_name_, failure.what());
  } catch (...) {
    remoting_log().error("{}: a handler threw an unknown exception", thread_name_);
  }
  return true;
}

/// Only at the top of the loop, with nothing of the reactor in use. False when another thread has
/// taken over the reactor meanwhile.
bool Reactor::commit_batch() {
  // Again, since what is finished may leave more.
  while (batch_ != nullptr && batch_->has_work()) {
    bool is_kept = true;
    run_guarded(thread_name_, "the work of a batch", [&] { is_kept = batch_->commit(); });
    if (!is_kept) return false;
    const Turn turn(*this);
    run_guarded(thread_name_, "the end of a batch", [this] { batch_->complete(); });
  }
  return true;
}

Reactor::Wait Reactor::begin_wait() {
  const Wait wait = wait_mark_.begin();
  if (wait_observer_ != nullptr) wait_observer_->begins_to_wait();
  return wait;
}

void Reactor::end() {
  // Refusing comes first: a poster without end must not keep the thread from ending.
  {
    const std::lock_guard lock(mutex_);
    has_ended_ = true;
  }
  // Sockets and timers are closed; their last handlers only release what they hold.
  io_->context.restart();
  io_->context.poll();
  drain();
  batch_.reset();
  turns_.clear();
}

void Reactor::stop(Error error, std::chrono::milliseconds grace) {
  post([this, error = std::move(error), grace] { begin_stop(error, grace); });
}

void Reactor::join() {
  ensure(!in_this_thread(), "a reactor is not joined on its own thread");
  if (thread_.joinable()) thread_.join();
}

bool Reactor::post(UniqueFunction<void()>& task) {
  {
    const std::lock_guard lock(mutex_);
    if (has_ended_) return false;
    tasks_.push_back(std::move(task));
    if (std::exchange(drain_requested_, true)) return true;
  }
  request_drain();
  return true;
}

bool Reactor::wake(std::shared_ptr<ReactorMember> member) {
  {
    const std::lock_guard lock(mutex_);
    if (has_ended_) return false;
    woken_.push_back(std::move(member));
    if (std::exchange(drain_requested_, true)) return true;
  }
  request_drain();
  return true;
}

void Reactor::request_drain() {
  asio::post(io_->context, [this] { drain(); });
}

void Reactor::drain() {
  const Turn turn(*this);
  {
    const std::lock_guard lock(mutex_);
    drain_requested_ = false;
    running_tasks_.swap(tasks_);
    running_woken_.swap(woken_);
  }
  for (UniqueFunction<void()>& task : running_tasks_) run_guarded(thread_name_, "a task", task);
  running_tasks_.clear();
  for (const std::shared_ptr<ReactorMember>& member : running_woken_)
    run_guarded(thread_name_, "a wake-up", [&] { member->on_wake(); });
  running_woken_.clear();
}

void Reactor::arm_deadline_timer(SteadyTime at) {
  io_->deadline_timer.expires_at(at);
  io_->deadline_timer.async_wait([this](error_code failure) {
    if (failure) return;  // armed again for an earlier deadline, or shut down
    {
      const Turn turn(*this);
      run_guarded(thread_name_, "a deadline", [this] { deadlines_.expire(now_); });
    }
    deadlines_.rearm();
  });
}

void Reactor::add(std::shared_ptr<ReactorMember> member) {
  member->reactor_index_ = members_.size();
  members_.push_back(std::move(member));
}

void Reactor::remove(ReactorMember& member) {
  const std::size_t index = member.reactor_index_;
  ensure(index < members_.size() && members_[index].get() == &member,
         "a member is removed from its own reactor once");
  std::swap(members_[index], members_.back());
  members_[index]->reactor_index_ = index;
  members_.pop_back();
  if (is_stopping()) end_if_done();
}

void Reactor::flush_later(std::shared_ptr<ReactorMember> member) {
  ensure(turn_depth_ > 0, "output is made within a turn of the reactor");
  dirty_.push_back(std::move(member));
}

void Reactor::flush_dirty() {
  // Flushing may close a session, and its owner's handler may make others send.
  for (std::size_t k = 0; k < dirty_.size(); ++k) {
    const std::shared_ptr<ReactorMember> member = std::move(dirty_[k]);
    run_guarded(thread_name_, "sending", [&] { member->on_turn_end(); });
  }
  dirty_.clear();
}

void Reactor::take_turn_later(std::shared_ptr<ReactorMember> member) {
  turns_.push(std::move(member));
  request_round();
}

void Reactor::request_round() {
  if (std::exchange(is_round_posted_, true)) return;
  asio::post(io_->context, [this] { run_round(); });
}

/// What is posted runs behind the handlers of all that is ready, and Asio looks for what has become
/// ready before the next one runs.
void Reactor::run_round() {
  is_round_posted_ = false;
  turns_.run_round([] { return std::chrono::steady_clock::now(); },
                   [this](ReactorMember& member) {
                     const Turn turn(*this);
                     run_guarded(thread_name_, "a turn", [&] { member.take_turn(); });
                     return batch_ == nullptr || !batch_->has_enough();
                   });
  if (!turns_.empty()) request_round();
}

void Reactor::scan_idle() {
  io_->scan_timer.expires_after(scan_period_);
  io_->scan_timer.async_wait([this](error_code failure) {
    if (failure || is_stopping()) return;
    const Turn turn(*this);
    // Backwards: a member that closes is replaced by the last one, which has been seen then.
    for (std::size_t k = members_.size(); k-- > 0;) {
      const std::shared_ptr<ReactorMember> member = members_[k];
      run_guarded(thread_name_, "closing an idle session", [&] { member->close_if_idle(now_); });
    }
    scan_idle();
  });
}

/// From here on nothing more is read. Replies to requests that are under way still leave: a client
/// that gets none sends its message again.
void Reactor::begin_stop(Error error, std::chrono::milliseconds grace) {
  if (is_stopping()) return;
  stop_error_ = std::move(error);
  stop_grace_ = grace;
  wind_down_when_finished();
}

bool Reactor::has_open_requests() const {
  return batch_ != nullptr && (batch_->has_work() || batch_->is_waiting());
}

void Reactor::wind_down_when_finished() {
  if (is_winding_down_ || has_open_requests()) return;
  is_winding_down_ = true;
  const Turn turn(*this);
  wind_down();
}

void Reactor::wind_down() {
  const std::vector<std::shared_ptr<ReactorMember>> members = members_;
  for (const std::shared_ptr<ReactorMember>& member : members) member->wind_down(*stop_error_);
  io_->grace_timer.expires_after(stop_grace_);
  io_->grace_timer.async_wait([this](error_code failure) {
    if (failure) return;
    const Turn turn(*this);
    const std::vector<std::shared_ptr<ReactorMember>> left = members_;
    for (const std::shared_ptr<ReactorMember>& member : left) member->close_now(*stop_error_);
  });
  end_if_done();
}

void Reactor::end_if_done() {
  if (!members_.empty() || !is_winding_down_) return;
  io_->scan_timer.cancel();
  io_->grace_timer.cancel();
  deadlines_.shut_down();
  io_->deadline_timer.cancel();
  io_->work.reset();
  // Not waiting for the context to run dry: a name that is being resolved may keep it busy for
  // long.
  io_->context.stop();
}

}  // namespace rocketmq::net
