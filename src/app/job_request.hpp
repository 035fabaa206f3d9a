#pragma once
// From options to a job of a site: what submit sends off and what plan --site counts with.

#include "campaign_file.hpp"
#include "job_script.hpp"
#include "options.hpp"

namespace twinmill::app {

/// Declares --nodes, --ranks-per-node, --train-ranks-per-node, --walltime, --drain.
void add_resources(Options& options);

struct SettledJob {
  JobRequest job;
  Campaign campaign;
};
/// The job of --site (needed), the options above and, where they are declared, --dir, --account, --queue, --chain and
/// --until; what is not given is the profile's. Throws Error(input) with all mistakes, one a line. `charged`: a missing
/// account is a mistake where the site wants one.
SettledJob settle_job(const Options& options, bool charged = true);

}  // namespace twinmill::app
