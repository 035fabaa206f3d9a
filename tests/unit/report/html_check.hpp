#pragma once
// Enough of HTML to find tags left open and resources from elsewhere.

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace twinmill::report {

/// Empty when every tag is closed in the right order, else what is wrong. Knows void elements, self-closing tags of
/// SVG, quoted attributes, <style> and comments.
inline std::string unbalanced(std::string_view html) {
  static constexpr std::array<std::string_view, 6> empty_elements = {"meta", "img", "br", "link", "hr", "input"};
  std::vector<std::string> open;
  for (std::size_t i = 0; i < html.size();) {
    if (html[i] != '<') {
      if (html[i] == '>') return "stray > at " + std::string(html.substr(i > 40 ? i - 40 : 0, 60));
      ++i;
      continue;
    }
    if (html.substr(i, 2) == "<!") {
      i = html.find('>', i) + 1;
      continue;
    }
    std::size_t end = i + 1;
    for (char quote = 0; end < html.size() && (quote != 0 || html[end] != '>'); ++end) {
      if (quote != 0 ? html[end] == quote : html[end] == '"') quote = quote != 0 ? 0 : '"';
      if (quote == 0 && html[end] == '<') return "< inside a tag: " + std::string(html.substr(i, 60));
    }
    if (end >= html.size()) return "tag never ends: " + std::string(html.substr(i, 60));
    const std::string_view tag = html.substr(i + 1, end - i - 1);
    i = end + 1;
    const bool closes = tag.starts_with('/');
    const std::string_view body = closes ? tag.substr(1) : tag;
    const std::string name(body.substr(0, body.find_first_of(" \n/")));
    if (closes) {
      if (open.empty() || open.back() != name)
        return "</" + name + "> closes " + (open.empty() ? "nothing" : open.back());
      open.pop_back();
    } else if (!tag.ends_with('/') &&
               std::find(empty_elements.begin(), empty_elements.end(), name) == empty_elements.end()) {
      open.push_back(name);
      if (name == "style") i = html.find("</style>", i);
    }
  }
  return open.empty() ? "" : "<" + open.back() + "> is never closed";
}

/// Every src and href (and url() of a style) that is neither inside the page nor in it.
inline std::vector<std::string> outside_resources(std::string_view html) {
  std::vector<std::string> found;
  for (const std::string_view start : {"src=\"", "href=\"", "url(", "@import", "srcset=\"", "action=\""}) {
    for (std::size_t i = html.find(start); i != std::string_view::npos; i = html.find(start, i + 1)) {
      const std::string_view target = html.substr(i + start.size(), 40);
      if (!target.starts_with("data:image/png;base64,") && !target.starts_with('#')) found.emplace_back(target);
    }
  }
  return found;
}

inline int occurrences(std::string_view text, std::string_view part) {
  int count = 0;
  for (std::size_t i = text.find(part); i != std::string_view::npos; i = text.find(part, i + part.size())) ++count;
  return count;
}

}  // namespace twinmill::report
