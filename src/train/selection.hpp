#pragma once
// A selection as it applies to a store: which samples are seen, in which split, under which numbers of classes.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "twinmill/store/store.hpp"
#include "twinmill/train/api.hpp"

namespace twinmill::train {

/// From the classes of a store to those that a network tells apart.
class ClassMap {
 public:
  static constexpr std::uint8_t unseen = 255;

  /// Throws Error(input) when the selection names a class that the store does not have, or one twice.
  ClassMap(const store::Header& header, const Selection& selection);

  /// Names by the network's number, the lattice first.
  const std::vector<std::string>& names() const { return names_; }
  int count() const { return static_cast<int>(names_.size()); }
  /// The network's number of a class of the store; unseen for a class that is not selected or that the store does not
  /// have.
  std::uint8_t of(std::uint8_t label) const { return numbers_[label]; }
  /// Whether all classes of the store are told apart, under their own numbers.
  bool complete() const { return complete_; }
  bool selects(std::string_view class_name) const;

 private:
  std::vector<std::string> names_;
  std::vector<std::uint8_t> numbers_;  // 256
  bool complete_ = true;
};

/// The split that each sample of the store belongs to: by its role, or else its row; empty: none. Throws Error(input)
/// when there are roles, but not one for each sample.
std::vector<std::string_view> splits_of(const std::vector<store::SampleRow>& rows, const Selection& selection);

/// Whether a row says that its sample has a defect of this class.
bool shows(const store::SampleRow& row, std::string_view class_name);

/// Whether the defect of a sample may be seen: all of its classes are selected. A sample whose row does not say what it
/// shows (a structure from a file) is looked at: its mask decides.
bool is_seen(const store::Reader& reader, const store::SampleRow& row, std::int64_t id, const ClassMap& classes);

/// Samples of both splits that training looks at, by number, ascending.
struct TrainingSamples {
  std::vector<std::int64_t> training, validation;
};
/// Those whose slots are done and whose classes are selected.
TrainingSamples training_samples(const store::Reader& reader, const Selection& selection);

}  // namespace twinmill::train
