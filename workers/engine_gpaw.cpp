// GPAW, driven by relax_gpaw.py in GPAW's own Python.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "twinmill/base/error.hpp"
#include "twinmill/base/files.hpp"
#include "workers/engines.hpp"

namespace twinmill::workers {
namespace {

constexpr const char* script_file = "relax_gpaw.py";

nlohmann::json driver_settings(const EngineJob& job) {
  const RelaxSettings& s = job.settings;
  return {{"input", job.key.hex()},
          {"mode", s.gpaw_mode},
          {"basis", s.gpaw_basis},
          {"spacing_A", s.gpaw_spacing_A},
          {"cutoff_eV", s.gpaw_cutoff_eV},
          {"k_points", s.k_points},
          {"max_force_eV_per_A", s.max_force_eV_per_A},
          {"max_steps", s.max_steps}};
}

class Gpaw : public Engine {
 public:
  std::vector<std::string> prepare(const EngineJob& job) const override {
    if (job.settings.gpaw_command.empty())
      throw Error(Fault::input, "relaxation.gpaw_command is empty (nothing runs the script)");
    if (job.settings.gpaw_mode != "lcao" && job.settings.gpaw_mode != "pw")
      throw Error(Fault::input, cat("relaxation.gpaw_mode = ", job.settings.gpaw_mode, " (must be lcao or pw)"));
    write_atomic(job.folder / script_file, relax_gpaw_script);
    write_atomic(job.folder / "settings.json", driver_settings(job).dump(2) + "\n");
    std::error_code ec;
    std::filesystem::remove(job.folder / "relax.log", ec);  // Whose lines are counted.
    auto arguments = job.settings.gpaw_command;
    arguments.emplace_back(script_file);
    return arguments;
  }

  // One line a step after the heading, and one for the start.
  int steps_done(const EngineJob& job) const override {
    std::error_code ec;
    if (!std::filesystem::exists(job.folder / "relax.log", ec)) return 0;
    const std::string log = read_text(job.folder / "relax.log");
    return std::max(0, static_cast<int>(std::count(log.begin(), log.end(), '\n')) - 2);
  }

  specimen::Relaxed result(const EngineJob& job) const override {
    const auto path = job.folder / engine_file::output;
    return specimen::parse_relaxed(read_text(path), path.string());
  }
};

}  // namespace

std::unique_ptr<Engine> gpaw_engine() { return std::make_unique<Gpaw>(); }

}  // namespace twinmill::workers
