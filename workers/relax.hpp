#pragma once
// Relaxing one structure with an external program: look it up, else run the engine, check what it says, keep it.

#include <array>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "twinmill/campaign/spec.hpp"
#include "twinmill/specimen/relaxed.hpp"
#include "twinmill/specimen/structure.hpp"

namespace twinmill::workers {

/// Commands are lists of arguments and never reach a shell.
using RelaxSettings = campaign::RelaxationSection;

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

/// Names the result: specimen::content_key() of the structure and of settings.decisive_text().
Hash128 relax_key(const specimen::Structure& input, const RelaxSettings& settings);

/// The result that relax() has kept for this input, for whoever images it. Throws Error(system) when it is missing or
/// damaged.
specimen::Structure relaxed_structure(const RelaxTask& task, const RelaxSettings& settings);

}  // namespace twinmill::workers
