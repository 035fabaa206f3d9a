#include "twinmill/report/png.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>
#include <set>

#include "read_png.hpp"
#include "twinmill/base/error.hpp"

namespace twinmill::report {
namespace {

Image<std::uint8_t> one_square_mask() {
  Image<std::uint8_t> mask(6, 6);
  for (int y = 1; y < 5; ++y)
    for (int x = 1; x < 5; ++x) mask.at(x, y) = 2;
  return mask;
}

TEST(Png, GreyPixelsComeBack) {
  GreyPicture picture(7, 3);
  for (std::size_t i = 0; i < picture.size(); ++i) picture.data[i] = static_cast<std::uint8_t>(11 * i);
  EXPECT_EQ(read_png<std::uint8_t>(encode_png(picture), PNG_FORMAT_GRAY), picture);
}

TEST(Png, ColourPixelsComeBack) {
  RgbPicture picture(5, 4);
  for (std::size_t i = 0; i < picture.size(); ++i)
    picture.data[i] = {static_cast<std::uint8_t>(i), static_cast<std::uint8_t>(255 - i),
                       static_cast<std::uint8_t>(3 * i)};
  EXPECT_EQ(read_png<Rgb>(encode_png(picture), PNG_FORMAT_RGB), picture);
}

TEST(Png, NothingCannotBeEncoded) { EXPECT_THROW(encode_png(GreyPicture{}), Error); }

TEST(Base64, Rfc4648Vectors) {
  EXPECT_EQ(base64(""), "");
  EXPECT_EQ(base64("f"), "Zg==");
  EXPECT_EQ(base64("fo"), "Zm8=");
  EXPECT_EQ(base64("foo"), "Zm9v");
  EXPECT_EQ(base64("foob"), "Zm9vYg==");
  EXPECT_EQ(base64("fooba"), "Zm9vYmE=");
  EXPECT_EQ(base64("foobar"), "Zm9vYmFy");
  EXPECT_EQ(base64(std::string_view("\xff\xfe\x00", 3)), "//4A");
}

TEST(Grey, StretchesBetweenPercentiles) {
  // 0..1000 in order: the percentiles 0.5 and 99.5 are 5 and 995.
  Image<float> image(1001, 1);
  for (int x = 0; x < 1001; ++x) image.at(x, 0) = static_cast<float>(x);
  const GreyPicture picture = grey(image);
  EXPECT_EQ(picture.at(0, 0), 0);
  EXPECT_EQ(picture.at(5, 0), 0);
  EXPECT_EQ(picture.at(500, 0), std::lround(255 * (500.0 - 5) / 990));
  EXPECT_EQ(picture.at(995, 0), 255);
  EXPECT_EQ(picture.at(1000, 0), 255);
}

TEST(Grey, FewElectronsAreStillSeen) {
  // All percentiles are 0, yet one pixel counted an electron.
  Image<float> image(40, 40);
  image.at(7, 3) = 0.01f;
  const GreyPicture picture = grey(image);
  EXPECT_EQ(picture.at(7, 3), 255);
  EXPECT_EQ(picture.at(0, 0), 0);
}

TEST(Grey, ConstantAndBrokenImages) {
  const GreyPicture flat = grey(Image<float>(4, 4, 0.25f));
  EXPECT_THAT(flat.data, testing::Each(128));
  Image<float> broken(2, 2, std::numeric_limits<float>::quiet_NaN());
  EXPECT_THAT(grey(broken).data, testing::Each(0));
  broken.at(0, 0) = 1;
  broken.at(1, 0) = 3;
  broken.at(0, 1) = std::numeric_limits<float>::infinity();
  EXPECT_THAT(grey(broken).data, testing::ElementsAre(0, 255, 255, 0));
}

TEST(Overlay, LeavesTheLatticeAndMarksTheEdge) {
  const GreyPicture picture(6, 6, 100);
  const RgbPicture result = overlay(picture, one_square_mask(), {.fill_opacity = 0.5, .edge_opacity = 1});
  const Rgb tint = class_colour(2);
  EXPECT_EQ(result.at(0, 0), (Rgb{100, 100, 100}));
  EXPECT_EQ(result.at(1, 1), tint);
  EXPECT_EQ(result.at(4, 2), tint);
  const auto half = [](std::uint8_t c) { return static_cast<std::uint8_t>(std::lround(100 + (c - 100) * 0.5)); };
  EXPECT_EQ(result.at(2, 2), (Rgb{half(tint.r), half(tint.g), half(tint.b)}));
}

TEST(Overlay, AnImagesBorderIsNoEdge) {
  const RgbPicture result = overlay(GreyPicture(3, 3, 0), Image<std::uint8_t>(3, 3, 1), {.fill_opacity = 0});
  EXPECT_THAT(result.data, testing::Each(Rgb{0, 0, 0}));
}

TEST(Overlay, SizesMustAgree) { EXPECT_THROW(overlay(GreyPicture(3, 3), Image<std::uint8_t>(3, 4)), Error); }

TEST(Png, SixteenBitsArePlainNumbers) {
  Image<float> image(3, 1);
  image.data = {0.25F, 0.5F, 0.75F};
  const auto levels = grey_16_bit(image, {.black = 0.25, .white = 0.75});
  EXPECT_EQ(levels.data, (std::vector<std::uint16_t>{0, 32768, 65535}));
  const std::string png = encode_png(levels);
  for (const char* chunk : {"gAMA", "cHRM", "sRGB"}) EXPECT_EQ(png.find(chunk), std::string::npos) << chunk;
  // Depth and colour type stand behind the sizes in the first chunk; the samples are big-endian.
  EXPECT_EQ(png[24], 16);
  EXPECT_EQ(png[25], 0);
  EXPECT_TRUE(png.ends_with(std::string("IEND\xae\x42\x60\x82")));
}

TEST(Png, MasksKeepTheirClassesAsIndices) {
  Image<std::uint8_t> mask(3, 2);
  mask.data = {0, 1, 2, 9, 2, 0};
  const auto picture = read_png<Rgb>(encode_mask_png(mask, 10), PNG_FORMAT_RGB_COLORMAP, PNG_FORMAT_RGB);
  for (std::size_t i = 0; i < mask.size(); ++i)
    EXPECT_EQ(picture.data[i], mask.data[i] == 0 ? (Rgb{0, 0, 0}) : class_colour(mask.data[i])) << i;
  EXPECT_THROW(encode_mask_png(mask, 9), Error);
}

TEST(Upscale, RepeatsPixels) {
  GreyPicture picture(2, 1);
  picture.data = {3, 9};
  const GreyPicture large = upscale(picture, 3);
  EXPECT_EQ(large.width, 6);
  EXPECT_EQ(large.height, 3);
  for (int y = 0; y < 3; ++y)
    for (int x = 0; x < 6; ++x) EXPECT_EQ(large.at(x, y), x < 3 ? 3 : 9);
  EXPECT_THROW(upscale(picture, 0), Error);
}

TEST(Montage, PlacesCellsOnItsBackground) {
  const Rgb red{255, 0, 0}, blue{0, 0, 255}, paper{9, 9, 9};
  const std::vector<std::vector<RgbPicture>> rows = {{RgbPicture(2, 2, red), RgbPicture(2, 2, blue)},
                                                     {RgbPicture(1, 1, blue)}};
  const RgbPicture sheet = montage(rows, {.gap = 1, .background = paper});
  EXPECT_EQ(sheet.width, 7);
  EXPECT_EQ(sheet.height, 7);
  EXPECT_EQ(sheet.at(0, 0), paper);
  EXPECT_EQ(sheet.at(1, 1), red);
  EXPECT_EQ(sheet.at(3, 1), paper);
  EXPECT_EQ(sheet.at(4, 2), blue);
  EXPECT_EQ(sheet.at(1, 4), blue);
  EXPECT_EQ(sheet.at(2, 4), paper) << "a smaller picture leaves background";
  EXPECT_EQ(sheet.at(5, 5), paper) << "a row may be short";
}

TEST(Colours, AreThoseOfOkabeAndIto) {
  EXPECT_EQ(css_text(class_colour(1)), "#e69f00");
  EXPECT_EQ(css_text(class_colour(2)), "#56b4e9");
  EXPECT_EQ(css_text(class_colour(3)), "#009e73");
  EXPECT_EQ(class_colour(10), class_colour(1));
  std::set<std::string> different;
  for (int c = 0; c < 10; ++c) different.insert(css_text(class_colour(c)));
  EXPECT_EQ(different.size(), 10u);
}

}  // namespace
}  // namespace twinmill::report
