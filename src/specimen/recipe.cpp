#include "recipe.hpp"

#include <cmath>
#include <limits>

#include "names.hpp"
#include "twinmill/base/text.hpp"

namespace twinmill::specimen {
namespace {

bool is_transition_metal(int z) {
  return (z >= 21 && z <= 30) || (z >= 39 && z <= 48) || z == 57 || (z >= 71 && z <= 80);
}

int element_number(const Recipe& recipe, std::string_view what, const std::string& element) {
  const int z = atomic_number(element);
  if (z > 0) return z;
  const std::string likely = nearest(element, symbols());
  refuse(recipe,
         cat(what, " = ", element, " (no such element)", likely.empty() ? "" : cat(". Did you mean ", likely, "?")));
}

void check_element(const Recipe& recipe, const Defect& defect, const Parent& host) {
  const auto kind = name(defect.kind);
  if (defect.kind != SiteClass::dopant && defect.kind != SiteClass::adatom) {
    if (defect.element.empty()) return;
    refuse(recipe, cat("element = ", defect.element, " (the defect is ", kind, "). Leave it out?"));
  }
  if (defect.element.empty()) {
    if (defect.kind == SiteClass::adatom) return;
    refuse(recipe, "dopant is missing (the defect is a dopant). Name an element?");
  }
  const int z = element_number(recipe, kind, defect.element);
  if (!is_transition_metal(z) && !(defect.kind == SiteClass::adatom && defect.element == host.metal))
    refuse(recipe, cat(kind, " = ", defect.element, " (not a transition metal)"));
  if (defect.kind == SiteClass::dopant && defect.element == host.metal)
    refuse(recipe, cat("dopant = ", defect.element, " (", host.id, " has this metal already)"));
}

bool has_side(SiteClass kind) {
  switch (kind) {
    case SiteClass::anion_vacancy:
    case SiteClass::metal_on_anion:
    case SiteClass::anion_interstitial:
    case SiteClass::adatom:
    case SiteClass::antisite_vacancy:
      return true;
    case SiteClass::lattice:
    case SiteClass::metal_vacancy:
    case SiteClass::anion_on_metal:
    case SiteClass::dopant:
    case SiteClass::metal_interstitial:
    case SiteClass::count_:
      break;
  }
  return false;
}

// Smallest and largest number of vacancies in a cluster.
std::array<int, 2> cluster_sizes(Cluster cluster) {
  switch (cluster) {
    case Cluster::random:
      return {1, std::numeric_limits<int>::max()};
    case Cluster::column:
    case Cluster::pair:
      return {2, 2};
    case Cluster::line:
      return {2, 4};
    case Cluster::bent:
    case Cluster::triangle_metal:
    case Cluster::triangle_hollow:
      return {3, 3};
    case Cluster::count_:
      break;
  }
  throw Error(Fault::bug, "no such cluster");
}

void check_cluster(const Recipe& recipe, const Defect& defect) {
  if (defect.cluster == Cluster::random) return;
  const auto shape = name(defect.cluster);
  if (defect.kind != SiteClass::anion_vacancy)
    refuse(recipe,
           cat("cluster = ", shape, " (the defect is ", name(defect.kind), ", and only anion vacancies cluster)"));
  const auto [least, most] = cluster_sizes(defect.cluster);
  if (defect.count < least || defect.count > most)
    refuse(recipe, cat("count = ", defect.count, " (a cluster of shape ", shape, " has ", least,
                       least == most ? "" : cat(" to ", most), " vacancies)"));
  if (defect.cluster == Cluster::column && (defect.side == Side::top || defect.side == Side::bottom))
    refuse(recipe, cat("side = ", name(defect.side), " (a column goes through both anion planes). Leave it out?"));
  if (defect.cluster != Cluster::column && defect.side == Side::both)
    refuse(recipe,
           cat("side = both (a cluster of shape ", shape, " lies in one anion plane). Write top, bottom or any?"));
}

void check_defect(const Recipe& recipe, const Defect& defect, const Parent& host) {
  if (defect.kind == SiteClass::lattice) refuse(recipe, "lattice (is no defect). Leave it out?");
  if (defect.count < 1) refuse(recipe, cat("count = ", defect.count, " (must be positive)"));
  check_element(recipe, defect, host);
  check_cluster(recipe, defect);
  if (defect.side != Side::any && !has_side(defect.kind))
    refuse(recipe,
           cat("side = ", name(defect.side), " (", name(defect.kind), " belongs to no anion plane). Leave it out?"));
}

void check_impurity(const Recipe& recipe, const Impurity& impurity, const Parent& host) {
  if (impurity.element.empty()) refuse(recipe, "impurity without an element (nothing to put in). Name one?");
  element_number(recipe, "impurity", impurity.element);
  if (impurity.count < 1) refuse(recipe, cat("count = ", impurity.count, " (must be positive)"));
  if ((impurity.place == Place::metal && impurity.element == host.metal) ||
      (impurity.place == Place::anion && impurity.element == host.anion))
    refuse(recipe,
           cat("impurity = ", impurity.element, " (", host.id, " has this ", name(impurity.place), " already)"));
}

}  // namespace

std::string_view name(Side side) {
  static_assert(static_cast<int>(Side::count_) == 4);
  switch (side) {
    case Side::any:
      return "any";
    case Side::top:
      return "top";
    case Side::bottom:
      return "bottom";
    case Side::both:
      return "both";
    case Side::count_:
      break;
  }
  throw Error(Fault::bug, "no such side");
}

Side side(std::string_view text) { return by_name<Side>(text, "side", "sides"); }

std::string_view name(Cluster cluster) {
  static_assert(static_cast<int>(Cluster::count_) == 7);
  switch (cluster) {
    case Cluster::random:
      return "random";
    case Cluster::column:
      return "column";
    case Cluster::pair:
      return "pair";
    case Cluster::line:
      return "line";
    case Cluster::bent:
      return "bent";
    case Cluster::triangle_metal:
      return "triangle_metal";
    case Cluster::triangle_hollow:
      return "triangle_hollow";
    case Cluster::count_:
      break;
  }
  throw Error(Fault::bug, "no such cluster");
}

Cluster cluster(std::string_view text) { return by_name<Cluster>(text, "cluster", "clusters"); }

std::string_view name(Place place) {
  static_assert(static_cast<int>(Place::count_) == 4);
  switch (place) {
    case Place::metal:
      return "metal";
    case Place::anion:
      return "anion";
    case Place::interstitial:
      return "interstitial";
    case Place::adatom:
      return "adatom";
    case Place::count_:
      break;
  }
  throw Error(Fault::bug, "no such place");
}

Place place(std::string_view text) { return by_name<Place>(text, "place", "places"); }

std::string description(const Recipe& recipe) {
  std::string text;
  const auto times = [](int count) { return count == 1 ? std::string() : cat(" x", count); };
  for (const auto& d : recipe.defects) {
    text += cat(text.empty() ? "" : " + ", name(d.kind), d.element.empty() ? "" : " ", d.element, times(d.count));
    if (d.cluster != Cluster::random) text += cat(" ", name(d.cluster));
    if (d.side != Side::any) text += cat(" ", name(d.side));
  }
  if (text.empty()) text = "pristine";
  for (const auto& i : recipe.impurities) text += cat(" + impurity ", i.element, " ", name(i.place), times(i.count));
  return text;
}

std::string structure_name(const Recipe& recipe) {
  return cat(recipe.parent, " ", recipe.supercell[0], "x", recipe.supercell[1], " ", description(recipe));
}

void refuse(const Recipe& recipe, const std::string& problem) {
  throw Error(Fault::input, cat(structure_name(recipe), ": ", problem));
}

void check_recipe(const Recipe& recipe, const Parent& host) {
  if (!(recipe.min_distance_A >= 0 && std::isfinite(recipe.min_distance_A)))
    refuse(recipe, cat("min_distance = ", recipe.min_distance_A, " A (must not be negative)"));
  for (const auto& d : recipe.defects) check_defect(recipe, d, host);
  for (const auto& i : recipe.impurities) check_impurity(recipe, i, host);
}

int occupant(const Defect& defect, const Parent& host) {
  switch (defect.kind) {
    case SiteClass::anion_vacancy:
    case SiteClass::metal_vacancy:
      return 0;
    case SiteClass::metal_on_anion:
    case SiteClass::metal_interstitial:
    case SiteClass::antisite_vacancy:
      return atomic_number(host.metal);
    case SiteClass::anion_on_metal:
    case SiteClass::anion_interstitial:
      return atomic_number(host.anion);
    case SiteClass::dopant:
      return atomic_number(defect.element);
    case SiteClass::adatom:
      return atomic_number(defect.element.empty() ? host.metal : defect.element);
    case SiteClass::lattice:
    case SiteClass::count_:
      break;
  }
  throw Error(Fault::bug, "this class has no occupant");
}

}  // namespace twinmill::specimen
