#include "rocketmq/net/tls_transport.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

#include <algorithm>
#include <array>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "rocketmq/net/deadline_queue.hpp"
#include "rocketmq/net/reactor.hpp"
#include "rocketmq/net/reactor_member.hpp"
#include "tls_errors.hpp"

namespace rocketmq::net {
namespace {

constexpr char handshake_byte = 0x16;

/// Of one read of the link.
constexpr std::size_t link_read_bytes = 64 * 1024;
/// That one read() decrypts, and one write() encrypts, at most: some 0.1 ms.
constexpr std::size_t read_bytes_max = Reactor::receive_bytes;
constexpr std::size_t write_bytes_max = 128 * 1024;
/// Pieces of output are gathered into records of this size.
constexpr std::size_t record_bytes = 16 * 1024;
/// What the protocol itself sends to a peer that does not read: answers to its key updates.
constexpr std::size_t control_bytes_max = 64 * 1024;
/// Reads of the link in one read(): what fills its room, if the peer sends nothing but data.
constexpr std::size_t link_reads_max = read_bytes_max / link_read_bytes + 1;
/// New keys of the peer in one read(). Honest ones change after many gigabytes; each takes some
/// 10 us, brings no data, and may ask for an answer.
constexpr int key_updates_max = 16;
/// Reads of the link in one turn of a handshake.
constexpr int handshake_reads_max = 4;

struct FreeSession {
  void operator()(SSL* session) const { SSL_free(session); }
};

std::span<char> link_read_buffer() {
  thread_local std::array<char, link_read_bytes> buffer;
  return buffer;
}

/// TLS on a link. Encrypted bytes that have come and are not decrypted yet are at most one read of
/// the link, those that the link has not taken at most write_bytes_max and a little; the output
/// behind them stays with the user until they have left.
class TlsTransport final : public Transport, private TransportUser, private DeadlineOwner {
 public:
  TlsTransport(Reactor& reactor, std::unique_ptr<Transport> link,
               std::shared_ptr<const TlsContext> context);
  ~TlsTransport() override { turn_->of = nullptr; }

  /// Instead of open(), when the link is open already and has brought `bytes`.
  void accept(std::weak_ptr<TransportUser> user, std::string_view bytes,
              std::chrono::milliseconds timeout);

  // Transport
  void open(std::shared_ptr<TransportUser> user) override;
  const Endpoint& remote() const override { return link_->remote(); }
  const Endpoint& local() const override { return link_->local(); }
  Transferred read(std::span<char> room) override;
  Transferred write(std::span<const iovec> pieces) override;
  void await_readable(std::shared_ptr<TransportUser> user) override;
  void await_writable(std::shared_ptr<TransportUser> user) override;
  void close() override;

 private:
  enum class State { Connecting, Handshaking, Open, Closed };

  /// Its place among the turns of the reactor.
  struct HandshakeTurn final : ReactorMember {
    explicit HandshakeTurn(TlsTransport& transport) : of(&transport) {}
    void take_turn() override {
      const auto keep = std::exchange(user, nullptr);
      if (of != nullptr) of->take_handshake_turn();
    }
    void on_wake() override {}
    void on_turn_end() override {}
    void wind_down(const Error&) override {}
    void close_now(const Error&) override {}
    void close_if_idle(SteadyTime) override {}
    std::size_t counted_bytes() const override { return 0; }
    void close_for_buffers() override {}

    TlsTransport* of;
    std::shared_ptr<TransportUser> user;
  };

  // The link's end
  void on_open() override;
  void on_open_failed(const std::string& reason) override;
  void on_readable() override;
  void on_writable() override;
  // DeadlineOwner
  void on_deadline(std::int64_t) override;

  static BIO_METHOD* link_method();
  static TlsTransport& of(BIO* bio) { return *static_cast<TlsTransport*>(BIO_get_data(bio)); }
  static int take_encrypted(BIO* bio, char* room, int bytes);
  static int give_encrypted(BIO* bio, const char* data, int bytes);
  static void on_message(int is_sent, int version, int kind, const void* data, std::size_t bytes,
                         SSL* session, void* transport);
  static long control(BIO*, int command, long, void*) { return command == BIO_CTRL_FLUSH ? 1 : 0; }

