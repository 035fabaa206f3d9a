#pragma once
// From the plan's values to those of the specimen module (the plan knows no physics, it knows no plan), and to the
// atoms that are imaged.

#include <filesystem>

#include "twinmill/campaign/plan.hpp"
#include "twinmill/specimen/build.hpp"
#include "twinmill/specimen/field.hpp"
#include "twinmill/specimen/view.hpp"
#include "workers/relax.hpp"

namespace twinmill::imaging {
class Device;
}

namespace twinmill::workers {

/// Where a campaign's files are, and where its images are made.
struct Places {
  std::filesystem::path campaign;     ///< What paths in the campaign file are relative to.
  std::filesystem::path relaxed;      ///< Of the run: one extxyz file per relaxed structure.
  imaging::Device* device = nullptr;  ///< That makes the images; not owned. Null: the processor.
};

specimen::Recipe recipe_of(const campaign::Plan& plan, const campaign::Structure& structure, const Places& places);
/// The campaign's own, with whole paths.
RelaxSettings relax_settings_of(const campaign::Plan& plan, const Places& places);
RelaxTask relax_task_of(const campaign::Plan& plan, const campaign::Structure& structure, const Places& places);
/// Meaningful for an operation that makes a field.
specimen::FieldRecipe field_of(const campaign::Plan& plan, const campaign::Operation& operation);

/// The atoms of a structure: read, built, or built and relaxed. Throws Error(system) when its relaxation is not there.
specimen::Structure build_structure(const campaign::Plan& plan, const campaign::Structure& structure,
                                    const Places& places);
/// The atoms that are imaged: the structure, or the field that its operation makes of it.
specimen::Structure build_specimen(const campaign::Plan& plan, const campaign::Simulation& simulation,
                                   const Places& places);
/// How the image lies in that cell.
specimen::View view_of(const campaign::Plan& plan, const campaign::Simulation& simulation,
                       const campaign::Exposure& exposure);
/// Turn of the specimen against the image that is not yet part of its atoms.
double scan_rotation_deg(const campaign::Simulation& simulation, const campaign::Exposure& exposure);

}  // namespace twinmill::workers
