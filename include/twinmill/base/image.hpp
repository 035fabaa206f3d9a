#pragma once
// A dense 2D array, row-major: data[y * width + x].

#include <cstddef>
#include <vector>

namespace twinmill {

template <class T>
struct Image {
  int width = 0;   ///< Pixels along x.
  int height = 0;  ///< Pixels along y.
  std::vector<T> data;

  Image() = default;
  Image(int w, int h, T fill = T{}) : width(w), height(h), data(static_cast<std::size_t>(w) * h, fill) {}
  T& at(int x, int y) { return data[static_cast<std::size_t>(y) * width + x]; }
  const T& at(int x, int y) const { return data[static_cast<std::size_t>(y) * width + x]; }
  std::size_t size() const { return data.size(); }
  friend bool operator==(const Image&, const Image&) = default;
};

}  // namespace twinmill
