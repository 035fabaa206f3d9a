// submit: a campaign as a chain of jobs of a batch system.
#include <iostream>

#include "job_request.hpp"
#include "job_script.hpp"
#include "options.hpp"
#include "run_directory.hpp"
#include "twinmill/base/files.hpp"
#include "twinmill/base/lock_file.hpp"
#include "twinmill/base/log.hpp"
#include "twinmill/base/process.hpp"
#include "twinmill/base/text.hpp"

namespace twinmill::app {
namespace fs = std::filesystem;
namespace {

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
  add_resources(options);
  options.add()("account", word(), "project that is charged");
  options.add()("queue", word(), "queue, partition or quality of service (default: the profile's)");
  options.add()("chain", word(), "jobs that may follow each other (default: the profile's; 1: no successor)");
  options.add()("until", one_of("relax|simulate|train|evaluate|report"),
                "last phase: relax, simulate, train, evaluate or report (default)");
  options.add()("dry-run", flag(), "print the script and the command that submits it; change nothing");
  if (!options.parse(arguments)) return ExitCode::done;
  if (!options.has("site")) throw Error(Fault::input, "twinmill submit needs --site SITE. See twinmill submit --help?");
  const auto [job, campaign] = settle_job(options);
  const std::string script = job_script(job);
  const auto words = submit_words(job, job.run + "/job.sh");
  if (!job.profile.site.site.tested)
    log::warning(cat("no job has run with the profile of ", job.profile.site.site.name,
                     " yet (tested = false). Look at the script with --dry-run first?"));
  if (options.on("dry-run")) {
    print(script, words);
  } else {
    submit_for_real(job, campaign, script, words);
  }
  return ExitCode::done;
}

}  // namespace twinmill::app
