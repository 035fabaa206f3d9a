#include "hermitian_product.hpp"

#include <gtest/gtest.h>

#include "twinmill/base/random.hpp"

namespace twinmill::imaging {
namespace {

TEST(HermitianProduct, EqualsTheDefinitionOnEveryRange) {
  const int rows = 401, columns = 77;  // More than two blocks of rows, none of them full at the end.
  RandomStream random({1, 5}, "product");
  SplitRows s{.rows = rows, .columns = columns, .re = {}, .im = {}};
  for (int i = 0; i < rows * columns; ++i) {
    s.re.push_back(static_cast<float>(random.normal()));
    s.im.push_back(static_cast<float>(random.normal()));
  }
  for (const auto& [first, last] : {std::pair{0, columns}, {10, 50}, {5, 6}, {7, 7}}) {
    const auto m = hermitian_product(s, first, last);
    for (int g = 0; g < rows; g += 13) {
      for (int h = 0; h < rows; h += 7) {
        std::complex<double> sum = 0;
        for (int k = first; k < last; ++k) {
          const auto a = static_cast<std::size_t>(g * columns + k), b = static_cast<std::size_t>(h * columns + k);
          sum += std::conj(std::complex<double>(s.re[a], s.im[a])) * std::complex<double>(s.re[b], s.im[b]);
        }
        EXPECT_LT(std::abs(sum - std::complex<double>(m[static_cast<std::size_t>(g * rows + h)])), 1e-4);
      }
    }
  }
}

}  // namespace
}  // namespace twinmill::imaging
