// oneDNN's sgemm, because it picks its kernels from the processor's features, while Debian's OpenBLAS falls back to
// SSE3 on processors that it does not know (docs/adr).
#include "hermitian_product.hpp"

#include <dnnl.h>
#include <omp.h>

#include <algorithm>

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

// Sums and differences of a few columns at a time stay in the cache.
constexpr int chunk_columns = 4096;

std::size_t area(int rows, int columns) { return static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns); }

// to = re + sign x im over some columns.
void combine(const Rows& rows, int first, int columns, float sign, float* to) {
  for (int row = 0; row < rows.count; ++row) {
    const float* const re = rows.re + area(row, rows.stride) + first;
    const float* const im = rows.im + area(row, rows.stride) + first;
    float* const out = to + area(row, columns);
    for (int k = 0; k < columns; ++k) out[k] = re[k] + sign * im[k];
  }
}

}  // namespace

void add_products(const Rows& left, const Rows& right, int first, int last, const Products& to,
                  std::vector<float>& scratch) {
  const OneThread one_thread;
  scratch.resize(area(left.count + right.count, chunk_columns));
  for (int from = first; from < last; from += chunk_columns) {
    const int columns = std::min(chunk_columns, last - from);
    float* const sum = scratch.data();
    float* const difference = sum + area(left.count, columns);
    combine(left, from, columns, 1, sum);
    combine(right, from, columns, -1, difference);
    const auto add = [&](const float* x, int x_stride, const float* y, int y_stride, float* z) {
      const auto status =
          dnnl_sgemm('N', 'T', left.count, right.count, columns, 1.0F, x, x_stride, y, y_stride, 1.0F, z, to.stride);
      ensure(status == dnnl_success, "oneDNN refused a matrix product");
    };
    add(left.re + from, left.stride, right.re + from, right.stride, to.a);
    add(left.im + from, left.stride, right.im + from, right.stride, to.b);
    add(sum, columns, difference, columns, to.c);
  }
}

}  // namespace twinmill::imaging
