#pragma once
// Open MPI's mpirun as a child: started, looked at, and ended with every rank.

#include <sys/types.h>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "command.hpp"

namespace twinmill::app {

struct MpirunRequest {
  int ranks = 1;
  Arguments arguments;  ///< Of this program, as the ranks get them.
  /// The ranks go on when one of them dies. mpirun then ends with 0 in any case, and not at all after an abort or while
  /// a rank is stopped: whoever starts it has to watch.
  bool survive_loss = false;
  std::filesystem::path ending;  ///< Where the ranks say how they ended (ending.hpp); absolute.
};

class Mpirun {
 public:
  /// Throws Error(system) when there is no mpirun, or no process can be made.
  explicit Mpirun(const MpirunRequest& request);
  ~Mpirun();  ///< Ends what still runs.
  Mpirun(const Mpirun&) = delete;
  Mpirun& operator=(const Mpirun&) = delete;

  /// Whether it still runs.
  bool running();
  /// How it ended, as a shell says it: the exit code, or 128 and the signal's number.
  int code() const { return code_; }
  /// The ranks on this host that are alive.
  const std::vector<long>& look_at_ranks();
  /// Whether all ranks were seen alive at once, and how many are missing since. On several hosts mpirun starts a helper
  /// for each of the others, so all ranks are never seen, and nothing is said to be missing.
  int missing() const { return whole_ ? requested_ - static_cast<int>(ranks_.size()) : 0; }
  /// Ends mpirun and all ranks, stopped ones too: politely, after a while by force.
  void end();

 private:
  void collect(int state);
  void kill_ranks() const;

  int requested_;
  pid_t pid_ = -1;  ///< -1: it has ended.
  int code_ = 0;
  bool whole_ = false;
  std::vector<long> ranks_;
  std::map<long, std::string> started_;  ///< When each rank ever seen began.
};

}  // namespace twinmill::app
