#include "twinmill/protocol/message.hpp"

#include <array>
#include <bit>
#include <string_view>
#include <utility>

namespace twinmill::protocol {
namespace {

// Numbers on the wire: the place in `Message`, counted from 1 so that a zeroed buffer is no message.
template <class T>
constexpr std::uint8_t wire_number() {
  return []<std::size_t... I>(std::index_sequence<I...>) {
    std::uint8_t number = 0;
    ((std::is_same_v<T, std::variant_alternative_t<I, Message>> ? number = static_cast<std::uint8_t>(I + 1) : 0), ...);
    return number;
  }
  (std::make_index_sequence<std::variant_size_v<Message>>());
}
static_assert(wire_number<Hello>() == 1 && wire_number<Bye>() == 9 && wire_number<Unfit>() == 10 &&
              std::variant_size_v<Message> == 10);

class Packer {
 public:
  void u8(std::uint8_t value) { bytes_.push_back(static_cast<char>(value)); }
  void u32(std::uint32_t value) { little_endian(value, 4); }
  void u64(std::uint64_t value) { little_endian(value, 8); }
  void i32(std::int32_t value) { u32(static_cast<std::uint32_t>(value)); }
  void i64(std::int64_t value) { u64(static_cast<std::uint64_t>(value)); }
  void f64(double value) { u64(std::bit_cast<std::uint64_t>(value)); }
  void text(std::string_view value) {
    u32(static_cast<std::uint32_t>(value.size()));
    bytes_.append(value);
  }
  std::string take() { return std::move(bytes_); }

 private:
  void little_endian(std::uint64_t value, int count) {
    for (int i = 0; i < count; ++i) bytes_.push_back(static_cast<char>((value >> (8 * i)) & 0xff));
  }
  std::string bytes_;
};

class Unpacker {
 public:
  explicit Unpacker(std::string_view bytes) : bytes_(bytes) {}
  std::uint8_t u8() { return static_cast<std::uint8_t>(little_endian(1)); }
  std::uint32_t u32() { return static_cast<std::uint32_t>(little_endian(4)); }
  std::uint64_t u64() { return little_endian(8); }
  std::int32_t i32() { return static_cast<std::int32_t>(u32()); }
  std::int64_t i64() { return static_cast<std::int64_t>(u64()); }
  double f64() { return std::bit_cast<double>(u64()); }
  std::string text() {
    const std::uint32_t size = u32();
    return std::string(take(size));
  }
  /// A count of items of at least `item_bytes` each: checked before anything is reserved for them.
  std::size_t count(std::size_t item_bytes) {
    const std::size_t n = u32();
    ensure(n <= bytes_.size() / item_bytes, "a message is cut short");
    return n;
  }
  void end() const { ensure(bytes_.empty(), "a message has bytes after its end"); }

