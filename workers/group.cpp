#include "workers/group.hpp"

#include <array>
#include <cstring>
#include <limits>

namespace twinmill::workers {
namespace {

constexpr int leader = 0;

std::vector<std::byte> bytes_of(const std::array<std::int64_t, 2>& values) {
  std::vector<std::byte> bytes(sizeof values);
  std::memcpy(bytes.data(), values.data(), sizeof values);
  return bytes;
}

Order order_of(const std::vector<std::byte>& bytes) {
  std::array<std::int64_t, 2> values{};
  std::memcpy(values.data(), bytes.data(), sizeof values);
  return {SimulationId(values[0]), ExposureId(values[1])};
}

}  // namespace

Group::Group(const mpi::Communicator& members, double deadline_s)
    : control_(members.duplicate()), team_(members, deadline_s), deadline_s_(deadline_s) {}

void Group::while_waiting(std::function<void()> idle) {
  idle_ = idle;
  team_.while_waiting(std::move(idle));
}

void Group::check_whole() const {
  if (broken_) throw Error(Fault::system, "the group has lost a member before");
}

void Group::wait(mpi::Pending& pending, double seconds) {
  broken_ = true;  // Until it has come: also when `idle` throws.
  if (!mpi::wait_politely(pending, {.seconds = seconds}, idle_)) report_silence(seconds);
  broken_ = false;
}

void Group::announce(const Order& order) {
  check_whole();
  mpi::PendingBroadcast pending(control_, bytes_of({order.simulation.value, order.exposure.value}), leader);
  wait(pending, deadline_s_);
}

void Group::dismiss() {
  announce({});
  mpi::PendingMax heard(control_, std::array<std::int64_t, 1>{});
  wait(heard, deadline_s_);
}

std::optional<Order> Group::next_order() {
  check_whole();
  mpi::PendingBroadcast pending(control_, bytes_of({}), leader);
  wait(pending, std::numeric_limits<double>::infinity());
  const Order order = order_of(pending.bytes());
  if (order.simulation.valid()) return order;
  mpi::PendingMax heard(control_, std::array<std::int64_t, 1>{});
  wait(heard, deadline_s_);
  return std::nullopt;
}

void Group::together(const std::function<void()>& work) {
  check_whole();
  const std::optional<Error> mine = mpi::attempt(work);
  if (team_.broken()) broken_ = true;
  if (broken_) {
    ensure(mine.has_value(), "a broken team went on in silence");
    throw Error(*mine);
  }
  try {
    const std::array<std::int64_t, 3> vote = {mine ? size() - team_.rank() : 0, team_.begun(), -team_.begun()};
    mpi::PendingMax votes(control_, vote);
    wait(votes, deadline_s_);
    const auto result = votes.values();
    if (result[1] != -result[2]) {
      broken_ = true;
      throw Error(Fault::system, "a member of the group failed in the middle of a specimen");
    }
    if (result[0] == 0) return;
    // Fault and length, then the words, of the first that failed.
    const auto first = size() - static_cast<int>(result[0]);
    std::array<std::int64_t, 2> head{};
    if (mine) head = {static_cast<std::int64_t>(mine->fault()), static_cast<std::int64_t>(std::strlen(mine->what()))};
    mpi::PendingBroadcast header(control_, bytes_of(head), first);
    wait(header, deadline_s_);
    std::memcpy(head.data(), header.bytes().data(), sizeof head);
    std::vector<std::byte> words(static_cast<std::size_t>(head[1]));
    if (team_.rank() == first) std::memcpy(words.data(), mine->what(), words.size());
    mpi::PendingBroadcast text(control_, std::move(words), first);
    wait(text, deadline_s_);
    throw Error(static_cast<Fault>(head[0]), {reinterpret_cast<const char*>(text.bytes().data()), text.bytes().size()});
  } catch (const Error&) {
    if (mine) throw Error(*mine);
    throw;
  }
}

}  // namespace twinmill::workers
