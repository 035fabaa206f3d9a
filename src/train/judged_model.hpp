#pragma once
// The model that an evaluation is about: the one that was trained in a folder, or an exported one.

#include <memory>
#include <string>
#include <vector>

#include "network.hpp"
#include "samples.hpp"
#include "twinmill/mpi/mpi.hpp"
#include "twinmill/train/api.hpp"

namespace twinmill::train {

struct JudgedModel {
  std::string file;  ///< Where it comes from.
  std::vector<std::string> classes, detectors;
  Conditions conditions = Conditions::left_out;
  std::shared_ptr<Network> network;
};

/// The request's model, on every rank. Throws Error(input) on every rank when there is none, or when it belongs to
/// another key. Collective.
JudgedModel judged_model(const EvaluateRequest& request, const mpi::Communicator& group);

/// Throws Error(input) when the store has other detectors than the model's, no masks, or none of the model's defects.
void check_fit(const JudgedModel& model, const store::Header& header, const std::filesystem::path& store);

}  // namespace twinmill::train
