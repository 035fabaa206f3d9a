// Deals groups of structures to train, validation and test: by rank of a hash, so that neither the order of lists nor
// chance in a run has a say; kind by kind, so that each split sees every kind when there are enough of it.

#include <algorithm>
#include <cmath>
#include <map>

#include "plan_parts.hpp"
#include "twinmill/base/text.hpp"

namespace twinmill::campaign {
namespace {

constexpr std::size_t split_count = static_cast<std::size_t>(Split::count_);
constexpr std::size_t train = static_cast<std::size_t>(Split::train);
constexpr std::size_t validation = static_cast<std::size_t>(Split::validation);
constexpr std::size_t test = static_cast<std::size_t>(Split::test);

using Counts = std::array<std::size_t, split_count>;
using Parts = std::array<double, split_count>;

/// What is never shared between two splits.
struct Group {
  Hash128 rank;
  std::vector<std::size_t> structures;
  std::size_t split = train;
};

/// Groups that are dealt together, in the order of their rank.
struct Stratum {
  std::string kind;
  std::vector<Group> groups;
  std::size_t count(std::size_t split) const {
    return static_cast<std::size_t>(std::ranges::count(groups, split, &Group::split));
  }
};

/// `draw` from 1 on: what each group's rank is drawn with.
std::vector<Stratum> group_structures(const Plan& plan, int draw) {
  const Spec& spec = plan.spec;
  const auto& structures = plan.structures;
  const bool by_parent = spec.split.by == "parent";
  std::map<std::string, std::map<Hash128, Group>> strata;  // kind, rank
  for (std::size_t i = 0; i < structures.size(); ++i) {
    const auto& s = structures[i];
    Hasher hash;
    hash.add(spec.campaign.seed);
    if (s.file >= 0) {
      hash.add(s.key);  // A file is its own parent; its content names it, for its path may change.
    } else {
      // Replicates of one defect in one periodic sheet are the same arrangement, shifted, and the two sides of a sheet
      // look alike: near-twins stay together.
      hash.add(origin(plan.catalogue.parents[static_cast<std::size_t>(s.parent)]));
      if (!by_parent) hash.add(plan.kinds[static_cast<std::size_t>(s.kind)].family);
    }
    hash.add("split");
    if (draw > 1) hash.add(draw);
    const Hash128 rank = hash.digest();
    auto& group = strata[by_parent ? "" : s.defect][rank];
    group.rank = rank;
    group.structures.push_back(i);
  }
  std::vector<Stratum> list;
  for (auto& [kind, groups] : strata) {
    list.push_back({.kind = kind, .groups = {}});
    for (auto& [rank, group] : groups) list.back().groups.push_back(std::move(group));
  }
  return list;
}

/// How many of n groups each split gets: as near to `wanted` as whole numbers can be, with one for each split when
/// there are three or more, and one for training always.
Counts deal(std::size_t n, const Parts& wanted, const Parts& fraction) {
  Counts least{}, counts{};
  std::size_t sum = 0;
  for (std::size_t s = 0; s < split_count; ++s) {
    least[s] = s == train || (n >= 3 && fraction[s] > 0) ? 1 : 0;
    counts[s] = std::max(least[s], static_cast<std::size_t>(std::max(0.0, std::floor(wanted[s]))));
    sum += counts[s];
  }
  const auto missing = [&](std::size_t s) { return wanted[s] - static_cast<double>(counts[s]); };
  for (; sum < n; ++sum) {
    std::size_t most = train;
    for (std::size_t s = 0; s < split_count; ++s)
      if (fraction[s] > 0 && missing(s) > missing(most)) most = s;
    ++counts[most];
  }
  for (; sum > n; --sum) {
    std::size_t least_missing = split_count;
    for (std::size_t s = 0; s < split_count; ++s)
      if (counts[s] > least[s] && (least_missing == split_count || missing(s) < missing(least_missing)))
        least_missing = s;
    --counts[least_missing];
  }
  return counts;
}

void deal_strata(std::vector<Stratum>& strata, const Parts& fraction) {
  Parts carried{};  // what earlier strata could not give in whole numbers
  for (auto& stratum : strata) {
    const std::size_t n = stratum.groups.size();
    Parts wanted;
    for (std::size_t s = 0; s < split_count; ++s) wanted[s] = fraction[s] * static_cast<double>(n) + carried[s];
    const Counts counts = deal(n, wanted, fraction);
    for (std::size_t s = 0; s < split_count; ++s) carried[s] = wanted[s] - static_cast<double>(counts[s]);
    for (std::size_t i = 0; i < n; ++i)
      stratum.groups[i].split = i < counts[train] ? train : i < counts[train] + counts[validation] ? validation : test;
  }
}

/// Many kinds with one or two groups each could leave a split empty: it then takes a group from the fullest split, from
/// a kind that keeps another one there if any does.
void fill_empty_splits(std::vector<Stratum>& strata, const Parts& fraction) {
  const auto total = [&](std::size_t split) {
    std::size_t n = 0;
    for (const auto& stratum : strata) n += stratum.count(split);
    return n;
  };
  for (const std::size_t split : {test, validation}) {
    if (fraction[split] <= 0 || total(split) > 0) continue;
    std::size_t giver = train;
    for (std::size_t s = 0; s < split_count; ++s)
      if (total(s) > total(giver)) giver = s;
    if (total(giver) < 2) continue;
    Group* chosen = nullptr;
    std::size_t chosen_kept = 0;
    for (auto& stratum : strata) {
      const std::size_t kept = std::min<std::size_t>(stratum.count(giver), 2);
      for (auto& group : stratum.groups)
        if (group.split == giver &&
            (chosen == nullptr || kept > chosen_kept || (kept == chosen_kept && group.rank > chosen->rank))) {
          chosen = &group;
          chosen_kept = kept;
        }
    }
    chosen->split = split;
  }
}

}  // namespace

std::string_view name(Split split) {
  switch (split) {
    case Split::train:
      return "train";
    case Split::validation:
      return "validation";
    case Split::test:
      return "test";
    case Split::count_:
      break;
  }
  throw Error(Fault::bug, "a split without a name");
}

namespace {

void note_missing(Plan& plan, const Stratum& stratum, const Parts& fraction) {
  std::vector<std::string> without;
  for (const std::size_t s : {train, validation, test})
    if (fraction[s] > 0 && stratum.count(s) == 0) without.emplace_back(name(static_cast<Split>(s)));
  if (without.empty()) return;
  const std::string who = stratum.kind.empty() ? "parent" : stratum.kind;
  plan.notes.push_back(cat("no ", who, " in ", list_text(without), " (there ",
                           stratum.groups.size() == 1 ? "is " : "are ", stratum.groups.size(),
                           " to deal, 3 are needed to be in every split)"));
}

}  // namespace

void assign_splits(Plan& plan) {
  const Spec& spec = plan.spec;
  Parts fraction{};
  fraction[train] = spec.split.train;
  fraction[validation] = spec.split.validation;
  fraction[test] = 1 - spec.split.train - spec.split.validation;
  const int draws = spec.study.on() ? spec.study.splits : 1;
  for (int draw = 1; draw <= draws; ++draw) {
    auto strata = group_structures(plan, draw);
    deal_strata(strata, fraction);
    fill_empty_splits(strata, fraction);
    std::vector<Split> splits(plan.structures.size());
    for (const auto& stratum : strata) {
      for (const auto& group : stratum.groups)
        for (const std::size_t i : group.structures) splits[i] = static_cast<Split>(group.split);
      if (draw == 1) note_missing(plan, stratum, fraction);
    }
    if (draw > 1) {
      plan.further_splits.push_back(std::move(splits));
    } else {
      for (std::size_t i = 0; i < splits.size(); ++i) plan.structures[i].split = splits[i];
    }
  }
}

}  // namespace twinmill::campaign
