// Re M = Re S Re S^T + Im S Im S^T (symmetric: lower blocks only), Im M = P - P^T with P = Re S Im S^T: 4 K G^2
// operations, as many as a complex rank-k update. oneDNN's sgemm, because it picks its kernels from the processor's
// features, while Debian's OpenBLAS falls back to SSE3 on processors that it does not know (docs/adr).
#include "hermitian_product.hpp"

#include <dnnl.h>
#include <omp.h>

#include <algorithm>

#include "twinmill/base/error.hpp"

namespace twinmill::imaging {
namespace {

constexpr int block_rows = 192;

// One thread, so that sums are made in one order whatever the machine is doing; ranks are the parallelism.
class OneThread {
 public:
  OneThread() { omp_set_num_threads(1); }
  ~OneThread() { omp_set_num_threads(before_); }
  OneThread(const OneThread&) = delete;
  OneThread& operator=(const OneThread&) = delete;

 private:
  int before_ = omp_get_max_threads();
};

// c (m x n, row stride ldc) = beta c + a (m x k, stride lda) * b^T (n x k, stride lda).
void multiply(int m, int n, int k, const float* a, const float* b, int ld, float beta, float* c, int ldc) {
  const auto status = dnnl_sgemm('N', 'T', m, n, k, 1.0F, a, ld, b, ld, beta, c, ldc);
  ensure(status == dnnl_success, "oneDNN refused a matrix product");
}

}  // namespace

std::vector<std::complex<float>> hermitian_product(const SplitRows& s, int first, int last) {
  const OneThread one_thread;
  const int g = s.rows;
  const int k = last - first;
  const auto size = static_cast<std::size_t>(g) * static_cast<std::size_t>(g);
  std::vector<float> real(size), product(size);
  const float* const re = s.re.data() + first;
  const float* const im = s.im.data() + first;
  const auto row = [&](const float* base, int r) {
    return base + static_cast<std::size_t>(r) * static_cast<std::size_t>(s.columns);
  };
  if (k > 0) {
    for (int r = 0; r < g; r += block_rows) {
      const int rows = std::min(block_rows, g - r);
      float* const out = real.data() + static_cast<std::size_t>(r) * static_cast<std::size_t>(g);
      multiply(rows, r + rows, k, row(re, r), re, s.columns, 0.0F, out, g);
      multiply(rows, r + rows, k, row(im, r), im, s.columns, 1.0F, out, g);
    }
    multiply(g, g, k, re, im, s.columns, 0.0F, product.data(), g);
  }
  std::vector<std::complex<float>> m(size);
  for (std::size_t i = 0; i < static_cast<std::size_t>(g); ++i) {
    for (std::size_t j = 0; j <= i; ++j) {
      const std::size_t ij = i * static_cast<std::size_t>(g) + j, ji = j * static_cast<std::size_t>(g) + i;
      m[ij] = {real[ij], product[ij] - product[ji]};
      m[ji] = std::conj(m[ij]);
    }
  }
  return m;
}

}  // namespace twinmill::imaging
