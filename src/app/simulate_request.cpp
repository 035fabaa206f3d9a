#include "simulate_request.hpp"

#include <algorithm>
#include <cmath>

#include "twinmill/base/friendly_size.hpp"
#include "twinmill/base/text.hpp"

namespace twinmill::app {
namespace {

constexpr double default_sampling_A = 0.05, default_scan_step_A = 0.2;
constexpr int default_oversampling = 4;

// "256x224"
std::array<int, 2> pair_of(const std::string& text, const std::string& what) {
  const auto x = text.find('x');
  if (x == std::string::npos)
    throw Error(Fault::input, cat(what, " = ", text, " (needs two numbers like 256x224, x first)"));
  const auto first = parse_int(text.substr(0, x), what), second = parse_int(text.substr(x + 1), what);
  if (first < 1 || second < 1 || first > 65536 || second > 65536)
    throw Error(Fault::input, cat(what, " = ", text, " (both must be 1 to 65536)"));
  return {static_cast<int>(first), static_cast<int>(second)};
}

// "25x22" or "1.5,-2", x first.
std::array<double, 2> vector_of(const std::string& text, char between, const std::string& what) {
  const auto at = text.find(between);
  if (at == std::string::npos)
    throw Error(Fault::input, cat(what, " = ", text, " (needs two numbers like 25", between, "22, x first)"));
  return {parse_double(text.substr(0, at), what), parse_double(text.substr(at + 1), what)};
}

std::vector<std::string> parts_of(const std::string& text) {
  std::vector<std::string> parts;
  for (std::size_t from = 0; from <= text.size();) {
    const auto to = std::min(text.find(':', from), text.size());
    parts.push_back(text.substr(from, to - from));
    from = to + 1;
  }
  return parts;
}

// "haadf:50:200", "a:50:200:0:90", "com:0:60:com": one detector, one sector, the two components of a first moment.
std::vector<imaging::Detector> detectors_of(const std::string& text) {
  const auto parts = parts_of(text);
  const bool moment = parts.size() == 4 && parts[3] == "com";
  if (parts[0].empty() || !(parts.size() == 3 || parts.size() == 5 || moment))
    throw Error(
        Fault::input,
        cat("--detector = ", text,
            " (needs NAME:INNER:OUTER in mrad, like haadf:50:200; NAME:INNER:OUTER:FROM:TO in deg for a sector, "
            "NAME:INNER:OUTER:com for the centre of mass)"));
  if (parts[0].find('/') != std::string::npos || parts[0] == ".")
    throw Error(Fault::input, cat("--detector = ", text, " (the name becomes a dataset's; it cannot hold a slash)"));
  imaging::Detector d{.name = parts[0],
                      .inner_mrad = parse_double(parts[1], "--detector inner"),
                      .outer_mrad = parse_double(parts[2], "--detector outer")};
  if (parts.size() == 5) {
    d.from_deg = parse_double(parts[3], "--detector from");
    d.to_deg = parse_double(parts[4], "--detector to");
  }
  if (!moment) return {d};
  auto x = d, y = d;
  x.name += "_x";
  x.signal = imaging::Signal::moment_x;
  y.name += "_y";
  y.signal = imaging::Signal::moment_y;
  return {x, y};
}

// "C30=4e5"
std::pair<std::string, double> assignment_of(const std::string& text, const std::string& option,
                                             const std::string& example) {
  const auto at = text.find('=');
  if (at == 0 || at == std::string::npos)
    throw Error(Fault::input, cat("--", option, " = ", text, " (needs NAME=VALUE, like ", example, ")"));
  return {text.substr(0, at), parse_double(text.substr(at + 1), cat("--", option, " ", text.substr(0, at)))};
}

// Reads options and collects what is wrong with them.
class Reader {
 public:
  explicit Reader(const Options& options) : options_(options) {}

