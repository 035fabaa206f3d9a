#pragma once
// Relaxing one structure with an external program: look it up, else run the engine, check what it says, keep it.

#include <array>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "twinmill/specimen/relaxed.hpp"
#include "twinmill/specimen/structure.hpp"

namespace twinmill::workers {

/// Campaign section [relaxation]. Commands are lists of arguments and never reach a shell.
struct RelaxSettings {
  std::string engine = "gpaw";        ///< gpaw | vasp | command
  double max_force_eV_per_A = 0.05;   ///< Converged below.
  int max_steps = 200;                ///< Ionic steps.
  double time_limit_s = 86400;        ///< Wall time of one structure.
  double vacuum_A = 6;                ///< Below and above the outermost atoms in the engine's cell.
  std::array<int, 2> k_points{1, 1};  ///< Monkhorst-Pack, along x and y.
  std::string gpaw_mode = "lcao";     ///< lcao | pw
  std::string gpaw_basis = "dzp";     ///< lcao
  double gpaw_spacing_A = 0.2;        ///< lcao
  double gpaw_cutoff_eV = 400;        ///< pw
  std::vector<std::string> gpaw_command = {"gpaw", "python"};  ///< What runs a Python script with GPAW.
  std::vector<std::string> vasp_command = {};                  ///< "srun", "-n", "32", "vasp_std"
  std::string vasp_potentials = {};                            ///< Folder with one POTCAR folder per element.
  std::vector<std::string> vasp_incar = {};                    ///< Lines that replace or extend the written INCAR.
  std::vector<std::string> command = {};                       ///< Any program; {input} and {output} are extxyz files.

  /// Canonical text of all that decides the result: not limits of time, and neither commands nor folders but for
  /// engine `command`. Part of specimen::content_key().
  std::string text() const;
};

/// One structure to relax.
struct RelaxTask {
  std::string label;  ///< "MoS2-H anion_vacancy #0", for messages.
  specimen::Structure input;
  std::filesystem::path work;     ///< Folder of its own for the engine's files; removed on success, kept on failure.
  std::filesystem::path results;  ///< Folder of <content key>.extxyz; looked up first, and written to.
  std::vector<std::filesystem::path> library;  ///< More such folders (or files) to look into; never written to.
};

struct RelaxOutcome {
  specimen::Relaxed relaxed;   ///< In the frame of RelaxTask::input: for specimen::with_positions().
  std::filesystem::path file;  ///< In `results`, durable; in the frame of specimen::for_engine().
  bool found = false;          ///< It had been relaxed before.
};

/// Thrown out of relax() when `stopping` says so; the engine's processes are gone then.
struct Interrupted {};

/// Called at least once a second while an engine runs. `stopping`: the campaign is being stopped.
struct RelaxWatch {
  std::function<void(double fraction)> beat = {};
  std::function<bool()> stopping = {};
};

/// Throws Error(input), naming the structure and the log, when the engine fails, exceeds its time, does not converge,
/// or returns something that is not the structure; Error(system) when the engine cannot be started at all or a file
/// cannot be written.
RelaxOutcome relax(const RelaxTask& task, const RelaxSettings& settings, const RelaxWatch& watch = {});

/// What relax() has kept for this input, if it is there and can be used; runs nothing.
std::optional<RelaxOutcome> kept_relaxation(const RelaxTask& task, const RelaxSettings& settings);

/// Names the result: specimen::content_key() of the structure and of settings.text().
Hash128 relax_key(const specimen::Structure& input, const RelaxSettings& settings);

/// The result that relax() has kept for this input, for whoever images it. Throws Error(system) when it is missing or
/// damaged.
specimen::Structure relaxed_structure(const RelaxTask& task, const RelaxSettings& settings);

}  // namespace twinmill::workers
