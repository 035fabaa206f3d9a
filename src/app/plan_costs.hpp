#pragma once
// What a campaign takes: time and memory here, and nodes, jobs and node-hours on a site.

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "campaign_file.hpp"
#include "change.hpp"
#include "job_request.hpp"

namespace twinmill::app {

/// How fast one core of this machine is; nominal until it is measured.
struct Rates {
  double flops = campaign::nominal_flops;  ///< By the measure of Simulation::cost_flop.
  /// By network, width and whether it is conditioned: measured over nominal time of a training image.
  std::map<std::string, double> training = {};
  bool images_measured = false;
  double seconds = 0;     ///< That measuring took.
  std::string note = {};  ///< Why something could not be measured.
};

/// Scatters specimens of this campaign and trains its networks for a few seconds of one core. What cannot be measured
/// (LibTorch or MPI do not start here, a relaxed structure is not there yet) stays nominal and is in the note.
Rates measured_rates(const Campaign& campaign);

/// What is left to be done, in a new directory: everything.
struct Left {
  std::int64_t images = 0, trainings = 0;
  static Left all(const campaign::Plan& plan);
};

/// Seconds of one core.
struct Work {
  double images = 0, longest_simulation = 0;
  double trainings = 0, longest_training = 0;
  bool shared_training = false;  ///< All ranks train one network after the other.
  int batch = 1;                 ///< Images of a step: more ranks than this find no work in it.
};
/// `left` is scaled from the whole: images and trainings cost the same on the average.
Work work_of(const campaign::Plan& plan, const Rates& rates, const Left& left);

/// Wall time with so many workers that make images and ranks that train. Ideal: no rank waits for disk or network.
struct Duration {
  double images_s = 0, trainings_s = 0;
  double total_s() const { return images_s + trainings_s; }
};
Duration duration_of(const Work& work, int workers, int training_ranks);

struct SiteCost {
  Duration duration;
  double node_hours = 0;
  std::optional<std::int64_t> jobs;  ///< One after the other; nothing when the job has no walltime.
};
/// With one rank of the job that schedules.
SiteCost on_site(const Work& work, const JobRequest& job);

/// Bytes that a rank needs at most while images are made.
double rank_memory_bytes(const campaign::Plan& plan);

}  // namespace twinmill::app
