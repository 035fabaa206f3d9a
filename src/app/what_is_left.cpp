#include "what_is_left.hpp"

#include "office.hpp"
#include "twinmill/base/text.hpp"
#include "twinmill/ledger/view.hpp"
#include "twinmill/report/status.hpp"

namespace twinmill::app {
namespace {

std::string part(std::int64_t pending, std::size_t total, const char* what) {
  return cat(count_text(pending), " of ", count_text(static_cast<std::int64_t>(total)), " ", what);
}

// The tasks of relax and simulate.
std::string tasks_left(const RunDirectory& run, const Campaign& campaign, Phase until) {
  const auto& plan = campaign.plan;
  auto relaxations = static_cast<std::int64_t>(plan.relaxations.size());
  auto images = static_cast<std::int64_t>(plan.samples.size());
  std::error_code ec;
  if (std::filesystem::exists(run.snapshot(), ec)) {
    const ledger::LedgerView view(run.snapshot());
    if (view.plan_key() == plan.key.hex()) {
      relaxations = view.counts(ledger::TaskKind::relaxation).pending;
      images = view.counts(ledger::TaskKind::image).pending;
    }
  }
  std::string text;
  if (relaxations > 0) text = part(relaxations, plan.relaxations.size(), "relaxations");
  if (until > Phase::relax && images > 0)
    text += cat(text.empty() ? "" : ", ", part(images, plan.samples.size(), "images"));
  return text.empty() ? "the store" : text;
}

// The trainings of the study.
std::string trainings_left(const RunDirectory& run, const campaign::Plan& plan) {
  auto left = static_cast<std::int64_t>(plan.trainings.size());
  std::error_code ec;
  if (std::filesystem::exists(run.snapshot(), ec)) {
    const ledger::LedgerView view(run.snapshot());
    if (view.plan_key() == plan.key.hex() && view.study_key() == plan.study_key.hex()) left = pending_trainings(view);
  }
  return left > 0 ? part(left, plan.trainings.size(), "trainings") : "the study";
}

std::string epoch_text(const RunDirectory& run) {
  try {
    const auto status = report::read_status(run.status());
    return status.training ? cat(" (epoch ", status.training->epoch, ")") : "";
  } catch (const Error&) {
    return {};  // Nothing is published yet.
  }
}

}  // namespace

std::string what_is_left(const RunDirectory& run, const Campaign& campaign, Phase until) {
  if (is_complete(run, campaign, until)) return {};
  std::string text;
  const auto add = [&](const std::string& words) { text += cat(text.empty() ? "" : ", ", words); };
  const Phase tasks = until == Phase::relax ? Phase::relax : Phase::simulate;
  if (!is_complete(run, campaign, tasks)) add(tasks_left(run, campaign, tasks));
  const bool study = campaign.plan.spec.study.on();
  if (study && until >= Phase::train && !is_complete(run, campaign, Phase::train))
    add(trainings_left(run, campaign.plan));
  for (const Phase phase : {Phase::train, Phase::evaluate, Phase::report}) {
    if (phase > until || (study && phase != Phase::report) || is_complete(run, campaign, phase)) continue;
    add(std::string(name(phase)) + (phase == Phase::train ? epoch_text(run) : ""));
  }
  return text;
}

}  // namespace twinmill::app
