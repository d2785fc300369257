#pragma once

#include "rocketmq/net/request_batch.hpp"
#include "rocketmq/remoting/dispatcher.hpp"
#include "rocketmq/store/message_writer.hpp"
#include "rocketmq/store/put_batch.hpp"
#include "rocketmq/store/put_thread.hpp"

namespace rocketmq::broker {

/// The messages that the requests of one reactor put: one write for all of them. Processors that
/// run on a reactor hand put_batch_of(context) to the store.
/// Runs on: its reactor's thread.
class RequestPuts final : public net::RequestBatch, private store::PutThread {
 public:
  RequestPuts(store::MessageWriter& writer, net::BatchReactor& reactor)
      : reactor_(reactor), puts_(writer, *this) {}
  store::PutBatch& puts() { return puts_; }

  bool has_work() const override { return !puts_.is_empty(); }
  bool has_enough() const override { return puts_.has_enough(); }
  bool commit() override { return puts_.write(); }
  void complete() override { puts_.complete(); }
  bool is_waiting() const override { return puts_.is_waiting(); }

 private:
  bool post(UniqueFunction<void()>& task) override { return reactor_.post(task); }
  Wait begin_wait() override { return reactor_.begin_wait(); }
  bool end_wait(Wait wait) override { return reactor_.end_wait(wait); }

  net::BatchReactor& reactor_;
  store::PutBatch puts_;
};

/// Where a request's messages are gathered; null on a pool's thread, which may wait for the disk.
inline store::PutBatch* put_batch_of(const remoting::RequestContext& context) {
  // The broker's servers have batches of no other kind.
  return context.batch == nullptr ? nullptr : &static_cast<RequestPuts*>(context.batch)->puts();
}

}  // namespace rocketmq::broker
