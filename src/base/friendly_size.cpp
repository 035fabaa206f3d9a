#include "twinmill/base/friendly_size.hpp"

#include <algorithm>
#include <cmath>

namespace twinmill {
namespace {

constexpr double tolerance = 1e-9;  // of a quotient that should be a whole number

bool friendly(int n) {
  for (const int factor : {2, 3, 5})
    while (n % factor == 0) n /= factor;
  return n == 1;
}

}  // namespace

int friendly_size(double minimum) {
  int n = std::max(2, static_cast<int>(std::ceil(minimum * (1 - tolerance))));
  n += n % 2;
  while (!friendly(n)) n += 2;
  return n;
}

}  // namespace twinmill
