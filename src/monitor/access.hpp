#pragma once
// Who may see what: decided from a request's first line and headers alone, before anything else looks at it.

#include <cstddef>
#include <string>
#include <string_view>

namespace twinmill::monitor {

/// 32 hexadecimal digits from the kernel's random numbers. Throws Error(system).
std::string new_token();

/// Whether two texts are equal; takes as long for a first letter that differs as for the last one.
bool same_secret(std::string_view a, std::string_view b);

/// What the server answers to.
struct Door {
  std::string token;
  std::string host;     ///< Address it listens at, as given.
  std::string machine;  ///< Name of this machine.
};

/// What decides about a request.
struct Asked {
  std::string method;
  std::string target;  ///< As sent: "/TOKEN/sample/17".
  std::string host;    ///< Of its Host header; empty: none.
  bool has_body = false;
};

struct Verdict {
  int status = 200;  ///< Of HTTP; 200: go on.
  std::string why;   ///< One sentence, when it is not 200.
  std::string path;  ///< What follows the token: "/", "/sample/17".
};

/// 400, 403, 404, 405, 413 or 414 for what is refused. Never looks at files.
Verdict judge(const Asked& asked, const Door& door);

/// Whether a Host header names this server. A page of another site that has its name resolved to this machine (DNS
/// rebinding) sends that name, so names other than our own are refused. Addresses in digits cannot be rebound; they are
/// taken when the server listens beyond loopback.
bool is_our_host(std::string_view header, const Door& door);

/// 127.0.0.0/8, ::1 or localhost.
bool is_loopback(std::string_view host);

}  // namespace twinmill::monitor
