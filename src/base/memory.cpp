#include "twinmill/base/memory.hpp"

#include <sys/resource.h>

#include <fstream>
#include <limits>
#include <string>

namespace twinmill {

double available_memory_bytes() {
  std::ifstream info("/proc/meminfo");
  std::string key, unit;
  for (double kilobytes = 0; info >> key >> kilobytes; std::getline(info, unit)) {
    if (key == "MemAvailable:") return kilobytes * 1024;
  }
  return std::numeric_limits<double>::infinity();
}

double peak_memory_bytes() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) * 1024;
}

}  // namespace twinmill
