#include <algorithm>
#include <cstddef>

#include "check.hpp"
#include "communicators.hpp"
#include "twinmill/base/error.hpp"
#include "twinmill/mpi/raw.hpp"
#include "wait.hpp"

namespace twinmill::mpi {
namespace {

// Counts are int in MPI 3: longer buffers go in pieces.
constexpr std::size_t piece = std::size_t{1} << 30;

std::vector<MPI_Comm>& duplicates() {
  static std::vector<MPI_Comm> all;
  return all;
}

std::shared_ptr<Communicator::State> describe(MPI_Comm handle) {
  auto state = std::make_shared<Communicator::State>();
  state->handle = handle;
  check(MPI_Comm_rank(handle, &state->rank), "asking for the rank");
  check(MPI_Comm_size(handle, &state->size), "asking for the number of ranks");
  return state;
}

// Freed by the Session's end.
std::shared_ptr<Communicator::State> keep(MPI_Comm made) {
  duplicates().push_back(made);
  check(MPI_Comm_set_errhandler(made, MPI_ERRORS_RETURN), "setting the error handler");
  return describe(made);
}

void reduce(MPI_Comm handle, void* value, MPI_Datatype type, MPI_Op operation, std::string_view what) {
  MPI_Request request = MPI_REQUEST_NULL;
  check(MPI_Iallreduce(MPI_IN_PLACE, value, 1, type, operation, handle, &request), what);
  wait_for(request, what);
}

void broadcast_values(MPI_Comm handle, void* data, int count, MPI_Datatype type, int root, std::string_view what) {
  MPI_Request request = MPI_REQUEST_NULL;
  check(MPI_Ibcast(data, count, type, root, handle, &request), what);
  wait_for(request, what);
}

template <class T>
void sum_pieces(MPI_Comm handle, std::span<T> values, MPI_Datatype type) {
  for (std::size_t first = 0; first < values.size(); first += piece) {
    const auto count = static_cast<int>(std::min(piece, values.size() - first));
    MPI_Request request = MPI_REQUEST_NULL;
    check(MPI_Iallreduce(MPI_IN_PLACE, values.data() + first, count, type, MPI_SUM, handle, &request),
          "summing over the ranks");
    wait_for(request, "summing over the ranks");
  }
}

}  // namespace

void free_duplicates() {
  for (auto& handle : duplicates()) MPI_Comm_free(&handle);
  duplicates().clear();
}

Communicator Communicator::world() { return Communicator(describe(MPI_COMM_WORLD)); }
Communicator Communicator::self() { return Communicator(describe(MPI_COMM_SELF)); }

Communicator Communicator::duplicate() const {
  MPI_Comm copy = MPI_COMM_NULL;
  check(MPI_Comm_dup(state_->handle, &copy), "duplicating a communicator");
  return Communicator(keep(copy));
}

Communicator Communicator::split(int colour) const {
  ensure(colour >= 0, "a communicator is split by colours of 0 or more");
  MPI_Comm part = MPI_COMM_NULL;
  check(MPI_Comm_split(state_->handle, colour, state_->rank, &part), "splitting a communicator");
  return Communicator(keep(part));
}

int Communicator::rank() const { return state_->rank; }
int Communicator::size() const { return state_->size; }

void Communicator::barrier() const {
  MPI_Request request = MPI_REQUEST_NULL;
  check(MPI_Ibarrier(state_->handle, &request), "waiting for all ranks");
  wait_for(request, "waiting for all ranks");
}

std::string Communicator::broadcast(const std::string& text, int root) const {
  std::uint64_t size = text.size();
  broadcast_values(state_->handle, &size, 1, MPI_UINT64_T, root, "broadcasting a length");
  std::string all = state_->rank == root ? text : std::string(size, '\0');
  for (std::size_t first = 0; first < size; first += piece) {
    const auto count = static_cast<int>(std::min<std::size_t>(piece, size - first));
    broadcast_values(state_->handle, all.data() + first, count, MPI_BYTE, root, "broadcasting a text");
  }
  return all;
}

std::vector<std::string> Communicator::gather(const std::string& text, int root) const {
  const auto ranks = static_cast<std::size_t>(state_->size);
  const bool here = state_->rank == root;
  const std::uint64_t mine = text.size();
  std::vector<std::uint64_t> sizes(ranks);
  check(MPI_Allgather(&mine, 1, MPI_UINT64_T, sizes.data(), 1, MPI_UINT64_T, state_->handle), "gathering lengths");

  std::vector<std::string> all(here ? ranks : 0);
  // Displacements are int as well: each round brings so much from every rank that the sum still fits.
  const std::size_t part = std::max<std::size_t>(1, piece / ranks);
  const std::uint64_t longest = *std::max_element(sizes.begin(), sizes.end());
  std::vector<int> counts(ranks), places(ranks);
  std::string buffer;
  for (std::uint64_t first = 0; first < longest; first += part) {
    int total = 0;
    for (std::size_t r = 0; r < ranks; ++r) {
      counts[r] = first < sizes[r] ? static_cast<int>(std::min<std::uint64_t>(part, sizes[r] - first)) : 0;
      places[r] = total;
      total += counts[r];
    }
    if (here) buffer.resize(static_cast<std::size_t>(total));
    const char* const from = text.data() + std::min<std::uint64_t>(first, mine);
    check(MPI_Gatherv(from, counts[static_cast<std::size_t>(state_->rank)], MPI_BYTE, buffer.data(), counts.data(),
                      places.data(), MPI_BYTE, root, state_->handle),
          "gathering texts");
    for (std::size_t r = 0; r < all.size(); ++r) all[r].append(buffer, static_cast<std::size_t>(places[r]), counts[r]);
  }
  return all;
}

double Communicator::sum(double value) const {
  reduce(state_->handle, &value, MPI_DOUBLE, MPI_SUM, "summing over the ranks");
  return value;
}

std::int64_t Communicator::sum(std::int64_t value) const {
  reduce(state_->handle, &value, MPI_INT64_T, MPI_SUM, "summing over the ranks");
  return value;
}

double Communicator::max(double value) const {
  reduce(state_->handle, &value, MPI_DOUBLE, MPI_MAX, "the maximum over the ranks");
  return value;
}

void Communicator::sum_in_place(std::span<double> values) const { sum_pieces(state_->handle, values, MPI_DOUBLE); }
void Communicator::sum_in_place(std::span<float> values) const { sum_pieces(state_->handle, values, MPI_FLOAT); }

void Communicator::abort(int code) const { end_job(code); }

}  // namespace twinmill::mpi
