#include "team_run.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>
#include <iostream>
#include <streambuf>
#include <string>
#include <thread>

#include "session.hpp"
#include "workers/team.hpp"

namespace twinmill::app {
namespace {

constexpr double deadline_s = 3600;  // Members may need very different times for their shares.
constexpr double patience_s = 10;    // A mistake is found by all ranks at the same step.
constexpr std::size_t piece_bytes = std::size_t{1} << 26;

// Swallows standard output while it lives.
class Quiet {
 public:
  Quiet() : before_(std::cout.rdbuf(&nothing_)) {}
  ~Quiet() { std::cout.rdbuf(before_); }
  Quiet(const Quiet&) = delete;
  Quiet& operator=(const Quiet&) = delete;

 private:
  struct Nothing final : std::streambuf {
    int_type overflow(int_type c) override { return traits_type::not_eof(c); }
  };
  Nothing nothing_;
  std::streambuf* before_;
};

enum Tag { your_turn, extent, rows_of };

mpi::Parcel receive(mpi::Mailbox& box) {
  for (;;) {
    if (auto parcel = box.try_receive()) return std::move(*parcel);
    std::this_thread::sleep_for(std::chrono::microseconds(100));
  }
}

void send(mpi::Mailbox& box, int to, Tag tag, const void* bytes, std::size_t size) {
  box.send(to, tag, std::string(static_cast<const char*>(bytes), size));
  if (!box.flush(deadline_s)) throw Error(Fault::system, cat("rank ", to, " takes no messages any more"));
}

}  // namespace

TeamRun::TeamRun(const mpi::Communicator& world)
    : world_(world), team_(std::make_unique<workers::MpiTeam>(world, deadline_s)) {}

const mpi::Communicator& TeamRun::world() const {
  ensure(world_.has_value(), "a process without a launcher has no ranks");
  return *world_;
}

void TeamRun::together(const std::function<void()>& work) const {
  if (world_) {
    mpi::together(*world_, work);
  } else {
    work();
  }
}

ExitCode run_as_team(const std::function<ExitCode(const TeamRun&)>& work) {
  if (!mpi::launched()) return work(TeamRun());
  return in_session([&](const mpi::Communicator& world) {
    std::optional<Quiet> quiet;
    if (world.rank() != 0) quiet.emplace();
    const TeamRun run(world);
    ExitCode code = ExitCode::done;
    mpi::together(world.duplicate(), patience_s, [&] { code = work(run); });
    return code;
  });
}

void collect_rows(const TeamRun& run, std::uint64_t first_row, std::span<const std::byte> rows, std::size_t row_bytes,
                  const TakeRows& take) {
  if (run.first() && !rows.empty()) take(first_row, rows);
  if (run.size() == 1) return;
  const std::size_t piece = std::max<std::size_t>(1, piece_bytes / row_bytes) * row_bytes;
  mpi::Mailbox box(run.world().duplicate());
  std::array<std::uint64_t, 2> part = {first_row, rows.size()};
  if (!run.first()) {
    receive(box);  // Its turn: the first rank takes one part after the other.
    send(box, 0, extent, part.data(), sizeof part);
    for (std::size_t at = 0; at < rows.size(); at += piece) {
      const auto here = rows.subspan(at, std::min(piece, rows.size() - at));
      send(box, 0, rows_of, here.data(), here.size());
    }
    return;
  }
  for (int rank = 1; rank < run.size(); ++rank) {
    send(box, rank, your_turn, nullptr, 0);
    std::memcpy(part.data(), receive(box).bytes.data(), sizeof part);
    for (std::uint64_t at = 0; at < part[1];) {
      const auto parcel = receive(box);
      take(part[0] + at / row_bytes, std::as_bytes(std::span(parcel.bytes)));
      at += parcel.bytes.size();
    }
  }
}

}  // namespace twinmill::app
