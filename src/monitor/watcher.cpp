#include "watcher.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <array>

#include "scan.hpp"
#include "twinmill/base/clock.hpp"
#include "twinmill/base/error.hpp"
#include "twinmill/base/files.hpp"
#include "twinmill/base/text.hpp"

namespace twinmill::monitor {
namespace {

constexpr double scan_every_s = 2;
/// A large ledger takes long to read: at most a tenth of the time goes into that.
constexpr double rest_of_scans = 9;
constexpr std::size_t workers_described = 200;
constexpr std::int64_t samples_read_at_once = 100'000;  // More are read between other work.

bool of_one_file(const std::optional<FileStamp>& a, const std::optional<FileStamp>& b) {
  return a && b && a->device == b->device && a->inode == b->inode;
}

}  // namespace

std::optional<FileStamp> stamp_of(const std::filesystem::path& path) {
  struct stat s {};
  if (::stat(path.c_str(), &s) != 0) return std::nullopt;
  return FileStamp{.device = s.st_dev,
                   .inode = s.st_ino,
                   .size = static_cast<std::uint64_t>(s.st_size),
                   .modified_ns = static_cast<std::int64_t>(s.st_mtim.tv_sec) * 1'000'000'000 + s.st_mtim.tv_nsec};
}

Watcher::Watcher(Paths paths, FindPatterns patterns) : paths_(std::move(paths)), patterns_(std::move(patterns)) {
  facts_.folder = paths_.folder.string();
}

void Watcher::check() const {
  if (stamp_of(paths_.status)) report::read_status(paths_.status);
  if (stamp_of(paths_.snapshot)) ledger::LedgerView view(paths_.snapshot);
}

void Watcher::read_status() {
  const auto stamp = stamp_of(paths_.status);
  if (stamp == status_stamp_) return;
  status_stamp_ = stamp;
  try {
    const std::string text = read_text(paths_.status);
    facts_.status = report::parse_status(text, paths_.status.string());
    memory_.look(text);
    status_problem_.clear();
  } catch (const Error& e) {
    status_problem_ = e.what();
  }
}

void Watcher::look_at_store() {
  const auto stamp = stamp_of(paths_.store);
  // A store that is open stays so while it is being written to; one that could not be opened is tried when it changes.
  if (reader_ ? of_one_file(stamp, store_stamp_) : stamp == store_stamp_) return;
  store_stamp_ = stamp;
  ++store_generation_;
  reader_.reset();
  axes_.reset();
  axes_counted_ = false;
  store_problem_.clear();
  axes_problem_.clear();
  facts_.store_known = false;
  facts_.axes_part = 0;
  facts_.latest.clear();
  if (!stamp) return;
  try {
    reader_.emplace(paths_.store);
    axes_.emplace(reader_->header().shapes.samples);
    facts_.class_names = reader_->header().classes;
    facts_.store_known = true;
  } catch (const Error& e) {
    reader_.reset();
    store_problem_ = e.what();
  }
}

bool Watcher::go_on() {
  if (!axes_ || axes_->complete() || !axes_problem_.empty()) return false;
  try {
    axes_->read_more(*reader_);
  } catch (const Error& e) {
    axes_problem_ = e.what();
  }
  facts_.axes_part = axes_->part();
  return axes_problem_.empty() && !axes_->complete();
}

void Watcher::read_ledger(const std::function<void()>& breathe) {
  const auto stamp = stamp_of(paths_.snapshot);
  const bool axes_are_new = axes_ && axes_->complete() && !axes_counted_;
  if ((stamp == ledger_stamp_ && !axes_are_new) || steady_seconds() < next_scan_) return;
  ledger_stamp_ = stamp;
  if (!stamp) return;
  const double begun = steady_seconds();
  try {
    auto view = std::make_unique<ledger::LedgerView>(paths_.snapshot);
    const bool of_one_plan = reader_ && reader_->header().plan_key == view->plan_key();
    const SampleAxes* axes = of_one_plan && axes_ && axes_->complete() ? &*axes_ : nullptr;
    view_ = std::move(view);
    facts_.ledger = scan({.view = *view_, .axes = axes, .patterns = patterns_, .breathe = breathe});
    axes_counted_ = axes_ && axes_->complete();
    ledger_problem_.clear();
  } catch (const Error& e) {
    ledger_problem_ = e.what();
  }
  const double end = steady_seconds();
  next_scan_ = end + std::max(scan_every_s, rest_of_scans * (end - begun));
  describe();
}

void Watcher::look_at_status() {
  read_status();
  describe();
}

void Watcher::look() {
  read_status();
  look_at_store();
  if (axes_ && reader_->header().shapes.samples <= samples_read_at_once) {
    while (go_on()) {
    }
  }
  describe();
}

void Watcher::describe() {
  facts_.now = unix_seconds();
  facts_.problems.clear();
  for (const std::string& problem : {status_problem_, ledger_problem_, store_problem_, axes_problem_})
    if (!problem.empty()) facts_.problems.push_back(problem);
  facts_.workers.clear();
  if (facts_.status) {
    for (const report::WorkerStatus& status : facts_.status->workers) {
      const bool shown = facts_.workers.size() < workers_described;
      facts_.workers.push_back({status, shown && status.simulation >= 0 ? task_words(status.simulation) : ""});
    }
  }
  facts_.latest.clear();
  if (facts_.ledger) {
    for (const std::int64_t sample : facts_.ledger->latest)
      if (in_store(sample)) facts_.latest.push_back({sample, caption_of(sample)});
  }
  const bool trains = facts_.status && facts_.status->state == report::RunState::training;
  facts_.trainings = memory_.together_with(facts_.ledger ? facts_.ledger->trainings : std::vector<TrainingCurve>(),
                                           trains ? TrainingMemory::Phase::training : TrainingMemory::Phase::other);
  try {
    facts_.disk_free_bytes = static_cast<std::int64_t>(free_bytes(paths_.folder));
  } catch (const Error&) {
    facts_.disk_free_bytes.reset();
  }
}

// Numbers of relaxations follow those of the simulations.
std::string Watcher::task_words(std::int64_t simulation) const {
  if (!reader_) return cat("simulation ", simulation);
  const std::int64_t simulations = reader_->header().shapes.simulations;
  if (simulation >= simulations) return cat("relaxation ", simulation - simulations);
  try {
    return reader_->simulation(simulation).structure;
  } catch (const Error&) {
    return cat("simulation ", simulation);
  }
}

bool Watcher::in_store(std::int64_t sample) const {
  if (!reader_ || sample < 0 || sample >= reader_->header().shapes.samples) return false;
  try {
    return reader_->sample_slot(sample).state == static_cast<std::uint8_t>(store::SlotState::done);
  } catch (const Error&) {
    return false;
  }
}

std::string Watcher::caption_of(std::int64_t sample) const {
  try {
    const store::SampleRow row = reader_->samples(sample, 1).front();
    return cat(row.parent, ", ", spaced(row.defect), row.variant.empty() ? "" : " " + row.variant, ", ",
               dose_words(row.dose_e_per_A2));
  } catch (const Error&) {
    return cat("sample ", sample);
  }
}

std::optional<SampleFacts> Watcher::sample(std::int64_t id) const {
  SampleFacts s;
  if (view_) s.task = view_->task(SampleId(id));
  if (s.task && s.task->kind != ledger::TaskKind::image) return std::nullopt;
  if (reader_ && id >= 0 && id < reader_->header().shapes.samples) {
    s.samples = reader_->header().shapes.samples;
    s.row = reader_->samples(id, 1).front();
    s.detectors = reader_->header().detectors;
    s.class_names = reader_->header().classes;
    s.structure = task_words(s.row->simulation);
    s.in_store = in_store(id);
    if (s.in_store) {
      std::array<bool, 256> there{};
      for (const std::uint8_t c : reader_->mask(id).data) there[c] = true;
      for (std::size_t c = 1; c < there.size(); ++c)
        if (there[c]) s.seen.push_back(static_cast<std::uint8_t>(c));
    }
  }
  if (!s.row && !s.task) return std::nullopt;
  if (s.task) s.attempts = view_->attempts(s.task->simulation);
  return s;
}

std::optional<std::string> Watcher::picture(std::int64_t id, int detector, PictureKind kind) const {
  if (!in_store(id) || detector < 0 || detector >= reader_->header().shapes.detectors) return std::nullopt;
  const auto grey = report::grey(reader_->image(id, detector));
  switch (kind) {
    case PictureKind::image:
      return report::encode_png(grey);
    case PictureKind::overlay:
      return report::encode_png(report::overlay(grey, reader_->mask(id)));
    case PictureKind::count_:
      break;
  }
  return std::nullopt;
}

}  // namespace twinmill::monitor
