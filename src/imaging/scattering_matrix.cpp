// S(k, g): the exit wave's Fourier coefficient k of the incident plane wave g (beam_propagator.hpp), and per detector D
//
//   M(g, g') = sum_k D(k) S*(k, g) S(k, g')
//
// Beams are dealt to the members of a team in blocks. A block of M's rows belongs to who propagated its beams; the
// other beams visit it, a few blocks at a time. Every product has the same shape whatever the team's size, and so the
// same bits.
#include <algorithm>
#include <cmath>
#include <memory>
#include <numbers>
#include <span>

#include "aberrations.hpp"
#include "aperture.hpp"
#include "beam_propagator.hpp"
#include "constants.hpp"
#include "detector.hpp"
#include "device_matrix.hpp"
#include "hermitian_product.hpp"
#include "overlaps.hpp"
#include "phonons.hpp"
#include "potential.hpp"
#include "twinmill/base/clock.hpp"
#include "twinmill/base/error.hpp"

namespace twinmill::imaging {
namespace {

constexpr int block_beams = 192;    // Rows that one member propagates and multiplies together.
constexpr int visiting_blocks = 1;  // Blocks that visit at a time.

std::size_t area(int a, int b) { return static_cast<std::size_t>(a) * static_cast<std::size_t>(b); }

// How beams are dealt.
struct Deal {
  int beams = 0;
  int members = 1;

  int blocks() const { return (beams + block_beams - 1) / block_beams; }
  int first(int block) const { return block * block_beams; }
  int count(int block) const { return std::min(block_beams, beams - first(block)); }
  // There and back again: later blocks have longer rows.
  int owner(int block) const {
    const int round = block / members, turn = block % members;
    return round % 2 == 0 ? turn : members - 1 - turn;
  }
  int place(int block) const { return block / members; }  // Among the owner's blocks.
  int block_of(int member, int place) const {
    return place * members + (place % 2 == 0 ? member : members - 1 - member);
  }
  int blocks_of(int member) const {
    int count = blocks() / members;
    return block_of(member, count) < blocks() ? count + 1 : count;
  }
};

// Values that are written before they are read.
class Matrix {
 public:
  Matrix(int rows, int columns)
      : columns_(columns),
        re_(std::make_unique_for_overwrite<float[]>(area(rows, columns))),
        im_(std::make_unique_for_overwrite<float[]>(area(rows, columns))) {}
  float* re(int row) { return re_.get() + area(row, columns_); }
  float* im(int row) { return im_.get() + area(row, columns_); }
  Rows rows(int first, int count) { return {re(first), im(first), count, columns_}; }

 private:
  int columns_;
  std::unique_ptr<float[]> re_, im_;
};

// Sums of products, beams x beams; only blocks of rows that a member owns, and columns up to the block's last row.
struct Sum {
  std::vector<float> a, b, c;
  explicit Sum(int beams) : a(area(beams, beams)), b(a.size()), c(a.size()) {}
};

std::span<std::byte> bytes(float* values, std::size_t count) {
  return std::as_writable_bytes(std::span(values, count));
}

}  // namespace

struct ScatteringState {
  Grid grid;
  double lambda = 0;
  double entrance_A = 0;  // Vacuum above the first plane.
  Optics widest;
  std::vector<Beam> beams;
  int configurations = 1;
  /// Means over even and odd configurations (the second one empty without), per detector: beams x beams, Hermitian.
  std::array<std::vector<std::vector<std::complex<float>>>, 2> m;
  ScatteringMatrix::Parts parts;

  std::vector<Series> series(const Optics& optics, const std::array<double, 2>& shares) const;
};

namespace {

// One configuration of the atoms: propagates the member's beams and adds their products to `sums`.
class Configuration {
 public:
  Configuration(const Deal& deal, const Pixels& pixels, const Team& team)
      : deal_(deal),
        pixels_(pixels),
        team_(team),
        columns_(static_cast<int>(pixels.index.size())),
        mine_(std::max(1, deal.blocks_of(team.rank())) * block_beams, columns_),
        visitors_(team.size() > 1 ? visiting_blocks * block_beams : 0, columns_),
        weighted_(std::any_of(pixels.weights.begin(), pixels.weights.end(), [](const auto& w) { return !w.empty(); })
                      ? block_beams
                      : 0,
                  columns_) {}

