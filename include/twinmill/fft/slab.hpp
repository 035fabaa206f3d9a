#pragma once
// Two-dimensional transforms of one array that is spread over ranks (FFTW over MPI), in double precision.

#include <memory>

#include "twinmill/fft/fft.hpp"

namespace twinmill::mpi {
class Communicator;
}

namespace twinmill::fft {

/// nx x ny values of which each member holds a part. In space it holds whole rows, after forward() whole columns of
/// frequencies: that saves half of the exchange, since frequencies need not be brought back to rows.
///
/// Plans are estimated, as those of one rank are; the bits depend on the number of members.
class Slab {
 public:
  /// Collective, as are forward() and backward(). An MPI session must be open, and outlive it.
  Slab(const mpi::Communicator& members, int nx, int ny);
  ~Slab();
  Slab(Slab&&) noexcept;
  Slab& operator=(Slab&&) noexcept;

  int nx() const;
  int ny() const;
  /// This member's rows first_row() to first_row() + rows() - 1; there may be none. Value (ix, iy) is at
  /// (ix - first_row()) * ny + iy.
  int first_row() const;
  int rows() const;
  /// This member's columns of frequencies. Value (ix, iy) is at (iy - first_column()) * nx + ix.
  int first_column() const;
  int columns() const;

  /// Zeros, as many as the transforms need: at least rows * ny and columns * nx.
  Buffer<double> buffer() const;
  void forward(Buffer<double>& rows) const;      ///< In place; rows become columns of frequencies. Not normalised.
  void backward(Buffer<double>& columns) const;  ///< In place; columns of frequencies become rows. Not normalised.

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace twinmill::fft
