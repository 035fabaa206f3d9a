#include "access.hpp"

#include <arpa/inet.h>
#include <sys/random.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <cstring>

#include "twinmill/base/error.hpp"

namespace twinmill::monitor {
namespace {

constexpr std::size_t longest_target = 256;

bool is_ip_v4(const std::string& text) {
  in_addr address{};
  return ::inet_pton(AF_INET, text.c_str(), &address) == 1;
}

bool is_ip_v6(const std::string& text) {
  in6_addr address{};
  return ::inet_pton(AF_INET6, text.c_str(), &address) == 1;
}

std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(), [](unsigned char c) { return std::tolower(c); });
  return result;
}

bool is_port(std::string_view text) {
  return !text.empty() && text.size() <= 5 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// "name", "name:80", "1.2.3.4:80" or "[::1]:80" without the port; empty for anything else. The port may be any: a
// tunnel (ssh -L) has another one at its end.
std::string name_of(std::string_view header) {
  std::string_view name = header, port;
  if (header.starts_with('[')) {
    const auto end = header.find(']');
    if (end == std::string_view::npos) return {};
    name = header.substr(1, end - 1);
    port = header.substr(end + 1);
    if (!is_ip_v6(std::string(name))) return {};
  } else if (const auto colon = header.find(':'); colon != std::string_view::npos) {
    name = header.substr(0, colon);
    port = header.substr(colon);
  }
  if (!port.empty() && (port.front() != ':' || !is_port(port.substr(1)))) return {};
  return lower(name);
}

// Letters, digits and a few signs: no escapes, so that nothing can mean another path than it shows.
bool is_plain(std::string_view target) {
  return std::all_of(target.begin(), target.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '/' || c == '.' || c == '-' || c == '_';
  });
}

}  // namespace

std::string new_token() {
  std::array<unsigned char, 16> bytes{};
  std::size_t have = 0;
  while (have < bytes.size()) {
    const auto got = ::getrandom(bytes.data() + have, bytes.size() - have, 0);
    if (got < 0 && errno != EINTR)
      throw Error(Fault::system, cat("the system gave no random numbers (", std::strerror(errno), ")"));
    if (got > 0) have += static_cast<std::size_t>(got);
  }
  static constexpr std::string_view digits = "0123456789abcdef";
  std::string token;
  for (const unsigned char byte : bytes) {
    token += digits[byte >> 4];
    token += digits[byte & 15];
  }
  return token;
}

bool same_secret(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  unsigned difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i)
    difference |= static_cast<unsigned>(static_cast<unsigned char>(a[i]) ^ static_cast<unsigned char>(b[i]));
  return difference == 0;
}

bool is_loopback(std::string_view host) {
  const std::string name = lower(host);
  return name == "localhost" || name == "::1" || (is_ip_v4(name) && name.starts_with("127."));
}

bool is_our_host(std::string_view header, const Door& door) {
  const std::string name = name_of(header);
  if (name.empty()) return false;
  if (is_loopback(name)) return true;
  if (is_loopback(door.host)) return false;
  return name == lower(door.host) || name == lower(door.machine) || is_ip_v4(name) || is_ip_v6(name);
}

Verdict judge(const Asked& asked, const Door& door) {
  if (asked.host.empty()) return {.status = 400, .why = "The request names no host.", .path = {}};
  if (!is_our_host(asked.host, door))
    return {.status = 403, .why = "The request is for another host. Use the address that was printed.", .path = {}};
  if (asked.method != "GET" && asked.method != "HEAD")
    return {.status = 405, .why = "This page can only be read.", .path = {}};
  if (asked.has_body) return {.status = 413, .why = "A request must have no body.", .path = {}};
  if (asked.target.size() > longest_target) return {.status = 414, .why = "The address is too long.", .path = {}};
  const std::string_view target = asked.target;
  if (!target.starts_with('/')) return {.status = 400, .why = "The request has no path.", .path = {}};
  const auto end = std::min(target.find('/', 1), target.size());
  if (!same_secret(target.substr(1, end - 1), door.token))
    return {
        .status = 403, .why = "The address lacks the secret word. Use the whole address that was printed.", .path = {}};
  const std::string_view path = target.substr(end);
  if (!is_plain(path) || path.find("..") != std::string_view::npos || path.find("//") != std::string_view::npos)
    return {.status = 404, .why = "There is no such page.", .path = {}};
  return {.status = 200, .why = {}, .path = std::string(path)};
}

}  // namespace twinmill::monitor