  template <class Set>
  void each(const std::string& name, Set set) {
    for (const auto& text : options_.list(name)) attempt([&] { set(text); });
  }
  template <class Set>
  void one(const std::string& name, Set set) {
    if (options_.has(name)) attempt([&] { set(options_.text(name)); });
  }
  void number(const std::string& name, double low, double high, double& to) {
    one(name, [&](const std::string& text) {
      to = parse_double(text, "--" + name);
      if (!(to >= low && to <= high))
        throw Error(Fault::input,
                    cat("--", name, " = ", text, " (must be ", number_text(low), " to ", number_text(high), ")"));
    });
  }
  void integer(const std::string& name, int low, int high, int& to) {
    one(name, [&](const std::string& text) {
      const auto value = parse_int(text, "--" + name);
      if (value < low || value > high)
        throw Error(Fault::input, cat("--", name, " = ", text, " (must be ", low, " to ", high, ")"));
      to = static_cast<int>(value);
    });
  }
  void refuse(const std::string& problem) { problems_.add("simulate", problem); }
  void throw_if_any() const { problems_.throw_if_any(); }

 private:
  template <class Work>
  void attempt(const Work& work) {
    try {
      work();
    } catch (const Error& e) {
      problems_.add("simulate", e.what());
    }
  }
  const Options& options_;
  Problems problems_;
};

void read_optics(Reader& read, const Options& options, SimulateRequest& r) {
  imaging::Optics optics;
  read.number("semiangle-mrad", 1e-3, 1000, optics.semiangle_mrad);
  read.one("aperture-edge", [&](const std::string& text) { optics.edge = imaging::aperture_edge(text); });
  read.each("aberration", [&](const std::string& text) {
    const auto [name, value] = assignment_of(text, "aberration", "C30=4e5, in A or rad");
    optics.aberrations.push_back({name, value});
  });
  read.number("focal-spread", 0, 1e5, optics.focal_spread_A);
  read.one("beam-tilt", [&](const std::string& text) { optics.beam_tilt_mrad = vector_of(text, ',', "--beam-tilt"); });
  const auto defoci = options.list("defocus");
  if (defoci.empty()) r.optics = {optics};
  read.each("defocus", [&](const std::string& text) {
    r.optics.push_back(optics);
    r.optics.back().aberrations.push_back({"defocus", parse_double(text, "--defocus")});
  });
  read.number("source-fwhm", 0, 100, r.source_fwhm_A);
}

void read_specimen(Reader& read, const Options& options, SimulateRequest& r) {
  auto& m = r.multislice;
  read.number("energy-kev", 1, 3000, m.energy_kev);
  read.number("slice-thickness", 1e-3, 100, m.slice_thickness_A);
  read.one("scattering", [&](const std::string& text) { m.scattering = imaging::scattering(text); });
  read.one("grid", [&](const std::string& text) { m.grid = pair_of(text, "--grid"); });
  r.grid_given = options.has("grid");
  r.field.sampling_A = default_sampling_A;
  read.number("sampling", 1e-3, 1, r.field.sampling_A);
  read.one("accuracy", [&](const std::string& text) { r.accuracy = parse_double(text, "--accuracy"); });
  m.oversampling = r.grid_given || r.parallel_beam ? 1 : default_oversampling;
  r.oversampling_given = options.has("oversampling");
  read.integer("oversampling", 1, 16, m.oversampling);
  read.one("specimen-tilt",
           [&](const std::string& text) { m.specimen_tilt_mrad = vector_of(text, ',', "--specimen-tilt"); });
  read.integer("phonons", 0, 100000, m.phonons.configurations);
  read.each("rms-displacement", [&](const std::string& text) {
    const auto [element, value] = assignment_of(text, "rms-displacement", "Mo=0.06, in A");
    const int z = specimen::atomic_number(element);
    if (z == 0 || !(value >= 0 && value < 1))
      throw Error(Fault::input, cat("--rms-displacement = ", text, " (needs an element and 0 to 1 A, like Mo=0.06)"));
    m.phonons.rms_A[z] = value;
  });
  read.one("seed", [&](const std::string& text) {
    m.phonons.key = Hasher().add("simulate").add(parse_int(text, "--seed")).digest();
  });
}

void read_view(Reader& read, const Options& options, SimulateRequest& r) {
  read.one("scan", [&](const std::string& text) { r.scan = pair_of(text, "--scan"); });
  read.one("field", [&](const std::string& text) {
    specimen::View view;
    view.field_A = vector_of(text, 'x', "--field");
    if (!(view.field_A[0] > 0 && view.field_A[1] > 0 && view.field_A[0] <= 1e4 && view.field_A[1] <= 1e4))
      throw Error(Fault::input, cat("--field = ", text, " (both must be positive, at most 10000 A)"));
    r.view = view;
  });
  double rotation = 0;
  read.number("rotation-deg", -360, 360, rotation);
  if (r.view) r.view->rotation_deg = rotation;
  read.one("origin", [&](const std::string& text) { r.origin_A = vector_of(text, ',', "--origin"); });
  read.number("margin", 0.1, 1000, r.field.margin_A);
  read.number("max-error", 1e-5, 1, r.field.max_error);
  read.number("whole-area", 0, 1e6, r.field.whole_A2);
  read.number("memory-gb", 1e-3, 1e6, r.memory_gb);
  if (!options.has("field")) {
    for (const char* word : {"rotation-deg", "origin", "margin", "max-error", "whole-area"})
      if (options.has(word))
        read.refuse(cat("--", word, " needs --field WxH (the structure's own cell is imaged without)"));
  } else if (r.grid_given) {
    read.refuse("--grid cannot go with --field, whose cell follows from its margin. Use --sampling?");
  } else if (r.parallel_beam || r.method == Method::multislice) {
    read.refuse("--field goes with --mode stem and --method exact only");
  }
}

}  // namespace

void add_simulate_options(Options& options) {
  options.add()("out", file(), "HDF5 file to write (an existing one is replaced)");
  options.add()("energy-kev", word(), "beam energy (default 80)");
  options.add()("semiangle-mrad", word(), "probe semiangle; with --mode hrtem the objective aperture (default 25)");
  options.add()("aperture-edge", one_of("area|hard"), "area (default): edge beams weighted by area; hard: in or out");
  options.add()("aberration", words(),
                "NAME=VALUE in A or rad, Krivanek notation (C10, C12, phi12, ... C56; defocus, Cs); repeat");
  options.add()("defocus", words(), "in A (C10 = -defocus); repeat for a focal series, which costs no more");
  options.add()("focal-spread", word(), "standard deviation of the defocus in A (chromatic aberration; default 0)");
  options.add()("source-fwhm", word(), "full width at half maximum of the source at the specimen in A (default 0)");
  options.add()("beam-tilt", word(), "X,Y in mrad: centre of the aperture");
  options.add()("specimen-tilt", word(), "X,Y in mrad, small");
  options.add()("detector", words(),
                "NAME:INNER:OUTER in mrad, :FROM:TO in deg for a sector, :com for the centre of mass; repeat (default "
                "haadf:50:200)");
  options.add()("grid", word(), "NXxNY points of the potential (default from --sampling)");
  options.add()("sampling", word(), "spacing of the potential's grid in A (default 0.05)");
  options.add()("accuracy", word(),
                "choose sampling and oversampling for this relative error of the signals, like 0.01");
  options.add()("oversampling", word(),
                "form exp(i sigma V) on a grid finer by this factor (default 4; with --grid or hrtem 1)");
  options.add()("slice-thickness", word(), "in A, at most (default 0.5)");
  options.add()("scattering", one_of("lobato|kirkland"), "lobato (default) or kirkland");
  options.add()("phonons", word(), "frozen-phonon configurations (default 0: atoms at rest)");
  options.add()("rms-displacement", words(), "ELEMENT=RMS of one component in A (default from the table); repeat");
  options.add()("seed", word(), "of the phonons");
  options.add()("scan", word(), "NXxNY scan points (default every 0.2 A)");
  options.add()("field", word(), "WxH in A: image this part of the structure, with real atoms around it");
  options.add()("rotation-deg", word(), "with --field: the structure is seen turned counter-clockwise");
  options.add()("origin", word(), "with --field: X,Y of the field's centre in the structure (default its middle)");
  options.add()("margin", word(), "with --field: real atoms around it in A (default from --max-error)");
  options.add()("max-error", word(), "with --field: allowed relative error by the finite cell (default 0.01)");
  options.add()("whole-area", word(),
                "with --field: largest cell imaged at once in A^2, windows beyond (default 2500)");
  options.add()("mode", one_of("stem|hrtem"), "stem (default) or hrtem");
  options.add()("method", one_of("exact|multislice"),
                "exact (default) or multislice: every probe for itself, slow, for comparison");
  options.add()("memory-gb", word(), "refuse what needs more memory per rank (default: most of what is free)");
  options.add()("device", word(), "auto (default: a GPU where there is one), cpu, cuda, cuda:N or torch-cpu");
  options.add()("preview", flag(), "also write PNG files beside, one per detector; a focal series side by side");
}

SimulateRequest simulate_request(const Options& options) {
  SimulateRequest r;
  Reader read(options);
  r.structure = options.text("STRUCTURE");
  if (options.has("out"))
    r.out = options.text("out");
  else
    read.refuse("needs --out FILE.h5");
  read.one("mode", [&](const std::string& text) {
    if (text != "stem" && text != "hrtem") throw Error(Fault::input, cat("--mode = ", text, " (known: stem, hrtem)"));
    r.parallel_beam = text == "hrtem";
  });
  read.one("method", [&](const std::string& text) {
    if (text != "exact" && text != "multislice")
      throw Error(Fault::input, cat("--method = ", text, " (known: exact, multislice)"));
    r.method = text == "exact" ? Method::exact : Method::multislice;
  });
  read.one("device", [&](const std::string& text) { r.device = device::parse_choice(text); });
  read_specimen(read, options, r);
  read_optics(read, options, r);
  read_view(read, options, r);
  read.each("detector", [&](const std::string& text) {
    for (auto& d : detectors_of(text)) {
      if (std::any_of(r.detectors.begin(), r.detectors.end(), [&](const auto& other) { return other.name == d.name; }))
        throw Error(Fault::input, cat("--detector ", d.name, " is given twice"));
      r.detectors.push_back(std::move(d));
    }
  });
  if (options.list("detector").empty()) r.detectors.push_back({"haadf", 50, 200});
  if (r.accuracy && r.grid_given) read.refuse("--accuracy chooses the grid itself; leave --grid out?");
  if (r.accuracy && r.parallel_beam) read.refuse("--accuracy goes with --mode stem only");
  if (r.parallel_beam && r.optics.size() > 1) read.refuse("--mode hrtem takes one defocus at a time");
  r.preview = options.on("preview");
  read.throw_if_any();
  return r;
}

void fit_to_structure(SimulateRequest& r, const specimen::Structure& s) {
  if (r.accuracy) {
    const auto sampling = imaging::sampling_for(s, r.multislice, r.optics[0], r.detectors, *r.accuracy);
    r.field.sampling_A = sampling.pixel_A;
    if (!r.oversampling_given) r.multislice.oversampling = sampling.oversampling;
  }
  const auto steps = [](double length, double step) { return friendly_size(length / step); };
  const std::array<double, 2> size = r.view ? r.view->field_A : std::array{s.cell_A[0], s.cell_A[1]};
  if (r.scan[0] == 0) r.scan = {steps(size[0], default_scan_step_A), steps(size[1], default_scan_step_A)};
  if (r.view) {
    r.view->pixels = r.scan;
    r.view->origin_A = r.origin_A.value_or(std::array{s.cell_A[0] / 2, s.cell_A[1] / 2});
  } else if (!r.grid_given) {
    r.multislice.grid = {steps(s.cell_A[0], r.field.sampling_A), steps(s.cell_A[1], r.field.sampling_A)};
  }
}

}  // namespace twinmill::app
