#include "confusion.hpp"

#include <algorithm>
#include <limits>

#include "twinmill/base/error.hpp"

namespace twinmill::train {
namespace {

double ratio(std::int64_t part, std::int64_t whole) {
  if (whole == 0) return std::numeric_limits<double>::quiet_NaN();
  return static_cast<double>(part) / static_cast<double>(whole);
}

}  // namespace

void sum_counts(std::span<std::int64_t> counts, const mpi::Communicator& group) {
  std::vector<double> values(counts.begin(), counts.end());
  group.sum_in_place(std::span(values));
  for (std::size_t i = 0; i < counts.size(); ++i) counts[i] = static_cast<std::int64_t>(values[i]);
}

Confusion::Confusion(int classes)
    : classes_(classes), counts_(static_cast<std::size_t>(classes) * static_cast<std::size_t>(classes), 0) {}

std::int64_t Confusion::at(int truth, int predicted) const {
  return counts_[static_cast<std::size_t>(truth * classes_ + predicted)];
}

void Confusion::count(std::span<const std::int64_t> truth, std::span<const std::uint8_t> predicted) {
  ensure(truth.size() == predicted.size(), "a prediction has as many pixels as the truth");
  for (std::size_t i = 0; i < truth.size(); ++i) {
    ++counts_[static_cast<std::size_t>(truth[i] * classes_ + predicted[i])];
  }
}

void Confusion::count(int truth, int predicted) {
  ++counts_.at(static_cast<std::size_t>(truth * classes_ + predicted));
}

void Confusion::add(const Confusion& other) {
  ensure(other.classes_ == classes_, "confusions of the same classes are added");
  for (std::size_t i = 0; i < counts_.size(); ++i) counts_[i] += other.counts_[i];
}

void Confusion::sum_over(const mpi::Communicator& group) { sum_counts(counts_, group); }

std::vector<ClassMetrics> Confusion::metrics(std::span<const std::string> names) const {
  std::vector<ClassMetrics> result;
  for (int c = 0; c < classes_; ++c) {
    ClassMetrics m;
    m.name = names[static_cast<std::size_t>(c)];
    for (int other = 0; other < classes_; ++other) {
      m.true_pixels += at(c, other);
      m.predicted_pixels += at(other, c);
    }
    m.hit_pixels = at(c, c);
    m.precision = ratio(m.hit_pixels, m.predicted_pixels);
    m.recall = ratio(m.hit_pixels, m.true_pixels);
    m.f1 = ratio(2 * m.hit_pixels, m.true_pixels + m.predicted_pixels);
    m.iou = ratio(m.hit_pixels, m.true_pixels + m.predicted_pixels - m.hit_pixels);
    result.push_back(m);
  }
  return result;
}

double Confusion::macro_f1() const {
  const std::vector<std::string> unnamed(static_cast<std::size_t>(classes_));
  const auto all = metrics(unnamed);
  double sum = 0;
  int present = 0;
  for (std::size_t c = 1; c < all.size(); ++c) {
    if (all[c].true_pixels == 0) continue;
    sum += all[c].f1;
    ++present;
  }
  return present > 0 ? sum / present : std::numeric_limits<double>::quiet_NaN();
}

std::vector<std::vector<std::int64_t>> Confusion::rows() const {
  std::vector<std::vector<std::int64_t>> result;
  for (auto row = counts_.begin(); row != counts_.end(); row += classes_) result.emplace_back(row, row + classes_);
  return result;
}

}  // namespace twinmill::train
