#pragma once
// A small store of drawn images: a square lattice of spots, of which some are missing (vacancy) or bright (dopant).

#include <filesystem>
#include <string>

#include "temp_folder.hpp"
#include "twinmill/mpi/mpi.hpp"
#include "twinmill/train/api.hpp"

namespace twinmill::train::testing {

struct SyntheticStore {
  int train = 12, validation = 5, test = 7;  ///< Samples; two of them make a structure. One more of each is not done,
                                             ///< unless there are none.
  int size = 32;                             ///< Pixels.
  int not_a_number = -1;                     ///< Id of a sample with a pixel that is no number.
  int kinds = 2;                             ///< Of defects that are drawn: none, vacancies, or dopants as well.
  /// One structure of the test split has a sample in the training split.
  bool leak = false;
};

/// Writes the store. One rank alone.
void write_store(const std::filesystem::path& path, const SyntheticStore& what);

/// A folder shared by all ranks, with the store in it. Construction and destruction are collective.
class Workplace {
 public:
  explicit Workplace(const SyntheticStore& what = {});
  ~Workplace();
  const mpi::Communicator& group() const { return group_; }
  std::filesystem::path store() const { return folder_ / "store.h5"; }
  std::filesystem::path models(const std::string& name = "models") const { return folder_ / name; }
  /// A request for a network of width 4 on this store.
  TrainRequest request(int epochs, const std::string& models_name = "models") const;
  EvaluateRequest evaluation() const;

 private:
  mpi::Communicator group_;
  std::unique_ptr<twinmill::testing::TempFolder> owner_;  // rank 0
  std::filesystem::path folder_;
};

}  // namespace twinmill::train::testing
