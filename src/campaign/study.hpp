#pragma once
// The study: many trainings on the images of one campaign.

#include "mistakes.hpp"
#include "plan_parts.hpp"

namespace twinmill::campaign {

// check_study.cpp

/// Adds what is wrong with the study by itself: names that nothing bears, ranges that are none, axes without a study.
void check_study(const Spec& spec, Mistakes& mistakes);

// study.cpp

/// Fills Plan::trainings, numbered after the relaxations, and Plan::study_key; nothing without a study. Adds what does
/// not fit the campaign: more classes than it shows, a condition that nothing meets, a class that no training sample
/// shows.
void add_trainings(Plan& plan, Problems& problems);

/// Canonical text of the settings that decide the trained weights: not those of speed and of checkpoints.
std::string decisive_text(const TrainingSection& settings);

}  // namespace twinmill::campaign
