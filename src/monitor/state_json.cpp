#include <cmath>
#include <nlohmann/json.hpp>

#include "page.hpp"

namespace twinmill::monitor {
namespace {

using nlohmann::json;
constexpr int state_format = 1;

json number(double value) { return std::isfinite(value) ? json(value) : json(nullptr); }

json counts(const ledger::Counts& c) {
  return {{"total", c.total()}, {"done", c.done}, {"pending", c.pending}, {"quarantined", c.quarantined}};
}

json axes(const std::vector<AxisProgress>& list) {
  json all = json::object();
  for (const AxisProgress& axis : list) {
    json& values = all[axis.name] = json::array();
    for (const ValueCount& v : axis.values)
      values.push_back({{"value", v.value}, {"total", v.total}, {"done", v.done}, {"quarantined", v.quarantined}});
  }
  return all;
}

json ledger_json(const LedgerFacts& l) {
  json failures = json::array(), patterns = json::array(), quarantined = json::array(), throughput = json::array();
  for (const auto& f : l.failures)
    failures.push_back(
        {{"fault", f.fault}, {"message", f.message}, {"attempts", f.attempts}, {"simulations", f.simulations}});
  for (const Pattern& p : l.patterns)
    patterns.push_back({{"axis", p.axis},
                        {"value", p.value},
                        {"things", p.things},
                        {"failed", p.failed},
                        {"with", p.with},
                        {"other_failed", p.other_failed},
                        {"without", p.without},
                        {"p", number(p.p)}});
  for (const QuarantinedTask& t : l.quarantined)
    quarantined.push_back({{"task", t.id}, {"kind", ledger::name(t.kind)}, {"reason", t.reason}});
  for (const auto& bin : l.throughput)
    throughput.push_back({{"start", bin.start}, {"width", bin.width}, {"images", bin.samples}});
  return {{"published", number(l.published)},
          {"seconds", number(l.seconds)},
          {"images", counts(l.images)},
          {"relaxations", counts(l.relaxations)},
          {"study", counts(l.study)},
          {"axes", axes(l.axes)},
          {"failures", failures},
          {"patterns", patterns},
          {"quarantined", quarantined},
          {"throughput", throughput}};
}

json workers(const std::vector<Worker>& list) {
  json all = json::array();
  for (const Worker& w : list)
    all.push_back({{"rank", w.status.rank},
                   {"host", w.status.host},
                   {"simulation", w.status.simulation},
                   {"task", w.task},
                   {"since_s", number(w.status.since_s)},
                   {"done", w.status.done}});
  return all;
}

json trainings(const std::vector<TrainingCurve>& list) {
  json all = json::array();
  for (const TrainingCurve& curve : list) {
    json epochs = json::array();
    for (const EpochPoint& e : curve.epochs)
      epochs.push_back({{"epoch", e.epoch},
                        {"loss", number(e.loss)},
                        {"validation_loss", number(e.validation_loss)},
                        {"validation_f1", number(e.validation_f1)}});
    all.push_back({{"name", curve.name}, {"state", curve.state}, {"epochs", epochs}});
  }
  return all;
}

}  // namespace

std::string state_json(const Facts& facts) {
  json latest = json::array();
  for (const LatestImage& image : facts.latest)
    latest.push_back({{"sample", image.sample}, {"caption", image.caption}});
  const json document = {{"format", state_format},
                         {"folder", facts.folder},
                         {"now", number(facts.now)},
                         {"silent", facts.silent()},
                         {"status", facts.status ? json::parse(report::to_json(*facts.status)) : json(nullptr)},
                         {"ledger", facts.ledger ? ledger_json(*facts.ledger) : json(nullptr)},
                         {"store", {{"known", facts.store_known}, {"axes_read", number(facts.axes_part)}}},
                         {"workers", workers(facts.workers)},
                         {"latest", latest},
                         {"trainings", trainings(facts.trainings)},
                         {"disk_free_bytes", facts.disk_free_bytes ? json(*facts.disk_free_bytes) : json(nullptr)},
                         {"problems", facts.problems}};
  return document.dump(1, ' ', false, json::error_handler_t::replace) + "\n";
}

}  // namespace twinmill::monitor
