#include "web_server.hpp"

#include <httplib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>

#include "page.hpp"
#include "stream.hpp"
#include "twinmill/base/error.hpp"

namespace twinmill::monitor {
namespace {

constexpr std::size_t threads = 8;

const httplib::Headers& security_headers() {
  static const httplib::Headers headers = {
      {"Content-Security-Policy",
       "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; "
       "form-action 'none'; frame-ancestors 'none'"},
      {"Cache-Control", "no-store"},
      {"X-Content-Type-Options", "nosniff"},
      {"X-Frame-Options", "DENY"},
      {"Referrer-Policy", "no-referrer"},
      {"Cross-Origin-Opener-Policy", "same-origin"},
      {"Cross-Origin-Resource-Policy", "same-origin"}};
  return headers;
}

bool has_body(const httplib::Request& request) {
  return request.has_header("Transfer-Encoding") ||
         (request.has_header("Content-Length") && request.get_header_value("Content-Length") != "0");
}

// One request a connection, read through a stream with limits.
class OneRequestServer : public httplib::Server {
  bool process_and_close_socket(socket_t socket) override {
    BoundedStream stream(socket, {});
    bool closed = false;
    const bool done = process_request(stream, true, closed, nullptr);
    if (stream.too_large() && !stream.has_answered()) {
      const std::string answer =
          "HTTP/1.1 431 Request Header Fields Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
      stream.write(answer.data(), answer.size());
    }
    stream.end();
    ::close(socket);
    return done;
  }
};

Answer answer_to(const httplib::Request& request, const Door& door,
                 const std::function<Answer(const std::string& path)>& answer) {
  const auto refuse = [](int status, const std::string& why) {
    return Answer{.status = status, .type = html_type, .body = message_page(status, why)};
  };
  if (request.get_header_value_count("Host") > 1) return refuse(400, "The request names several hosts.");
  const Verdict verdict = judge({.method = request.method,
                                 .target = request.target,
                                 .host = request.get_header_value("Host"),
                                 .has_body = has_body(request)},
                                door);
  if (verdict.status != 200) return refuse(verdict.status, verdict.why);
  // Many overlapping ranges of one picture would take more memory than there is.
  if (request.has_header("Range")) return refuse(400, "Parts of a page are not served.");
  try {
    return answer(verdict.path);
  } catch (const std::exception& e) {
    return refuse(500, cat("The files cannot be read: ", e.what()));
  }
}

}  // namespace

struct WebServer::State {
  OneRequestServer server;
  int port = 0;
  std::thread listener;
};

WebServer::WebServer(const std::string& host, int port, Door door,
                     std::function<Answer(const std::string& path)> answer)
    : state_(std::make_unique<State>()) {
  auto& server = state_->server;
  server.new_task_queue = [] { return new httplib::ThreadPool(threads); };  // The library takes ownership.
  // Its own choice, SO_REUSEPORT, would let a second monitor take the port of a first one without a word.
  server.set_socket_options([](socket_t socket) {
    const int yes = 1;
    ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  });
  server.set_default_headers(security_headers());
  server.set_expect_100_continue_handler([](const httplib::Request&, httplib::Response&) { return 417; });
  server.set_pre_routing_handler([door = std::move(door), answer = std::move(answer)](const httplib::Request& request,
                                                                                      httplib::Response& response) {
    const Answer a = answer_to(request, door, answer);
    response.status = a.status;
    if (a.status == 405) response.set_header("Allow", "GET, HEAD");
    if (!a.location.empty()) response.set_header("Location", a.location);
    response.set_content(a.body, a.type.c_str());
    return httplib::Server::HandlerResponse::Handled;
  });
  errno = 0;
  state_->port = port > 0 ? (server.bind_to_port(host, port) ? port : -1) : server.bind_to_any_port(host);
  const int why = errno;
  if (state_->port < 0) {
    if (why == EADDRINUSE)
      throw Error(Fault::input, cat("port ", port, " of ", host,
                                    " is in use (another program listens there, perhaps another monitor). Use --port ",
                                    port < 65535 ? port + 1 : port - 1, ", or leave it out for one that is free?"));
    throw Error(Fault::input, cat("cannot listen at ", host, port > 0 ? cat(" port ", port) : "", " (",
                                  why != 0 ? std::strerror(why) : "no such address",
                                  "). Is it an address of this machine, and the port above 1023?"));
  }
  state_->listener = std::thread([&server] { server.listen_after_bind(); });
  // Ending before it has begun would be without effect.
  while (!server.is_running()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
}

WebServer::~WebServer() {
  state_->server.stop();
  state_->listener.join();
}

int WebServer::port() const { return state_->port; }

}  // namespace twinmill::monitor
