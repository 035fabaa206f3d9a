#pragma once

namespace twinmill::mpi {

/// Frees every communicator that duplicate() or split() made. Collective; called once, by the Session's end.
void free_duplicates();

/// Ends all ranks with this exit code; a process alone simply exits.
[[noreturn]] void end_job(int code);

}  // namespace twinmill::mpi
