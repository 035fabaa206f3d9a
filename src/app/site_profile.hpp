#pragma once
// Site profiles and batch systems as files: where they are, and what all of them say together.

#include <string>

#include "twinmill/campaign/site.hpp"

namespace twinmill::app {

struct SiteProfile {
  campaign::Site site;
  campaign::BatchSection batch;
};

/// `name` is a file when it ends in .toml, otherwise one of those that came with the program (slurm/sites beside its
/// source, share/twinmill/slurm/sites where it is installed). Throws Error(input) with every mistake of both files, or
/// with the names that there are.
SiteProfile load_site(const std::string& name);

}  // namespace twinmill::app
