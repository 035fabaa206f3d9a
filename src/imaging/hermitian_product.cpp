// oneDNN's sgemm, because it picks its kernels from the processor's features, while Debian's OpenBLAS falls back to
// SSE3 on processors that it does not know (docs/adr).
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

void add_products(const Rows& left, const Rows& right, int first, int last, const Products& to,
                  std::vector<float>& scratch) {
  if (last <= first) return;
  const OneThread one_thread;
  const int columns = last - first;
  const auto area = [](int rows, int n) { return static_cast<std::size_t>(rows) * static_cast<std::size_t>(n); };
  scratch.resize(area(left.count + right.count, columns));
  float* const sum = scratch.data();
  float* const difference = sum + area(left.count, columns);
  for (int row = 0; row < left.count; ++row) {
    const float *const re = left.re + area(row, left.stride) + first, *const im =
                                                                          left.im + area(row, left.stride) + first;
    for (int k = 0; k < columns; ++k) sum[area(row, columns) + static_cast<std::size_t>(k)] = re[k] + im[k];
  }
  for (int row = 0; row < right.count; ++row) {
    const float *const re = right.re + area(row, right.stride) + first, *const im =
                                                                            right.im + area(row, right.stride) + first;
    for (int k = 0; k < columns; ++k) difference[area(row, columns) + static_cast<std::size_t>(k)] = re[k] - im[k];
  }
  const auto add = [&](const float* x, int x_stride, const float* y, int y_stride, float* z) {
    const auto status =
        dnnl_sgemm('N', 'T', left.count, right.count, columns, 1.0F, x, x_stride, y, y_stride, 1.0F, z, to.stride);
    ensure(status == dnnl_success, "oneDNN refused a matrix product");
  };
  add(left.re + first, left.stride, right.re + first, right.stride, to.a);
  add(left.im + first, left.stride, right.im + first, right.stride, to.b);
  add(sum, columns, difference, columns, to.c);
}

}  // namespace twinmill::imaging
