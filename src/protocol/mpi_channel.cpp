#include "twinmill/protocol/channel.hpp"

namespace twinmill::protocol {
namespace {

// The channel has a communicator of its own, so one tag is enough; messages of a pair of ranks keep their order.
constexpr int message_tag = 1;

}  // namespace

MpiChannel::MpiChannel(const mpi::Communicator& group) : mailbox_(group.duplicate()) {}

void MpiChannel::send(int to, const Message& message) { mailbox_.send(to, message_tag, encode(message)); }

std::optional<Envelope> MpiChannel::try_receive() {
  const std::optional<mpi::Parcel> parcel = mailbox_.try_receive();
  if (!parcel) return std::nullopt;
  return Envelope{parcel->from, decode(parcel->bytes)};
}

int MpiChannel::rank() const { return mailbox_.rank(); }

int MpiChannel::size() const { return mailbox_.size(); }

bool MpiChannel::flush(double seconds) { return mailbox_.flush(seconds); }

}  // namespace twinmill::protocol
