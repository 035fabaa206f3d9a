#pragma once
// Time. Only durations come from the monotonic clock; wall-clock time is for people and logs.

#include <string>

namespace twinmill {

/// Seconds on the monotonic clock.
double steady_seconds();
/// Seconds of processor time used by this process.
double cpu_seconds();
/// Seconds of processor time used by the calling thread.
double thread_cpu_seconds();
/// Seconds since 1970 (may jump).
double unix_seconds();
/// ISO 8601 in UTC, seconds: 2026-01-31T12:00:00Z.
std::string utc_text(double unix_time);

}  // namespace twinmill
