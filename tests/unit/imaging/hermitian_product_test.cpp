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
    std::vector<float> m_re(static_cast<std::size_t>(rows * rows), 1.0F), m_im(m_re);
    add_product(all, all, first, last, m_re.data(), m_im.data(), rows);
    for (int g = 0; g < rows; g += 13) {
      for (int h = 0; h < rows; h += 7) {
        std::complex<double> sum(1, 1);
        for (int k = first; k < last; ++k) {
          const auto a = static_cast<std::size_t>(g * columns + k), b = static_cast<std::size_t>(h * columns + k);
          sum += std::conj(std::complex<double>(re[a], im[a])) * std::complex<double>(re[b], im[b]);
        }
        const auto at = static_cast<std::size_t>(g * rows + h);
        EXPECT_LT(std::abs(sum - std::complex<double>(m_re[at], m_im[at])), 1e-4);
      }
    }
  }
}

}  // namespace
}  // namespace twinmill::imaging
