// VASP: POSCAR, INCAR, KPOINTS and POTCAR in; CONTCAR, OSZICAR and OUTCAR out.
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <optional>
#include <utility>

#include "twinmill/base/error.hpp"
#include "twinmill/base/files.hpp"
#include "twinmill/base/log.hpp"
#include "twinmill/base/text.hpp"
#include "workers/engines.hpp"

namespace twinmill::workers {
namespace fs = std::filesystem;
namespace {

using Point = std::array<double, 3>;
using Tags = std::vector<std::pair<std::string, std::string>>;

// VASP wants the atoms of an element together. order[i]: which atom of the job is the i-th one of POSCAR.
std::vector<std::size_t> order_of(const specimen::Structure& structure) {
  std::vector<std::size_t> order(structure.sites.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return structure.sites[a].z < structure.sites[b].z; });
  return order;
}

// Atomic numbers and how many atoms of each, in the order of POSCAR.
std::vector<std::pair<int, int>> elements_of(const specimen::Structure& structure) {
  std::vector<std::pair<int, int>> elements;
  for (const std::size_t i : order_of(structure)) {
    const int z = structure.sites[i].z;
    if (elements.empty() || elements.back().first != z) elements.emplace_back(z, 0);
    ++elements.back().second;
  }
  return elements;
}

std::string point_text(const Point& p) {
  return cat("  ", number_text(p[0]), " ", number_text(p[1]), " ", number_text(p[2]), "\n");
}

std::string poscar(const EngineJob& job, const std::vector<Point>& start) {
  const auto& cell = job.input.cell_A;
  std::string symbols, counts;
  for (const auto& [z, count] : elements_of(job.input)) {
    symbols += cat(" ", specimen::symbol(z));
    counts += cat(" ", count);
  }
  std::string text =
      cat("twinmill ", job.key.hex(), "\n1.0\n", point_text({cell[0], 0, 0}), point_text({0, cell[1], 0}),
          point_text({0, 0, cell[2]}), symbols, "\n", counts, "\n", "Cartesian\n");
  for (const std::size_t i : order_of(job.input)) text += point_text(start[i]);
  return text;
}

std::string upper(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return result;
}

// PBE, ions only; the user's lines win.
Tags incar(const RelaxSettings& settings) {
  Tags tags = {{"PREC", "Accurate"},
               {"GGA", "PE"},
               {"ENCUT", "400"},
               {"EDIFF", "1E-5"},
               {"ISMEAR", "0"},
               {"SIGMA", "0.05"},
               {"IBRION", "2"},
               {"NSW", cat(settings.max_steps)},
               {"EDIFFG", number_text(-settings.max_force_eV_per_A)},
               {"ISIF", "2"},
               {"LREAL", "Auto"},
               {"LWAVE", ".FALSE."},
               {"LCHARG", ".FALSE."}};
  for (const auto& line : settings.vasp_incar) {
    const auto equals = line.find('=');
    if (equals == std::string::npos)
      throw Error(Fault::input, cat("relaxation.vasp_incar: '", line, "' (KEY = VALUE is expected)"));
    const std::string key = upper(trim(std::string_view(line).substr(0, equals)));
    const std::string value(trim(std::string_view(line).substr(equals + 1)));
    const auto known = std::find_if(tags.begin(), tags.end(), [&](const auto& tag) { return tag.first == key; });
    if (known != tags.end()) known->second = value;
    if (known == tags.end()) tags.emplace_back(key, value);
  }
  return tags;
}

int most_steps(const RelaxSettings& settings) {
  for (const auto& [key, value] : incar(settings)) {
    if (key == "NSW") return static_cast<int>(parse_int(split_words(value + " 0")[0], "relaxation.vasp_incar: NSW"));
  }
  return settings.max_steps;
}

std::string potcar(const EngineJob& job) {
  std::string text;
  for (const auto& [z, count] : elements_of(job.input)) {
    const fs::path path = fs::path(job.settings.vasp_potentials) / std::string(specimen::symbol(z)) / "POTCAR";
    std::error_code ec;
    if (!fs::is_regular_file(path, ec))
      throw Error(Fault::input, cat("relaxation.vasp_potentials has no potential of ", specimen::symbol(z), " (",
                                    path.string(), " is missing)"));
    text += read_text(path);
  }
  return text;
}

// CONTCAR or POSCAR as a relaxation without facts, in the order of the job's atoms; none when it was not written yet.
std::optional<specimen::Relaxed> positions_in(const char* file, const EngineJob& job) {
  const fs::path path = job.folder / file;
  std::error_code ec;
  if (!fs::exists(path, ec) || fs::file_size(path, ec) == 0) return std::nullopt;
  const auto structure = specimen::parse_poscar(read_text(path), path.string());
  const auto order = order_of(job.input);
  if (structure.sites.size() != order.size())
    throw Error(Fault::input,
                cat(path.string(), " has ", structure.sites.size(), " atoms (the input has ", order.size(), ")"));
  specimen::Relaxed relaxed = unrelaxed(structure);
  for (std::size_t i = 0; i < order.size(); ++i) {
    relaxed.z[order[i]] = structure.sites[i].z;
    relaxed.r_A[order[i]] = structure.sites[i].r_A;
  }
  return relaxed;
}

// Where an interrupted try had come to, or else had started, or else the input.
std::vector<Point> start_of(const EngineJob& job) {
  for (const char* file : {"CONTCAR", "POSCAR"}) {
    try {
      const auto before = positions_in(file, job);
      if (!before) continue;
      with_positions(job.input, *before);  // Throws when it is torn.
      return before->r_A;
    } catch (const Error& e) {
      log::warning(cat("the relaxation does not continue from ", file, " (", e.what(), ")"));
    }
  }
  return unrelaxed(job.input).r_A;
}

struct Steps {
  int done = 0;
  double energy_eV = std::numeric_limits<double>::quiet_NaN();
};

// "   5 F= -.43513391E+02 E0= -.43513391E+02  d E =-.1E-02", one line an ionic step.
Steps read_oszicar(const EngineJob& job) {
  Steps steps;
  std::error_code ec;
  if (!fs::exists(job.folder / "OSZICAR", ec)) return steps;
  const std::string text = read_text(job.folder / "OSZICAR");
  for (std::string_view rest = text; !rest.empty();) {
    const auto end = std::min(rest.find('\n'), rest.size());
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    const auto energy = line.find("E0=");
    if (energy == std::string_view::npos || line.find("F=") == std::string_view::npos) continue;
    ++steps.done;
    const auto words = split_words(line.substr(energy + 3));
    if (!words.empty()) steps.energy_eV = parse_double(words[0], "OSZICAR: E0");
  }
  return steps;
}

// The last block of positions and forces: empty when there is none, or when its numbers have run together.
std::vector<Point> last_forces(const std::string& outcar, const std::vector<std::size_t>& order) {
  const auto block = outcar.rfind("TOTAL-FORCE (eV/Angst)");
  if (block == std::string::npos) return {};
  std::vector<Point> forces(order.size());
  auto at = outcar.find('\n', outcar.find('\n', block) + 1);  // Behind the heading and a line of dashes.
  for (const std::size_t atom : order) {
    if (at == std::string::npos) return {};
    const auto end = outcar.find('\n', ++at);
    const auto words = split_words(std::string_view(outcar).substr(at, end == std::string::npos ? end : end - at));
    if (words.size() != 6) return {};
    for (std::size_t i = 0; i < 3; ++i) forces[atom][i] = parse_double(words[3 + i], "OUTCAR: force");
    at = end;
  }
  return forces;
}

class Vasp : public Engine {
 public:
  std::vector<std::string> prepare(const EngineJob& job) const override {
    if (job.settings.vasp_command.empty())
      throw Error(Fault::input, "relaxation.vasp_command is empty (engine = vasp runs it)");
    write_atomic(job.folder / "POTCAR", potcar(job));
    write_atomic(job.folder / "POSCAR", poscar(job, start_of(job)));
    std::string text;
    for (const auto& [key, value] : incar(job.settings)) text += cat(key, " = ", value, "\n");
    write_atomic(job.folder / "INCAR", text);
    write_atomic(job.folder / "KPOINTS", cat("k-points\n0\nMonkhorst-Pack\n", job.settings.k_points[0], " ",
                                             job.settings.k_points[1], " 1\n0 0 0\n"));
    std::error_code ec;
    for (const char* old : {"CONTCAR", "OSZICAR", "OUTCAR"}) fs::remove(job.folder / old, ec);
    return job.settings.vasp_command;
  }

  int steps_done(const EngineJob& job) const override { return read_oszicar(job).done; }

  specimen::Relaxed result(const EngineJob& job) const override {
    auto relaxed = positions_in("CONTCAR", job);
    if (!relaxed) throw Error(Fault::input, cat((job.folder / "CONTCAR").string(), " is missing or empty"));
    const Steps steps = read_oszicar(job);
    std::error_code ec;
    const std::string outcar = fs::exists(job.folder / "OUTCAR", ec) ? read_text(job.folder / "OUTCAR") : std::string();
    relaxed->energy_eV = steps.energy_eV;
    relaxed->steps = steps.done;
    relaxed->converged = (steps.done > 0 && steps.done < most_steps(job.settings)) ||
                         outcar.find("reached required accuracy") != std::string::npos;
    relaxed->force_eV_per_A = last_forces(outcar, order_of(job.input));
    const std::string version(trim(std::string_view(outcar).substr(0, std::min<std::size_t>(outcar.find('\n'), 60))));
    relaxed->engine = version.starts_with("vasp") ? split_words(version)[0] : "vasp";
    return *relaxed;
  }
};

}  // namespace

std::unique_ptr<Engine> vasp_engine() { return std::make_unique<Vasp>(); }

}  // namespace twinmill::workers
