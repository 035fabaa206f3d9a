#pragma once
// The job of a batch system as text: directives, settings, and what all jobs do (slurm/job.sh).

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "site_profile.hpp"

namespace twinmill::app {

/// All that decides a job; checked by the one who fills it.
struct JobRequest {
  SiteProfile profile;
  std::string program, campaign, run;  ///< Absolute paths.
  std::string name;                    ///< Of the campaign.
  std::string until = "report";
  std::string account, queue;  ///< Empty: none asked for.
  std::string user;
  int nodes = 1, ranks_per_node = 1, train_ranks_per_node = 1;
  int chain = 1;
  std::int64_t walltime_s = 0, drain_s = 0;
};

/// The script. Nothing in it that came from a file or an option is seen by the shell as anything but text.
std::string job_script(const JobRequest& job);

/// The command that submits the first job of a chain, word by word; `script` is the file of the script.
std::vector<std::string> submit_words(const JobRequest& job, const std::string& script);

/// `text` as one word of a shell, whatever is in it.
std::string shell_word(std::string_view text);
/// Words as a line that a person can paste into a shell; plain words stay as they are.
std::string shell_line(const std::vector<std::string>& words);

}  // namespace twinmill::app