  void begin();
  void ask_for_handshake_turn();
  void take_handshake_turn();
  void handshake_done();
  /// From the session's failed call with this result.
  std::error_code session_failure(int returned) const;
  void fail(std::error_code failure);
  /// Tells the user, however it waits.
  void tell_of_failure();
  bool encrypt(const char* data, std::size_t bytes);
  std::size_t encrypt_pieces(std::span<const iovec> pieces);
  Transferred read_link();
  void keep_rest();
  bool send_encrypted();
  void await_link_readable();
  void await_link_writable();
  std::shared_ptr<TransportUser> as_link_user() { return {user_.lock(), this}; }
  void count_memory();
  void remove_deadline();

  Reactor& reactor_;
  const std::unique_ptr<Transport> link_;
  const std::shared_ptr<const TlsContext> context_;
  const std::shared_ptr<HandshakeTurn> turn_;
  std::unique_ptr<SSL, FreeSession> session_;
  State state_ = State::Connecting;
  bool is_told_of_opening_ = false;
  std::weak_ptr<TransportUser> user_;
  std::shared_ptr<TransportUser> reader_;  // waits for on_readable()
  std::shared_ptr<TransportUser> writer_;  // waits for on_writable()
  std::error_code failure_;
  std::optional<DeadlineQueue::Handle> deadline_;

