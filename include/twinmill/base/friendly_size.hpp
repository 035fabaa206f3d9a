#pragma once

namespace twinmill {

/// Smallest even n >= minimum (to 1e-9 of it, for quotients) whose only factors are 2, 3 and 5: a factor of 7 makes
/// transforms up to twice as slow.
int friendly_size(double minimum);

}  // namespace twinmill
