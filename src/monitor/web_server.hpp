#pragma once
// HTTP: from a socket to an answer. What is answered is decided by access.hpp and answers.hpp.

#include <functional>
#include <memory>
#include <string>

#include "access.hpp"
#include "answers.hpp"

namespace twinmill::monitor {

class WebServer {
 public:
  /// Listens at once, and answers from threads of its own. Throws Error(input) when the port is in use or the address
  /// is none of this machine.
  WebServer(const std::string& host, int port, Door door, std::function<Answer(const std::string& path)> answer);
  ~WebServer();
  WebServer(const WebServer&) = delete;
  WebServer& operator=(const WebServer&) = delete;
  int port() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace twinmill::monitor
