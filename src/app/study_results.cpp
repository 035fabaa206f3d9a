#include "study_results.hpp"

#include <nlohmann/json.hpp>

#include "twinmill/base/files.hpp"

namespace twinmill::app {
using nlohmann::json;
namespace fs = std::filesystem;

fs::path folder_of(const RunDirectory& run, const campaign::Training& training) { return run.models() / training.name; }

fs::path result_path(const fs::path& folder) { return folder / "result.json"; }

std::uint64_t result_checksum(const std::string& result) { return checksum(bytes_of(result)); }

std::vector<ledger::FoundTask> kept_trainings(const RunDirectory& run, const campaign::Plan& plan) {
  std::vector<ledger::FoundTask> found;
  std::error_code ec;
  for (const auto& training : plan.trainings) {
    const fs::path path = result_path(folder_of(run, training));
    if (!fs::exists(path, ec)) continue;
    const std::string text = read_text(path);
    const auto result = json::parse(text, nullptr, false);
    if (result.is_object() && result.value("key", "") == training.key.hex())
      found.push_back({training.task, result_checksum(text), 0, text});
  }
  return found;
}

std::map<std::string, std::uint64_t> results_in(const RunDirectory& run) {
  std::map<std::string, std::uint64_t> results;
  std::error_code ec;
  if (!fs::is_directory(run.models(), ec)) return results;
  for (const auto& entry : fs::directory_iterator(run.models())) {
    if (!fs::exists(result_path(entry.path()), ec)) continue;
    const std::string text = read_text(result_path(entry.path()));
    const auto result = json::parse(text, nullptr, false);
    if (result.is_object()) results[result.value("key", "")] = result_checksum(text);
  }
  return results;
}

}  // namespace twinmill::app
