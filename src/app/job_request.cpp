#include "job_request.hpp"

#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <optional>

#include "phases.hpp"
#include "run_directory.hpp"
#include "site_profile.hpp"
#include "twinmill/base/duration.hpp"
#include "twinmill/base/process.hpp"
#include "twinmill/base/text.hpp"
#include "workers/arrangement.hpp"

namespace twinmill::app {
namespace fs = std::filesystem;
namespace {

// As batch systems count.
std::int64_t whole_seconds(const std::string& text, std::string_view what) {
  return static_cast<std::int64_t>(std::ceil(parse_duration(text, what)));
}

/// Turns options into a job; collects every mistake.
class Settling {
 public:
  Settling(const Options& options, bool charged) : options_(options), charged_(charged) {}

  /// Throws Error(input) with all mistakes, one a line.
  JobRequest job() {
    trying([&] { job_.profile = load_site(options_.text("site")); });
    const bool site_known = mistakes_.empty();
    trying([&] { campaign_ = load_campaign(options_.text("CAMPAIGN")); });
    paths();
    trying([&] { until(); });
    if (site_known) resources();
    if (!mistakes_.empty()) {
      std::string all;
      for (const auto& mistake : mistakes_) all += (all.empty() ? "" : "\n") + mistake;
      throw Error(Fault::input, all);
    }
    return job_;
  }

  const Campaign& campaign() const { return *campaign_; }

 private:
  const campaign::SiteSection& site() const { return job_.profile.site.site; }
  void mistake(std::string text) { mistakes_.push_back(std::move(text)); }

  template <class Work>
  void trying(Work work) {
    try {
      work();
    } catch (const Error& e) {
      if (e.fault() != Fault::input) throw;
      mistake(e.what());
    }
  }

  void paths() {
    job_.program = this_program();
    job_.campaign = fs::absolute(options_.text("CAMPAIGN")).lexically_normal().string();
    if (campaign_) {
      job_.name = campaign_->plan.spec.campaign.name;
      const auto run = run_directory(options_.has("dir") ? options_.text("dir") : "", *campaign_);
      job_.run = fs::absolute(run.path).lexically_normal().string();
      if (job_.run.size() > 1 && job_.run.ends_with('/')) job_.run.pop_back();
    }
    for (const auto& [what, path] :
         {std::pair{"CAMPAIGN", job_.campaign}, {"--dir", job_.run}, {"program", job_.program}})
      if (std::ranges::any_of(path, [](unsigned char c) { return c < 0x20 || c == 0x7f; }))
        mistake(cat(what, " (its path holds a line break or another control character). Another folder?"));
    const passwd* user = ::getpwuid(::geteuid());
    job_.user = user != nullptr ? user->pw_name : cat(::geteuid());
  }

  void until() {
    if (!options_.has("until")) return;
    until_phase(options_.text("until"));
    job_.until = options_.text("until");
  }

  // --name, or what stands for it; 0 after a mistake.
  int count(const std::string& name, int otherwise, int at_most) {
    if (!options_.has(name)) return otherwise;
    int value = 0;
    trying([&] {
      const auto given = options_.integer(name);
      if (given < 1 || given > at_most)
        throw Error(Fault::input, cat("--", name, " = ", given, " (must be 1 to ", at_most, ")"));
      value = static_cast<int>(given);
    });
    return value;
  }

  // A word that stands in a directive of the batch system.
  std::string plain(const std::string& name, const std::string& otherwise) {
    std::string word = options_.has(name) ? options_.text(name) : otherwise;
    const bool good = std::ranges::all_of(word, [](unsigned char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
             c == '.';
    });
    if (!good || (options_.has(name) && word.empty()))
      mistake(cat("--", name, " = ", word, " (must be letters, digits, '-', '_' and '.')"));
    return word;
  }

  void resources() {
    job_.nodes = count("nodes", 1, 1'000'000);
    ranks();
    job_.account = plain("account", "");
    if (charged_ && site().account == "required" && !options_.has("account"))
      mistake(cat("--account is missing (", site().name, " charges every job to a project)"));
    job_.queue = plain("queue", site().queue);
    trying([&] {
      const std::string text = options_.has("walltime") ? options_.text("walltime") : site().walltime;
      if (text.empty())
        throw Error(Fault::input,
                    cat("--walltime is missing (", site().name, " has no usual one). Write 2:30:00 or 90m?"));
      job_.walltime_s = whole_seconds(text, "--walltime");
    });
    job_.chain = count("chain", site().chain, 10000);
    drain();
    if (!job_.profile.site.queues.empty()) limits();
  }

