#pragma once
// A run directory whose campaign has changed: what stays, what is new, and the step from one to the other
// (docs/failure.md, docs/adr/0013-changed-campaigns.md).

#include <cstdint>
#include <functional>
#include <string_view>

#include "run_directory.hpp"

namespace twinmill::app {

/// A campaign beside what a directory holds. Images are told by their keys.
struct Comparison {
  bool same_plan = false;        ///< The store was made from this very plan.
  std::int64_t kept = 0;         ///< Finished images that the campaign has too.
  std::int64_t to_make = 0;      ///< Images of the campaign that are not finished there,
  std::int64_t simulations = 0;  ///< in so many simulations.
  std::int64_t dropped = 0;      ///< Finished images that the campaign does not have.
  std::int64_t physics = 0;      ///< Version of the physics that the store was made with.
};
/// Reads the store's tables and slots. Throws Error(input) when it is none of this program's.
Comparison compare(const RunDirectory& run, const Campaign& campaign);

/// "20 finished images stay, 8 are to be made in 4 simulations, 0 are dropped".
std::string words_of(const Comparison& comparison);

/// Throws Error(input) when another plan may not take the directory over.
void refuse_change(const RunDirectory& run, const Comparison& comparison, PrepareOptions::Change allowed);

/// The moments between which a change may be cut off, in their order.
enum class ChangeStep {
  store_made,
  content_copied,
  ledger_made,
  ledger_in_place,
  predictions_gone,
  store_in_place,
  count_
};

/// Changes the directory to this campaign: a store and a ledger of the new plan are made beside the old ones, with
/// everything finished that both have, checked against its checksum; then they take their places, the ledger first. Cut
/// off before that, the directory holds the old campaign; after it, finish_change() gives the new one. Rank 0 alone,
/// inside an mpi::Session, holding the lock. `reached` is for tests. Throws Error(system) when the disk has no room for
/// both stores, or the old ledger is damaged; Error(input) when it is of another format.
void change_campaign(const RunDirectory& run, const Campaign& campaign,
                     const std::function<void(ChangeStep)>& reached = {});

/// Gives the directory the trainings of this campaign's study: a ledger with all that the old one knows of images and
/// relaxations, and with the trainings of the new study, those done whose results are there. Does nothing when they are
/// the same. Atomic; otherwise as change_campaign(). The store must be of the campaign's plan.
void change_study(const RunDirectory& run, const Campaign& campaign);

/// Finishes a change that was cut off after the new ledger took its place, and clears away what one that was cut off
/// before left, and what a repair left. The same conditions.
void finish_change(const RunDirectory& run);

/// Clears away whatever a change left, finished or not: for a directory whose ledger cannot be read.
void abandon_change(const RunDirectory& run);

}  // namespace twinmill::app
