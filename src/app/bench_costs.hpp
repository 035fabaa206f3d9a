#pragma once
// What rank 0 pays for a message and for a lease in the ledger, measured.

#include <filesystem>

#include "twinmill/mpi/mpi.hpp"

namespace twinmill::app {

/// Seconds of processor time of the scheduler's rank.
struct MessageCosts {
  double receive = 0;  ///< Finished, decoded.
  double send = 0;     ///< Grant, encoded, and its completion.
};
/// Messages of leases with `samples` tasks between ranks 0 and 1. Collective over all; the result is rank 0's.
MessageCosts message_costs(const mpi::Communicator& world, std::int64_t samples);

struct LedgerCosts {
  double lease = 0;   ///< Seconds of processor time for granting and finishing a lease.
  double commit = 0;  ///< Seconds until the disk has a transaction of a few leases.
};
struct LedgerWork {
  std::int64_t simulations = 200000;  ///< Of the ledger.
  std::int64_t samples = 1;           ///< Of each.
  std::int64_t leases = 20000;        ///< That are granted and finished, in no order: every one has pages of its own.
  std::int64_t turn = 16;             ///< Leases of one commit.
};
/// In a ledger of its own inside `dir`, removed afterwards.
LedgerCosts ledger_costs(const std::filesystem::path& dir, const LedgerWork& work);

}  // namespace twinmill::app
