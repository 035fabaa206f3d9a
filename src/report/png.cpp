#include "twinmill/report/png.hpp"

#include <png.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <vector>

#include "twinmill/base/error.hpp"

namespace twinmill::report {

namespace {

std::string encode(const void* pixels, int width, int height, png_uint_32 format, std::span<const Rgb> palette = {}) {
  ensure(width > 0 && height > 0, "a picture without pixels cannot be encoded");
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  image.width = static_cast<png_uint_32>(width);
  image.height = static_cast<png_uint_32>(height);
  image.format = format;
  image.colormap_entries = static_cast<png_uint_32>(palette.size());
  png_alloc_size_t size = PNG_IMAGE_PNG_SIZE_MAX(image);
  std::string bytes(size, '\0');
  constexpr int keep_8_bit = 0, packed_rows = 0;
  if (png_image_write_to_memory(&image, bytes.data(), &size, keep_8_bit, pixels, packed_rows,
                                palette.empty() ? nullptr : palette.data()) == 0)
    throw Error(Fault::system, cat("a PNG picture could not be made (", image.message, "). Is there enough memory?"));
  bytes.resize(size);
  return bytes;
}

std::uint8_t mix(std::uint8_t below, std::uint8_t above, double opacity) {
  return static_cast<std::uint8_t>(std::lround(below + (above - below) * opacity));
}

/// A pixel is on the edge of its region when one of its four neighbours has another class; the image's border is not
/// an edge, for there the region goes on.
bool on_edge(const Image<std::uint8_t>& mask, int x, int y) {
  const auto differs = [&](int nx, int ny) {
    return nx >= 0 && ny >= 0 && nx < mask.width && ny < mask.height && mask.at(nx, ny) != mask.at(x, y);
  };
  return differs(x - 1, y) || differs(x + 1, y) || differs(x, y - 1) || differs(x, y + 1);
}

template <class Pixel>
Image<Pixel> enlarged(const Image<Pixel>& picture, int factor) {
  ensure(factor >= 1, "a picture can only be enlarged by a whole number");
  Image<Pixel> large(picture.width * factor, picture.height * factor);
  for (int y = 0; y < large.height; ++y)
    for (int x = 0; x < large.width; ++x) large.at(x, y) = picture.at(x / factor, y / factor);
  return large;
}

template <class Level>
Image<Level> scaled(const Image<float>& image, GreyRange range) {
  constexpr double top = std::numeric_limits<Level>::max();
  Image<Level> picture(image.width, image.height);
  for (std::size_t i = 0; i < image.size(); ++i) {
    const double value = image.data[i];
    if (std::isnan(value)) continue;
    const double part =
        range.white > range.black ? std::clamp((value - range.black) / (range.white - range.black), 0.0, 1.0) : 0.5;
    picture.data[i] = static_cast<Level>(std::lround(top * part));
  }
  return picture;
}

// A PNG file is a signature and chunks: length, name, content, checksum (PNG specification, 5.3).
std::string without_chunks(const std::string& png, std::span<const std::string_view> names) {
  constexpr std::size_t signature = 8, frame = 12;
  std::string kept = png.substr(0, signature);
  for (std::size_t at = signature; at + frame <= png.size();) {
    std::size_t length = 0;
    for (std::size_t i = 0; i < 4; ++i) length = length << 8 | static_cast<unsigned char>(png[at + i]);
    if (std::ranges::find(names, std::string_view(png).substr(at + 4, 4)) == names.end())
      kept += png.substr(at, length + frame);
    at += length + frame;
  }
  return kept;
}

}  // namespace

std::string css_text(Rgb colour) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text = "#";
  for (const std::uint8_t part : {colour.r, colour.g, colour.b}) {
    text += digits[part >> 4];
    text += digits[part & 15];
  }
  return text;
}

Rgb class_colour(int class_number) {
  // Okabe and Ito's eight without black; blue comes last, because it is the one that is hard to see on a dark image.
  static constexpr std::array<Rgb, 9> colours{{{230, 159, 0},    // orange
                                               {86, 180, 233},   // sky blue
                                               {0, 158, 115},    // bluish green
                                               {204, 121, 167},  // reddish purple
                                               {213, 94, 0},     // vermillion
                                               {240, 228, 66},   // yellow
                                               {0, 114, 178},    // blue
                                               {136, 34, 85},    // wine, and olive: of Paul Tol's muted scheme
                                               {153, 153, 51}}};
  if (class_number <= 0) return {153, 153, 153};
  return colours[static_cast<std::size_t>(class_number - 1) % colours.size()];
}

std::string encode_png(const GreyPicture& picture) {
  return encode(picture.data.data(), picture.width, picture.height, PNG_FORMAT_GRAY);
}

std::string encode_png(const RgbPicture& picture) {
  static_assert(sizeof(Rgb) == 3, "pixels are handed to libpng as they lie in memory");
  return encode(picture.data.data(), picture.width, picture.height, PNG_FORMAT_RGB);
}

