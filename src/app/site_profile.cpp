#include "site_profile.hpp"

#include <algorithm>
#include <filesystem>

#include "run_directory.hpp"
#include "twinmill/base/error.hpp"
#include "twinmill/base/files.hpp"
#include "twinmill/base/process.hpp"
#include "twinmill/base/text.hpp"

namespace twinmill::app {
namespace fs = std::filesystem;
namespace {

// The folder slurm of the source tree that the program was built in, or of its installation.
fs::path shipped_folder() {
  const fs::path program = this_program();
  const auto folders = {program.parent_path() / ".." / "share" / "twinmill" / "slurm",
                        program.parent_path() / ".." / ".." / "slurm"};
  std::error_code ec;
  for (const auto& folder : folders)
    if (fs::is_directory(folder / "sites", ec)) return folder.lexically_normal();
  throw Error(Fault::input, cat("the site profiles that came with the program are not where they belong (",
                                folders.begin()->lexically_normal().string(), "). Give --site FILE.toml?"));
}

std::vector<std::string> names_in(const fs::path& folder) {
  std::vector<std::string> names;
  std::error_code ec;
  for (const auto& entry : fs::directory_iterator(folder, ec))
    if (entry.path().extension() == ".toml") names.push_back(entry.path().stem().string());
  std::ranges::sort(names);
  return names;
}

// The file that `name` means, and `kind` of thing it is.
fs::path file_of(const std::string& name, const char* kind, const char* folder, const fs::path& relative_to) {
  if (name.ends_with(".toml")) return relative_to / name;
  const fs::path all = shipped_folder() / folder;
  const auto known = names_in(all);
  if (std::ranges::find(known, name) == known.end()) {
    const std::string near = nearest(name, known);
    throw Error(Fault::input, cat(kind, " ", name, " is not known (known: ", list_text(known), "; or a file NAME.toml)",
                                  near.empty() ? "" : cat(". Did you mean ", near, "?")));
  }
  return all / (name + ".toml");
}

}  // namespace

SiteProfile load_site(const std::string& name) {
  const fs::path file = file_of(name, "site", "sites", {});
  SiteProfile profile{.site = campaign::parse_site(read_text(file), file.string()), .batch = {}};
  const fs::path batch = file_of(profile.site.site.batch, "batch system", "batch", file.parent_path());
  profile.batch = campaign::parse_batch_system(read_text(batch), batch.string()).batch;
  return profile;
}

}  // namespace twinmill::app
