#pragma once
// One connection with limits that the HTTP library does not keep: bytes of a request, and seconds for all of it.

#include <httplib.h>

#include <array>
#include <cstddef>
#include <string>

namespace twinmill::monitor {

class BoundedStream : public httplib::Stream {
 public:
  struct Limits {
    std::size_t request_bytes = 32768;
    double seconds = 10;  ///< From the first byte awaited to the last one sent.
  };
  /// Does not own the socket.
  BoundedStream(socket_t socket, const Limits& limits);

  bool is_readable() const override;
  bool is_writable() const override;
  ssize_t read(char* to, std::size_t size) override;
  ssize_t write(const char* from, std::size_t size) override;
  void get_remote_ip_and_port(std::string& ip, int& port) const override;
  void get_local_ip_and_port(std::string& ip, int& port) const override;
  socket_t socket() const override { return socket_; }

  bool too_large() const { return too_large_; }
  bool has_answered() const { return answered_; }
  /// Tells the other side that no more comes, and takes what it still sends (some megabytes and a second at most), so
  /// that closing the socket does not throw the answer away.
  void end();

 private:
  bool wait(short events) const;

  socket_t socket_;
  Limits limits_;
  double deadline_;  // On the steady clock.
  std::array<char, 4096> buffer_{};
  std::size_t begin_ = 0, end_ = 0, taken_ = 0;
  bool too_large_ = false, answered_ = false;
};

}  // namespace twinmill::monitor