std::string encode_png(const Image<std::uint16_t>& picture) {
  // libpng takes 16-bit pixels for linear light and says so; here they are plain numbers.
  constexpr std::array<std::string_view, 3> about_light = {"gAMA", "cHRM", "sRGB"};
  return without_chunks(encode(picture.data.data(), picture.width, picture.height, PNG_FORMAT_LINEAR_Y), about_light);
}

std::string encode_mask_png(const Image<std::uint8_t>& mask, int classes) {
  std::vector<Rgb> palette = {{0, 0, 0}};
  for (int c = 1; c < classes; ++c) palette.push_back(class_colour(c));
  ensure(std::ranges::all_of(mask.data, [&](std::uint8_t c) { return c < palette.size(); }),
         "a mask holds a class that its palette does not");
  return encode(mask.data.data(), mask.width, mask.height, PNG_FORMAT_RGB_COLORMAP, palette);
}

std::string base64(std::string_view bytes) {
  constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t count = std::min<std::size_t>(3, bytes.size() - i);
    unsigned block = 0;
    for (std::size_t k = 0; k < 3; ++k)
      block = (block << 8) | (k < count ? static_cast<unsigned char>(bytes[i + k]) : 0u);
    for (std::size_t k = 0; k < 4; ++k) text += k <= count ? letters[(block >> (18 - 6 * k)) & 63u] : '=';
  }
  return text;
}

std::string data_url(std::string_view png) { return "data:image/png;base64," + base64(png); }

GreyRange range_of(const Image<float>& image, Stretch stretch) {
  std::vector<float> sorted;
  sorted.reserve(image.size());
  std::copy_if(image.data.begin(), image.data.end(), std::back_inserter(sorted),
               [](float v) { return std::isfinite(v); });
  if (sorted.empty()) return {};
  std::sort(sorted.begin(), sorted.end());
  const auto percentile = [&](double percent) {
    const double place = percent / 100 * static_cast<double>(sorted.size() - 1);
    const auto below = static_cast<std::size_t>(place);
    const std::size_t above = std::min(below + 1, sorted.size() - 1);
    const double part = place - static_cast<double>(below);
    return sorted[below] * (1 - part) + sorted[above] * part;
  };
  const GreyRange range{percentile(stretch.low_percent), percentile(stretch.high_percent)};
  // At a very low dose nearly all pixels can be equal: then the few others decide.
  return range.white > range.black ? range : GreyRange{sorted.front(), sorted.back()};
}

GreyPicture grey(const Image<float>& image, GreyRange range) { return scaled<std::uint8_t>(image, range); }
Image<std::uint16_t> grey_16_bit(const Image<float>& image, GreyRange range) {
  return scaled<std::uint16_t>(image, range);
}
GreyPicture grey(const Image<float>& image, Stretch stretch) { return grey(image, range_of(image, stretch)); }

RgbPicture to_rgb(const GreyPicture& picture) {
  RgbPicture colour(picture.width, picture.height);
  std::transform(picture.data.begin(), picture.data.end(), colour.data.begin(), [](std::uint8_t v) {
    return Rgb{v, v, v};
  });
  return colour;
}

RgbPicture overlay(const GreyPicture& picture, const Image<std::uint8_t>& mask, OverlayStyle style) {
  ensure(picture.width == mask.width && picture.height == mask.height, "an image and its mask differ in size");
  RgbPicture result = to_rgb(picture);
  for (int y = 0; y < mask.height; ++y) {
    for (int x = 0; x < mask.width; ++x) {
      if (mask.at(x, y) == 0) continue;
      const Rgb tint = class_colour(mask.at(x, y));
      const double opacity = on_edge(mask, x, y) ? style.edge_opacity : style.fill_opacity;
      Rgb& pixel = result.at(x, y);
      pixel = {mix(pixel.r, tint.r, opacity), mix(pixel.g, tint.g, opacity), mix(pixel.b, tint.b, opacity)};
    }
  }
  return result;
}

GreyPicture upscale(const GreyPicture& picture, int factor) { return enlarged(picture, factor); }
RgbPicture upscale(const RgbPicture& picture, int factor) { return enlarged(picture, factor); }

RgbPicture montage(std::span<const std::vector<RgbPicture>> rows, MontageStyle style) {
  int columns = 0, width = 0, height = 0;
  for (const auto& row : rows) {
    columns = std::max(columns, static_cast<int>(row.size()));
    for (const RgbPicture& cell : row) {
      width = std::max(width, cell.width);
      height = std::max(height, cell.height);
    }
  }
  const int lines = static_cast<int>(rows.size());
  RgbPicture sheet(columns * width + (columns + 1) * style.gap, lines * height + (lines + 1) * style.gap,
                   style.background);
  for (int line = 0; line < lines; ++line) {
    const auto& row = rows[static_cast<std::size_t>(line)];
    for (int column = 0; column < static_cast<int>(row.size()); ++column) {
      const RgbPicture& cell = row[static_cast<std::size_t>(column)];
      const int left = style.gap + column * (width + style.gap), top = style.gap + line * (height + style.gap);
      for (int y = 0; y < cell.height; ++y)
        for (int x = 0; x < cell.width; ++x) sheet.at(left + x, top + y) = cell.at(x, y);
    }
  }
  return sheet;
}

}  // namespace twinmill::report
