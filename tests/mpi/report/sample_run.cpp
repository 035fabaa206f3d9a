#include "sample_run.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <complex>
#include <numbers>
#include <vector>

#include "series_image.hpp"
#include "twinmill/base/error.hpp"
#include "twinmill/base/files.hpp"
#include "twinmill/base/random.hpp"
#include "twinmill/ledger/ledger.hpp"
#include "twinmill/store/store.hpp"

namespace twinmill::report {

namespace {

constexpr double pi = std::numbers::pi;
constexpr double field_A = 16;
constexpr std::array doses = {300.0, 3000.0, 30000.0};
constexpr std::array kinds = {"pristine", "anion_vacancy", "metal_vacancy", "dopant"};
constexpr std::array kind_classes = {0, 1, 2, 5};
constexpr std::array parents = {"MoS2-H", "WSe2-H", "MoTe2-H", "PtSe2-T"};
constexpr std::array rotations = {0.0, 17.5, 41.0};

struct Atom {
  double x, y, weight;
  int label = 0;
};

struct Sheet {
  double lx, ly;
  std::vector<Atom> atoms;
};

/// A hexagonal sheet of metals (strong) and anion pairs (weak) with one defect.
Sheet sheet_of(int parent, int kind) {
  const double a = 3.18 + 0.08 * parent;
  const double metal = parent % 2 == 0 ? 1.0 : 1.9, anions = parent % 2 == 0 ? 0.45 : 0.9;
  Sheet sheet{4 * a, 4 * a * std::sqrt(3.0) / 2, {}};
  for (int row = 0; row < 4; ++row) {
    for (int column = 0; column < 4; ++column) {
      const double x = (column + 0.5 * (row % 2)) * a, y = row * a * std::sqrt(3.0) / 2;
      sheet.atoms.push_back({x, y, metal});
      sheet.atoms.push_back({x + a / 2, y + a / std::sqrt(12.0), anions});
    }
  }
  const std::size_t site = 2 * static_cast<std::size_t>(5 + parent);
  if (kind == 1) sheet.atoms[site + 1].weight *= 0.5;
  if (kind == 2) sheet.atoms[site].weight = 0;
  if (kind == 3) sheet.atoms[site].weight *= metal > 1.5 ? 0.6 : 1.8;
  if (kind > 0) sheet.atoms[kind == 1 ? site + 1 : site].label = kind_classes[static_cast<std::size_t>(kind)];
  return sheet;
}

/// Fourier coefficients of Gaussians of 0.45 A.
std::vector<std::complex<float>> series_of(const Sheet& sheet, const store::Shapes& shapes) {
  constexpr double sigma = 0.45, per_weight = 0.02;
  std::vector<std::complex<float>> c;
  for (int hx = -shapes.series_x / 2; hx <= shapes.series_x / 2; ++hx) {
    for (int hy = -shapes.series_y / 2; hy <= shapes.series_y / 2; ++hy) {
      const double qx = hx / sheet.lx, qy = hy / sheet.ly;
      std::complex<double> sum = 0;
      for (const Atom& atom : sheet.atoms) sum += atom.weight * std::polar(1.0, -2 * pi * (qx * atom.x + qy * atom.y));
      const double width = 2 * pi * sigma * sigma * std::exp(-2 * pi * pi * sigma * sigma * (qx * qx + qy * qy));
      c.emplace_back(sum * (per_weight * width / (sheet.lx * sheet.ly)));
    }
  }
  return c;
}

double distance_in_cell(double d, double length) { return std::fabs(d - length * std::round(d / length)); }

Image<std::uint8_t> mask_of(const Sheet& sheet, const store::SampleRow& row, const store::Shapes& shapes) {
  Image<std::uint8_t> mask(shapes.width, shapes.height);
  const double angle = row.rotation_deg * pi / 180;
  for (int iy = 0; iy < mask.height; ++iy) {
    for (int ix = 0; ix < mask.width; ++ix) {
      const double px = (ix + 0.5) * field_A / mask.width - field_A / 2,
                   py = (iy + 0.5) * field_A / mask.height - field_A / 2;
      const double x = row.origin_x_A + std::cos(angle) * px + std::sin(angle) * py;
      const double y = row.origin_y_A - std::sin(angle) * px + std::cos(angle) * py;
      for (const Atom& atom : sheet.atoms)
        if (atom.label > 0 &&
            std::hypot(distance_in_cell(x - atom.x, sheet.lx), distance_in_cell(y - atom.y, sheet.ly)) < 1)
          mask.at(ix, iy) = static_cast<std::uint8_t>(atom.label);
    }
  }
  return mask;
}

Image<float> noisy(const Image<float>& exact, double electrons, const std::string& key) {
  RandomStream stream(Hash128::from_hex(key), "noise");
  Image<float> image = exact;
  for (float& value : image.data)
    value = static_cast<float>(static_cast<double>(stream.poisson(std::max(0.0, value * electrons))) / electrons);
  return image;
}

std::string key_of(std::string_view what, int number) { return Hasher().add(what).add(number).digest().hex(); }

struct Tables {
  store::Header header;
  std::vector<store::SampleRow> samples;
  std::vector<store::ExposureRow> exposures;
  std::vector<store::SimulationRow> simulations;
  std::vector<Sheet> sheets;  ///< By exposure.
};

store::Header header_of(const SampleRun& run, int kind_count) {
  store::Header header;
  header.campaign_name = run.campaign_name;
  header.campaign_toml = run.campaign_toml;
  header.plan_key = key_of("plan", run.pixels);
  header.classes = {"lattice", "anion_vacancy", "metal_vacancy", "metal_on_anion", "anion_on_metal", "dopant"};
  header.classes.resize(static_cast<std::size_t>(run.classes));
  for (int d = 0; d < run.detectors; ++d) {
    header.detectors.push_back(d == 0 ? "haadf" : cat("detector", d));
    header.detector_inner_mrad.push_back(50.0 - 10 * d);
    header.detector_outer_mrad.push_back(200.0 - 50 * d);
  }
  header.shapes = {.samples = static_cast<std::int64_t>(run.parents) * run.rotations * kind_count * std::ssize(doses),
                   .exposures = static_cast<std::int64_t>(run.parents) * run.rotations * kind_count,
                   .simulations = static_cast<std::int64_t>(run.parents) * kind_count,
                   .detectors = run.detectors,
                   .width = run.pixels,
                   .height = run.pixels,
                   .max_atoms = 4,
                   .series_x = 27,
                   .series_y = 25};
  return header;
}

store::SampleRow row_of(const SampleRun& run, int parent, int kind, double rotation, double dose, const Sheet& sheet) {
  store::SampleRow row;
  row.parent = parents[static_cast<std::size_t>(parent)];
  row.formula = row.parent.substr(0, row.parent.find('-'));
  row.phase = row.parent.substr(row.parent.find('-') + 1);
  row.defect = kinds[static_cast<std::size_t>(kind)];
  row.element = row.variant = row.defect == "dopant" ? "W" : "";
  row.split = parent + 1 == run.parents ? "test" : kind == 3 ? "validation" : "train";
  row.rotation_deg = rotation;
  row.dose_e_per_A2 = dose;
  row.energy_kev = 80;
  row.semiangle_mrad = 25;
  row.field_x_A = row.field_y_A = field_A;
  row.pixel_x_A = row.pixel_y_A = field_A / run.pixels;
  row.electrons_per_pixel = dose * row.pixel_x_A * row.pixel_y_A;
  row.origin_x_A = sheet.lx / 2;
  row.origin_y_A = sheet.ly / 2;
  return row;
}

Tables tables_of(const SampleRun& run) {
  const int kind_count = run.classes == 1 ? 1 : static_cast<int>(kinds.size());
  Tables tables;
  tables.header = header_of(run, kind_count);
  for (int parent = 0; parent < run.parents; ++parent) {
    for (int kind = 0; kind < kind_count; ++kind) {
      const Sheet sheet = sheet_of(parent, kind);
      const auto simulation = static_cast<int>(tables.simulations.size());
      tables.simulations.push_back(
          {.key = key_of("simulation", simulation),
           .structure = cat(parents[static_cast<std::size_t>(parent)], " ", kinds[static_cast<std::size_t>(kind)]),
           .lx_A = sheet.lx,
           .ly_A = sheet.ly,
           .grid_x = 256,
           .grid_y = 224,
           .first_sample = std::ssize(tables.samples),
           .sample_count = run.rotations * std::ssize(doses),
           .first_exposure = std::ssize(tables.exposures),
           .exposure_count = run.rotations});
      for (int rotation = 0; rotation < run.rotations; ++rotation) {
        const double degrees = rotations[static_cast<std::size_t>(rotation)];
        for (const double dose : doses) {
          store::SampleRow row = row_of(run, parent, kind, degrees, dose, sheet);
          row.key = key_of("sample", static_cast<int>(tables.samples.size()));
          row.simulation = row.structure = simulation;
          row.exposure = std::ssize(tables.exposures);
          tables.samples.push_back(row);
        }
        tables.exposures.push_back(
            {.simulation = simulation, .rotation_deg = degrees, .defocus_A = 0, .lx_A = sheet.lx, .ly_A = sheet.ly});
        tables.sheets.push_back(sheet);
      }
    }
  }
  return tables;
}

void fill(const std::filesystem::path& path, const Tables& tables, int done_percent) {
  store::Writer writer(path);
  const store::Shapes& shapes = tables.header.shapes;
  const auto last = std::ssize(tables.samples) * done_percent / 100;
  for (std::int64_t i = 0; i < last; ++i) {
    const store::SampleRow& row = tables.samples[static_cast<std::size_t>(i)];
    const auto exposure = static_cast<std::size_t>(row.exposure);
    const auto series = series_of(tables.sheets[exposure], shapes);
    const std::vector<std::vector<std::complex<float>>> all(static_cast<std::size_t>(shapes.detectors), series);
    const std::string& key = tables.simulations[static_cast<std::size_t>(row.simulation)].key;
    if (i == 0 || row.exposure != tables.samples[static_cast<std::size_t>(i - 1)].exposure)
      writer.write_exposure(row.exposure, key, 1, {all});
    const Image<float> image =
        noisy(series_image(series, shapes, tables.exposures[exposure], row), row.electrons_per_pixel, row.key);
    writer.write_sample(i, row.key, 1,
                        {std::vector<Image<float>>(static_cast<std::size_t>(shapes.detectors), image),
                         mask_of(tables.sheets[exposure], row, shapes),
                         {}});
  }
  writer.sync();
  writer.close();
}

}  // namespace

RunFiles make_sample_run(const std::filesystem::path& folder, const SampleRun& sample) {
  RunFiles run = run_files(folder);
  const Tables tables = tables_of(sample);
  store::create(run.store, tables.header, tables.samples, tables.exposures, tables.simulations);
  fill(run.store, tables, sample.done_percent);
  write_atomic(run.campaign, sample.campaign_toml);
  return run;
}

void add_predictions(const RunFiles& run) {
  const store::Reader reader(run.store);
  const auto rows = reader.samples();
  const auto slots = reader.sample_slots();
  store::Predictions predictions;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (rows[i].split != "test" || slots[i].state != static_cast<std::uint8_t>(store::SlotState::done)) continue;
    Image<std::uint8_t> mask = reader.mask(static_cast<std::int64_t>(i));
    // The upper edge of every disc is missed, the lower one drawn too long.
    const Image<std::uint8_t> truth = mask;
    for (int y = 1; y < mask.height; ++y)
      for (int x = 0; x < mask.width; ++x) mask.at(x, y) = truth.at(x, y - 1);
    predictions.samples.push_back(static_cast<std::int64_t>(i));
    predictions.masks.push_back(std::move(mask));
  }
  std::filesystem::create_directories(run.predictions.parent_path());
  store::write_predictions(run.predictions, predictions);
}

