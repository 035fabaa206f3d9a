// A slab in a build without MPI: one process holds all rows.
#include <cstddef>

#include "slab_plan.hpp"
#include "twinmill/base/error.hpp"
#include "twinmill/fft/slab.hpp"
#include "twinmill/mpi/mpi.hpp"

namespace twinmill::fft {
namespace {

void transpose(const Buffer<double>& from, Buffer<double>& to, int rows, int columns) {
  for (int i = 0; i < rows; ++i)
    for (int j = 0; j < columns; ++j)
      to[static_cast<std::size_t>(j) * static_cast<std::size_t>(rows) + static_cast<std::size_t>(i)] =
          from[static_cast<std::size_t>(i) * static_cast<std::size_t>(columns) + static_cast<std::size_t>(j)];
}

}  // namespace

struct Slab::State {
  int nx = 0, ny = 0;
  SlabPlan forward, backward;
};

Slab::Slab(const mpi::Communicator& members, int nx, int ny) : state_(std::make_unique<State>()) {
  ensure(nx > 0 && ny > 0, "Slab: sizes must be positive");
  ensure(members.size() == 1, "Slab: a build without MPI has one process");
  state_->nx = nx;
  state_->ny = ny;
  auto data = buffer();
  state_->forward = SlabPlan(fftw_plan_dft_2d(nx, ny, raw(data), raw(data), FFTW_FORWARD, FFTW_ESTIMATE));
  state_->backward = SlabPlan(fftw_plan_dft_2d(nx, ny, raw(data), raw(data), FFTW_BACKWARD, FFTW_ESTIMATE));
  if (!state_->forward || !state_->backward)
    throw Error(Fault::system, cat("FFTW found no plan for ", nx, "x", ny, " values"));
}

Slab::~Slab() = default;
Slab::Slab(Slab&&) noexcept = default;
Slab& Slab::operator=(Slab&&) noexcept = default;

int Slab::nx() const { return state_->nx; }
int Slab::ny() const { return state_->ny; }
int Slab::first_row() const { return 0; }
int Slab::rows() const { return state_->nx; }
int Slab::first_column() const { return 0; }
int Slab::columns() const { return state_->ny; }

Buffer<double> Slab::buffer() const {
  return Buffer<double>(static_cast<std::size_t>(state_->nx) * static_cast<std::size_t>(state_->ny));
}

void Slab::forward(Buffer<double>& rows) const {
  fftw_execute_dft(state_->forward.get(), raw(rows), raw(rows));
  auto columns = buffer();
  transpose(rows, columns, nx(), ny());
  rows = std::move(columns);
}

void Slab::backward(Buffer<double>& columns) const {
  auto rows = buffer();
  transpose(columns, rows, ny(), nx());
  fftw_execute_dft(state_->backward.get(), raw(rows), raw(rows));
  columns = std::move(rows);
}

}  // namespace twinmill::fft
