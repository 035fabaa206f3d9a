#pragma once
// What differs between the programs that relax: their files.

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "twinmill/base/hash.hpp"
#include "workers/relax.hpp"

namespace twinmill::workers {

/// One structure in a folder of its own.
struct EngineJob {
  specimen::Structure input;     ///< specimen::for_engine().
  Hash128 key;                   ///< specimen::content_key() of structure and settings.
  std::filesystem::path folder;  ///< Absolute. Holds input.extxyz, and what an interrupted try for this key left.
  RelaxSettings settings;
};

class Engine {
 public:
  virtual ~Engine() = default;
  /// Writes the program's files and says what to run in the folder; continues from what an earlier try left there.
  /// Throws Error(input) for settings that cannot work.
  virtual std::vector<std::string> prepare(const EngineJob& job) const = 0;
  /// Ionic steps so far, while the program runs; 0 when nobody knows.
  virtual int steps_done(const EngineJob& job) const = 0;
  /// What the program wrote, in the order of the job's atoms. Throws Error(input) when that is no structure.
  virtual specimen::Relaxed result(const EngineJob& job) const = 0;
};

/// By RelaxSettings::engine. Throws Error(input) for another name.
std::unique_ptr<Engine> make_engine(const std::string& name);

std::unique_ptr<Engine> gpaw_engine();
std::unique_ptr<Engine> vasp_engine();
std::unique_ptr<Engine> command_engine();

extern const std::string_view relax_gpaw_script;

/// The atoms of a structure as one that was not relaxed yet.
specimen::Relaxed unrelaxed(const specimen::Structure& structure);

/// Files in a job's folder.
namespace engine_file {
inline constexpr const char* input = "input.extxyz";
inline constexpr const char* output = "output.extxyz";
inline constexpr const char* log = "engine.log";
}  // namespace engine_file

}  // namespace twinmill::workers
