#include "study.hpp"

#include <gmock/gmock.h>

#include <cmath>

#include "study_files.hpp"
#include "temp_folder.hpp"
#include "twinmill/base/error.hpp"
#include "twinmill/base/files.hpp"
#include "twinmill/report/csv.hpp"
#include "twinmill/report/tables.hpp"

namespace twinmill::report {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using twinmill::testing::TempFolder;

Study study_of(const std::vector<StudyFile>& files) {
  const TempFolder folder;
  write_study(folder.path(), files);
  return read_study(folder.path());
}

TEST(Csv, QuotesWhatNeedsIt) {
  EXPECT_EQ(csv_field("plain text"), "plain text");
  EXPECT_EQ(csv_field("a,b"), "\"a,b\"");
  EXPECT_EQ(csv_field("say \"x\"\n"), "\"say \"\"x\"\"\n\"");
  EXPECT_EQ(csv_number(std::nan("")), "");
  EXPECT_EQ(csv_number(std::numeric_limits<double>::infinity()), "inf");
  EXPECT_EQ(csv_number(0.1), "0.1");
  Csv table({"a", "b"});
  table.add({"1", "x,y"});
  EXPECT_EQ(table.text(), "a,b\n1,\"x,y\"\n");
  EXPECT_THROW(table.add({"1"}), Error);
}

TEST(Spread, IsOfOneModel) {
  const Spread three = spread_of({0.5, std::nan(""), 0.7, 0.9});
  EXPECT_EQ(three.models, 3);
  EXPECT_DOUBLE_EQ(three.mean, 0.7);
  EXPECT_DOUBLE_EQ(three.deviation, 0.2);
  EXPECT_TRUE(std::isnan(spread_of({0.5}).deviation));
  EXPECT_EQ(spread_of({}).models, 0);
}

TEST(Study, AveragesOverSubsetsAndSeeds) {
  const Study study = study_of({{.name = "a", .network = "g-unet", .defects = {"vacancy"}, .f1 = {0.8}},
                                {.name = "b", .network = "g-unet", .defects = {"dopant"}, .f1 = {0.6}},
                                {.name = "c", .network = "g-unet", .defects = {"vacancy", "dopant"}, .f1 = {0.4, 0.6}},
                                {.name = "d", .network = "a-unet", .defects = {"vacancy"}, .f1 = {0.9}}});
  EXPECT_THAT(networks_of(study), ElementsAre("a-unet", "g-unet"));
  EXPECT_EQ(most_classes(study), 3);
  const auto by_n = f1_by_count(study, Level::pixel);
  EXPECT_NEAR(by_n.at("g-unet").at(2).mean, 0.7, 1e-12);
  EXPECT_EQ(by_n.at("g-unet").at(2).models, 2);
  EXPECT_NEAR(by_n.at("g-unet").at(3).mean, 0.5, 1e-12);
  EXPECT_EQ(by_n.at("a-unet").at(2).models, 1);
  // The fixture's defects are found better than pixels, by 0.1.
  EXPECT_NEAR(f1_by_count(study, Level::defect).at("g-unet").at(3).mean, 0.6, 1e-12);
  const auto by_class = f1_by_class(study, Level::pixel);
  EXPECT_NEAR(by_class.at("g-unet").at("vacancy").alone.mean, 0.8, 1e-12);
  EXPECT_NEAR(by_class.at("g-unet").at("vacancy").among_all.mean, 0.4, 1e-12);
  EXPECT_EQ(by_class.at("a-unet").at("vacancy").among_all.models, 0);
}

TEST(Study, DosesAndConditions) {
  const auto model = [](const std::string& name, const std::string& condition, double own, double other) {
    return StudyFile{.name = name,
                     .network = "g-unet",
                     .condition = condition,
                     .defects = {"vacancy"},
                     .f1 = {own},
                     .elsewhere = {{condition == "clean" ? "messy" : "clean", other}}};
  };
  const Study study =
      study_of({model("a", "clean", 0.9, 0.3), model("b", "clean", 0.7, 0.5), model("c", "messy", 0.6, 0.8)});
  EXPECT_THAT(conditions_of(study), ElementsAre("clean", "messy"));
  EXPECT_EQ(main_condition(study), "clean");
  EXPECT_NEAR(f1_by_count(study, Level::pixel).at("g-unet").at(2).mean, 0.8, 1e-12) << "those trained on clean";
  const auto matrix = transfer(study, "g-unet", Level::pixel);
  EXPECT_NEAR(matrix.at("clean").at("clean").mean, 0.8, 1e-12);
  EXPECT_NEAR(matrix.at("clean").at("messy").mean, 0.4, 1e-12);
  EXPECT_NEAR(matrix.at("messy").at("clean").mean, 0.8, 1e-12);
  const auto doses = f1_by_dose(study).at("g-unet");
  ASSERT_EQ(doses.points.size(), 5U);
  // The fixture's F1 is f1 - 0.5 exp(-dose/2000) at each dose; means of such curves are one.
  ASSERT_TRUE(doses.fit.determined()) << doses.fit.not_determined;
  EXPECT_NEAR(doses.fit.alpha.value, 2000, 0.1);
  EXPECT_NEAR(doses.fit.a.value, -0.5, 1e-6);
}

TEST(Study, AFolderWithoutResultsIsNoStudy) {
  const TempFolder folder;
  EXPECT_THAT(read_study(folder.path()).models, IsEmpty());
  EXPECT_THAT(read_study(folder / "none").models, IsEmpty());
  write_study_table(folder.path());
  EXPECT_FALSE(std::filesystem::exists(folder / "study.csv"));
}

TEST(Study, ADamagedResultIsNamed) {
  const TempFolder folder;
  std::filesystem::create_directories(folder / "m");
  write_atomic(folder / "m" / "result.json", "{\"model\": \"m\"}");
  try {
    read_study(folder.path());
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(e.fault(), Fault::input);
    EXPECT_THAT(e.what(), HasSubstr("result.json is no result of a training ("));
  }
}

TEST(Tables, HoldEverythingInLongForm) {
  const TempFolder folder;
  const EvaluationOf evaluation{.condition = "all, clean",
                                .json = study_evaluation({.name = "", .defects = {"vacancy"}, .f1 = {0.5}}, 0.5)};
  write_evaluation_tables(folder.path(), "m", std::span(&evaluation, 1));
  const std::string metrics = read_text(folder / "metrics.csv");
  EXPECT_THAT(metrics, ::testing::StartsWith("model,condition,slice_axis,slice_value,class,measure,value\n"));
  EXPECT_THAT(metrics, HasSubstr("m,\"all, clean\",all,all,vacancy,f1,0.5\n"));
  EXPECT_THAT(metrics, HasSubstr("m,\"all, clean\",all,all,vacancy,iou,\n")) << "undefined is empty";
  EXPECT_THAT(metrics, HasSubstr("m,\"all, clean\",rotation,30,,macro_f1,0.25\n"));
  EXPECT_THAT(metrics, HasSubstr("m,\"all, clean\",all,all,vacancy,defect_f1,0.6\n"));
  EXPECT_THAT(read_text(folder / "confusion.csv"), HasSubstr("m,\"all, clean\",defect,vacancy,nothing,4\n"));
  EXPECT_THAT(read_text(folder / "confusion.csv"), HasSubstr("m,\"all, clean\",pixel,lattice,vacancy,2\n"));
  EXPECT_THAT(read_text(folder / "calibration.csv"), HasSubstr("m,\"all, clean\",all,0.5,1,10,0.9,0.8\n"));
  const std::string dose = read_text(folder / "dose.csv");
  EXPECT_THAT(dose, HasSubstr("m,\"all, clean\",macro_f1,inf,0.5,,,,\n"));
  EXPECT_THAT(dose, HasSubstr("m,\"all, clean\",alpha,,2000,30,1900,2100,\n"));
}

TEST(Tables, TheStudyInOneFile) {
  const TempFolder folder;
  write_study(folder.path(), {{.name = "a", .network = "g-unet", .defects = {"vacancy"}, .f1 = {0.8}},
                              {.name = "b", .network = "g-unet", .defects = {"vacancy"}, .f1 = {0.6}}});
  write_study_table(folder.path());
  const std::string text = read_text(folder / "study.csv");
  EXPECT_THAT(text, ::testing::StartsWith("figure,network,level,classes,class,trained_on,evaluated_on,dose_e_per_A2,"
                                          "measure,value,deviation,models\n"));
  EXPECT_THAT(text, HasSubstr("classes,g-unet,pixel,2,,all,all,,f1,0.7"));
  EXPECT_THAT(text, HasSubstr("transfer,g-unet,pixel,2,,all,all,,f1,0.7"));
  EXPECT_THAT(text, HasSubstr("dose,g-unet,pixel,2,,all,all,inf,f1,0.7"));
}

}  // namespace
}  // namespace twinmill::report
