// The wave lives in real space along x and in frequencies along y between two passes: one pass over blocks of columns
// (forward transform, propagation, backward transform) and one over blocks of rows (backward transform, transmission,
// forward transform) take it through a plane. Each block stays in the cache from its first transform to its second.
#include "beam_propagator.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <numbers>

#include "complex_product.hpp"

namespace twinmill::imaging {
namespace {

using std::numbers::pi;

constexpr int row_block = 8;  // Any count of rows is a multiple of it after padding the wave.

int padded_rows(int nx) { return (nx + row_block - 1) / row_block * row_block; }

std::size_t product(std::size_t a, int b) { return a * static_cast<std::size_t>(b); }

int wrapped(int i, int n) { return ((i % n) + n) % n; }

// P(k), zero from the band limit on.
std::complex<float> propagated(double kx, double ky, double limit, double wavelength_A, double distance_A) {
  const double k2 = kx * kx + ky * ky;
  return std::sqrt(k2) < limit ? std::complex<float>(std::polar(1.0, -pi * wavelength_A * distance_A * k2)) : 0;
}

}  // namespace

std::vector<std::complex<float>> full_propagator(const Grid& grid, double wavelength_A, double distance_A) {
  std::vector<std::complex<float>> p(grid.size());
  const double limit = grid.band_limit();
  for (int ix = 0; ix < grid.nx; ++ix)
    for (int iy = 0; iy < grid.ny; ++iy)
      p[product(static_cast<std::size_t>(ix), grid.ny) + static_cast<std::size_t>(iy)] =
          propagated(grid.kx(ix), grid.ky(iy), limit, wavelength_A, distance_A);
  return p;
}

BeamPropagator::BeamPropagator(const Stack& stack, const Transmission& transmission, double wavelength_A,
                               const std::vector<int>& pixels)
    : grid_(stack.grid),
      wavelength_(wavelength_A),
      first_(grid_.size()),
      wave_(product(static_cast<std::size_t>(padded_rows(grid_.nx)), grid_.ny)),
      columns_in_(product(fft::column_block, grid_.nx)),
      columns_out_(product(fft::column_block, grid_.nx)),
      rows_in_real_space_(product(row_block, grid_.ny)),
      rows_back_(grid_.ny, row_block, fft::Direction::backward),
      rows_forward_(grid_.ny, row_block, fft::Direction::forward),
      columns_back_(grid_.nx, fft::column_block, fft::Direction::backward),
      columns_forward_(grid_.nx, fft::column_block, fft::Direction::forward) {
  const double limit = grid_.band_limit();
  for (int iy = 0; iy < grid_.ny; ++iy) {
    if (std::abs(grid_.ky(iy)) < limit) columns_.push_back(iy);
  }
  // Columns outside the band stand between the positive and the negative frequencies; rows leave left-overs in them.
  while (outside_from_ < grid_.ny && std::abs(grid_.ky(outside_from_)) < limit) ++outside_from_;
  outside_to_ = outside_from_ + grid_.ny - static_cast<int>(columns_.size());
  std::map<int, std::vector<Kept>> kept;
  for (std::size_t slot = 0; slot < pixels.size(); ++slot)
    kept[pixels[slot] % grid_.ny].push_back({pixels[slot] / grid_.ny, static_cast<int>(slot)});
  for (auto& [iy, in_column] : kept) {
    kept_columns_.push_back(iy);
    kept_.push_back(std::move(in_column));
  }
  const auto entrance = transmission.spectrum(stack.planes.front().atoms);
  for (int ix = 0; ix < grid_.nx; ++ix)
    for (int iy = 0; iy < grid_.ny; ++iy)
      first_[product(static_cast<std::size_t>(iy), grid_.nx) + static_cast<std::size_t>(ix)] =
          std::complex<float>(entrance[product(static_cast<std::size_t>(ix), grid_.ny) + static_cast<std::size_t>(iy)]);
  const double scale = 1.0 / static_cast<double>(grid_.size());
  const fft::Plan2d<double> backward(grid_.nx, grid_.ny, fft::Direction::backward);
  for (std::size_t j = 1; j < stack.planes.size(); ++j) {
    auto t = transmission.spectrum(stack.planes[j].atoms);
    backward.execute(t);
    Wave scaled(wave_.size());  // Zero in the padding.
    for (std::size_t i = 0; i < t.size(); ++i) scaled[i] = std::complex<float>(scale * t[i]);
    transmissions_.push_back(std::move(scaled));
    propagators_.push_back(propagator((stack.planes[j].slice - stack.planes[j - 1].slice) * stack.slice_thickness_A));
  }
}

BeamPropagator::Wave BeamPropagator::propagator(double distance_A) const {
  Wave p(product(columns_.size(), grid_.nx));
  const double limit = grid_.band_limit();
  for (std::size_t c = 0; c < columns_.size(); ++c) {
    for (int ix = 0; ix < grid_.nx; ++ix)
      p[product(c, grid_.nx) + static_cast<std::size_t>(ix)] =
          propagated(grid_.kx(ix), grid_.ky(columns_[c]), limit, wavelength_, distance_A);
  }
  return p;
}

// T_1 exp(2 pi i g.r) has the spectrum of T_1 shifted by g.
void BeamPropagator::enter(const Beam& g, int iy, std::complex<float>* to) const {
  const auto* const from = first_.data() + product(static_cast<std::size_t>(wrapped(iy - g.hy, grid_.ny)), grid_.nx);
  const int shift = wrapped(g.hx, grid_.nx);
  std::copy(from + grid_.nx - shift, from + grid_.nx, to);
  std::copy(from, from + grid_.nx - shift, to + shift);
}

// Columns between the wave and the scratch. Those of a block stand side by side in a row but where it spans the gap
// between positive and negative frequencies.
void BeamPropagator::load(std::span<const int> columns, Wave& to) const {
  const bool together =
      columns.size() == fft::column_block && columns.back() - columns.front() == fft::column_block - 1;
  const auto* row = wave_.data() + columns[0];
  for (int ix = 0; ix < grid_.nx; ++ix, row += grid_.ny) {
    auto* const out = to.data() + ix;
    if (together) {
      for (int b = 0; b < fft::column_block; ++b) out[static_cast<std::ptrdiff_t>(b) * grid_.nx] = row[b];
    } else {
      for (std::size_t b = 0; b < columns.size(); ++b) out[product(b, grid_.nx)] = row[columns[b] - columns[0]];
    }
  }
}

void BeamPropagator::store(std::span<const int> columns, const Wave& from) {
  const bool together =
      columns.size() == fft::column_block && columns.back() - columns.front() == fft::column_block - 1;
  auto* row = wave_.data() + columns[0];
  for (int ix = 0; ix < grid_.nx; ++ix, row += grid_.ny) {
    const auto* const in = from.data() + ix;
    if (together) {
      for (int b = 0; b < fft::column_block; ++b) row[b] = in[static_cast<std::ptrdiff_t>(b) * grid_.nx];
    } else {
      for (std::size_t b = 0; b < columns.size(); ++b) row[columns[b] - columns[0]] = in[product(b, grid_.nx)];
    }
  }
}

void BeamPropagator::through_rows(const Wave& transmission) {
  const std::size_t block = product(row_block, grid_.ny);
  for (std::size_t at = 0; at < wave_.size(); at += block) {
    auto* const rows = wave_.data() + at;
    for (int r = 0; r < row_block; ++r)
      std::fill(rows + product(static_cast<std::size_t>(r), grid_.ny) + outside_from_,
                rows + product(static_cast<std::size_t>(r), grid_.ny) + outside_to_, std::complex<float>());
    rows_back_.execute(rows, rows_in_real_space_.data());
    multiply_in_place(rows_in_real_space_.data(), transmission.data() + at, block);
    rows_forward_.execute(rows_in_real_space_.data(), rows);
  }
}

// From behind a plane to in front of the next one.
void BeamPropagator::pass_columns(const Beam& g, std::size_t plane) {
  for (std::size_t first = 0; first < columns_.size(); first += fft::column_block) {
    const auto block =
        std::span(columns_).subspan(first, std::min<std::size_t>(fft::column_block, columns_.size() - first));
    if (plane == 0) {
      for (std::size_t b = 0; b < block.size(); ++b) enter(g, block[b], columns_out_.data() + product(b, grid_.nx));
    } else {
      load(block, columns_in_);
      columns_forward_.execute(columns_in_.data(), columns_out_.data());
    }
    multiply_in_place(columns_out_.data(), propagators_[plane].data() + product(first, grid_.nx),
                      product(block.size(), grid_.nx));
    columns_back_.execute(columns_out_.data(), columns_in_.data());
    store(block, columns_in_);
  }
}

// From behind the last plane to the detector.
void BeamPropagator::leave(const Beam& g, float* re, float* im) {
  for (std::size_t first = 0; first < kept_columns_.size(); first += fft::column_block) {
    const auto block =
        std::span(kept_columns_).subspan(first, std::min<std::size_t>(fft::column_block, kept_columns_.size() - first));
    if (transmissions_.empty()) {
      for (std::size_t b = 0; b < block.size(); ++b) enter(g, block[b], columns_out_.data() + product(b, grid_.nx));
    } else {
      load(block, columns_in_);
      columns_forward_.execute(columns_in_.data(), columns_out_.data());
    }
    for (std::size_t b = 0; b < block.size(); ++b) {
      const auto* const column = columns_out_.data() + product(b, grid_.nx);
      for (const auto& [ix, slot] : kept_[first + b]) {
        re[slot] = column[ix].real();
        im[slot] = column[ix].imag();
      }
    }
  }
}

void BeamPropagator::propagate(const Beam& g, float* re, float* im) {
  for (std::size_t plane = 0; plane < transmissions_.size(); ++plane) {
    pass_columns(g, plane);
    through_rows(transmissions_[plane]);
  }
  leave(g, re, im);
}

}  // namespace twinmill::imaging