  void propagate(const std::vector<Beam>& beams, BeamPropagator& propagator, const Progress& progress) {
    const int blocks = deal_.blocks_of(team_.rank());
    for (int place = 0; place < blocks; ++place) {
      const int block = deal_.block_of(team_.rank(), place);
      for (int i = 0; i < deal_.count(block); ++i) {
        const int row = place * block_beams + i;
        propagator.propagate(beams[static_cast<std::size_t>(deal_.first(block) + i)], mine_.re(row), mine_.im(row));
        if (progress && i % 16 == 0) progress((place + static_cast<double>(i) / block_beams) / blocks);
      }
    }
  }

  void multiply(std::vector<Sum>& sums, const Progress& progress) {
    for (int first = 0; first < deal_.blocks(); first += visiting_blocks) {
      const int last = std::min(first + visiting_blocks, deal_.blocks());
      const Rows visitors = invite(first, last);
      for (int place = 0; place < deal_.blocks_of(team_.rank()); ++place) {
        const int block = deal_.block_of(team_.rank(), place);
        if (block < first) continue;
        // Only what stands on and below the diagonal.
        Rows columns = visitors;
        columns.count = std::min(visitors.count, deal_.first(block) + deal_.count(block) - deal_.first(first));
        for (std::size_t d = 0; d < sums.size(); ++d) {
          const std::size_t at = area(deal_.first(block), deal_.beams) + static_cast<std::size_t>(deal_.first(first));
          const auto [from, to] = pixels_.range[d];
          Sum& sum = sums[d];
          add_products(seen_by(d, block), columns, from, to, {&sum.a[at], &sum.b[at], &sum.c[at], deal_.beams},
                       scratch_);
        }
      }
      if (progress) progress(static_cast<double>(last) / deal_.blocks());
    }
  }

 private:
  // The rows of some blocks, wherever they were propagated.
  Rows invite(int first, int last) {
    const int count = deal_.first(last - 1) + deal_.count(last - 1) - deal_.first(first);
    if (team_.size() == 1) return mine_.rows(deal_.first(first), count);
    for (int block = first; block < last; ++block) {
      const int row = (block - first) * block_beams;
      const std::size_t size = area(deal_.count(block), columns_);
      if (deal_.owner(block) == team_.rank()) {
        const int from = deal_.place(block) * block_beams;
        std::copy_n(mine_.re(from), size, visitors_.re(row));
        std::copy_n(mine_.im(from), size, visitors_.im(row));
      }
      team_.broadcast(bytes(visitors_.re(row), size), deal_.owner(block));
      team_.broadcast(bytes(visitors_.im(row), size), deal_.owner(block));
    }
    return visitors_.rows(0, count);
  }

  // A block of the member's rows, times the detector's weights.
  Rows seen_by(std::size_t detector, int block) {
    const Rows rows = mine_.rows(deal_.place(block) * block_beams, deal_.count(block));
    const auto& weights = pixels_.weights[detector];
    if (weights.empty()) return rows;
    const int first = pixels_.range[detector].first;
    for (int row = 0; row < rows.count; ++row) {
      const std::size_t from = area(row, columns_) + static_cast<std::size_t>(first);
      float* const re = weighted_.re(row) + first;
      float* const im = weighted_.im(row) + first;
      for (std::size_t i = 0; i < weights.size(); ++i) {
        re[i] = weights[i] * rows.re[from + i];
        im[i] = weights[i] * rows.im[from + i];
      }
    }
    return weighted_.rows(0, rows.count);
  }

  Deal deal_;
  const Pixels& pixels_;
  const Team& team_;
  int columns_;
  Matrix mine_, visitors_, weighted_;
  std::vector<float> scratch_;
};

// All rows of the mean of `count` configurations, on every member.
std::vector<std::complex<float>> gathered(Sum& sum, int count, const Deal& deal, const Team& team) {
  for (int block = 0; block < deal.blocks(); ++block) {
    const std::size_t at = area(deal.first(block), deal.beams), size = area(deal.count(block), deal.beams);
    for (auto* part : {&sum.a, &sum.b, &sum.c}) team.broadcast(bytes(part->data() + at, size), deal.owner(block));
  }
  const auto n = static_cast<std::size_t>(deal.beams);
  const auto mean = static_cast<float>(1.0 / count);
  std::vector<std::complex<float>> m(n * n);
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j <= i; ++j) {
      const std::size_t ij = i * n + j;
      const std::complex<float> v(mean * (sum.a[ij] + sum.b[ij]),
                                  i == j ? 0 : mean * (sum.a[ij] - sum.b[ij] - sum.c[ij]));
      m[i * n + j] = v;
      m[j * n + i] = std::conj(v);
    }
  }
  return m;
}

}  // namespace

