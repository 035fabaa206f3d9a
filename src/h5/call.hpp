#pragma once
// What all sources of this module share: handles that are used within one function, and errors.

#ifndef OMPI_SKIP_MPICXX
#define OMPI_SKIP_MPICXX 1
#endif
#ifndef MPICH_SKIP_MPICXX
#define MPICH_SKIP_MPICXX 1
#endif
#include <hdf5.h>

#include <cerrno>
#include <string_view>
#include <type_traits>

#include "twinmill/base/handle.hpp"
#include "twinmill/h5/h5.hpp"

namespace twinmill::h5 {

static_assert(std::is_same_v<hid_t, std::int64_t>, "handles in the public header hold a hid_t");

template <auto Close>
struct LocalPolicy {
  using type = hid_t;
  static type none() { return -1; }
  static void close(type id) { Close(id); }
};
using Space = Handle<LocalPolicy<&H5Sclose>>;
using Properties = Handle<LocalPolicy<&H5Pclose>>;
using Attribute = Handle<LocalPolicy<&H5Aclose>>;
using Object = Handle<LocalPolicy<&H5Oclose>>;

/// HDF5 prints its error stack by default: ours goes into the Error. Called before the first call of HDF5.
void silence();

/// Flushes and closes a file. False when that failed; from then on is_stuck().
bool close_file(std::int64_t id);

/// Throws Error(system): "`what` failed (HDF5: innermost reason)". An `error_number` adds the system's own reason.
[[noreturn]] void fail(std::string_view what, int error_number = 0, std::string_view suggestion = {});

/// Returns what an HDF5 call returned; throws when it is negative.
template <class Result>
Result check(Result result, std::string_view what) {
  if (result < 0) fail(what);
  return result;
}

/// The same for a call that moves content: MPI-IO forgets the reason of the system, such as a full disk.
template <class Call>
void check_transfer(const Call& call, std::string_view what) {
  errno = 0;
  if (call() < 0) fail(what, errno);
}

}  // namespace twinmill::h5
