#pragma once
// What the processor can do, as far as it decides which kernels a library should use.

#include <string>
#include <string_view>

namespace twinmill {

/// "AMD EPYC ..." as the system reports it, or "unknown".
std::string processor_name();
/// Cores this process may run on (its affinity mask).
int usable_cores();
/// The OpenBLAS core type whose kernels fit the processor ("SkylakeX" with AVX-512, "Haswell" with AVX2 and FMA), or
/// empty when OpenBLAS should choose for itself (other architectures, older processors).
std::string_view fitting_openblas_core();

}  // namespace twinmill
