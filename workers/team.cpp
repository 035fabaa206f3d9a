#include "workers/team.hpp"

#include <algorithm>
#include <cstring>

#include "twinmill/base/text.hpp"

namespace twinmill::workers {
namespace {

// Each piece is copied once on either side: the library may touch a broadcast's memory after its deadline.
constexpr std::size_t piece = std::size_t{1} << 26;
// Bytes per second. A piece that is on its way moves only while the library is called.
constexpr double slowest_network = 1e8;

}  // namespace

void report_silence(double seconds) {
  throw Error(Fault::system, cat("member(s) of the group are silent (waited ", duration_text(seconds), ")"));
}

MpiTeam::MpiTeam(const mpi::Communicator& members, double deadline_s)
    : group_(members.duplicate()), deadline_s_(deadline_s) {}

void MpiTeam::wait(mpi::Pending& pending, double awake_s) const {
  if (!mpi::wait_politely(pending, {.seconds = deadline_s_, .awake_s = awake_s}, idle_)) report_silence(deadline_s_);
}

void MpiTeam::broadcast(std::span<std::byte> bytes, int root) const {
  ensure(root >= 0 && root < size(), "a broadcast comes from no member of the team");
  if (size() == 1) return;
  if (broken_) throw Error(Fault::system, "the group has lost a member before");
  broken_ = true;  // Until all of it has come.
  ++begun_;
  // The length first: it is waited for at leisure, until the root is there. The pieces then come without a pause.
  const std::uint64_t length = bytes.size();
  std::vector<std::byte> header(sizeof length);
  std::memcpy(header.data(), &length, sizeof length);
  mpi::PendingBroadcast announced(group_, std::move(header), root);
  wait(announced, 1e-4);
  ensure(std::memcmp(announced.bytes().data(), &length, sizeof length) == 0,
         "the members of a team gave different lengths to a broadcast");
  for (std::size_t first = 0; first < bytes.size(); first += piece) {
    const auto here = bytes.subspan(first, std::min(piece, bytes.size() - first));
    std::vector<std::byte> part(here.size());
    if (rank() == root) std::copy(here.begin(), here.end(), part.begin());
    mpi::PendingBroadcast pending(group_, std::move(part), root);
    wait(pending, static_cast<double>(here.size()) / slowest_network);
    if (rank() != root) std::copy(pending.bytes().begin(), pending.bytes().end(), here.begin());
  }
  broken_ = false;
}

}  // namespace twinmill::workers
