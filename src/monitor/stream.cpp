#include "stream.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "twinmill/base/clock.hpp"

namespace twinmill::monitor {
namespace {

constexpr std::size_t most_dropped = 8'000'000;

void take_address(const sockaddr_storage& address, std::string& ip, int& port) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (address.ss_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, &address, sizeof v4);
    ::inet_ntop(AF_INET, &v4.sin_addr, text.data(), text.size());
    port = ntohs(v4.sin_port);
  } else if (address.ss_family == AF_INET6) {
    sockaddr_in6 v6{};
    std::memcpy(&v6, &address, sizeof v6);
    ::inet_ntop(AF_INET6, &v6.sin6_addr, text.data(), text.size());
    port = ntohs(v6.sin6_port);
  }
  ip = text.data();
}

}  // namespace

BoundedStream::BoundedStream(socket_t socket, const Limits& limits)
    : socket_(socket), limits_(limits), deadline_(steady_seconds() + limits.seconds) {}

bool BoundedStream::wait(short events) const {
  for (;;) {
    const double left = deadline_ - steady_seconds();
    if (left <= 0) return false;
    pollfd p{.fd = socket_, .events = events, .revents = 0};
    const int ready = ::poll(&p, 1, static_cast<int>(left * 1000) + 1);
    if (ready > 0) return true;
    if (ready < 0 && errno != EINTR) return false;
  }
}

bool BoundedStream::is_readable() const { return begin_ < end_ || wait(POLLIN); }
bool BoundedStream::is_writable() const { return wait(POLLOUT); }

ssize_t BoundedStream::read(char* to, std::size_t size) {
  if (begin_ == end_) {
    if (taken_ >= limits_.request_bytes) {
      too_large_ = true;
      return -1;
    }
    if (!wait(POLLIN)) return -1;
    const auto got = ::recv(socket_, buffer_.data(), buffer_.size(), 0);
    if (got <= 0) return got;
    begin_ = 0;
    end_ = static_cast<std::size_t>(got);
    taken_ += end_;
  }
  const std::size_t count = std::min(size, end_ - begin_);
  std::memcpy(to, buffer_.data() + begin_, count);
  begin_ += count;
  return static_cast<ssize_t>(count);
}

ssize_t BoundedStream::write(const char* from, std::size_t size) {
  answered_ = true;
  std::size_t sent = 0;
  while (sent < size) {
    if (!wait(POLLOUT)) return -1;
    const auto now = ::send(socket_, from + sent, size - sent, MSG_NOSIGNAL);
    if (now < 0 && errno != EINTR) return -1;
    if (now > 0) sent += static_cast<std::size_t>(now);
  }
  return static_cast<ssize_t>(sent);
}

void BoundedStream::end() {
  ::shutdown(socket_, SHUT_WR);
  deadline_ = std::min(deadline_, steady_seconds() + 1);
  std::size_t dropped = 0;
  while (dropped < most_dropped && wait(POLLIN)) {
    const auto got = ::recv(socket_, buffer_.data(), buffer_.size(), 0);
    if (got <= 0) break;
    dropped += static_cast<std::size_t>(got);
  }
}

void BoundedStream::get_remote_ip_and_port(std::string& ip, int& port) const {
  sockaddr_storage address{};
  socklen_t length = sizeof address;
  if (::getpeername(socket_, reinterpret_cast<sockaddr*>(&address), &length) == 0) take_address(address, ip, port);
}

void BoundedStream::get_local_ip_and_port(std::string& ip, int& port) const {
  sockaddr_storage address{};
  socklen_t length = sizeof address;
  if (::getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &length) == 0) take_address(address, ip, port);
}

}  // namespace twinmill::monitor
