#pragma once
// Pictures of images and masks, and their PNG bytes. All in memory.

#include <array>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "twinmill/base/image.hpp"

namespace twinmill::report {

/// One 8-bit sRGB pixel.
struct Rgb {
  std::uint8_t r = 0, g = 0, b = 0;
  friend bool operator==(const Rgb&, const Rgb&) = default;
};

using GreyPicture = Image<std::uint8_t>;
using RgbPicture = Image<Rgb>;

/// "#e69f00".
std::string css_text(Rgb colour);
/// Colour of a class number: grey for 0 (lattice), then the colours of Okabe and Ito (2008) that stand out on a grey
/// image, and two of Paul Tol; they repeat after nine.
Rgb class_colour(int class_number);

/// PNG file content of an 8-bit grey or RGB picture. Throws Error(bug) for an empty one, Error(system) when libpng
/// fails.
std::string encode_png(const GreyPicture& picture);
std::string encode_png(const RgbPicture& picture);
/// 16-bit grey, the numbers as they are: without a gamma, so that no reader changes them.
std::string encode_png(const Image<std::uint16_t>& picture);
/// A mask as an indexed picture: index = class number, in its class_colour(), lattice black. `classes`: how many the
/// palette holds; Error(bug) for a pixel beyond.
std::string encode_mask_png(const Image<std::uint8_t>& mask, int classes);

/// Standard base64 (RFC 4648) with padding.
std::string base64(std::string_view bytes);
/// "data:image/png;base64,...", for an <img>.
std::string data_url(std::string_view png);

/// Percentiles that become black and white.
struct Stretch {
  double low_percent = 0.5;
  double high_percent = 99.5;
};
/// Values that become black and white.
struct GreyRange {
  double black = 0, white = 0;
};
/// The percentiles of the finite values; both 0 when there are none.
GreyRange range_of(const Image<float>& image, Stretch stretch = {});
/// Linear between black and white; all mid-grey where they are equal, NaN black.
GreyPicture grey(const Image<float>& image, GreyRange range);
Image<std::uint16_t> grey_16_bit(const Image<float>& image, GreyRange range);
/// Linear grey scale between two percentiles of the finite values; a constant image becomes mid-grey, NaN black.
GreyPicture grey(const Image<float>& image, Stretch stretch = {});

RgbPicture to_rgb(const GreyPicture& picture);

/// How a mask is drawn.
struct OverlayStyle {
  double fill_opacity = 0.35;  ///< Inside a region.
  double edge_opacity = 1.0;   ///< On its outermost pixels.
};
/// The picture with every class above 0 tinted in its colour, its edge stronger. Throws Error(bug) when the sizes
/// differ.
RgbPicture overlay(const GreyPicture& picture, const Image<std::uint8_t>& mask, OverlayStyle style = {});

/// Every pixel becomes factor x factor pixels (nearest neighbour). factor >= 1.
GreyPicture upscale(const GreyPicture& picture, int factor);
RgbPicture upscale(const RgbPicture& picture, int factor);

/// Pictures in rows and columns on a background; cells are as large as the largest picture and rows may be ragged.
struct MontageStyle {
  int gap = 4;  ///< Pixels between cells and around them.
  Rgb background{255, 255, 255};
};
RgbPicture montage(std::span<const std::vector<RgbPicture>> rows, MontageStyle style = {});

}  // namespace twinmill::report
