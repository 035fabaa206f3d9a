#include "campaign_phase.hpp"

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <sstream>

#include "ending.hpp"
#include "signals.hpp"
#include "train_executor.hpp"
#include "twinmill/base/log.hpp"
#include "twinmill/base/process_table.hpp"
#include "twinmill/device/device.hpp"
#include "twinmill/protocol/channel.hpp"
#include "twinmill/store/store.hpp"
#include "workers/arrangement.hpp"
#include "workers/loop.hpp"
#include "workers/relax_executor.hpp"
#include "workers/scatter.hpp"
#include "workers/simulate_executor.hpp"

namespace twinmill::app {
namespace {

using Result = std::optional<scheduler::Outcome>;

// A worker that trains is heard after every step, but not while it reads all masks or tests: silence means less.
constexpr double training_silence_s = 900;

// What a worker does with its leases.
class Crew {
 public:
  virtual ~Crew() = default;
  virtual workers::Executor& executor() = 0;
  virtual void close() {}
};

class Imaging final : public Crew {
 public:
  Imaging(const campaign::Plan& plan, const RunDirectory& run, const workers::Places& places, workers::Group* group,
          std::function<bool()> stop_requested)
      : simulate_(plan, run.store(), places, group),
        relax_(plan, places, std::move(stop_requested)),
        both_(plan, simulate_, relax_) {}
  workers::Executor& executor() override { return both_; }
  void close() override { simulate_.close(); }

 private:
  workers::SimulateExecutor simulate_;
  workers::RelaxExecutor relax_;
  workers::CampaignExecutor both_;
};

class Training final : public Crew {
 public:
  Training(const campaign::Plan& plan, const RunDirectory& run, std::function<bool()> stop_requested)
      : train_(plan, run, std::move(stop_requested)) {}
  workers::Executor& executor() override { return train_; }

 private:
  TrainExecutor train_;
};

class Work {
 public:
  explicit Work(const CampaignPhase& phase)
      : phase_(phase),
        world_(phase.world),
        plan_(phase.campaign.plan),
        ranks_per_task_(trains() ? 1 : plan_.spec.run.ranks_per_task),
        ranks_(world_.size(), ranks_per_task_),
        places_{.campaign = phase.campaign.folder, .relaxed = phase.run.relaxed()} {}

  Result on_ranks() {
    const auto& policy = plan_.spec.run;
    const bool leads = ranks_.leads(world_.rank()), works = ranks_.group_of(world_.rank()) >= 0;
    std::optional<workers::Group> group;
    if (ranks_per_task_ > 1) {
      const auto members = world_.split(ranks_.group_of(world_.rank()) + 1);
      if (works) group.emplace(members, policy.heartbeat_seconds);
    }
    // The store is opened by each worker for itself; from here to the end of the phase no call is collective, but for
    // those inside a group, which have a deadline.
    std::unique_ptr<Crew> crew;
    const int before = ranks_before_on_this_host();
    mpi::together(world_, [&] {
      if (leads) take_device(before);
    });
    mpi::together(world_, [&] {
      if (leads) crew = make_crew(group ? &*group : nullptr, {});
    });
    const auto hosts = world_.gather(mpi::host_name());
    protocol::MpiChannel channel(world_);
    if (world_.rank() == 0) {
      homes_ = homes(hosts);
      if (ranks_.idle() > 0)
        log::info(cat(ranks_.idle(),
                      " rank(s) stay idle (no whole group of run.ranks_per_task = ", policy.ranks_per_task, ")"));
      return schedule(channel, {});
    }
    if (leads) {
      workers::WorkerOptions worker;
      worker.beat_seconds = workers::beat_seconds(world_.size() - 1, policy.heartbeat_seconds);
      worker.hello_seconds = std::clamp(policy.heartbeat_seconds / 4, 1.0, worker.hello_seconds);
      quit_alone_on_error([&] {
        workers::Worker(channel, crew->executor(), worker).run();
        channel.flush(30);
        crew->close();
      });
    } else if (works) {
      follow(*group);
    }
    return std::nullopt;
  }

  Result alone() {
    protocol::MemoryHub hub(2);
    const auto scheduler_end = hub.end(0), worker_end = hub.end(1);
    take_device(0);
    const auto crew = make_crew(nullptr, [this] {
      if (trains()) phase_.office->board.pulse();
      return stop_signals() > 0;
    });
    workers::Worker worker(*worker_end, crew->executor());
    Result outcome = schedule(*scheduler_end, [&] { return worker.step(); });
    crew->close();
    return outcome;
  }

