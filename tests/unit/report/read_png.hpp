#pragma once
// Pixels of a PNG file in memory, by libpng.

#include <gtest/gtest.h>
#include <png.h>

#include <string>
#include <vector>

#include "twinmill/report/png.hpp"

namespace twinmill::report {

/// `format`: of the file; the pixels are read as it, or as `pixels`.
template <class Pixel>
Image<Pixel> read_png(const std::string& bytes, png_uint_32 format, png_uint_32 pixels) {
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  EXPECT_NE(png_image_begin_read_from_memory(&image, bytes.data(), bytes.size()), 0) << image.message;
  EXPECT_EQ(image.format, format) << "colour type of the file";
  image.format = pixels;
  Image<Pixel> picture(static_cast<int>(image.width), static_cast<int>(image.height));
  EXPECT_EQ(PNG_IMAGE_SIZE(image), picture.size() * sizeof(Pixel));
  EXPECT_NE(png_image_finish_read(&image, nullptr, picture.data.data(), 0, nullptr), 0) << image.message;
  return picture;
}

template <class Pixel>
Image<Pixel> read_png(const std::string& bytes, png_uint_32 format) {
  return read_png<Pixel>(bytes, format, format);
}

}  // namespace twinmill::report
