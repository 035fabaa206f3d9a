// submit: a campaign as a chain of jobs of a batch system.
#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <iostream>
#include <optional>

#include "job_script.hpp"
#include "options.hpp"
#include "phases.hpp"
#include "run_directory.hpp"
#include "site_profile.hpp"
#include "twinmill/base/duration.hpp"
#include "twinmill/base/files.hpp"
#include "twinmill/base/lock_file.hpp"
#include "twinmill/base/log.hpp"
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
  explicit Settling(const Options& options) : options_(options) {}

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
    if (site().account == "required" && !options_.has("account"))
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
  JobRequest job_;
  std::optional<Campaign> campaign_;
  std::vector<std::string> mistakes_;
};

// The last line of what a command printed.
std::string last_line(const std::string& text) {
  const auto end = text.find_last_not_of(" \n");
  if (end == std::string::npos) return {};
  const auto begin = text.find_last_of('\n', end);
  return text.substr(begin == std::string::npos ? 0 : begin + 1,
                     end - (begin == std::string::npos ? 0 : begin + 1) + 1);
}

void print(const std::string& script, const std::vector<std::string>& words) {
  std::cout << script << "\n# Submitted with these words, one a line:\n";
  for (const auto& word : words) std::cout << "#   " << word << "\n";
}

// Runs the command; returns the job's number.
std::string submit(const std::vector<std::string>& words, const fs::path& log) {
  std::error_code ec;
  fs::remove(log, ec);
  const auto end = run_process(words, {.output = log, .unset_prefixes = {"TWINMILL_CHAIN_LEFT"}, .time_limit_s = 300});
  const std::string said = fs::exists(log, ec) ? last_line(read_text(log)) : "";
  fs::remove(log, ec);
  if (end.how == ProcessEnd::How::not_started)
    throw Error(Fault::system, cat(words[0], " ", end.words(), ". Is this a login node of the cluster?"));
  if (!end.ok()) throw Error(Fault::system, cat(words[0], " ", end.words(), said.empty() ? "" : cat(" (", said, ")")));
  return said.substr(0, said.find_first_of("; "));
}

void submit_for_real(const JobRequest& job, const Campaign& campaign, const std::string& script,
                     const std::vector<std::string>& words) {
  const RunDirectory run{.path = job.run};
  LockFile::refuse_held(run.lock());
  std::error_code ec;
  if (!fs::exists(run.store(), ec)) check_disk(run.path, campaign.plan);
  make_writable_folder(run.path);
  write_atomic(words.back(), script);
  const std::string number = submit(words, run.path / "job-submit.log");
  std::cout << "job " << number << ": " << job.nodes << " node(s) x " << job.ranks_per_node << " rank(s), "
            << campaign::walltime_text(job.walltime_s) << ", at most " << job.chain << " job(s) in a row\n"
            << "  twinmill status " << shell_line({job.run}) << "\n";
  auto cancel = job.profile.batch.cancel;
  cancel.push_back(number);
  log::info(cat("to take it back: ", shell_line(cancel), "; the job that follows a running one stands in ",
                (run.path / "job-chain").string()));
}

}  // namespace

ExitCode run_submit(const Arguments& arguments) {
  Options options("submit", {"CAMPAIGN"});
  options.add()("site", word(), "site profile: generic, frontier, perlmutter, aurora, or a file (docs/cluster.md)");
  options.add()("dir", folder(), "run directory (default: runs/NAME of the campaign); an existing one is resumed");
  options.add()("nodes", word(), "nodes of a job (default: 1)");
  options.add()("ranks-per-node", word(), "ranks on a node that simulate (default: the profile's cores)");
  options.add()("train-ranks-per-node", word(), "ranks on a node that train (default: its GPUs, or 1)");
  options.add()("walltime", word(), "time of a job: 2:30:00, 1-12:00:00, 90m (default: the profile's)");
  options.add()("drain", word(), "seconds before the end at which the ranks finish (default: the profile's)");
  options.add()("account", word(), "project that is charged");
  options.add()("queue", word(), "queue, partition or quality of service (default: the profile's)");
  options.add()("chain", word(), "jobs that may follow each other (default: the profile's; 1: no successor)");
  options.add()("until", one_of("relax|simulate|train|evaluate|report"),
                "last phase: relax, simulate, train, evaluate or report (default)");
  options.add()("dry-run", flag(), "print the script and the command that submits it; change nothing");
  if (!options.parse(arguments)) return ExitCode::done;
  if (!options.has("site")) throw Error(Fault::input, "twinmill submit needs --site SITE. See twinmill submit --help?");
  Settling settling(options);
  const JobRequest job = settling.job();
  const std::string script = job_script(job);
  const auto words = submit_words(job, job.run + "/job.sh");
  if (!job.profile.site.site.tested)
    log::warning(cat("no job has run with the profile of ", job.profile.site.site.name,
                     " yet (tested = false). Look at the script with --dry-run first?"));
  if (options.on("dry-run")) {
    print(script, words);
  } else {
    submit_for_real(job, settling.campaign(), script, words);
  }
  return ExitCode::done;
}

}  // namespace twinmill::app