 private:
  // Ranks that lead and have a lower number, on this host: GPUs are dealt by it. Collective.
  int ranks_before_on_this_host() const {
    std::string names;
    for (const auto& name : world_.gather(mpi::host_name())) names += name + "\n";
    std::istringstream lines(world_.broadcast(names));
    int before = 0;
    std::string line;
    for (int rank = 0; rank < world_.rank() && std::getline(lines, line); ++rank)
      before += ranks_.leads(rank) && line == mpi::host_name() ? 1 : 0;
    return before;
  }

  void take_device(int local_rank) {
    if (trains() || phase_.scope == scheduler::Scope::relaxations) return;
    auto choice = device::parse_choice(plan_.spec.run.device);
    if (choice.kind == device::Choice::Kind::automatic && ranks_per_task_ > 1) choice.kind = device::Choice::Kind::cpu;
    device_ = device::open_device(choice, {.local_rank = local_rank, .memory_bytes = 0, .before_batch = {}});
    places_.device = device_.get();
    if (device_ && local_rank == 0) log::info(cat("images are made by ", device_->description()));
  }

  // Each group of nodes writes to a shard of its own while there is work in it. A store keeps the shards it was made
  // with.
  scheduler::Homes homes(const std::vector<std::string>& hosts) const {
    scheduler::Homes result;
    for (const auto& shard : store::Reader(phase_.run.store()).shards())
      result.first_simulation.push_back(shard.first_simulation);
    if (result.matter())
      result.of_rank = scheduler::groups_of_ranks(hosts, static_cast<int>(result.first_simulation.size()));
    return result;
  }

  bool trains() const { return phase_.scope == scheduler::Scope::trainings; }

  std::unique_ptr<Crew> make_crew(workers::Group* group, std::function<bool()> stop_requested) const {
    if (trains()) return std::make_unique<Training>(plan_, phase_.run, std::move(stop_requested));
    return std::make_unique<Imaging>(plan_, phase_.run, places_, group, std::move(stop_requested));
  }

  // A worker that cannot go on takes nobody with it where the others may live: rank 0 finds its process gone.
  void quit_alone_on_error(const std::function<void()>& work) const {
    try {
      work();
    } catch (const std::exception& e) {
      if (!has_launcher()) throw;
      log::error(cat("rank ", world_.rank(), " leaves: ", e.what()));
      std::_Exit(static_cast<int>(ExitCode::bug));
    }
  }

  void follow(workers::Group& group) {
    try {
      workers::follow(group, plan_, places_);
    } catch (const Error& e) {
      if (!group.broken()) throw;
      log::warning(e.what());  // The leader says Unfit, and rank 0 ends the job when all is done.
    }
  }

  Result schedule(protocol::Channel& channel, std::function<bool()> step_local_worker) {
    const auto& policy = plan_.spec.run;
    scheduler::LoopOptions options;
    options.policy = {.attempts = policy.attempts, .heartbeat_timeout = policy.heartbeat_seconds};
    if (trains()) options.policy.heartbeat_timeout = std::max(policy.heartbeat_seconds, training_silence_s);
    options.publish = [&](const scheduler::Progress& progress) {
      auto& board = phase_.office->board;
      trains() ? board.training(progress) : board.simulating(progress);
    };
    options.publish_seconds = 0.5;
    options.scope = phase_.scope;
    options.homes = homes_;
    if (world_.size() > 1) options.silent = ranks_.silent();
    if (has_launcher()) {
      // Ranks of one mpirun on one host see each other's processes.
      options.has_ended = [](const std::string& host, std::int64_t pid) {
        return host == mpi::host_name() && process_start(static_cast<long>(pid)).empty();
      };
    }
    options.stop_requested = [] { return stop_signals() > 0; };
    options.deadline = phase_.deadline;
    options.stop_reason = "stopped on request; run again to resume";
    options.step_local_worker = std::move(step_local_worker);
    try {
      auto outcome = scheduler::run_campaign(plan_, phase_.office->ledger, channel, options);
      if (!outcome.everyone_left()) phase_.on_lost(outcome);
      return outcome;
    } catch (const std::exception& e) {
      if (world_.size() == 1) throw;
      // The workers wait for messages that will not come; what is committed is on disk.
      phase_.office->board.failed(e.what());
      log::error(e.what());
      const auto* known = dynamic_cast<const Error*>(&e);
      end_all(world_, known != nullptr ? exit_code(known->fault()) : ExitCode::bug);
    }
  }

  const CampaignPhase& phase_;
  const mpi::Communicator& world_;
  const campaign::Plan& plan_;
  int ranks_per_task_;
  workers::Arrangement ranks_;
  std::unique_ptr<imaging::Device> device_;
  workers::Places places_;
  scheduler::Homes homes_;  // Rank 0 only.
};

}  // namespace

std::optional<scheduler::Outcome> work_on_campaign(const CampaignPhase& phase) {
  if (phase.world.size() == 1) return Work(phase).alone();
  return Work(phase).on_ranks();
}

}  // namespace twinmill::app
