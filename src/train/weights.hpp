#pragma once
// Weights and optimiser as bytes, and the same on every rank.

#include <torch/optim/adam.h>

#include <string>

#include "network.hpp"
#include "twinmill/mpi/mpi.hpp"

namespace twinmill::train {

/// The network's parameters and running statistics as a LibTorch archive.
std::string save_weights(const Network& network);
/// Throws Error(system) when the archive does not fit the network.
void load_weights(Network& network, const std::string& archive);

/// The same with the optimiser's moments.
std::string save_training(const Network& network, const torch::optim::Adam& optimiser);
void load_training(Network& network, torch::optim::Adam& optimiser, const std::string& archive);

/// Gives every rank the weights of rank 0. Collective.
void broadcast_weights(Network& network, const mpi::Communicator& group);

/// Replaces the running statistics of batch normalisation by their mean over ranks, weighted with the samples that each
/// rank has seen since the last time. Collective.
void average_running_statistics(Network& network, std::int64_t samples_seen, const mpi::Communicator& group);

}  // namespace twinmill::train
