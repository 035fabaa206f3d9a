// Site profiles and batch systems: TOML to structs, checked.

#include "field_checker.hpp"
#include "mistakes.hpp"
#include "site_fields.hpp"
#include "toml_reader.hpp"
#include "twinmill/base/duration.hpp"

namespace twinmill::campaign {
namespace {

constexpr std::int64_t minute_s = 60, hour_s = 3600;

/// Every {name} of a text must be known.
class PlaceholderCheck {
 public:
  PlaceholderCheck(Mistakes& mistakes, std::vector<std::string> known)
      : mistakes_(mistakes), known_(std::move(known)) {}

  void operator()(const std::string& at, const std::string& text) {
    for (std::size_t open = text.find('{'); open != std::string::npos; open = text.find('{', open + 1)) {
      const auto close = text.find('}', open);
      const std::string name = text.substr(open + 1, close == std::string::npos ? close : close - open - 1);
      if (std::ranges::find(known_, name) != known_.end()) continue;
      mistakes_.add(at, toml_text(text), cat("{", name, "} is not known (known: ", list_text(known_), ")"));
      return;
    }
  }
  void operator()(const std::string& at, const std::vector<std::string>& texts) {
    for (std::size_t i = 0; i < texts.size(); ++i) (*this)(cat(at, "[", i, "]"), texts[i]);
  }

 private:
  Mistakes& mistakes_;
  std::vector<std::string> known_;
};

const std::vector<std::string> launch_names = {"ranks", "nodes", "ranks_per_node", "cores_per_rank", "gpus"};

bool variable_name(std::string_view text) {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  return !text.empty() && letter(text[0]) &&
         std::ranges::all_of(text, [&](char c) { return letter(c) || (c >= '0' && c <= '9'); });
}

void check_walltime(const std::string& at, const std::string& text, Mistakes& mistakes) {
  try {
    parse_duration(text, at);
  } catch (const Error&) {
    mistakes.add(at, toml_text(text), "is no time (2:30:00, 1-12:00:00, 90m and 1h30m are)");
  }
}

void check_queues(const Site& site, Mistakes& mistakes) {
  for (std::size_t i = 0; i < site.queues.size(); ++i) {
    const auto& q = site.queues[i];
    const std::string at = cat("queue[", i, "]");
    if (q.min_nodes > q.max_nodes)
      mistakes.add(at + ".max_nodes", toml_text(q.max_nodes), cat("must be min_nodes (", q.min_nodes, ") or more"));
    if (!q.max_walltime.empty()) check_walltime(at + ".max_walltime", q.max_walltime, mistakes);
  }
  const auto named = [&](const QueueEntry& q) { return q.name == site.site.queue; };
  if (!site.site.queue.empty() && !site.queues.empty() && std::ranges::none_of(site.queues, named))
    mistakes.add("site.queue", toml_text(site.site.queue), "is none of the tables [[queue]]");
}

void check(const Site& site, Mistakes& mistakes) {
  Checker checker(mistakes);
  visit_sections(site, checker);
  if (!site.site.walltime.empty()) check_walltime("site.walltime", site.site.walltime, mistakes);
  for (std::size_t i = 0; i < site.site.environment.size(); ++i) {
    const auto& entry = site.site.environment[i];
    if (entry.find('=') == std::string::npos || !variable_name(entry.substr(0, entry.find('='))))
      mistakes.add(cat("site.environment[", i, "]"), toml_text(entry), "must be NAME=VALUE");
  }
  PlaceholderCheck launch(mistakes, launch_names);
  launch("launch.simulate", site.launch.simulate);
  launch("launch.train", site.launch.train);
  PlaceholderCheck user(mistakes, {"user"});
  user("site.burst_buffer", site.site.burst_buffer);
  PlaceholderCheck(mistakes, {"queue"})("site.queue_directive", site.site.queue_directive);
  for (const auto& [at, text] : {std::pair{"site.burst_buffer", site.site.burst_buffer},
                                 {"site.queue", site.site.queue},
                                 {"site.queue_directive", site.site.queue_directive}})
    if (!one_line(text)) mistakes.add(at, toml_text(text), "must be one line without control characters");
  check_queues(site, mistakes);
}

void check(const BatchSystem& system, Mistakes& mistakes) {
  Checker checker(mistakes);
  visit_sections(system, checker);
  const auto& b = system.batch;
  if (!b.directive.empty() && b.directive[0] != '#')
    mistakes.add("batch.directive", toml_text(b.directive), "must be a comment to the shell (begin with #)");
  auto names = launch_names;
  names.insert(names.end(), {"name", "walltime", "drain_s"});
  PlaceholderCheck(mistakes, names)("batch.request", b.request);
  PlaceholderCheck(mistakes, {"account"})("batch.account", b.account);
  PlaceholderCheck(mistakes, {"queue"})("batch.queue", b.queue);
  PlaceholderCheck(mistakes, {"folder"})("batch.folder", b.folder);
  PlaceholderCheck(mistakes, {"job"})("batch.after", b.after);
  PlaceholderCheck(mistakes, {"variable", "value"})("batch.variable", b.variable);
  PlaceholderCheck none(mistakes, {});
  none("batch.submit", b.submit);
  none("batch.cancel", b.cancel);
  for (const auto& [at, text] :
       {std::pair{"batch.job_variable", b.job_variable}, {"batch.end_variable", b.end_variable}})
    if (!variable_name(text)) mistakes.add(at, toml_text(text), "must be the name of an environment variable");
}

struct Keys {
  std::vector<std::string> all;
  std::string_view section_name;
  template <class S>
  void section(std::string_view name, std::string_view, S& s) {
    section_name = name;
    visit_fields(s, *this);
  }
  template <class S>
  void entries(std::string_view name, std::string_view text, std::vector<S>&) {
    S s;
    section(name, text, s);
  }
  template <class T>
  void operator()(T&, const Field& field) {
    all.push_back(cat(section_name, ".", field.key));
  }
};

template <class T>
T parse_file(std::string_view text, const std::string& name) {
  const toml::table root = parse_toml(text, name);
  Mistakes mistakes(name);
  T value;
  Keys keys;
  visit_sections(value, keys);
  Reader reader(root, mistakes, keys.all);
  visit_sections(value, reader);
  reader.unknown_sections();
  check(value, mistakes);
  mistakes.throw_if_any();
  return value;
}

}  // namespace

Site parse_site(std::string_view text, const std::string& name) { return parse_file<Site>(text, name); }

BatchSystem parse_batch_system(std::string_view text, const std::string& name) {
  return parse_file<BatchSystem>(text, name);
}

std::string walltime_text(std::int64_t seconds) {
  const auto two = [](std::int64_t n) { return cat(n < 10 ? "0" : "", n); };
  return cat(seconds / hour_s, ":", two(seconds / minute_s % 60), ":", two(seconds % 60));
}

std::string filled(std::string_view text, const std::vector<Placeholder>& values) {
  std::string result;
  for (std::size_t at = 0; at < text.size();) {
    const auto match = std::ranges::find_if(
        values, [&](const Placeholder& p) { return text.substr(at).starts_with("{" + p.name + "}"); });
    if (match == values.end()) {
      result += text[at++];
    } else {
      result += match->value;
      at += match->name.size() + 2;
    }
  }
  return result;
}

}  // namespace twinmill::campaign
