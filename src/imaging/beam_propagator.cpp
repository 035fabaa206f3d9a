// The wave lives in real space along x and in frequencies along y between two passes: one pass over blocks of columns
// (forward transform, propagation, backward transform) and one over blocks of rows (backward transform, transmission,
// forward transform) take it through a plane. Each block stays in the cache from its first transform to its second.
#include "beam_propagator.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "complex_product.hpp"

namespace twinmill::imaging {
namespace {

using std::numbers::pi;

constexpr int row_block = 8;  // Any count of rows is a multiple of it after padding the wave.

int padded_rows(int nx) { return (nx + row_block - 1) / row_block * row_block; }

std::size_t product(std::size_t a, int b) { return a * static_cast<std::size_t>(b); }

int wrapped(int i, int n) { return ((i % n) + n) % n; }

}  // namespace

BeamPropagator::BeamPropagator(const Stack& stack, double wavelength_A, const std::vector<int>& pixels)
    : grid_(stack.grid),
      wavelength_(wavelength_A),
      entrance_A_(stack.planes.front().slice * stack.slice_thickness_A),
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
  std::vector<std::size_t> column_of(static_cast<std::size_t>(grid_.ny));
  for (int iy = 0; iy < grid_.ny; ++iy) {
    if (std::abs(grid_.ky(iy)) >= limit) continue;
    column_of[static_cast<std::size_t>(iy)] = columns_.size();
    columns_.push_back(iy);
  }
  // Columns outside the band stand between the positive and the negative frequencies; rows leave left-overs in them.
  while (outside_from_ < grid_.ny && std::abs(grid_.ky(outside_from_)) < limit) ++outside_from_;
  outside_to_ = outside_from_ + grid_.ny - static_cast<int>(columns_.size());
  kept_.resize(columns_.size());
  for (std::size_t slot = 0; slot < pixels.size(); ++slot) {
    const int ix = pixels[slot] / grid_.ny, iy = pixels[slot] % grid_.ny;
    kept_[column_of[static_cast<std::size_t>(iy)]].push_back({ix, static_cast<int>(slot)});
  }
  const auto& spectrum = stack.planes.front().spectrum;
  for (int ix = 0; ix < grid_.nx; ++ix)
    for (int iy = 0; iy < grid_.ny; ++iy)
      first_[product(static_cast<std::size_t>(iy), grid_.nx) + static_cast<std::size_t>(ix)] =
          std::complex<float>(spectrum[product(static_cast<std::size_t>(ix), grid_.ny) + static_cast<std::size_t>(iy)]);
  const double scale = 1.0 / static_cast<double>(grid_.size());
  for (std::size_t j = 1; j < stack.planes.size(); ++j) {
    const auto& t = stack.planes[j].transmission;
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
    for (int ix = 0; ix < grid_.nx; ++ix) {
      const double kx = grid_.kx(ix), ky = grid_.ky(columns_[c]);
      const double k2 = kx * kx + ky * ky;
      if (std::sqrt(k2) < limit)
        p[product(c, grid_.nx) + static_cast<std::size_t>(ix)] =
            std::complex<float>(std::polar(1.0, -pi * wavelength_ * distance_A * k2));
    }
  }
  return p;
}

// T_1 exp(2 pi i g.r) has the spectrum of T_1 shifted by g, times the phase of the vacuum above the first plane.
void BeamPropagator::enter(const Beam& g, std::size_t column, std::complex<float>* to) const {
  const double k2 = std::pow(g.hx / grid_.lx_A, 2) + std::pow(g.hy / grid_.ly_A, 2);
  const auto phase = std::complex<float>(std::polar(1.0, -pi * wavelength_ * entrance_A_ * k2));
  const auto* const from =
      first_.data() + product(static_cast<std::size_t>(wrapped(columns_[column] - g.hy, grid_.ny)), grid_.nx);
  const int shift = wrapped(g.hx, grid_.nx);
  const auto turned = [&](const std::complex<float>& v) {
    return std::complex<float>(v.real() * phase.real() - v.imag() * phase.imag(),
                               v.real() * phase.imag() + v.imag() * phase.real());
  };
  for (int ix = 0; ix < shift; ++ix) to[ix] = turned(from[ix + grid_.nx - shift]);
  for (int ix = shift; ix < grid_.nx; ++ix) to[ix] = turned(from[ix - shift]);
}

// Columns [first, first + count) of the band between the wave and the scratch.
void BeamPropagator::load(std::size_t first, std::size_t count, Wave& to) const {
  for (int ix = 0; ix < grid_.nx; ++ix) {
    const auto* const row = wave_.data() + product(static_cast<std::size_t>(ix), grid_.ny);
    for (std::size_t b = 0; b < count; ++b)
      to[product(b, grid_.nx) + static_cast<std::size_t>(ix)] = row[columns_[first + b]];
  }
}

void BeamPropagator::store(std::size_t first, std::size_t count, const Wave& from) {
  for (int ix = 0; ix < grid_.nx; ++ix) {
    auto* const row = wave_.data() + product(static_cast<std::size_t>(ix), grid_.ny);
    for (std::size_t b = 0; b < count; ++b)
      row[columns_[first + b]] = from[product(b, grid_.nx) + static_cast<std::size_t>(ix)];
  }
}

void BeamPropagator::keep(std::size_t first, std::size_t count, const Wave& from, float* re, float* im) const {
  for (std::size_t b = 0; b < count; ++b) {
    const auto* const column = from.data() + product(b, grid_.nx);
    for (const auto& [ix, slot] : kept_[first + b]) {
      re[slot] = column[ix].real();
      im[slot] = column[ix].imag();
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

void BeamPropagator::propagate(const Beam& g, float* re, float* im) {
  const std::size_t planes = transmissions_.size() + 1;
  for (std::size_t plane = 0; plane < planes; ++plane) {
    if (plane > 0) through_rows(transmissions_[plane - 1]);
    for (std::size_t first = 0; first < columns_.size(); first += fft::column_block) {
      const std::size_t count = std::min<std::size_t>(fft::column_block, columns_.size() - first);
      // What has come through the plane, in frequencies of x and y.
      Wave& spectrum = columns_out_;
      if (plane == 0) {
        for (std::size_t b = 0; b < count; ++b) enter(g, first + b, spectrum.data() + product(b, grid_.nx));
      } else {
        load(first, count, columns_in_);
        columns_forward_.execute(columns_in_.data(), spectrum.data());
      }
      if (plane + 1 == planes) {
        keep(first, count, spectrum, re, im);
        continue;
      }
      multiply_in_place(spectrum.data(), propagators_[plane].data() + product(first, grid_.nx),
                        product(count, grid_.nx));
      columns_back_.execute(spectrum.data(), columns_in_.data());
      store(first, count, columns_in_);
    }
  }
}

}  // namespace twinmill::imaging
