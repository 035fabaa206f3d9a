#include "job_script.hpp"

#include <algorithm>

#include "job_body.hpp"
#include "twinmill/base/error.hpp"

namespace twinmill::app {
namespace {

using campaign::Placeholder;
using Words = std::vector<std::string>;

constexpr const char* chain_variable = "TWINMILL_CHAIN_LEFT";

std::vector<Placeholder> placeholders(const JobRequest& job, int ranks_per_node) {
  const int cores = job.profile.site.node.cores;
  return {{"name", "twinmill-" + job.name},
          {"nodes", cat(job.nodes)},
          {"ranks", cat(static_cast<std::int64_t>(job.nodes) * ranks_per_node)},
          {"ranks_per_node", cat(ranks_per_node)},
          {"cores_per_rank", cat(std::max(1, cores / ranks_per_node))},
          {"gpus", cat(job.profile.site.node.gpus)},
          {"walltime", campaign::walltime_text(job.walltime_s)},
          {"drain_s", cat(job.drain_s)},
          {"account", job.account},
          {"queue", job.queue},
          {"folder", job.run},
          {"user", job.user}};
}

Words all_filled(const Words& words, const std::vector<Placeholder>& values) {
  Words result;
  for (const auto& word : words) result.push_back(campaign::filled(word, values));
  return result;
}

std::string quoted_words(const Words& words) {
  std::string text;
  for (const auto& word : words) text += cat(text.empty() ? "" : " ", shell_word(word));
  return text;
}

std::string setting(const std::string& name, const std::string& value) {
  return cat(name, "=", shell_word(value), "\n");
}
std::string setting(const std::string& name, const Words& values) {
  return cat(name, "=(", quoted_words(values), ")\n");
}

// A word in which {name} becomes an expression of the shell, and all else stays text.
std::string with_expression(const std::string& word, const std::string& name, const std::string& expression) {
  const std::string mark = "{" + name + "}";
  std::string text;
  for (std::size_t at = 0;;) {
    const auto found = word.find(mark, at);
    const std::string part = word.substr(at, found == std::string::npos ? found : found - at);
    if (!part.empty() || word.empty()) text += shell_word(part);
    if (found == std::string::npos) return text;
    text += expression;
    at = found + mark.size();
  }
}

std::string directives(const JobRequest& job) {
  const auto& batch = job.profile.batch;
  const auto& site = job.profile.site.site;
  const auto values = placeholders(job, job.ranks_per_node);
  Words lines = all_filled(batch.request, values);
  if (!job.account.empty()) lines.push_back(campaign::filled(batch.account, values));
  if (!job.queue.empty())
    lines.push_back(campaign::filled(site.queue_directive.empty() ? batch.queue : site.queue_directive, values));
  lines.insert(lines.end(), site.directives.begin(), site.directives.end());
  std::string text;
  for (const auto& line : lines) text += cat(batch.directive, " ", line, "\n");
  return text;
}

// submit_after JOB LEFT: queues this script behind JOB, LEFT jobs of the chain being left.
std::string successor_function(const JobRequest& job, const std::string& script) {
  const auto& batch = job.profile.batch;
  std::string line = quoted_words(batch.submit);
  for (const auto& word : batch.after) line += " " + with_expression(word, "job", "\"$1\"");
  for (const auto& word : batch.variable)
    line += " " + with_expression(campaign::filled(word, {{"variable", chain_variable}}), "value", "\"$2\"");
  line += cat(" ", quoted_words(all_filled(batch.folder, {{"folder", job.run}})), " ", shell_word(script));
  return cat("submit_after() {\n  ", line, "\n}\n");
}

std::string settings(const JobRequest& job) {
  const auto& [site, node, launch, queues] = job.profile.site;
  const auto& batch = job.profile.batch;
  Words together;
  if (job.until != "relax" && job.until != "simulate") together.emplace_back("train");
  if (job.until == "evaluate" || job.until == "report") together.emplace_back("evaluate");
  return setting("program", job.program) + setting("campaign", job.campaign) + setting("run", job.run) +
         setting("until", job.until) + setting("simulate_until", job.until == "relax" ? "relax" : "simulate") +
         setting("together", together) + setting("chain", cat(job.chain)) +
         setting("ranks", cat(static_cast<std::int64_t>(job.nodes) * job.ranks_per_node)) +
         setting("walltime_s", cat(job.walltime_s)) + setting("drain_s", cat(job.drain_s)) +
         setting("warns", batch.warns ? "true" : "false") + setting("job_variable", batch.job_variable) +
         setting("end_variable", batch.end_variable) + setting("modules", site.modules) +
         setting("environment", site.environment) +
         setting("burst_buffer", campaign::filled(site.burst_buffer, {{"user", job.user}})) +
         setting("simulate", all_filled(launch.simulate, placeholders(job, job.ranks_per_node))) +
         setting("train", all_filled(launch.train, placeholders(job, job.train_ranks_per_node))) +
         successor_function(job, job.run + "/job.sh") +
         cat("cancel_job() {\n  ", quoted_words(batch.cancel), " \"$1\"\n}\n");
}

}  // namespace

std::string shell_word(std::string_view text) {
  std::string word = "'";
  for (const char c : text) {
    if (c == '\'')
      word += "'\\''";
    else
      word += c;
  }
  return word + "'";
}

std::string shell_line(const Words& words) {
  const auto plain = [](const std::string& word) {
    return !word.empty() && word.find_first_not_of(
                                "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "-_=./:,@%+") == std::string::npos;
  };
  std::string text;
  for (const auto& word : words) text += cat(text.empty() ? "" : " ", plain(word) ? word : shell_word(word));
  return text;
}

std::string job_script(const JobRequest& job) {
  const bool login = !job.profile.site.site.modules.empty();  // The command `module` comes with a login.
  return cat("#!/bin/bash", login ? " -l" : "", "\n", directives(job),
             "#\n# Written by twinmill submit; what is below the settings is the same in every job.\n",
             "# shellcheck disable=SC2016,SC2034,SC2054\n", settings(job), "\n", job_body);
}

Words submit_words(const JobRequest& job, const std::string& script) {
  const auto& batch = job.profile.batch;
  Words words = batch.submit;
  for (const auto& word : all_filled(batch.folder, {{"folder", job.run}})) words.push_back(word);
  words.push_back(script);
  return words;
}

}  // namespace twinmill::app
