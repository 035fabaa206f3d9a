#include "workers/relax.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <optional>

#include "twinmill/base/clock.hpp"
#include "twinmill/base/error.hpp"
#include "twinmill/base/files.hpp"
#include "twinmill/base/log.hpp"
#include "twinmill/base/process.hpp"
#include "twinmill/base/text.hpp"
#include "workers/engines.hpp"

namespace twinmill::workers {
namespace fs = std::filesystem;
namespace {

using specimen::Relaxed;
using specimen::Structure;

// A child that found these would take itself for one of our ranks. The step's variables make Open MPI believe that
// srun had started the child itself, and it then refuses to run; those of the job remain, for a srun inside.
const std::vector<std::string> launcher_variables = {"OMPI_", "PMIX_", "PMI_", "PRTE_", "HYDRA_", "SLURM_STEP"};

std::vector<std::pair<std::string, std::string>> engine_environment() {
  // Without a launcher Open MPI starts a daemon in a session of its own, which nobody here could end.
  std::vector<std::pair<std::string, std::string>> set = {{"OMPI_MCA_ess_singleton_isolated", "1"}};
  if (std::getenv("OMP_NUM_THREADS") == nullptr) set.emplace_back("OMP_NUM_THREADS", "1");
  return set;
}

fs::path file_of(const fs::path& folder, const Hash128& key) { return folder / (key.hex() + ".extxyz"); }

// What is asked of a result, new or found: converged, for this input, and with_positions() agrees.
void check(const Relaxed& relaxed, const Structure& engine_input, const RelaxSettings& settings) {
  with_positions(engine_input, relaxed);
  if (!relaxed.converged)
    throw Error(Fault::input, cat("it did not converge", relaxed.steps >= 0 ? cat(" in ", relaxed.steps, " steps") : "",
                                  std::isfinite(relaxed.largest_force())
                                      ? cat(" (the largest force is ", rounded_text(relaxed.largest_force(), 2),
                                            " eV/A, the limit is ", number_text(settings.max_force_eV_per_A), ")")
                                      : ""));
}

// With engine vasp the user's INCAR decides when a relaxation has converged.
void check_forces(const Relaxed& relaxed, const RelaxSettings& settings) {
  if (settings.engine == "vasp" || !(relaxed.largest_force() > 1.05 * settings.max_force_eV_per_A)) return;
  throw Error(Fault::input, cat("the largest force is ", rounded_text(relaxed.largest_force(), 2),
                                " eV/A (the limit is ", number_text(settings.max_force_eV_per_A), ")"));
}

// A kept result; none, with a warning, when it cannot be used.
std::optional<Relaxed> usable(const fs::path& path, const Hash128& key, const Structure& engine_input,
                              const RelaxSettings& settings) {
  try {
    Relaxed relaxed = specimen::parse_relaxed(read_text(path), path.string());
    if (relaxed.input == Hash128{} && path.stem() == key.hex()) relaxed.input = key;  // Another program's file.
    if (relaxed.input != key) return std::nullopt;
    check(relaxed, engine_input, settings);
    return relaxed;
  } catch (const Error& e) {
    log::warning(cat("the relaxed structure ", path.string(), " is not used (", e.what(), ")"));
    return std::nullopt;
  }
}

std::optional<Relaxed> found_in(const fs::path& place, const Hash128& key, const Structure& engine_input,
                                const RelaxSettings& settings) {
  std::error_code ec;
  const fs::path path = fs::is_directory(place, ec) ? file_of(place, key) : place;
  return fs::exists(path, ec) ? usable(path, key, engine_input, settings) : std::nullopt;
}

bool same_input(const fs::path& path, const Hash128& key) {
  try {
    return specimen::parse_relaxed(read_text(path), path.string()).input == key;
  } catch (const Error&) {
    return false;
  }
}

// What an interrupted try left stays, what belongs to another input goes.
void make_work_folder(const EngineJob& job) {
  const fs::path input = job.folder / engine_file::input;
  std::error_code ec;
  if (!same_input(input, job.key)) fs::remove_all(job.folder, ec);
  make_writable_folder(job.folder);
  Relaxed atoms = unrelaxed(job.input);
  atoms.input = job.key;
  write_atomic(input, to_extxyz(atoms));
  fs::remove(job.folder / engine_file::output, ec);
}

// The last lines that say anything, for a message.
std::string end_of(const fs::path& log) {
  std::string text;
  try {
    text = read_text(log);
  } catch (const Error&) {
    return "";
  }
  constexpr std::size_t most_lines = 6, most_bytes = 1000;
  std::vector<std::string> lines;
  for (std::string_view rest = trim(text); !rest.empty() && lines.size() < most_lines;) {
    const auto begin = rest.find_last_of('\n') + 1;  // npos + 1: the first line.
    if (const auto line = trim(rest.substr(begin)); !line.empty()) lines.insert(lines.begin(), std::string(line));
    rest = rest.substr(0, begin == 0 ? 0 : begin - 1);
  }
  std::string result;
  for (const auto& line : lines) result += "\n  " + line;
  return result.size() <= most_bytes ? result : "\n  ..." + result.substr(result.size() - most_bytes);
}

std::string with_log(const std::string& problem, const fs::path& log) {
  const std::string lines = end_of(log);
  return cat(problem, ". See ", log.string(), lines.empty() ? ", which is empty?" : ", which ends with:", lines);
}

// Beats once a second, looks for the steps less often: their file may be long.
class Watcher {
 public:
  Watcher(const RelaxWatch& watch, const Engine& engine, const EngineJob& job)
      : watch_(watch), engine_(engine), job_(job) {}

