#include "walltime.hpp"

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <string>

#include "twinmill/base/clock.hpp"
#include "twinmill/base/error.hpp"
#include "twinmill/base/files.hpp"
#include "twinmill/base/log.hpp"
#include "twinmill/base/process.hpp"
#include "twinmill/base/scratch_folder.hpp"
#include "twinmill/base/text.hpp"

namespace twinmill::app {
namespace {

constexpr double squeue_limit_s = 30;

std::optional<double> number_in(const char* variable) {
  const char* text = std::getenv(variable);
  if (text == nullptr) return std::nullopt;
  try {
    return parse_double(text, variable);
  } catch (const Error&) {
    return std::nullopt;
  }
}

// "2026-11-21T18:30:00", local time; empty for "N/A" and the like.
std::optional<double> local_time(const std::string& text) {
  std::tm parts{};
  parts.tm_isdst = -1;
  const char* end = ::strptime(text.c_str(), "%Y-%m-%dT%H:%M:%S", &parts);
  if (end == nullptr) return std::nullopt;
  return static_cast<double>(std::mktime(&parts));
}

std::optional<double> asked_of_squeue(const std::string& job) {
  std::optional<double> end;
  try {
    const ScratchFolder folder(std::filesystem::temp_directory_path(), "twinmill-squeue");
    const auto output = folder.path() / "said";
    const auto ended =
        run_process({"squeue", "-h", "-j", job, "-o", "%e"}, {.output = output, .time_limit_s = squeue_limit_s});
    if (ended.ok()) end = local_time(std::string(trim(read_text(output))));
    if (!end) log::warning(cat("the end of job ", job, " is not known (squeue ", ended.words(), "). Give --walltime?"));
  } catch (const Error& e) {
    log::warning(cat("the end of job ", job, " is not known (", e.what(), "). Give --walltime?"));
  }
  return end;
}

std::optional<double> end_of_job() {
  if (const auto end = number_in("SLURM_JOB_END_TIME")) return end;
  const char* job = std::getenv("SLURM_JOB_ID");
  return job != nullptr ? asked_of_squeue(job) : std::nullopt;
}

}  // namespace

void keep_end_time(double unix_time) { ::setenv(end_time_variable, cat(std::fixed, unix_time).c_str(), 1); }

std::optional<double> end_of_run(std::optional<double> walltime_s) {
  const double now = unix_seconds();
  auto end = number_in(end_time_variable);
  if (!end && walltime_s) end = now + *walltime_s;
  if (const auto job = end_of_job(); job && (!end || *job < *end)) end = job;
  if (!end) return std::nullopt;
  return steady_seconds() + (*end - now);
}

}  // namespace twinmill::app
