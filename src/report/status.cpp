#include "twinmill/report/status.hpp"

#include <array>
#include <cmath>
#include <nlohmann/json.hpp>

#include "twinmill/base/error.hpp"
#include "twinmill/base/files.hpp"
#include "twinmill/base/text.hpp"

namespace twinmill::report {

namespace {

using nlohmann::json;

constexpr std::array state_names = {"starting",  "simulating", "training", "evaluating",
                                    "reporting", "done",       "stopped",  "failed"};
static_assert(state_names.size() == static_cast<std::size_t>(RunState::count_));

/// JSON has no NaN.
json number(double value) { return std::isfinite(value) ? json(value) : json(nullptr); }
json number(const std::optional<double>& value) { return value ? number(*value) : json(nullptr); }

/// Takes a member out of an object; a missing one or null leaves `into` as it is.
template <class T>
void take(const json& object, const char* member, T& into) {
  const auto found = object.find(member);
  if (found == object.end() || found->is_null()) return;
  try {
    found->get_to(into);
  } catch (const json::exception&) {
    throw Error(Fault::input, cat("member `", member, "` has the wrong type"));
  }
}

template <class T>
void take(const json& object, const char* member, std::optional<T>& into) {
  const auto found = object.find(member);
  if (found == object.end() || found->is_null()) return;
  T value{};
  take(object, member, value);
  into = value;
}

const json& object_at(const json& document, const char* member) {
  static const json empty = json::object();
  const auto found = document.find(member);
  if (found == document.end() || found->is_null()) return empty;
  if (!found->is_object()) throw Error(Fault::input, cat("member `", member, "` has the wrong type"));
  return *found;
}

json json_of(const Counts& counts) {
  return {{"total", counts.total},
          {"done", counts.done},
          {"running", counts.running},
          {"pending", counts.pending},
          {"quarantined", counts.quarantined}};
}

Counts counts_of(const json& object) {
  Counts counts;
  take(object, "total", counts.total);
  take(object, "done", counts.done);
  take(object, "running", counts.running);
  take(object, "pending", counts.pending);
  take(object, "quarantined", counts.quarantined);
  return counts;
}

WorkerStatus worker_of(const json& object) {
  WorkerStatus worker;
  take(object, "rank", worker.rank);
  take(object, "host", worker.host);
  take(object, "simulation", worker.simulation);
  take(object, "since_s", worker.since_s);
  take(object, "done", worker.done);
  return worker;
}

TrainingStatus training_of(const json& object) {
  TrainingStatus training;
  take(object, "epoch", training.epoch);
  take(object, "epochs", training.epochs);
  take(object, "loss", training.loss);
  take(object, "validation_f1", training.validation_f1);
  return training;
}

EvaluationStatus evaluation_of(const json& object) {
  EvaluationStatus evaluation;
  take(object, "done", evaluation.done);
  take(object, "total", evaluation.total);
  return evaluation;
}

Status status_of(const json& document) {
  Status status;
  take(document, "campaign", status.campaign);
  std::string state;
  take(document, "state", state);
  status.state = run_state(state);
  take(document, "updated", status.updated);
  take(document, "host", status.host);
  take(document, "pid", status.pid);
  take(document, "job", status.job);
  take(document, "ranks", status.ranks);
  status.counts = counts_of(object_at(document, "counts"));
  status.relaxations = counts_of(object_at(document, "relaxations"));
  status.trainings = counts_of(object_at(document, "trainings"));
  take(document, "rate_per_s", status.rate_per_s);
  take(document, "eta_s", status.eta_s);
  take(document, "elapsed_s", status.elapsed_s);
  if (const auto workers = document.find("workers"); workers != document.end() && workers->is_array())
    for (const json& worker : *workers) status.workers.push_back(worker_of(worker));
  if (const json& training = object_at(document, "training"); !training.empty())
    status.training = training_of(training);
  if (const json& evaluation = object_at(document, "evaluation"); !evaluation.empty())
    status.evaluation = evaluation_of(evaluation);
  take(document, "message", status.message);
  take(document, "disk_free_bytes", status.disk_free_bytes);
  return status;
}

}  // namespace

std::string_view name(RunState state) {
  ensure(state < RunState::count_, "a run state out of range");
  return state_names[static_cast<std::size_t>(state)];
}

RunState run_state(std::string_view name) {
  for (std::size_t i = 0; i < state_names.size(); ++i)
    if (name == state_names[i]) return static_cast<RunState>(i);
  throw Error(Fault::input, cat("`", name, "` is no state of a run"));
}

bool is_final(RunState state) {
  return state == RunState::done || state == RunState::stopped || state == RunState::failed;
}

std::string to_json(const Status& status) {
  json workers = json::array();
  for (const WorkerStatus& worker : status.workers)
    workers.push_back({{"rank", worker.rank},
                       {"host", worker.host},
                       {"simulation", worker.simulation},
                       {"since_s", number(worker.since_s)},
                       {"done", worker.done}});
  json training = nullptr;
  if (status.training)
    training = {{"epoch", status.training->epoch},
                {"epochs", status.training->epochs},
                {"loss", number(status.training->loss)},
                {"validation_f1", number(status.training->validation_f1)}};
  json evaluation = nullptr;
  if (status.evaluation) evaluation = {{"done", status.evaluation->done}, {"total", status.evaluation->total}};
  const json document = {{"format", status_format},
                         {"campaign", status.campaign},
                         {"state", name(status.state)},
                         {"updated", number(status.updated)},
                         {"host", status.host},
                         {"pid", status.pid},
                         {"job", status.job},
                         {"ranks", status.ranks},
                         {"counts", json_of(status.counts)},
                         {"relaxations", json_of(status.relaxations)},
                         {"trainings", json_of(status.trainings)},
                         {"rate_per_s", number(status.rate_per_s)},
                         {"eta_s", number(status.eta_s)},
                         {"elapsed_s", number(status.elapsed_s)},
                         {"workers", workers},
                         {"training", training},
                         {"evaluation", evaluation},
                         {"message", status.message},
                         {"disk_free_bytes", status.disk_free_bytes ? json(*status.disk_free_bytes) : json(nullptr)}};
  // A host or a message is not guaranteed to be UTF-8; a status must never fail because of it.
  return document.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
}

Status parse_status(std::string_view text, std::string_view source) {
  const json document = json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (document.is_discarded())
    throw Error(Fault::input,
                cat(source, " cannot be read (it is cut off or no JSON). Was it copied while being written?"));
  const auto format = document.is_object() ? document.find("format") : document.end();
  if (!document.is_object() || format == document.end() || !format->is_number_integer())
    throw Error(Fault::input, cat(source, " is no status of a run (it has no format number). Is the folder right?"));
  if (format->get<std::int64_t>() != status_format)
    throw Error(Fault::input, cat(source, " has status format ", format->get<std::int64_t>(), " (this program reads ",
                                  status_format, "). Was it written by another version?"));
  try {
    return status_of(document);
  } catch (const Error& error) {
    throw Error(Fault::input, cat(source, " is no valid status (", error.what(), ")."));
  }
}

void write_status(const std::filesystem::path& path, const Status& status) { write_atomic(path, to_json(status)); }

Status read_status(const std::filesystem::path& path) {
  if (!std::filesystem::exists(path))
    throw Error(Fault::input, cat("there is no ", path.string(), " (no run has begun there). Is the folder right?"));
  return parse_status(read_text(path), path.string());
}

}  // namespace twinmill::report
