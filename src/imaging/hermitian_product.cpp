// Re M = Re S Re S^T + Im S Im S^T, Im M = Re S Im S^T - Im S Re S^T. oneDNN's sgemm, because it picks its kernels from
// the processor's features, while Debian's OpenBLAS falls back to SSE3 on processors that it does not know (docs/adr).
#include "hermitian_product.hpp"

#include <dnnl.h>
#include <omp.h>

#include "twinmill/base/error.hpp"

namespace twinmill::imaging {
namespace {

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

}  // namespace

void add_product(const Rows& a, const Rows& b, int first, int last, float* re, float* im, int stride) {
  if (last <= first) return;
  const OneThread one_thread;
  const auto add = [&](float factor, const float* left, const float* right, float* to) {
    const auto status = dnnl_sgemm('N', 'T', a.count, b.count, last - first, factor, left + first, a.stride,
                                   right + first, b.stride, 1.0F, to, stride);
    ensure(status == dnnl_success, "oneDNN refused a matrix product");
  };
  add(1, a.re, b.re, re);
  add(1, a.im, b.im, re);
  add(1, a.re, b.im, im);
  add(-1, a.im, b.re, im);
}

}  // namespace twinmill::imaging
