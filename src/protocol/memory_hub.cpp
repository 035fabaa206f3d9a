#include <mutex>

#include "twinmill/protocol/channel.hpp"

namespace twinmill::protocol {

struct MemoryHub::State {
  explicit State(int n) : queues(static_cast<std::size_t>(n)) {}
  std::mutex mutex;
  std::vector<std::deque<Envelope>> queues;  ///< One per receiving rank.
};

class MemoryChannel final : public Channel {
 public:
  MemoryChannel(std::shared_ptr<MemoryHub::State> state, int rank) : state_(std::move(state)), rank_(rank) {}

  void send(int to, const Message& message) override {
    ensure(to >= 0 && to < size(), "a message was sent to a rank that the hub does not have");
    const std::lock_guard lock(state_->mutex);
    state_->queues[static_cast<std::size_t>(to)].push_back({rank_, message});
  }

  std::optional<Envelope> try_receive() override {
    const std::lock_guard lock(state_->mutex);
    auto& queue = state_->queues[static_cast<std::size_t>(rank_)];
    if (queue.empty()) return std::nullopt;
    Envelope first = std::move(queue.front());
    queue.pop_front();
    return first;
  }

  int rank() const override { return rank_; }
  int size() const override { return static_cast<int>(state_->queues.size()); }

 private:
  std::shared_ptr<MemoryHub::State> state_;
  int rank_;
};

MemoryHub::MemoryHub(int size) : state_(std::make_shared<State>(size)) {}

std::unique_ptr<Channel> MemoryHub::end(int rank) {
  ensure(rank >= 0 && rank < static_cast<int>(state_->queues.size()), "a hub has no such rank");
  return std::make_unique<MemoryChannel>(state_, rank);
}

}  // namespace twinmill::protocol
