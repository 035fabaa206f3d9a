#include "twinmill/report/progress_line.hpp"

#include <gmock/gmock.h>

#include <sstream>

namespace twinmill::report {
namespace {

Progress half() {
  return {.label = "simulating",
          .unit = "images",
          .done = 96,
          .total = 192,
          .rate_per_s = 0.74,
          .eta_s = 130,
          .note = "1 quarantined"};
}

int width_of(const std::string& text) {
  int count = 0;
  for (const char c : text) count += (c & 0xC0) != 0x80 ? 1 : 0;
  return count;
}

TEST(ProgressText, WideTerminal) {
  EXPECT_EQ(
      progress_text(half(), 140, Glyphs::ascii),
      "simulating  [###################...................]   50 %   96/192 images  44.4 images/min  2 min 10 s left"
      "  1 quarantined");
}

TEST(ProgressText, LosesTheLeastImportantFirst) {
  const auto at = [](int columns) { return progress_text(half(), columns, Glyphs::ascii); };
  EXPECT_EQ(at(100),
            "simulating  [#######.......]   50 %   96/192 images  44.4 images/min  2 min 10 s left  1 quarantined");
  EXPECT_EQ(at(88), "simulating  [########.........]   50 %   96/192 images  44.4 images/min  2 min 10 s left");
  EXPECT_EQ(at(79), "simulating  [####....]   50 %   96/192 images  44.4 images/min  2 min 10 s left");
  EXPECT_EQ(at(70), "simulating  [########........]   50 %   96/192 images  2 min 10 s left");
  EXPECT_EQ(at(50), "simulating  [######......]   50 %  2 min 10 s left");
  EXPECT_EQ(at(30), "simulating  [####.....]   50 %");
  EXPECT_EQ(at(20), "simulating   50 %");
  EXPECT_EQ(at(5), "simul");
  EXPECT_EQ(at(0), "");
}

TEST(ProgressText, TheBarKeepsItsWidth) {
  Progress progress = half();
  for (const double done : {0.0, 9.0, 50.0, 192.0}) {
    progress.done = done;
    const std::string line = progress_text(progress, 70, Glyphs::ascii);
    EXPECT_EQ(line.find('['), 12u);
    EXPECT_EQ(line.find(']'), 29u) << line;
  }
}

TEST(ProgressText, NeverWiderThanItMayBe) {
  for (const Glyphs glyphs : {Glyphs::ascii, Glyphs::utf8}) {
    for (int columns = 0; columns < 200; ++columns) {
      for (const double done : {0.0, 0.37, 95.5, 191.0, 192.0}) {
        Progress progress = half();
        progress.done = done;
        EXPECT_LE(width_of(progress_text(progress, columns, glyphs)), columns);
      }
    }
  }
}

TEST(ProgressText, Utf8ShowsEighths) {
  Progress progress{
      .label = "training", .unit = "epochs", .done = 5, .total = 16, .rate_per_s = 0, .eta_s = {}, .note = {}};
  // 8 columns are 64 eighths: 5/16 of them are 20, two blocks and a half.
  EXPECT_EQ(progress_text(progress, 39, Glyphs::utf8), "training  ██▌░░░░░   31 %   5/16 epochs");
  progress.done = 16;
  EXPECT_EQ(progress_text(progress, 39, Glyphs::utf8), "training  ████████  100 %  16/16 epochs");
}

TEST(ProgressText, HundredPercentMeansDone) {
  Progress progress = half();
  progress.done = 191.9;
  EXPECT_THAT(progress_text(progress, 120, Glyphs::ascii), testing::HasSubstr("99 %  191/192"));
  progress.total = 0;
  EXPECT_THAT(progress_text(progress, 120, Glyphs::ascii), testing::HasSubstr("0 %"));
}

TEST(ProgressSentence, SaysItInOneLine) {
  EXPECT_EQ(progress_sentence(half()),
            "simulating: 96 of 192 images (50 %), 44.4 images/min, 2 min 10 s left, 1 quarantined");
  EXPECT_EQ(
      progress_sentence(
          {.label = "training", .unit = "epochs", .done = 0, .total = 30, .rate_per_s = 0, .eta_s = {}, .note = {}}),
      "training: 0 of 30 epochs (0 %)");
}

TEST(RateText, ChoosesItsUnit) {
  EXPECT_EQ(rate_text(0, "images"), "");
  EXPECT_EQ(rate_text(0.5, "images"), "30.0 images/min");
  EXPECT_EQ(rate_text(12.345, "images"), "12.3 images/s");
  EXPECT_EQ(rate_text(54321, "tasks"), "54,321 tasks/s");
}

TEST(Cadence, TenthsAndHalfMinutes) {
  Cadence cadence;
  EXPECT_TRUE(cadence.due(0, 100));
  EXPECT_FALSE(cadence.due(0.05, 101));
  EXPECT_TRUE(cadence.due(0.1, 102));
  EXPECT_FALSE(cadence.due(0.19, 131.9));
  EXPECT_TRUE(cadence.due(0.19, 132)) << "30 s without a line";
  EXPECT_TRUE(cadence.due(0.55, 133)) << "several tenths at once";
  EXPECT_FALSE(cadence.due(0.59, 134));
  EXPECT_TRUE(cadence.due(1, 135));
  EXPECT_FALSE(cadence.due(1, 136));
}

TEST(ProgressLine, TerminalIsRedrawnInPlace) {
  std::ostringstream out;
  ProgressLine line(out, ProgressLine::Kind::terminal, Glyphs::ascii, 31);
  Progress progress{
      .label = "simulating", .unit = "images", .done = 0, .total = 4, .rate_per_s = 0, .eta_s = {}, .note = {}};
  line.update(progress, 0);
  progress.done = 1;
  line.update(progress, 0.05);  // Too soon.
  line.update(progress, 0.5);
  progress.done = 4;
  line.update(progress, 0.51);  // The end is always drawn.
  line.finish();
  line.finish();
  EXPECT_EQ(out.str(),
            "\rsimulating  [.........]    0 %"
            "\rsimulating  [##.......]   25 %"
            "\rsimulating  [#########]  100 %"
            "\n");
}

TEST(ProgressLine, AShorterLineLeavesNothingBehind) {
  std::ostringstream out;
  ProgressLine line(out, ProgressLine::Kind::terminal, Glyphs::ascii, 100);
  Progress progress{.label = "a", .unit = "b", .done = 1, .total = 2, .rate_per_s = 0, .eta_s = 130};
  line.update(progress, 0);
  progress.eta_s.reset();
  line.update(progress, 1);
  const std::string same = "a  [###################...................]   50 %  1/2 b";
  EXPECT_EQ(out.str(), "\r" + same + "  2 min 10 s left" + "\r" + same + std::string(17, ' '));
}

TEST(ProgressLine, MakesRoomForOtherLines) {
  std::ostringstream out;
  ProgressLine line(out, ProgressLine::Kind::terminal, Glyphs::ascii, 17);
  const Progress progress{.label = "abc", .unit = "", .done = 1, .total = 2, .rate_per_s = 0, .eta_s = {}, .note = {}};
  line.update(progress, 0);
  line.clear();
  line.clear();
  line.update(progress, 0.01);
  EXPECT_EQ(out.str(), "\rabc   50 %\r          \r\rabc   50 %");
}

TEST(ProgressLine, ANewPhaseGetsANewLine) {
  std::ostringstream out;
  ProgressLine line(out, ProgressLine::Kind::terminal, Glyphs::ascii, 12);
  Progress progress{.label = "a", .unit = "", .done = 2, .total = 2, .rate_per_s = 0, .eta_s = {}, .note = {}};
  line.update(progress, 0);
  progress.label = "b";
  progress.done = 0;
  line.update(progress, 0.01);
  EXPECT_EQ(out.str(), "\ra  100 %\n\rb    0 %");
}

TEST(ProgressLine, AFileGetsALineNowAndThen) {
  std::ostringstream out;
  ProgressLine line(out, ProgressLine::Kind::file, Glyphs::ascii, 0);
  Progress progress{
      .label = "simulating", .unit = "images", .done = 0, .total = 100, .rate_per_s = 0, .eta_s = {}, .note = {}};
  for (int i = 0; i <= 25; ++i) {
    progress.done = i;
    line.update(progress, 0.1 * i);
  }
  line.clear();
  line.finish();
  EXPECT_EQ(out.str(),
            "simulating: 0 of 100 images (0 %)\n"
            "simulating: 10 of 100 images (10 %)\n"
            "simulating: 20 of 100 images (20 %)\n");
}

}  // namespace
}  // namespace twinmill::report
