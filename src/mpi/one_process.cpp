// The module in a build without MPI: every group is this process alone, so every collective call is done at once.
#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <iostream>

#include "twinmill/base/descriptor.hpp"
#include "twinmill/base/error.hpp"
#include "twinmill/mpi/kind.hpp"
#include "twinmill/mpi/mpi.hpp"
#include "twinmill/mpi/raw_file.hpp"

namespace twinmill::mpi {

bool has_mpi() { return false; }
bool launched() { return false; }

Session::Session(int&, char**&) {}
Session::~Session() = default;

struct Communicator::State {};

Communicator Communicator::world() { return self(); }
Communicator Communicator::self() { return Communicator(std::make_shared<State>()); }
Communicator Communicator::duplicate() const { return self(); }
Communicator Communicator::split(int colour) const {
  ensure(colour >= 0, "a communicator is split by colours of 0 or more");
  return self();
}
int Communicator::rank() const { return 0; }
int Communicator::size() const { return 1; }
void Communicator::barrier() const {}
std::string Communicator::broadcast(const std::string& text, int root) const {
  ensure(root == 0, "a broadcast from a rank that there is not");
  return text;
}
std::vector<std::string> Communicator::gather(const std::string& text, int root) const {
  ensure(root == 0, "a gathering at a rank that there is not");
  return {text};
}
double Communicator::sum(double value) const { return value; }
std::int64_t Communicator::sum(std::int64_t value) const { return value; }
double Communicator::max(double value) const { return value; }
void Communicator::sum_in_place(std::span<double>) const {}
void Communicator::sum_in_place(std::span<float>) const {}
void Communicator::abort(int code) const {
  std::cout.flush();
  std::cerr.flush();
  std::fflush(nullptr);
  std::_Exit(code);
}

struct PendingSum::State {};
PendingSum::PendingSum(const Communicator&, std::span<float>) {}
PendingSum::PendingSum(PendingSum&&) noexcept = default;
PendingSum& PendingSum::operator=(PendingSum&&) noexcept = default;
PendingSum::~PendingSum() = default;
bool PendingSum::test() { return true; }
void PendingSum::wait() {}

struct Pending::State {
  std::vector<std::byte> bytes;
};
Pending::Pending(std::vector<std::byte> bytes) : state_(std::make_unique<State>(State{std::move(bytes)})) {}
Pending::Pending(Pending&&) noexcept = default;
Pending& Pending::operator=(Pending&&) noexcept = default;
Pending::~Pending() = default;
bool Pending::test() { return true; }
const std::vector<std::byte>& Pending::finished() const { return state_->bytes; }

PendingBroadcast::PendingBroadcast(const Communicator&, std::vector<std::byte> bytes, int root)
    : Pending(std::move(bytes)) {
  ensure(root == 0, "a broadcast from a rank that there is not");
}

PendingMax::PendingMax(const Communicator&, std::span<const std::int64_t> values)
    : Pending({std::as_bytes(values).begin(), std::as_bytes(values).end()}) {}
std::vector<std::int64_t> PendingMax::values() const {
  std::vector<std::int64_t> all(finished().size() / sizeof(std::int64_t));
  std::memcpy(all.data(), finished().data(), finished().size());
  return all;
}

bool wait_politely(Pending& pending, const Patience&, const std::function<void()>&) { return pending.test(); }

struct Mailbox::State {
  std::deque<Parcel> waiting;
};
Mailbox::Mailbox(Communicator) : state_(std::make_unique<State>()) {}
Mailbox::~Mailbox() = default;
void Mailbox::send(int to, int tag, std::string bytes) {
  ensure(to == 0 && tag >= 0, "a parcel has no valid address");
  state_->waiting.push_back({.from = 0, .tag = tag, .bytes = std::move(bytes)});
}
std::optional<Parcel> Mailbox::try_receive() {
  if (state_->waiting.empty()) return std::nullopt;
  Parcel parcel = std::move(state_->waiting.front());
  state_->waiting.pop_front();
  return parcel;
}
void Mailbox::progress() {}
bool Mailbox::flush(double) { return true; }
int Mailbox::rank() const { return 0; }
int Mailbox::size() const { return 1; }

struct RawFile::State {
  Descriptor file;
};

namespace {

[[noreturn]] void refuse(const char* what) {
  throw Error(Fault::system, cat(what, " a file failed (", std::strerror(errno), ")"));
}

}  // namespace

RawFile::RawFile(const std::filesystem::path& path) : state_(std::make_unique<State>()) {
  state_->file = Descriptor(::open(path.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0666));
  if (!state_->file) refuse("opening");
}
RawFile::~RawFile() = default;
RawFile::RawFile(RawFile&&) noexcept = default;
void RawFile::write_at(std::uint64_t offset, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const auto written = ::pwrite(state_->file.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) refuse("writing to");
    offset += static_cast<std::uint64_t>(written);
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
}
void RawFile::sync() {
  if (::fsync(state_->file.get()) != 0) refuse("syncing");
}
void RawFile::close() { state_->file = Descriptor(); }

std::string host_name() {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0) return "unknown host";
  return name.data();
}

}  // namespace twinmill::mpi