ScatteringMatrix::ScatteringMatrix(const specimen::Structure& structure, const Multislice& multislice,
                                   const Optics& widest, const std::vector<Detector>& detectors,
                                   const Progress& progress, const Team& team)
    : state_(std::make_unique<ScatteringState>()) {
  ScatteringState& s = *state_;
  s.grid = {multislice.grid[0], multislice.grid[1], structure.cell_A[0], structure.cell_A[1]};
  s.lambda = electron_wavelength_A(multislice.energy_kev);
  s.widest = widest;
  check_angles(s.grid, s.lambda, detectors, widest);
  const Stack at_rest = build_stack(structure, multislice);  // Finds mistakes before memory is taken.
  refuse_overlaps(structure);
  s.entrance_A = at_rest.planes.front().slice * at_rest.slice_thickness_A;
  s.beams = beams_inside(widest, s.grid, s.lambda);
  s.configurations = images_to_average(multislice.phonons);
  const Pixels pixels = detector_pixels(s.grid, s.lambda, detectors);
  const Deal deal{.beams = static_cast<int>(s.beams.size()), .members = team.size()};
  const Transmission transmission(s.grid, multislice);

  if (multislice.device != nullptr) {
    if (team.size() > 1)
      throw Error(Fault::input,
                  "a device computes the matrix of one rank alone (ranks_per_task = 1, or device = \"cpu\")");
    s.m = products_on_device(*multislice.device, structure, multislice,
                             {.grid = s.grid, .wavelength_A = s.lambda, .beams = s.beams, .pixels = pixels}, progress);
    return;
  }
  std::array<std::vector<Sum>, 2> sums;
  for (int half = 0; half < std::min(2, s.configurations); ++half)
    sums[static_cast<std::size_t>(half)].assign(detectors.size(), Sum(deal.beams));
  {
    Configuration work(deal, pixels, team);
    for (int c = 0; c < s.configurations; ++c) {
      const auto part = [&](double from, double to) -> Progress {
        if (!progress) return {};
        return [&, from, to](double fraction) { progress((c + from + (to - from) * fraction) / s.configurations); };
      };
      double before = cpu_seconds();
      const auto lap = [&](double& seconds) {
        const double now = cpu_seconds();
        seconds += now - before;
        before = now;
      };
      const Stack stack = build_stack(displaced(structure, multislice.phonons, c), multislice);
      BeamPropagator propagator(stack, transmission, s.lambda, pixels.index);
      lap(s.parts.potential);
      work.propagate(s.beams, propagator, part(0.02, 0.8));
      lap(s.parts.planes);
      work.multiply(sums[static_cast<std::size_t>(c % 2)], part(0.8, 1));
      lap(s.parts.product);
    }
  }
  for (std::size_t half = 0; half < 2; ++half) {
    const int count = (s.configurations + 1 - static_cast<int>(half)) / 2;
    for (auto& sum : sums[half]) s.m[half].push_back(gathered(sum, count, deal, team));
  }
}

ScatteringMatrix::~ScatteringMatrix() = default;
ScatteringMatrix::ScatteringMatrix(ScatteringMatrix&&) noexcept = default;
int ScatteringMatrix::beams() const { return static_cast<int>(state_->beams.size()); }
const ScatteringMatrix::Parts& ScatteringMatrix::parts() const { return state_->parts; }

