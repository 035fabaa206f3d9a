#include "answers.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

#include "assets.hpp"
#include "page.hpp"
#include "twinmill/base/error.hpp"

namespace twinmill::monitor {
namespace {

Answer not_found() { return {.status = 404, .type = html_type, .body = message_page(404, "There is no such page.")}; }

// Takes a number off the front: at most nine digits.
std::optional<std::int64_t> take_number(std::string_view& text) {
  const auto end = std::min(text.find_first_not_of("0123456789"), text.size());
  if (end == 0 || end > 9) return std::nullopt;
  std::int64_t number = 0;
  std::from_chars(text.data(), text.data() + end, number);
  text.remove_prefix(end);
  return number;
}

bool take(std::string_view& text, std::string_view start) {
  if (!text.starts_with(start)) return false;
  text.remove_prefix(start.size());
  return true;
}

Answer picture(Keeper& keeper, std::int64_t sample, std::string_view rest) {
  const bool is_image = take(rest, "/image-");
  if (!is_image && !take(rest, "/overlay-")) return not_found();
  const auto detector = take_number(rest);
  if (!detector || rest != ".png") return not_found();
  const auto png =
      keeper.picture(sample, static_cast<int>(*detector), is_image ? PictureKind::image : PictureKind::overlay);
  if (!png) return not_found();
  return {.status = 200, .type = "image/png", .body = *png};
}

Answer sample(Keeper& keeper, std::string_view rest) {
  const auto id = take_number(rest);
  if (!id) return not_found();
  if (!rest.empty()) return picture(keeper, *id, rest);
  const auto facts = keeper.sample(*id);
  if (!facts) return not_found();
  return {.status = 200, .type = html_type, .body = sample_page(*id, *facts)};
}

}  // namespace

Answer answer(const std::string& path, Keeper& keeper, const std::string& token) {
  try {
    if (path.empty()) return {.status = 308, .type = html_type, .body = {}, .location = cat("/", token, "/")};
    if (path == "/") return {.status = 200, .type = html_type, .body = run_page(*keeper.facts())};
    if (path == "/state.json") return {.status = 200, .type = "application/json", .body = state_json(*keeper.facts())};
    if (path == "/classes.css") return {.status = 200, .type = "text/css; charset=utf-8", .body = class_colours_css()};
    for (const Asset& asset : assets())
      if (path == asset.path) return {.status = 200, .type = asset.type, .body = std::string(asset.content)};
    std::string_view rest = path;
    if (take(rest, "/sample/")) return sample(keeper, rest);
  } catch (const Busy&) {
    return {.status = 503,
            .type = html_type,
            .body = message_page(503, "The files are being read. Try again in a moment.")};
  }
  return not_found();
}

}  // namespace twinmill::monitor