  void ranks() {
    const auto& node = job_.profile.site.node;
    job_.ranks_per_node = count("ranks-per-node", node.cores, 100000);
    job_.train_ranks_per_node = count("train-ranks-per-node", std::max(1, node.gpus), 100000);
    if (node.cores == 0 && !options_.has("ranks-per-node"))
      mistake(cat("--ranks-per-node is missing (the profile of ", site().name,
                  " does not say how many cores a node has). One rank per core?"));
    else if (node.cores > 0 && job_.ranks_per_node > node.cores)
      mistake(cat("--ranks-per-node = ", job_.ranks_per_node, " (a node of ", site().name, " has ", node.cores,
                  " cores for a job)"));
    else if (campaign_ && job_.ranks_per_node > 0 && job_.nodes > 0 && job_.nodes <= 100000 / job_.ranks_per_node)
      trying([&] { workers::Arrangement(job_.nodes * job_.ranks_per_node, campaign_->plan.spec.run.ranks_per_task); });
  }

  void drain() {
    if (job_.walltime_s == 0) return;
    const auto usual = std::max<std::int64_t>(1, std::min<std::int64_t>(site().drain_s, job_.walltime_s / 4));
    job_.drain_s = count("drain", static_cast<int>(usual), 65000);
    if (job_.drain_s >= job_.walltime_s)
      mistake(cat("--drain = ", job_.drain_s, " (must be less than the walltime, ", job_.walltime_s, " s)"));
  }

  void limits() {
    std::vector<std::string> names;
    std::string ranges;
    std::optional<campaign::QueueEntry> fits;
    for (const auto& q : job_.profile.site.queues) {
      if (std::ranges::find(names, q.name) == names.end()) names.push_back(q.name);
      if (q.name != job_.queue) continue;
      ranges += cat(ranges.empty() ? "" : ", ", q.min_nodes, " to ", q.max_nodes);
      if (q.min_nodes <= job_.nodes && job_.nodes <= q.max_nodes) fits = q;
    }
    if (ranges.empty()) {
      const std::string near = nearest(job_.queue, names);
      mistake(cat("--queue = ", job_.queue, " (", site().name, " has ", list_text(names), ")",
                  near.empty() ? "" : cat(". Did you mean ", near, "?")));
      return;
    }
    if (job_.nodes == 0) return;
    if (!fits) {
      mistake(cat("--nodes = ", job_.nodes, " (queue ", job_.queue, " takes ", ranges, ")"));
      return;
    }
    const auto most = whole_seconds(fits->max_walltime, "max_walltime");
    if (job_.walltime_s > most)
      mistake(cat("--walltime = ", campaign::walltime_text(job_.walltime_s), " (queue ", job_.queue, " lets jobs of ",
                  fits->min_nodes, " to ", fits->max_nodes, " nodes run at most ", campaign::walltime_text(most), ")"));
    if (options_.has("chain") && job_.chain > fits->chain)
      mistake(cat("--chain = ", job_.chain, " (queue ", job_.queue, " allows ", fits->chain, ")"));
    job_.chain = std::min(job_.chain, fits->chain);
  }

  const Options& options_;
  bool charged_;
  JobRequest job_;
  std::optional<Campaign> campaign_;
  std::vector<std::string> mistakes_;
};

}  // namespace

void add_resources(Options& options) {
  options.add()("nodes", word(), "nodes of a job (default: 1)");
  options.add()("ranks-per-node", word(), "ranks on a node that simulate (default: the profile's cores)");
  options.add()("train-ranks-per-node", word(), "ranks on a node that train (default: its GPUs, or 1)");
  options.add()("walltime", word(), "time of a job: 2:30:00, 1-12:00:00, 90m (default: the profile's)");
  options.add()("drain", word(), "seconds before the end at which the ranks finish (default: the profile's)");
}

SettledJob settle_job(const Options& options, bool charged) {
  Settling settling(options, charged);
  JobRequest job = settling.job();
  return {.job = std::move(job), .campaign = settling.campaign()};
}

}  // namespace twinmill::app