// I(p) = sum_q exp(2 pi i q.p) sum_g a*(g) a(g - q) M(g, g - q),  a = A exp(-i chi), sum |a|^2 = 1.
// A spread of the defocus multiplies each term by the mean of exp(i pi lambda (g^2 - (g - q)^2) defocus), a Gaussian.
std::vector<Series> ScatteringState::series(const Optics& optics, const std::array<double, 2>& shares) const {
  const AberrationFunction chi(optics.aberrations, lambda);
  const auto needed = beams_inside(optics, grid, lambda);
  const auto held = [&](const Beam& b) { return std::binary_search(beams.begin(), beams.end(), b); };
  if (needed.empty() || !std::all_of(needed.begin(), needed.end(), held))
    throw Error(Fault::input,
                cat("an aperture of ", optics.semiangle_mrad, " mrad needs beams that were not propagated (up to ",
                    widest.semiangle_mrad, " mrad, ", name(widest.edge), " edge)"));
  const std::size_t n = beams.size();
  std::vector<std::complex<double>> a;
  std::vector<double> spread;  // standard deviation of the phase at each beam
  double intensity = 0;
  int x_low = needed[0].hx, x_high = x_low, y_low = needed[0].hy, y_high = y_low;
  for (const auto& b : beams) {
    const double weight = aperture_weight(optics, grid, lambda, b.hx, b.hy);
    const double kx = b.hx / grid.lx_A, ky = b.hy / grid.ly_A;
    const double vacuum = std::numbers::pi * lambda * entrance_A * (kx * kx + ky * ky);
    a.push_back(std::polar(weight, -chi(lambda * kx, lambda * ky) - vacuum));
    spread.push_back(std::numbers::pi * lambda * optics.focal_spread_A * (kx * kx + ky * ky));
    intensity += weight * weight;
    if (weight == 0) continue;
    x_low = std::min(x_low, b.hx);
    x_high = std::max(x_high, b.hx);
    y_low = std::min(y_low, b.hy);
    y_high = std::max(y_high, b.hy);
  }
  for (auto& v : a) v /= std::sqrt(intensity);
  std::vector<Series> all;
  for (std::size_t d = 0; d < m[0].size(); ++d) {
    Series one{.cell_A = {grid.lx_A, grid.ly_A}, .nx = x_high - x_low, .ny = y_high - y_low, .c = {}};
    const int columns = 2 * one.ny + 1;
    std::vector<std::complex<double>> c(area(2 * one.nx + 1, columns));
    for (std::size_t i = 0; i < n; ++i) {
      if (a[i] == 0.0) continue;
      for (std::size_t j = 0; j < n; ++j) {
        if (a[j] == 0.0) continue;
        std::complex<double> pair = shares[0] * std::complex<double>(m[0][d][i * n + j]);
        if (shares[1] != 0) pair += shares[1] * std::complex<double>(m[1][d][i * n + j]);
        pair *= std::conj(a[i]) * a[j];
        if (optics.focal_spread_A > 0) pair *= std::exp(-0.5 * std::pow(spread[i] - spread[j], 2));
        c[area(beams[i].hx - beams[j].hx + one.nx, columns) +
          static_cast<std::size_t>(beams[i].hy - beams[j].hy + one.ny)] += pair;
      }
    }
    one.c.assign(c.begin(), c.end());
    all.push_back(std::move(one));
  }
  return all;
}

std::vector<Series> ScatteringMatrix::series(const Optics& optics) const {
  const int all = state_->configurations, odd = all / 2;
  return state_->series(optics, {static_cast<double>(all - odd) / all, static_cast<double>(odd) / all});
}

std::vector<double> ScatteringMatrix::phonon_error(const Optics& optics) const {
  std::vector<double> errors(state_->m[0].size());
  if (state_->configurations < 2) return errors;
  const auto difference = state_->series(optics, {0.5, -0.5}), mean = series(optics);
  for (std::size_t d = 0; d < errors.size(); ++d) {
    double square = 0;  // Parseval: the mean square over the cell.
    for (const auto& c : difference[d].c) square += std::norm(std::complex<double>(c));
    const auto zero = mean[d].c[mean[d].c.size() / 2];
    errors[d] = std::sqrt(square) / std::max(std::abs(static_cast<double>(zero.real())), 1e-30);
  }
  return errors;
}

double ScatteringMatrix::memory_bytes(std::array<double, 2> cell_A, const Multislice& multislice, const Optics& widest,
                                      const std::vector<Detector>& detectors, int team_size) {
  const Grid grid{multislice.grid[0], multislice.grid[1], cell_A[0], cell_A[1]};
  const double lambda = electron_wavelength_A(multislice.energy_kev);
  const Deal deal{.beams = static_cast<int>(beams_inside(widest, grid, lambda).size()), .members = team_size};
  const double pixels = static_cast<double>(detector_pixels(grid, lambda, detectors).index.size());
  const double beams = deal.beams;
  const double rows = deal.blocks_of(0) * block_beams + (team_size > 1 ? visiting_blocks * block_beams : 0);
  const double halves = multislice.phonons.configurations > 1 ? 2 : 1;
  const double fine = static_cast<double>(grid.size()) * multislice.oversampling * multislice.oversampling;
  constexpr double planes = 3;  // Transmission and propagator of a monolayer's.
  return rows * pixels * 8 + 3.0 * block_beams * pixels * 4 +
         halves * 20 * beams * beams * static_cast<double>(detectors.size()) +
         static_cast<double>(grid.size()) * (16 + planes * 16) + fine * 16;
}

}  // namespace twinmill::imaging
