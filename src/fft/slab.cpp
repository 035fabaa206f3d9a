#include "twinmill/fft/slab.hpp"

#include "twinmill/mpi/raw.hpp"
// After <mpi.h> without the C++ bindings.
#include <fftw3-mpi.h>

#include <algorithm>
#include <cstddef>

#include "slab_plan.hpp"
#include "twinmill/base/error.hpp"

namespace twinmill::fft {
namespace {

void start_library() {
  static const bool started = [] {
    fftw_mpi_init();
    return true;
  }();
  (void)started;
}

}  // namespace

struct Slab::State {
  int nx = 0, ny = 0;
  std::ptrdiff_t values = 0, rows = 0, first_row = 0, columns = 0, first_column = 0;
  SlabPlan forward, backward;
};

Slab::Slab(const mpi::Communicator& members, int nx, int ny) : state_(std::make_unique<State>()) {
  ensure(nx > 0 && ny > 0, "Slab: sizes must be positive");
  start_library();
  State& s = *state_;
  s.nx = nx;
  s.ny = ny;
  MPI_Comm group = mpi::raw(members);
  s.values = fftw_mpi_local_size_2d_transposed(nx, ny, group, &s.rows, &s.first_row, &s.columns, &s.first_column);
  s.values = std::max<std::ptrdiff_t>({s.values, s.rows * ny, s.columns * nx, 1});
  auto data = buffer();
  s.forward = SlabPlan(
      fftw_mpi_plan_dft_2d(nx, ny, raw(data), raw(data), group, FFTW_FORWARD, FFTW_ESTIMATE | FFTW_MPI_TRANSPOSED_OUT));
  s.backward = SlabPlan(
      fftw_mpi_plan_dft_2d(nx, ny, raw(data), raw(data), group, FFTW_BACKWARD, FFTW_ESTIMATE | FFTW_MPI_TRANSPOSED_IN));
  if (!s.forward || !s.backward)
    throw Error(Fault::system, cat("FFTW found no plan for ", nx, "x", ny, " values on ", members.size(), " ranks"));
}

Slab::~Slab() = default;
Slab::Slab(Slab&&) noexcept = default;
Slab& Slab::operator=(Slab&&) noexcept = default;

int Slab::nx() const { return state_->nx; }
int Slab::ny() const { return state_->ny; }
int Slab::first_row() const { return static_cast<int>(state_->first_row); }
int Slab::rows() const { return static_cast<int>(state_->rows); }
int Slab::first_column() const { return static_cast<int>(state_->first_column); }
int Slab::columns() const { return static_cast<int>(state_->columns); }

Buffer<double> Slab::buffer() const { return Buffer<double>(static_cast<std::size_t>(state_->values)); }

void Slab::forward(Buffer<double>& rows) const {
  ensure(rows.size() == static_cast<std::size_t>(state_->values), "Slab: the buffer was not made by buffer()");
  fftw_mpi_execute_dft(state_->forward.get(), raw(rows), raw(rows));
}

void Slab::backward(Buffer<double>& columns) const {
  ensure(columns.size() == static_cast<std::size_t>(state_->values), "Slab: the buffer was not made by buffer()");
  fftw_mpi_execute_dft(state_->backward.get(), raw(columns), raw(columns));
}

}  // namespace twinmill::fft
