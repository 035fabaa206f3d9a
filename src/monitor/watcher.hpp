#pragma once
// Looks at the files of a run. One thread only: HDF5 and the connections of SQLite are used by one at a time.

#include <memory>
#include <optional>

#include "facts.hpp"
#include "trainings.hpp"
#include "twinmill/report/png.hpp"

namespace twinmill::monitor {

/// What tells one state of a file from another.
struct FileStamp {
  std::uint64_t device = 0, inode = 0, size = 0;
  std::int64_t modified_ns = 0;
  friend bool operator==(const FileStamp&, const FileStamp&) = default;
};
/// Empty when there is no such file.
std::optional<FileStamp> stamp_of(const std::filesystem::path& path);

enum class PictureKind { image, overlay, count_ };

class Watcher {
 public:
  Watcher(Paths paths, FindPatterns patterns);

  /// Throws Error(input) when status or snapshot are there and cannot be understood.
  void check() const;

  /// Looks at the status and the store; what has not changed is not read again.
  void look();
  /// Looks at the status alone; allowed while read_ledger() breathes.
  void look_at_status();
  /// Reads the snapshot if there is another one and some time has passed. `breathe` is called now and then.
  void read_ledger(const std::function<void()>& breathe);
  /// Something else went wrong; shown until the next look.
  void complain(const std::string& problem) { facts_.problems.push_back(problem); }
  const Facts& facts() const { return facts_; }
  /// Reads a piece of what takes long; true when there is more of it.
  bool go_on();

  /// Facts of one sample; empty when there is no such number.
  std::optional<SampleFacts> sample(std::int64_t id) const;
  /// PNG of a finished sample. Empty when it is not finished, or not there.
  std::optional<std::string> picture(std::int64_t id, int detector, PictureKind kind) const;
  /// Grows when the store is another one: pictures made before are of the old one.
  int store_generation() const { return store_generation_; }

 private:
  void look_at_store();
  void read_status();
  void describe();
  std::string task_words(std::int64_t simulation) const;
  std::string caption_of(std::int64_t sample) const;
  bool in_store(std::int64_t sample) const;

  Paths paths_;
  FindPatterns patterns_;
  Facts facts_;
  TrainingMemory memory_;
  std::string status_problem_, store_problem_, ledger_problem_, axes_problem_;
  std::optional<FileStamp> status_stamp_, store_stamp_, ledger_stamp_;
  std::optional<store::Reader> reader_;
  int store_generation_ = 0;
  std::optional<SampleAxes> axes_;
  bool axes_counted_ = false;  // The last scan used them.
  std::unique_ptr<ledger::LedgerView> view_;
  double next_scan_ = 0;  // On the steady clock.
};

}  // namespace twinmill::monitor