void add_ledger(const RunFiles& run) {
  const store::Reader reader(run.store);
  campaign::Plan plan;
  plan.key = Hash128::from_hex(reader.header().plan_key);
  const auto simulations = reader.simulations();
  const auto samples = reader.samples();
  for (std::size_t i = 0; i < simulations.size(); ++i) {
    campaign::Simulation simulation;
    simulation.id = SimulationId(static_cast<std::int64_t>(i));
    simulation.key = Hash128::from_hex(simulations[i].key);
    plan.simulations.push_back(simulation);
  }
  for (std::size_t i = 0; i < samples.size(); ++i) {
    campaign::Sample sample;
    sample.id = SampleId(static_cast<std::int64_t>(i));
    sample.simulation = SimulationId(samples[i].simulation);
    sample.key = Hash128::from_hex(samples[i].key);
    plan.samples.push_back(sample);
  }
  auto ledger = ledger::Ledger::open(run.folder / "ledger.sqlite", plan);
  double now = 1.7e9;
  ledger.set_clock([&now] { return now; });
  const auto last = std::ssize(simulations) - 1;
  for (std::int64_t s = 0; s <= last; ++s) {
    const SimulationId simulation(s);
    const int worker = 1 + static_cast<int>(s % 2);
    const store::SimulationRow& row = simulations[static_cast<std::size_t>(s)];
    std::vector<ledger::Record> records = {
        ledger::LeaseGranted{LeaseId(s), simulation, 1, worker, "node17", row.sample_count}};
    if (s == last) {
      records.push_back(ledger::LeaseEnded{LeaseId(s), simulation, ledger::AttemptEnd::failed, ledger::Charge::failure,
                                           Fault::system,
                                           "slice <3> of the potential is not finite (the cell is damaged)."});
      std::vector<SampleId> lost;
      for (std::int64_t i = 0; i < row.sample_count; ++i) lost.emplace_back(row.first_sample + i);
      records.push_back(ledger::Quarantined{simulation, lost, "failed 3 times"});
      records.push_back(ledger::Note{"gave up one simulation"});
    } else {
      std::vector<ledger::DoneSample> finished;
      for (std::int64_t i = 0; i < row.sample_count; ++i) finished.push_back({SampleId(row.first_sample + i), 1});
      records.push_back(
          ledger::LeaseDone{LeaseId(s), simulation, 1, worker, 3.5 + 0.25 * static_cast<double>(s % 5), finished});
    }
    now += 4 + static_cast<double>(s % 3);
    ledger.apply(records);
  }
  ledger.publish_snapshot(run.ledger);
}

