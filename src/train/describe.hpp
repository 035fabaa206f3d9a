#pragma once

#include <string>

namespace twinmill::train {

/// One line about LibTorch; see Api::describe.
std::string describe(std::string& warning);

/// The warning when matrix products at `product` GFLOP/s are far below convolutions at `convolution` GFLOP/s (the same
/// arithmetic by oneDNN's own kernels), else empty.
std::string blas_warning(double product, double convolution, std::string_view fitting_core);

}  // namespace twinmill::train
