#include "hermitian_product.hpp"

#include <gtest/gtest.h>

#include <complex>
#include <vector>

#include "twinmill/base/random.hpp"

namespace twinmill::imaging {
namespace {

TEST(HermitianProduct, EqualsTheDefinitionOnEveryRange) {
  const int rows = 101, columns = 77;
  RandomStream random({1, 5}, "product");
  std::vector<float> re, im;
  for (int i = 0; i < rows * columns; ++i) {
    re.push_back(static_cast<float>(random.normal()));
    im.push_back(static_cast<float>(random.normal()));
  }
  const Rows all{.re = re.data(), .im = im.data(), .count = rows, .stride = columns};
  for (const auto& [first, last] : {std::pair{0, columns}, {10, 50}, {5, 6}, {7, 7}}) {
    std::vector<float> a(static_cast<std::size_t>(rows * rows), 1.0F), b(a), c(a), scratch;
    add_products(all, all, first, last, {a.data(), b.data(), c.data(), rows}, scratch);
    for (int g = 0; g < rows; g += 13) {
      for (int h = 0; h < rows; h += 7) {
        std::complex<double> sum(2, -1);  // A + B and A - B - C of what was there.
        for (int k = first; k < last; ++k) {
          const auto gk = static_cast<std::size_t>(g * columns + k), hk = static_cast<std::size_t>(h * columns + k);
          sum += std::conj(std::complex<double>(re[gk], im[gk])) * std::complex<double>(re[hk], im[hk]);
        }
        const auto at = static_cast<std::size_t>(g * rows + h);
        EXPECT_LT(std::abs(sum - std::complex<double>(a[at] + b[at], a[at] - b[at] - c[at])), 1e-4);
      }
    }
  }
}

}  // namespace
}  // namespace twinmill::imaging
