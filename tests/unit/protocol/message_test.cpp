#include "twinmill/protocol/message.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace twinmill::protocol {
namespace {

// "01 03000000 616263": hexadecimal digits, blanks ignored.
std::string bytes(std::string_view digits) {
  std::string result;
  int high = -1;
  for (const char c : digits) {
    if (c == ' ') continue;
    const int value = c <= '9' ? c - '0' : c - 'a' + 10;
    if (high < 0) {
      high = value;
    } else {
      result.push_back(static_cast<char>(high * 16 + value));
      high = -1;
    }
  }
  return result;
}

const std::vector<std::pair<Message, std::string>>& examples() {
  static const std::vector<std::pair<Message, std::string>> all = {
      {Hello{"ab", 258}, bytes("01 02000000 6162 0201000000000000")},
      {Heartbeat{LeaseId(5), 0.5}, bytes("02 0500000000000000 000000000000e03f")},
      {Finished{LeaseId(1), SimulationId(2), 3, 1.0, {{SampleId(4), 0x0102030405060708u}}},
       bytes("03 0100000000000000 0200000000000000 03000000 000000000000f03f 01000000 0400000000000000 "
             "0807060504030201 00000000")},
      {Failed{LeaseId(1), SimulationId(2), -1, Fault::system, "no"},
       bytes("04 0100000000000000 0200000000000000 ffffffff 02 02000000 6e6f")},
      {Returned{LeaseId(1), SimulationId(2), 3}, bytes("05 0100000000000000 0200000000000000 03000000")},
      {Grant{LeaseId(-1), SimulationId(2), 3, {SampleId(7), SampleId(8)}},
       bytes("06 ffffffffffffffff 0200000000000000 03000000 02000000 0700000000000000 0800000000000000")},
      {Drain{}, bytes("07")},
      {Leave{}, bytes("08")},
      {Bye{}, bytes("09")},
      {Unfit{"no"}, bytes("0a 02000000 6e6f")},
  };
  return all;
}

TEST(Message, HasTheseBytes) {
  ASSERT_EQ(examples().size(), std::variant_size_v<Message>);
  for (const auto& [message, expected] : examples()) EXPECT_EQ(encode(message), expected) << message.index();
}

TEST(Message, ComesBackEqual) {
  for (const auto& [message, encoded] : examples()) EXPECT_EQ(decode(encoded), message) << message.index();
  const Message extreme = Finished{LeaseId(std::numeric_limits<std::int64_t>::max()),
                                   SimulationId(),
                                   std::numeric_limits<std::int32_t>::min(),
                                   -0.0,
                                   {{SampleId(0), 0}, {SampleId(1), std::numeric_limits<std::uint64_t>::max()}}};
  EXPECT_EQ(decode(encode(extreme)), extreme);
  const Message relaxed = Finished{LeaseId(1), SimulationId(2), 1, 3600, {{SampleId(4), 5}}, "{\"energy_eV\":-240.5}"};
  EXPECT_EQ(decode(encode(relaxed)), relaxed);
}

TEST(Message, EveryFaultComesBack) {
  for (const Fault fault : {Fault::input, Fault::system, Fault::bug}) {
    const Message message = Failed{LeaseId(1), SimulationId(1), 1, fault, ""};
    EXPECT_EQ(decode(encode(message)), message);
  }
}

TEST(Message, CutShortAnywhereIsABug) {
  for (const auto& [message, encoded] : examples()) {
    for (std::size_t n = 0; n < encoded.size(); ++n) {
      try {
        decode(std::string_view(encoded).substr(0, n));
        FAIL() << "message " << message.index() << " was read from " << n << " bytes";
      } catch (const Error& error) {
        EXPECT_EQ(error.fault(), Fault::bug);
      }
    }
  }
}

TEST(Message, BytesAfterTheEndAreABug) {
  for (const auto& [message, encoded] : examples()) EXPECT_THROW(decode(encoded + '\0'), Error) << message.index();
}

TEST(Message, UnknownNumbersAreABug) {
  EXPECT_THROW(decode(bytes("00")), Error);
  EXPECT_THROW(decode(bytes("0a")), Error);
  EXPECT_THROW(decode(bytes("04 0100000000000000 0200000000000000 01000000 04 00000000")), Error);
}

// A wrong count must not make the reader ask for gigabytes.
TEST(Message, HugeCountIsRefusedBeforeAnythingIsReserved) {
  EXPECT_THROW(decode(bytes("06 0100000000000000 0200000000000000 01000000 ffffffff 0700000000000000")), Error);
  EXPECT_THROW(decode(bytes("01 ffffffff 61")), Error);
}

}  // namespace
}  // namespace twinmill::protocol
