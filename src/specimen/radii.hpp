#pragma once

namespace twinmill::specimen {

/// Covalent radius (Cordero et al., Dalton Trans. 2832, 2008), A. Throws Error(bug) for what is no element.
double covalent_radius_A(int z);

}  // namespace twinmill::specimen
