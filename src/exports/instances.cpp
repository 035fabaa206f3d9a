#include "instances.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace twinmill::exports {
namespace {

double distance_A(double x_px, double y_px, double other_x_px, double other_y_px, const Reach& reach) {
  return std::hypot((x_px - other_x_px) * reach.pixel_x_A, (y_px - other_y_px) * reach.pixel_y_A);
}

/// Labelled sites; those at one place together.
std::vector<Instance> places(std::span<const store::AtomRow> atoms, const Reach& reach) {
  std::vector<Instance> all;
  for (const auto& atom : atoms) {
    if (atom.label == 0) continue;
    const auto here = std::ranges::find_if(all, [&](const Instance& other) {
      const auto& first = other.sites.front();
      return other.label == atom.label &&
             distance_A(atom.x_px, atom.y_px, first.x_px, first.y_px, reach) < same_place_A;
    });
    if (here != all.end())
      here->sites.push_back(atom);
    else
      all.push_back({.label = atom.label, .pixels = {}, .sites = {atom}});
  }
  return all;
}

Instance* owner(std::vector<Instance>& all, int x, int y, int label, const Reach& reach) {
  Instance* nearest = nullptr;
  double least = std::numeric_limits<double>::infinity();
  for (auto& instance : all) {
    if (instance.label != label) continue;
    const auto& site = instance.sites.front();
    const double d = distance_A(x, y, site.x_px, site.y_px, reach);
    if (d > reach.reach_A || !(d < least)) continue;
    least = d;
    nearest = &instance;
  }
  return nearest;
}

/// The connected region of one class around a pixel that has no owner; its pixels have one from now on.
Instance region(const Image<std::uint8_t>& mask, Image<std::uint8_t>& owned, int x, int y) {
  Instance instance{.label = mask.at(x, y), .pixels = {}, .sites = {}};
  std::vector<std::array<int, 2>> edge = {{x, y}};
  owned.at(x, y) = 1;
  while (!edge.empty()) {
    const auto [cx, cy] = edge.back();
    edge.pop_back();
    instance.pixels.push_back(std::int64_t{cx} * mask.height + cy);
    const std::array<std::array<int, 2>, 4> beside = {{{cx - 1, cy}, {cx + 1, cy}, {cx, cy - 1}, {cx, cy + 1}}};
    for (const auto& [nx, ny] : beside) {
      if (nx < 0 || ny < 0 || nx >= mask.width || ny >= mask.height) continue;
      if (owned.at(nx, ny) != 0 || mask.at(nx, ny) != instance.label) continue;
      owned.at(nx, ny) = 1;
      edge.push_back({nx, ny});
    }
  }
  std::ranges::sort(instance.pixels);
  return instance;
}

std::array<int, 4> box_of(const std::vector<std::int64_t>& pixels, int height) {
  int left = std::numeric_limits<int>::max(), top = left, right = -1, bottom = -1;
  for (const auto p : pixels) {
    const int x = static_cast<int>(p / height), y = static_cast<int>(p % height);
    left = std::min(left, x);
    right = std::max(right, x);
    top = std::min(top, y);
    bottom = std::max(bottom, y);
  }
  return {left, top, right - left + 1, bottom - top + 1};
}

}  // namespace

std::vector<Instance> instances(const Image<std::uint8_t>& mask, std::span<const store::AtomRow> atoms,
                                const Reach& reach) {
  auto all = places(atoms, reach);
  Image<std::uint8_t> owned(mask.width, mask.height);
  for (int x = 0; x < mask.width; ++x) {
    for (int y = 0; y < mask.height; ++y) {
      if (mask.at(x, y) == 0) continue;
      auto* const instance = owner(all, x, y, mask.at(x, y), reach);
      if (instance == nullptr) continue;
      instance->pixels.push_back(std::int64_t{x} * mask.height + y);
      owned.at(x, y) = 1;
    }
  }
  for (int x = 0; x < mask.width; ++x)
    for (int y = 0; y < mask.height; ++y)
      if (mask.at(x, y) != 0 && owned.at(x, y) == 0) all.push_back(region(mask, owned, x, y));
  std::erase_if(all, [](const Instance& instance) { return instance.pixels.empty(); });
  for (auto& instance : all) instance.box = box_of(instance.pixels, mask.height);
  std::ranges::sort(all, {}, [](const Instance& instance) { return instance.pixels.front(); });
  return all;
}

std::vector<std::int64_t> run_lengths(const Instance& instance, std::int64_t pixels_of_image) {
  std::vector<std::int64_t> runs;
  std::int64_t end = 0;  // Of what is counted.
  for (std::size_t i = 0; i < instance.pixels.size();) {
    const std::int64_t first = instance.pixels[i];
    std::int64_t length = 1;
    while (i + static_cast<std::size_t>(length) < instance.pixels.size() &&
           instance.pixels[i + static_cast<std::size_t>(length)] == first + length)
      ++length;
    runs.push_back(first - end);
    runs.push_back(length);
    end = first + length;
    i += static_cast<std::size_t>(length);
  }
  if (end < pixels_of_image) runs.push_back(pixels_of_image - end);
  return runs;
}

}  // namespace twinmill::exports