 private:
  std::string_view take(std::size_t n) {
    ensure(n <= bytes_.size(), "a message is cut short");
    const std::string_view taken = bytes_.substr(0, n);
    bytes_.remove_prefix(n);
    return taken;
  }
  std::uint64_t little_endian(std::size_t n) {
    const std::string_view raw = take(n);
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < n; ++i) value |= std::uint64_t{static_cast<unsigned char>(raw[i])} << (8 * i);
    return value;
  }
  std::string_view bytes_;
};

// On the wire a fault has a number of its own, so that reordering the enum changes nothing.
std::uint8_t fault_number(Fault fault) {
  switch (fault) {
    case Fault::input:
      return 1;
    case Fault::system:
      return 2;
    case Fault::bug:
      return 3;
    case Fault::count_:
      break;
  }
  throw Error(Fault::bug, "a message holds an unknown fault");
}

Fault fault_of(std::uint8_t number) {
  for (const Fault fault : {Fault::input, Fault::system, Fault::bug}) {
    if (fault_number(fault) == number) return fault;
  }
  throw Error(Fault::bug, cat("a message holds an unknown fault (", int{number}, ")"));
}

void pack(Packer& p, const Hello& m) {
  p.text(m.host);
  p.i64(m.pid);
}
void pack(Packer& p, const Heartbeat& m) {
  p.i64(m.lease.value);
  p.f64(m.fraction);
}
template <class Lease>
void pack_lease(Packer& p, const Lease& m) {
  p.i64(m.lease.value);
  p.i64(m.simulation.value);
  p.i32(m.attempt);
}
void pack(Packer& p, const Finished& m) {
  pack_lease(p, m);
  p.f64(m.seconds);
  p.u32(static_cast<std::uint32_t>(m.samples.size()));
  for (const SampleDone& done : m.samples) {
    p.i64(done.sample.value);
    p.u64(done.checksum);
  }
  p.text(m.result);
}
void pack(Packer& p, const Failed& m) {
  pack_lease(p, m);
  p.u8(fault_number(m.fault));
  p.text(m.message);
}
void pack(Packer& p, const Returned& m) { pack_lease(p, m); }
void pack(Packer& p, const Grant& m) {
  pack_lease(p, m);
  p.u32(static_cast<std::uint32_t>(m.samples.size()));
  for (const SampleId sample : m.samples) p.i64(sample.value);
}
void pack(Packer&, const Drain&) {}
void pack(Packer&, const Leave&) {}
void pack(Packer&, const Bye&) {}
void pack(Packer& p, const Unfit& m) { p.text(m.message); }

void unpack(Unpacker& u, Hello& m) {
  m.host = u.text();
  m.pid = u.i64();
}
void unpack(Unpacker& u, Heartbeat& m) {
  m.lease = LeaseId(u.i64());
  m.fraction = u.f64();
}
template <class Lease>
void unpack_lease(Unpacker& u, Lease& m) {
  m.lease = LeaseId(u.i64());
  m.simulation = SimulationId(u.i64());
  m.attempt = u.i32();
}
void unpack(Unpacker& u, Finished& m) {
  unpack_lease(u, m);
  m.seconds = u.f64();
  m.samples.resize(u.count(16));
  for (SampleDone& done : m.samples) {
    done.sample = SampleId(u.i64());
    done.checksum = u.u64();
  }
  m.result = u.text();
}
void unpack(Unpacker& u, Failed& m) {
  unpack_lease(u, m);
  m.fault = fault_of(u.u8());
  m.message = u.text();
}
void unpack(Unpacker& u, Returned& m) { unpack_lease(u, m); }
void unpack(Unpacker& u, Grant& m) {
  unpack_lease(u, m);
  m.samples.resize(u.count(8));
  for (SampleId& sample : m.samples) sample = SampleId(u.i64());
}
void unpack(Unpacker&, Drain&) {}
void unpack(Unpacker&, Leave&) {}
void unpack(Unpacker&, Bye&) {}
void unpack(Unpacker& u, Unfit& m) { m.message = u.text(); }

template <class T>
Message unpacked(Unpacker& u) {
  T message;
  unpack(u, message);
  return message;
}

template <std::size_t... I>
Message unpack_numbered(std::uint8_t number, Unpacker& u, std::index_sequence<I...>) {
  using Reader = Message (*)(Unpacker&);
  static constexpr std::array<Reader, sizeof...(I)> readers = {&unpacked<std::variant_alternative_t<I, Message>>...};
  if (number < 1 || number > readers.size()) {
    throw Error(Fault::bug, cat("a message has an unknown type (", int{number}, ")"));
  }
  return readers[number - 1u](u);
}

}  // namespace

std::string encode(const Message& message) {
  Packer packer;
  std::visit(
      [&](const auto& m) {
        packer.u8(wire_number<std::decay_t<decltype(m)>>());
        pack(packer, m);
      },
      message);
  return packer.take();
}

Message decode(std::string_view bytes) {
  Unpacker unpacker(bytes);
  const std::uint8_t number = unpacker.u8();
  Message message = unpack_numbered(number, unpacker, std::make_index_sequence<std::variant_size_v<Message>>());
  unpacker.end();
  return message;
}

}  // namespace twinmill::protocol
