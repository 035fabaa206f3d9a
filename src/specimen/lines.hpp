#pragma once
// A text file by lines, and complaints that say where.

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace twinmill::specimen {

class Lines {
 public:
  /// `text` must outlive this; `name` is the file's, for messages. Blank lines at the end do not count.
  Lines(std::string_view text, std::string name);

  std::size_t size() const { return lines_.size(); }
  /// Line `number`, from 1, without its line end; empty behind the last one.
  std::string_view at(std::size_t number) const;
  /// Line `number`; throws Error(input) "the file ends where `what` should be" behind the last one.
  std::string_view need(std::size_t number, std::string_view what) const;
  /// "file:line".
  std::string place(std::size_t number) const;
  /// Throws Error(input) "file:line: problem".
  [[noreturn]] void fail(std::size_t number, const std::string& problem) const;

  /// A finite number.
  double number(std::size_t line, std::string_view word, std::string_view what) const;
  /// Three finite numbers, from words first, first + 1, first + 2.
  std::array<double, 3> triple(std::size_t line, const std::vector<std::string>& words, std::size_t first,
                               std::string_view what) const;
  /// Atomic number of a symbol; complains with the nearest one.
  int element(std::size_t line, std::string_view symbol) const;

 private:
  std::vector<std::string_view> lines_;
  std::string name_;
};

}  // namespace twinmill::specimen