  bool keep_going(double seconds) {
    if (watch_.stopping && watch_.stopping()) return false;
    if (!watch_.beat || seconds < next_beat_) return true;
    next_beat_ = seconds + 0.9;
    if (seconds >= next_look_) {
      next_look_ = seconds + 10;
      fraction_ = std::clamp(steps() / std::max(1.0, static_cast<double>(job_.settings.max_steps)), fraction_, 0.99);
    }
    watch_.beat(fraction_);
    return true;
  }

 private:
  double steps() const {
    try {
      return engine_.steps_done(job_);
    } catch (const Error&) {
      return 0;  // In the middle of being written.
    }
  }

  const RelaxWatch& watch_;
  const Engine& engine_;
  const EngineJob& job_;
  double next_beat_ = 0, next_look_ = 0, fraction_ = 0;
};

ProcessEnd run_engine(const std::vector<std::string>& arguments, const Engine& engine, const EngineJob& job,
                      const RelaxWatch& watch) {
  Watcher watcher(watch, engine, job);
  return run_process(arguments, {.folder = job.folder,
                                 .output = job.folder / engine_file::log,
                                 .set = engine_environment(),
                                 .unset_prefixes = launcher_variables,
                                 .time_limit_s = job.settings.time_limit_s,
                                 .grace_s = 5,
                                 .keep_going = [&](double seconds) { return watcher.keep_going(seconds); }});
}

void check_end(const ProcessEnd& end, const std::string& program, const std::string& label, const EngineJob& job) {
  const fs::path log = job.folder / engine_file::log;
  const bool missing = end.how == ProcessEnd::How::exited && (end.code == 126 || end.code == 127);
  if (end.how == ProcessEnd::How::not_started)
    throw Error(Fault::system,
                cat("relaxing ", label, ": ", program, " ", end.words(), ". Is it installed, and is relaxation.",
                    job.settings.engine == "command" ? "" : job.settings.engine + "_", "command right?"));
  const std::string limit = end.how == ProcessEnd::How::timed_out
                                ? cat(" of ", duration_text(job.settings.time_limit_s), " (relaxation.time_limit_s)")
                                : "";
  if (!end.ok())
    throw Error(missing ? Fault::system : Fault::input,
                with_log(cat("relaxing ", label, ": ", program, " ", end.words(), limit), log));
}

Relaxed run(const RelaxTask& task, const EngineJob& job, const RelaxWatch& watch) {
  const auto engine = make_engine(job.settings.engine);
  std::string program;
  try {
    make_work_folder(job);
    const auto arguments = engine->prepare(job);
    program = arguments[0];
    const auto end = run_engine(arguments, *engine, job, watch);
    if (end.how == ProcessEnd::How::stopped) throw Interrupted{};
    check_end(end, program, task.label, job);
    Relaxed relaxed = engine->result(job);
    check(relaxed, job.input, job.settings);
    check_forces(relaxed, job.settings);
    relaxed.input = job.key;
    relaxed.seconds = end.seconds;
    if (relaxed.engine.empty()) relaxed.engine = program;
    return relaxed;
  } catch (const Error& e) {
    const std::string problem = e.what();
    if (problem.starts_with("relaxing ")) throw;
    const std::string whole = cat("relaxing ", task.label, ": ", problem);
    throw Error(e.fault(), program.empty() ? whole : with_log(whole, job.folder / engine_file::log));
  }
}

void keep(const Relaxed& relaxed, const RelaxTask& task, const fs::path& file) {
  try {
    make_writable_folder(task.results);
    // Under a name of its own first: another task may have the same structure.
    const fs::path own = cat(file.string(), ".", task.work.filename().string());
    write_atomic(own, to_extxyz(relaxed));
    std::error_code failed;
    fs::rename(own, file, failed);
    if (failed) throw Error(Fault::system, cat("renaming ", own.string(), " failed (", failed.message(), ")"));
    sync_folder(task.results);
  } catch (const Error& e) {
    throw Error(e.fault(), cat("relaxing ", task.label, ": ", e.what()));
  }
}

// The engine's result in the frame of the task's structure.
Relaxed in_frame_of(const Structure& input, const Structure& engine_input, Relaxed relaxed) {
  const auto moved = with_positions(engine_input, relaxed);
  std::size_t atom = 0;
  for (const auto& site : input.sites) {
    if (site.z == 0) continue;
    relaxed.r_A[atom] = moved.sites[atom].r_A;
    relaxed.r_A[atom][2] += site.r_A[2] - engine_input.sites[atom].r_A[2];
    ++atom;
  }
  relaxed.cell_A = input.cell_A;
  return relaxed;
}

}  // namespace

std::unique_ptr<Engine> make_engine(const std::string& name) {
  if (name == "gpaw") return gpaw_engine();
  if (name == "vasp") return vasp_engine();
  if (name == "command") return command_engine();
  const std::array<std::string, 3> known = {"gpaw", "vasp", "command"};
  const std::string likely = nearest(name, known);
  throw Error(Fault::input, cat("relaxation.engine = ", name, " (must be gpaw, vasp or command)",
                                likely.empty() ? "" : cat(". Did you mean ", likely, "?")));
}

Relaxed unrelaxed(const Structure& structure) {
  Relaxed relaxed;
  relaxed.cell_A = structure.cell_A;
  for (const auto& site : structure.sites) {
    if (site.z == 0) continue;
    relaxed.z.push_back(site.z);
    relaxed.r_A.push_back(site.r_A);
  }
  return relaxed;
}

namespace {

EngineJob job_of(const RelaxTask& task, const RelaxSettings& settings) {
  return {.input = specimen::for_engine(task.input, settings.vacuum_A),
          .key = relax_key(task.input, settings),
          .folder = fs::absolute(task.work),
          .settings = settings};
}

RelaxOutcome outcome_of(const RelaxTask& task, const EngineJob& job, const Relaxed& relaxed, bool found) {
  return {
      .relaxed = in_frame_of(task.input, job.input, relaxed), .file = file_of(task.results, job.key), .found = found};
}

}  // namespace

std::optional<RelaxOutcome> kept_relaxation(const RelaxTask& task, const RelaxSettings& settings) {
  const EngineJob job = job_of(task, settings);
  const auto kept = found_in(task.results, job.key, job.input, settings);
  return kept ? std::optional(outcome_of(task, job, *kept, true)) : std::nullopt;
}

RelaxOutcome relax(const RelaxTask& task, const RelaxSettings& settings, const RelaxWatch& watch) {
  if (const auto kept = kept_relaxation(task, settings)) return *kept;
  const EngineJob job = job_of(task, settings);
  const fs::path file = file_of(task.results, job.key);
  for (const auto& place : task.library) {
    const auto known = found_in(place, job.key, job.input, settings);
    if (!known) continue;
    keep(*known, task, file);
    return outcome_of(task, job, *known, true);
  }
  const Relaxed relaxed = run(task, job, watch);
  keep(relaxed, task, file);
  std::error_code ec;
  fs::remove_all(job.folder, ec);
  return outcome_of(task, job, relaxed, false);
}

Structure relaxed_structure(const RelaxTask& task, const RelaxSettings& settings) {
  const fs::path file = file_of(task.results, relax_key(task.input, settings));
  try {
    const Relaxed relaxed = specimen::parse_relaxed(read_text(file), file.string());
    const Structure input = specimen::for_engine(task.input, settings.vacuum_A);
    check(relaxed, input, settings);
    return with_positions(task.input, in_frame_of(task.input, input, relaxed));
  } catch (const Error& e) {
    throw Error(Fault::system, cat("the relaxed structure of ", task.label, " cannot be used (", e.what(), ")"));
  }
}

Hash128 relax_key(const Structure& input, const RelaxSettings& settings) {
  return specimen::content_key(input, settings.decisive_text());
}

}  // namespace twinmill::workers