  /// What has come and is not decrypted yet: during a call a part of the thread's buffer, between
  /// calls of `kept_`.
  std::string_view incoming_;
  std::string kept_;
  /// What is encrypted and has not left, from `sent_` on.
  std::string outgoing_;
  std::size_t sent_ = 0;
  /// Bytes of the user's output that are in `outgoing_`, and that it offers again.
  std::size_t encrypted_ahead_ = 0;
  int key_updates_ = 0;  // in this read()
  std::size_t counted_memory_ = 0;
  bool has_ended_ = false;  // the peer has said so
  bool is_link_read_awaited_ = false;
  bool is_link_write_awaited_ = false;
  bool is_turn_asked_ = false;
  bool is_wake_posted_ = false;
};

BIO_METHOD* TlsTransport::link_method() {
  static BIO_METHOD* const method = [] {
    BIO_METHOD* const made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "link");
    if (made == nullptr) throw std::bad_alloc();
    BIO_meth_set_read(made, take_encrypted);
    BIO_meth_set_write(made, give_encrypted);
    BIO_meth_set_ctrl(made, control);
    return made;
  }();
  return method;
}

int TlsTransport::take_encrypted(BIO* bio, char* room, int bytes) {
  std::string_view& incoming = of(bio).incoming_;
  BIO_clear_retry_flags(bio);
  if (incoming.empty()) {
    BIO_set_retry_read(bio);
    return -1;
  }
  const std::size_t count = incoming.copy(room, static_cast<std::size_t>(std::max(0, bytes)));
  incoming.remove_prefix(count);
  return static_cast<int>(count);
}

int TlsTransport::give_encrypted(BIO* bio, const char* data, int bytes) {
  TlsTransport& transport = of(bio);
  BIO_clear_retry_flags(bio);
  try {
    if (transport.outgoing_.empty() && transport.outgoing_.capacity() < record_bytes)
      transport.outgoing_ = transport.reactor_.buffers().take();
    transport.outgoing_.append(data, static_cast<std::size_t>(bytes));
  } catch (const std::bad_alloc&) {
    return -1;
  }
  return bytes;
}

/// The library takes any number of key updates within one call: here it finds no more input.
void TlsTransport::on_message(int is_sent, int, int kind, const void* data, std::size_t bytes, SSL*,
                              void* transport) {
  if (is_sent != 0 || kind != SSL3_RT_HANDSHAKE || bytes == 0) return;
  if (*static_cast<const unsigned char*>(data) != SSL3_MT_KEY_UPDATE) return;
  TlsTransport& self = *static_cast<TlsTransport*>(transport);
  if (++self.key_updates_ <= key_updates_max) return;
  self.failure_ = tls_failure(TlsFailure::TooManyKeyUpdates);
  self.incoming_ = {};
}

TlsTransport::TlsTransport(Reactor& reactor, std::unique_ptr<Transport> link,
                           std::shared_ptr<const TlsContext> context)
    : reactor_(reactor),
      link_(std::move(link)),
      context_(std::move(context)),
      turn_(std::make_shared<HandshakeTurn>(*this)),
      session_(SSL_new(context_->native())) {
  BIO* const bio = BIO_new(link_method());
  if (session_ == nullptr || bio == nullptr) {
    BIO_free(bio);
    throw std::bad_alloc();
  }
  BIO_set_data(bio, this);
  BIO_set_init(bio, 1);
  SSL_set_bio(session_.get(), bio, bio);
  SSL_set_msg_callback(session_.get(), on_message);
  SSL_set_msg_callback_arg(session_.get(), this);
  if (context_->side() == TlsSide::Server) {
    SSL_set_accept_state(session_.get());
  } else {
    SSL_set_connect_state(session_.get());
  }
}

// Beginning.

void TlsTransport::open(std::shared_ptr<TransportUser> user) {
  user_ = user;
  link_->open(std::shared_ptr<TransportUser>(std::move(user), this));
}

void TlsTransport::accept(std::weak_ptr<TransportUser> user, std::string_view bytes,
                          std::chrono::milliseconds timeout) {
  user_ = std::move(user);
  is_told_of_opening_ = true;
  kept_ = bytes;
  count_memory();
  deadline_ = reactor_.deadlines().add(reactor_.now() + timeout, *this, 0);
  begin();
}

void TlsTransport::on_open() { begin(); }

void TlsTransport::on_open_failed(const std::string& reason) {
  if (const auto user = user_.lock()) user->on_open_failed(reason);
}

void TlsTransport::begin() {
  state_ = State::Handshaking;
  ask_for_handshake_turn();
}

/// A step of a handshake may take a millisecond (a signature with an RSA key of 2048 bits), so it
/// waits its turn among those that have work left: a round of them ends after TurnQueue::round_max,
/// and the reactor serves what is ready before the next one.
void TlsTransport::ask_for_handshake_turn() {
  if (std::exchange(is_turn_asked_, true)) return;
  turn_->user = user_.lock();
  reactor_.take_turn_later(turn_);
}

void TlsTransport::take_handshake_turn() {
  is_turn_asked_ = false;
  if (state_ != State::Handshaking || failure_) return;
  incoming_ = kept_;
  for (int reads = 0;; ++reads) {
    ERR_clear_error();
    const int returned = SSL_do_handshake(session_.get());
    const bool is_done = returned == 1;
    const bool wants_more =
        !is_done && SSL_get_error(session_.get(), returned) == SSL_ERROR_WANT_READ;
    const std::error_code failure =
        is_done || wants_more ? std::error_code() : session_failure(returned);
    (void)send_encrypted();  // of a failure as well: it says why
    if (failure_) return tell_of_failure();
    if (failure) return fail(failure);
    if (is_done) {
      keep_rest();
      return handshake_done();
    }
    if (reads == handshake_reads_max) {
      keep_rest();
      return ask_for_handshake_turn();
    }
    const Transferred received = read_link();
    if (received.state == Transferred::State::NotReady) break;
    if (received.state == Transferred::State::Failed) return fail(received.failure);
    if (received.state != Transferred::State::Done)
      return fail(std::make_error_code(std::errc::connection_reset));
  }
  keep_rest();
  await_link_readable();
}

void TlsTransport::handshake_done() {
  state_ = State::Open;
  remove_deadline();
  const auto user = user_.lock();
  if (user == nullptr) return;
  if (!std::exchange(is_told_of_opening_, true)) return user->on_open();
  if (const auto writer = std::exchange(writer_, nullptr)) writer->on_writable();
  if (state_ != State::Open) return;
  if (const auto reader = std::exchange(reader_, nullptr)) reader->on_readable();
}

void TlsTransport::on_deadline(std::int64_t) {
  deadline_.reset();
  fail(tls_failure(TlsFailure::TimedOut));
}

void TlsTransport::remove_deadline() {
  if (deadline_) reactor_.deadlines().remove(*std::exchange(deadline_, std::nullopt));
}

// Failure.

std::error_code TlsTransport::session_failure(int returned) const {
  const long verified = SSL_get_verify_result(session_.get());
  const bool is_refused = SSL_get_error(session_.get(), returned) == SSL_ERROR_SSL &&
                          verified != X509_V_OK &&
                          ERR_GET_REASON(ERR_peek_error()) == SSL_R_CERTIFICATE_VERIFY_FAILED;
  const std::error_code failure = library_failure();
  if (is_refused) return certificate_failure(verified);
  // Without memory the library may note nothing, and no failure would be taken for success.
  return failure ? failure : std::make_error_code(std::errc::not_enough_memory);
}

void TlsTransport::fail(std::error_code failure) {
  failure_ = failure;
  tell_of_failure();
}

void TlsTransport::tell_of_failure() {
  const auto user = user_.lock();
  if (user == nullptr || state_ == State::Closed) return;
  if (!std::exchange(is_told_of_opening_, true)) return user->on_open_failed(failure_.message());
  if (const auto reader = std::exchange(reader_, nullptr)) return reader->on_readable();
  if (const auto writer = std::exchange(writer_, nullptr)) writer->on_writable();
}

// Input.

/// One read of the link behind what is left of the last one, which has been used up.
Transferred TlsTransport::read_link() {
  const std::span<char> buffer = link_read_buffer();
  const Transferred received = link_->read(buffer);
  if (received.state == Transferred::State::Done)
    incoming_ = std::string_view(buffer.data(), received.bytes);
  return received;
}

/// Between calls the thread's buffer is others'.
void TlsTransport::keep_rest() {
  if (incoming_.empty()) {
    std::string().swap(kept_);
  } else {
    kept_ = std::string(incoming_);
  }
  incoming_ = {};
  count_memory();
}

Transferred TlsTransport::read(std::span<char> room) {
  if (failure_) return Transferred::failed(failure_);
  if (state_ != State::Open) return Transferred::not_ready();
  Transferred outcome = Transferred::not_ready();
  std::size_t filled = 0;
  bool may_have_more = true;  // the link
  std::size_t link_reads = 0;
  key_updates_ = 0;
  incoming_ = kept_;
  const std::size_t filled_max = std::min(room.size(), read_bytes_max);
  while (filled < filled_max) {
    ERR_clear_error();
    std::size_t count = 0;
    const int returned =
        SSL_read_ex(session_.get(), room.data() + filled, filled_max - filled, &count);
    if (returned == 1) {
      filled += count;
      continue;
    }
    const int error = SSL_get_error(session_.get(), returned);
    if (error == SSL_ERROR_ZERO_RETURN) {
      has_ended_ = true;
      outcome = Transferred::ended();
      break;
    }
    if (error != SSL_ERROR_WANT_READ) {
      failure_ = session_failure(returned);
      (void)send_encrypted();
      outcome = Transferred::failed(failure_);
      break;
    }
    if (failure_) {
      outcome = Transferred::failed(failure_);
      break;
    }
    // What brings no data has no end of its own.
    if (!may_have_more || link_reads++ == link_reads_max) break;
    const Transferred received = read_link();
    if (received.state != Transferred::State::Done) {
      outcome = received;
      break;
    }
    may_have_more = received.bytes == link_read_bytes;
  }
  keep_rest();
  // The peer may have asked for new keys, and gets ours.
  if (!failure_ && sent_ < outgoing_.size()) {
    (void)send_encrypted();
    if (!failure_ && outgoing_.size() - sent_ > 2 * write_bytes_max + control_bytes_max)
      failure_ = tls_failure(TlsFailure::PeerDoesNotRead);
  }
  // What ends the stream comes again.
  return filled > 0 ? Transferred::done(filled) : outcome;
}

void TlsTransport::await_readable(std::shared_ptr<TransportUser> user) {
  reader_ = std::move(user);
  if (state_ == State::Handshaking && !failure_) return;  // told when that is done
  const bool has_some = failure_ || has_ended_ || !kept_.empty() || SSL_pending(session_.get()) > 0;
  if (!has_some) return await_link_readable();
  if (std::exchange(is_wake_posted_, true)) return;
  reactor_.post([this, keep = reader_] {
    is_wake_posted_ = false;
    if (state_ == State::Closed) return;
    if (const auto reader = std::exchange(reader_, nullptr)) reader->on_readable();
  });
}

void TlsTransport::await_link_readable() {
  if (is_link_read_awaited_ || state_ == State::Closed) return;
  auto user = as_link_user();
  if (user == nullptr) return;
  is_link_read_awaited_ = true;
  link_->await_readable(std::move(user));
}

void TlsTransport::on_readable() {
  is_link_read_awaited_ = false;
  if (state_ == State::Handshaking) return ask_for_handshake_turn();
  if (const auto reader = std::exchange(reader_, nullptr)) reader->on_readable();
}

// Output.

bool TlsTransport::encrypt(const char* data, std::size_t bytes) {
  ERR_clear_error();
  std::size_t written = 0;
  const int returned = SSL_write_ex(session_.get(), data, bytes, &written);
  if (returned == 1 && written == bytes) return true;
  failure_ = session_failure(returned);
  return false;
}

/// Returns how many bytes of `pieces` have been encrypted. Small pieces are put together, so that a
/// record is as large as it may be.
std::size_t TlsTransport::encrypt_pieces(std::span<const iovec> pieces) {
  thread_local std::array<char, record_bytes> record;
  std::size_t gathered = 0;
  std::size_t taken = 0;
  const auto flush_record = [&] {
    return gathered == 0 || encrypt(record.data(), std::exchange(gathered, 0));
  };
  for (const iovec& piece : pieces) {
    std::string_view left(static_cast<const char*>(piece.iov_base), piece.iov_len);
    while (!left.empty() && taken < write_bytes_max) {
      std::size_t count = std::min(left.size(), write_bytes_max - taken);
      if (gathered == 0 && count >= record_bytes) {
        count -= count % record_bytes;
        if (!encrypt(left.data(), count)) return 0;
      } else {
        count = left.substr(0, count).copy(record.data() + gathered, record_bytes - gathered);
        gathered += count;
        if (gathered == record_bytes && !flush_record()) return 0;
      }
      taken += count;
      left.remove_prefix(count);
    }
    if (taken >= write_bytes_max) break;
  }
  if (!flush_record()) return 0;
  return taken;
}

Transferred TlsTransport::write(std::span<const iovec> pieces) {
  if (failure_) return Transferred::failed(failure_);
  if (state_ != State::Open) return Transferred::not_ready();
  // What is encrypted is out first, so that a peer that does not read costs no more than that.
  bool has_left = send_encrypted();
  if (has_left && encrypted_ahead_ == 0) {
    encrypted_ahead_ = encrypt_pieces(pieces);
    has_left = !failure_ && send_encrypted();
  }
  if (failure_) return Transferred::failed(failure_);
  return has_left ? Transferred::done(std::exchange(encrypted_ahead_, 0))
                  : Transferred::not_ready();
}

/// Hands to the link what is encrypted. Whether all of it has left.
bool TlsTransport::send_encrypted() {
  if (outgoing_.empty()) return true;
  while (sent_ < outgoing_.size()) {
    const iovec piece{outgoing_.data() + sent_, outgoing_.size() - sent_};
    const Transferred sent = link_->write({&piece, 1});
    if (sent.state == Transferred::State::NotReady) {
      await_link_writable();
      count_memory();
      return false;
    }
    if (sent.state != Transferred::State::Done) {
      failure_ = sent.failure;
      return false;
    }
    sent_ += sent.bytes;
  }
  sent_ = 0;
  reactor_.buffers().give_back(std::exchange(outgoing_, {}));
  count_memory();
  return true;
}

void TlsTransport::await_writable(std::shared_ptr<TransportUser> user) {
  writer_ = std::move(user);
  if (state_ == State::Handshaking && !failure_) return;  // told when that is done
  await_link_writable();
}

void TlsTransport::await_link_writable() {
  if (is_link_write_awaited_ || state_ == State::Closed) return;
  auto user = as_link_user();
  if (user == nullptr) return;
  is_link_write_awaited_ = true;
  link_->await_writable(std::move(user));
}

void TlsTransport::on_writable() {
  is_link_write_awaited_ = false;
  const bool has_left = send_encrypted();
  if (failure_) return tell_of_failure();
  if (!has_left || state_ != State::Open) return;
  if (const auto writer = std::exchange(writer_, nullptr)) writer->on_writable();
}

// End.

void TlsTransport::count_memory() {
  const std::size_t held = kept_.capacity() + outgoing_.capacity();
  // A text of a few bytes lies in the object itself.
  const std::size_t counted = held > 2 * std::string().capacity() ? held : 0;
  if (counted == counted_memory_) return;
  counted_memory_ = counted;
  if (const auto user = user_.lock()) user->on_buffered(counted);
}

void TlsTransport::close() {
  if (state_ == State::Closed) return;
  if (state_ == State::Open && !failure_ && sent_ == outgoing_.size()) {
    // Says that this is the end, if the link takes it.
    ERR_clear_error();
    SSL_shutdown(session_.get());
    if (!outgoing_.empty()) {
      const iovec piece{outgoing_.data(), outgoing_.size()};
      (void)link_->write({&piece, 1});
    }
    ERR_clear_error();
  }
  state_ = State::Closed;
  remove_deadline();
  turn_->of = nullptr;
  turn_->user.reset();
  link_->close();
  session_.reset();
  incoming_ = {};
  std::string().swap(kept_);
  std::string().swap(outgoing_);
  sent_ = 0;
  count_memory();
  reader_.reset();
  writer_.reset();
}

/// An accepted connection until its first byte is there.
class UndecidedTransport final : public Transport {
 public:
  UndecidedTransport(Reactor& reactor, std::unique_ptr<Transport> link, TlsMode mode,
                     std::shared_ptr<const TlsCredentials> credentials,
                     std::chrono::milliseconds handshake_timeout)
      : reactor_(reactor),
        link_(std::move(link)),
        mode_(mode),
        credentials_(std::move(credentials)),
        handshake_timeout_(handshake_timeout) {}

