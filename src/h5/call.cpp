#include "call.hpp"

#include <cstring>
#include <string>

#include "twinmill/base/error.hpp"

namespace twinmill::h5 {
namespace {

/// Keeps the first, innermost entry of the error stack.
herr_t keep_first(unsigned n, const H5E_error2_t* entry, void* reason) {
  if (n == 0 && entry->desc != nullptr) *static_cast<std::string*>(reason) = entry->desc;
  return 0;
}

/// Of "file write failed: time = ..., errno = 28, error message = 'No space left on device', buf = ..." the message.
std::string essence(const std::string& reason) {
  constexpr std::string_view mark = "error message = '";
  const auto start = reason.find(mark);
  if (start == std::string::npos) return reason;
  const auto end = reason.find('\'', start + mark.size());
  return reason.substr(start + mark.size(), end - start - mark.size());
}

}  // namespace

void silence() {
  static const herr_t done = H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
  static_cast<void>(done);
}

void fail(std::string_view what, int error_number, std::string_view suggestion) {
  std::string reason = "no reason given";
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, &keep_first, &reason);
  reason = essence(reason);
  const std::string system = error_number == 0 ? "" : std::strerror(error_number);
  if (reason.find(system) == std::string::npos) reason += ": " + system;
  throw Error(Fault::system, cat(what, " failed (HDF5: ", reason, ")", suggestion));
}

namespace {

bool stuck = false;

}  // namespace

bool is_stuck() { return stuck; }

bool close_file(std::int64_t id) {
  // After a failed H5Fclose, HDF5 1.10 touches what it has freed already: a file that cannot be flushed (the disk is
  // full) is left open, and none is closed twice.
  const bool closed = H5Fflush(id, H5F_SCOPE_GLOBAL) >= 0 && H5Fclose(id) >= 0;
  stuck = stuck || !closed;
  return closed;
}

template <>
void Closer<0>::close(type id) {
  close_file(id);
}
template <>
void Closer<1>::close(type id) {
  H5Dclose(id);
}
template <>
void Closer<2>::close(type id) {
  H5Tclose(id);
}

}  // namespace twinmill::h5
