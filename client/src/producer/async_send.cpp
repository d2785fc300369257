#include "producer/async_send.hpp"

#include <utility>

#include "rocketmq/client/own_code.hpp"

namespace rocketmq::client {
namespace {

/// Ended sends that are kept for later ones: about 2 KiB each with bodies of 1 KiB.
constexpr std::size_t spare_sends_max = 4096;

}  // namespace

void Sender::AsyncSend::start(AsyncSendPtr self, std::size_t wait_over_bytes) {
  AsyncSend& send = *self;
  ClientInstance& instance = *send.sender_->instance_;
  send.begun_ = std::chrono::steady_clock::now();
  const milliseconds left = std::chrono::ceil<milliseconds>(send.deadline_ - send.begun_);
  if (left.count() <= 0) return finish(std::move(self), no_time_left("sendKernelImpl"));
  send.begun_ms_ = instance.clock().now_ms();
  thread_local remoting::RemotingCommand request;
  make_send_request(send.message_, send.sender_->settings_, send.queue_id_, send.begun_ms_,
                    request);
  // A copy: the send may have ended before the call returns.
  const std::string address = send.address_;
  instance.network().invoke_async_reusing(
      address, request, left,
      [self = std::move(self)](const Result<remoting::RemotingCommand>& answer) mutable {
        answered(std::move(self), answer);
      },
      wait_over_bytes);
}

void Sender::AsyncSend::finish(AsyncSendPtr self, Failure failure) {
  self->sender_->note_failure(self->message_.topic, failure);
  self->outcome_ = std::move(failure);
  finish(std::move(self));
}

std::shared_ptr<Sender> Sender::AsyncSend::let_go() {
  done_ = nullptr;
  info_.reset();
  if (message_.body.capacity() > kept_text_bytes_max) std::string().swap(message_.body);
  if (message_.properties.capacity() > kept_text_bytes_max) std::string().swap(message_.properties);
  if (message_.msg_id.capacity() > kept_text_bytes_max) std::string().swap(message_.msg_id);
  return std::move(sender_);
}

void Sender::AsyncSend::answered(AsyncSendPtr self,
                                 const Result<remoting::RemotingCommand>& answer) {
  AsyncSend& send = *self;
  Sender& sender = *send.sender_;
  sender.note_latency(send.broker_name_, send.begun_, !answer);
  if (answer) {
    if (!send.outcome_) send.outcome_ = SendResult();
    auto read =
        read_send_answer(*answer, send.message_, send.broker_name_, send.address_, *send.outcome_);
    if (!read) {
      sender.note_failure(send.message_.topic, read.error());
      send.outcome_ = read.error();
    }
    sender.trace(send.outcome_, send.message_, send.address_, send.begun_ms_);
    return finish(std::move(self));
  }
  Failure failure = remoting_failure(answer.error(), send.address_);
  const bool may_retry = send.tries_ < sender.settings_.retry_times_async &&
                         answer.error().code != ResponseCode::ShutDown &&
                         answer.error().code != ResponseCode::TooManyRequests &&
                         time_left(send.deadline_).count() > 0;
  if (!may_retry) return finish(std::move(self), std::move(failure));
  ++send.tries_;
  // The request stays the same, its queue id included; only the broker changes, where it is free.
  if (send.info_ != nullptr) {
    send.broker_name_ = sender.choose(*send.info_, send.broker_name_).getBrokerName();
  }
  const auto address = sender.instance_->routes().master_address(send.broker_name_);
  if (!address) return finish(std::move(self), std::move(failure));
  sender.note_failure(send.message_.topic, failure);
  send.address_ = sender.instance_->fast_address(*address);
  // Not on this stack: a network that fails immediately would recurse.
  sender.instance_->timer().after(milliseconds(0),
                                  [self = std::move(self)]() mutable { start(std::move(self)); });
}

void Sender::AsyncSend::finish(AsyncSendPtr self) {
  self->is_under_way_ = false;
  if (self->done_on_ == DoneOn::AnyThread) return complete(std::move(self));
  ClientInstance& instance = *self->sender_->instance_;
  instance.post_callback([self = std::move(self)]() mutable { complete(std::move(self)); });
}

void Sender::AsyncSend::complete(AsyncSendPtr self) {
  {
    const OwnCode own(self->sender_.get());
    std::exchange(self->done_, nullptr)(self->outcome_);
  }
  const std::shared_ptr<Sender> sender = self->sender_;
  const std::size_t bytes = self->message_.body.size();
  self.reset();
  // Only now: what waits for the end of all sends waits for their callbacks as well.
  sender->limiter_.release(bytes);
}

void Sender::Recycle::operator()(AsyncSend* send) const {
  if (send->is_under_way_) {
    // A retry that was waiting for its moment when the instance stopped.
    return AsyncSend::finish(
        AsyncSendPtr(send),
        remoting_failure({ResponseCode::ShutDown, "the client was shut down"}, send->address_));
  }
  std::unique_ptr<AsyncSend> owned(send);
  const std::shared_ptr<Sender> sender = send->let_go();
  const std::scoped_lock lock(sender->spare_mutex_);
  if (sender->spare_.size() < spare_sends_max) sender->spare_.push_back(std::move(owned));
}

}  // namespace rocketmq::client