  void open(std::shared_ptr<TransportUser> user) override {
    user_ = user;
    link_->open(std::move(user));
  }
  const Endpoint& remote() const override { return link_->remote(); }
  const Endpoint& local() const override { return link_->local(); }

  Transferred read(std::span<char> room) override {
    const Transferred received = link_->read(room);
    if (received.state != Transferred::State::Done) return received;
    if (room[0] != handshake_byte) {
      if (mode_ == TlsMode::Enforcing)
        return Transferred::failed(tls_failure(TlsFailure::PlainRefused));
      replacement_ = std::move(link_);
      return Transferred::replaced(received.bytes);
    }
    auto context = credentials_->current();
    if (context == nullptr) return Transferred::failed(tls_failure(TlsFailure::NotOffered));
    auto transport = std::make_unique<TlsTransport>(reactor_, std::move(link_), std::move(context));
    transport->accept(user_, {room.data(), received.bytes}, handshake_timeout_);
    replacement_ = std::move(transport);
    return Transferred::replaced(0);
  }

  Transferred write(std::span<const iovec> pieces) override { return link_->write(pieces); }
  void await_readable(std::shared_ptr<TransportUser> user) override {
    link_->await_readable(std::move(user));
  }
  void await_writable(std::shared_ptr<TransportUser> user) override {
    link_->await_writable(std::move(user));
  }
  std::unique_ptr<Transport> replacement() override { return std::move(replacement_); }
  void close() override {
    if (link_ != nullptr) link_->close();
  }

 private:
  Reactor& reactor_;
  std::unique_ptr<Transport> link_;
  const TlsMode mode_;
  const std::shared_ptr<const TlsCredentials> credentials_;
  const std::chrono::milliseconds handshake_timeout_;
  std::weak_ptr<TransportUser> user_;
  std::unique_ptr<Transport> replacement_;
};

}  // namespace

std::unique_ptr<Transport> accepted_with_tls(Reactor& reactor, std::unique_ptr<Transport> link,
                                             TlsMode mode,
                                             std::shared_ptr<const TlsCredentials> credentials,
                                             std::chrono::milliseconds handshake_timeout) {
  return std::make_unique<UndecidedTransport>(reactor, std::move(link), mode,
                                              std::move(credentials), handshake_timeout);
}

std::unique_ptr<Transport> connecting_tls(Reactor& reactor, std::unique_ptr<Transport> link,
                                          std::shared_ptr<const TlsContext> context) {
  return std::make_unique<TlsTransport>(reactor, std::move(link), std::move(context));
}

}  // namespace rocketmq::net