std::string sample_train_json() {
  std::string history;
  for (int epoch = 1; epoch <= 20; ++epoch) {
    const double part = std::exp(-epoch / 6.0), wobble = 0.02 * std::sin(2.3 * epoch);
    history += cat(epoch > 1 ? "," : "", R"({"epoch":)", epoch, R"(,"train_loss":)", 0.08 + 0.9 * part,
                   R"(,"validation_loss":)", 0.14 + 0.85 * part + wobble, R"(,"validation_f1":)",
                   epoch == 1 ? "null" : cat(0.78 * (1 - part) + wobble), R"(,"seconds":3.9,"images_per_s":36.4})");
  }
  return cat(R"({"history":[)", history, R"(],"parameters":485674,"seconds":78,"finished":true})");
}

std::string sample_evaluate_json() {
  return R"({"images":24,"structures":4,"macro_f1":0.7137,
    "classes":[
      {"name":"lattice","true_pixels":380112,"predicted_pixels":380600,"hit_pixels":379000,"precision":0.9958,"recall":0.9971,"f1":0.9964,"iou":0.9929},
      {"name":"anion_vacancy","true_pixels":4200,"predicted_pixels":3900,"hit_pixels":2430,"precision":0.6231,"recall":0.5786,"f1":0.6,"iou":0.4286},
      {"name":"metal_vacancy","true_pixels":4400,"predicted_pixels":4350,"hit_pixels":3820,"precision":0.8782,"recall":0.8682,"f1":0.8731,"iou":0.7749},
      {"name":"metal_on_anion","true_pixels":0,"predicted_pixels":12,"hit_pixels":0,"precision":0,"recall":null,"f1":null,"iou":0},
      {"name":"anion_on_metal","true_pixels":0,"predicted_pixels":0,"hit_pixels":0,"precision":null,"recall":null,"f1":null,"iou":null},
      {"name":"dopant","true_pixels":4504,"predicted_pixels":4354,"hit_pixels":2960,"precision":0.6798,"recall":0.6572,"f1":0.6683,"iou":0.5019}],
    "confusion":[[379000,700,300,12,0,100],[1500,2430,100,0,0,170],[400,80,3820,0,0,100],[0,0,0,0,0,0],[0,0,0,0,0,0],[700,690,154,0,0,2960]],
    "by_dose":[{"dose":300,"macro_f1":0.412,"images":8},{"dose":3000,"macro_f1":0.723,"images":8},{"dose":30000,"macro_f1":0.861,"images":8}]})";
}

}  // namespace twinmill::report
