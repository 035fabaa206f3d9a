#include "access.hpp"

#include <gtest/gtest.h>

#include <set>

namespace twinmill::monitor {
namespace {

const Door door{.token = "0123456789abcdef0123456789abcdef", .host = "127.0.0.1", .machine = "node7"};

Verdict get(const std::string& target, const std::string& host = "127.0.0.1:8000") {
  return judge({.method = "GET", .target = target, .host = host}, door);
}

std::string inside(const std::string& path) { return "/" + door.token + path; }

TEST(Token, IsLongAndNeverTheSame) {
  std::set<std::string> tokens;
  for (int i = 0; i < 100; ++i) {
    const auto token = new_token();
    EXPECT_EQ(token.size(), 32U);
    EXPECT_EQ(token.find_first_not_of("0123456789abcdef"), std::string::npos);
    tokens.insert(token);
  }
  EXPECT_EQ(tokens.size(), 100U);
}

TEST(Token, SecretsAreEqualOrNot) {
  EXPECT_TRUE(same_secret("", ""));
  EXPECT_TRUE(same_secret("abc", "abc"));
  EXPECT_FALSE(same_secret("abc", "abd"));
  EXPECT_FALSE(same_secret("bbc", "abc"));
  EXPECT_FALSE(same_secret("abc", "ab"));
}

TEST(Judge, LetsTheWholeAddressPass) {
  EXPECT_EQ(get(inside("/")).status, 200);
  EXPECT_EQ(get(inside("/")).path, "/");
  EXPECT_EQ(get(inside("/sample/17/image-0.png")).path, "/sample/17/image-0.png");
  EXPECT_EQ(get(inside("")).path, "");
  EXPECT_EQ(judge({.method = "HEAD", .target = inside("/"), .host = "localhost"}, door).status, 200);
}

TEST(Judge, WantsTheToken) {
  for (const std::string target : {"/", "/state.json", "//", "/0123456789abcdef0123456789abcdee/",
                                   "/0123456789abcdef0123456789abcde/", "/0123456789abcdef0123456789abcdef0/"})
    EXPECT_EQ(get(target).status, 403) << target;
}

TEST(Judge, RefusesPathsThatAreNotPlain) {
  for (const std::string path : {"/../", "/..", "/a/../b", "/%2e%2e/", "/sample/1%00", "/a?b", "/a b", "//", "/a\\b",
                                 "/~", "/sample/..%2f..%2fetc/passwd"})
    EXPECT_EQ(get(inside(path)).status, 404) << path;
}

TEST(Judge, RefusesWhatIsNoPlainReading) {
  for (const std::string method : {"POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", ""})
    EXPECT_EQ(judge({.method = method, .target = inside("/"), .host = "localhost"}, door).status, 405) << method;
  EXPECT_EQ(judge({.method = "GET", .target = inside("/"), .host = "localhost", .has_body = true}, door).status, 413);
  EXPECT_EQ(get(inside("/") + std::string(300, 'a')).status, 414);
  EXPECT_EQ(get("http://127.0.0.1/").status, 400);
}

TEST(Host, OnLoopbackOnlyLoopbackIsOurs) {
  for (const std::string host : {"127.0.0.1", "127.0.0.1:80", "localhost:8123", "LOCALHOST", "[::1]:80", "127.8.9.1"})
    EXPECT_TRUE(is_our_host(host, door)) << host;
  for (const std::string host : {"evil.example", "evil.example:80", "127.0.0.1.evil.example", "10.0.0.7", "node7",
                                 "[::2]", "localhost.evil.example", "127.0.0.1:", "127.0.0.1:99999999", "127.0.0.1:8a",
                                 "[::1", "", ":80", "127.0.0.1@evil.example"})
    EXPECT_FALSE(is_our_host(host, door)) << host;
  EXPECT_EQ(get(inside("/"), "evil.example").status, 403);
  EXPECT_EQ(get(inside("/"), "").status, 400);
}

TEST(Host, BeyondLoopbackNamesMustStillBeOurs) {
  const Door open{.token = door.token, .host = "0.0.0.0", .machine = "Node7"};
  for (const std::string host : {"node7:80", "10.0.0.7:8000", "[fe80::1]:80", "localhost"})
    EXPECT_TRUE(is_our_host(host, open)) << host;
  for (const std::string host : {"evil.example", "node7.evil.example", "node71"})
    EXPECT_FALSE(is_our_host(host, open)) << host;
}

}  // namespace
}  // namespace twinmill::monitor
