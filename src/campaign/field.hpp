#pragma once
// The table of fields: every key of a campaign file with its unit, allowed values and meaning, written once. Reading,
// checking, dumping and the reference visit it.
//
// A visitor has   section(name, text, S&)         a table [name]; it goes on with visit_fields(section, visitor)
//                 entries(name, text, vector<S>&) an array of tables [[name]]
//                 operator()(T&, const Field&)    one key, T one of the types that Spec uses

#include <concepts>
#include <limits>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "twinmill/campaign/spec.hpp"

namespace twinmill::campaign {

inline constexpr double infinity = std::numeric_limits<double>::infinity();

/// Which ends of a range belong to it. A closed end at infinity allows inf.
enum class Ends { closed, open_low, open_high, open, count_ };

/// Allowed numbers. NaN is never inside.
struct Range {
  double low = -infinity;
  double high = infinity;
  Ends ends = Ends::open;

  bool contains(double value) const;
  /// "must be 10 to 1000 keV", "must be above 0 and below 200 mrad", "must be a finite number".
  std::string demand(std::string_view unit) const;
};

constexpr Range from_to(double low, double high) { return {low, high, Ends::closed}; }
constexpr Range above(double low) { return {low, infinity, Ends::open}; }
constexpr Range above_or_inf(double low) { return {low, infinity, Ends::open_low}; }
constexpr Range above_below(double low, double high) { return {low, high, Ends::open}; }
constexpr Range above_to(double low, double high) { return {low, high, Ends::open_low}; }

enum class TextRule { not_empty, folder_name, line, any, count_ };
enum class Repeats { allowed, refused, count_ };

/// Allowed lengths of a list.
struct ListRule {
  std::size_t at_least = 0;
  std::size_t at_most = std::numeric_limits<std::size_t>::max();
  Repeats repeats = Repeats::allowed;
};
inline constexpr ListRule axis = {.at_least = 1, .repeats = Repeats::refused};  ///< Values that the campaign runs over.
inline constexpr ListRule set = {.repeats = Repeats::refused};                  ///< May be empty.
inline constexpr ListRule pair_xy = {.at_least = 2, .at_most = 2};

/// One key.
struct Field {
  std::string_view key;
  std::string_view unit;                ///< Empty: none.
  std::string_view text;                ///< Meaning, one or two sentences.
  Range range = {};                     ///< Of numbers, also of those in lists.
  std::vector<std::string> words = {};  ///< Allowed texts; empty: any that follow the rule.
  TextRule text_rule = TextRule::not_empty;
  ListRule list = {};
  bool optional = false;  ///< In a list of tables: need not be written.
};

/// Stages of [acquisition] in the order in which they act.
inline const std::vector<std::string> stage_names = {"drift", "jitter", "contamination", "poisson", "gain", "dark"};

/// Classes of defects in the order of their numbers in masks (specimen::SiteClass), from 1.
inline const std::vector<std::string> class_names = {"anion_vacancy",      "metal_vacancy", "metal_on_anion",
                                                     "anion_on_metal",     "dopant",        "metal_interstitial",
                                                     "anion_interstitial", "adatom",        "antisite_vacancy"};
/// Networks of [training].
inline const std::vector<std::string> network_names = {"g-unet", "a-unet", "resnet-152"};
inline const std::vector<std::string> cluster_names = {"random", "column",         "pair",           "line",
                                                       "bent",   "triangle_metal", "triangle_hollow"};
/// Whether so many anion vacancies can lie in this shape.
bool cluster_fits(std::string_view cluster, int count);
inline const std::vector<std::string> side_names = {"any", "top", "bottom", "both"};

template <class S, class Section>
concept Of = std::same_as<std::remove_const_t<S>, Section>;

}  // namespace twinmill::campaign
