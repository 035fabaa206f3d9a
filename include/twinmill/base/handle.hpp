#pragma once
// The one owner of C handles. Policy: `using type`, `static type none()`, `static void close(type)` (must not throw).

#include <utility>

namespace twinmill {

template <class Policy>
class Handle {
 public:
  using type = typename Policy::type;
  Handle() = default;
  explicit Handle(type raw) : raw_(raw) {}
  Handle(Handle&& other) noexcept : raw_(std::exchange(other.raw_, Policy::none())) {}
  Handle& operator=(Handle&& other) noexcept {
    if (this != &other) {
      reset();
      raw_ = std::exchange(other.raw_, Policy::none());
    }
    return *this;
  }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  ~Handle() { reset(); }

  type get() const { return raw_; }
  explicit operator bool() const { return raw_ != Policy::none(); }
  void reset() {
    if (raw_ != Policy::none()) Policy::close(std::exchange(raw_, Policy::none()));
  }
  /// Gives the handle up without closing it.
  type release() { return std::exchange(raw_, Policy::none()); }

 private:
  type raw_ = Policy::none();
};

}  // namespace twinmill
