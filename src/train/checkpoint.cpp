#include "checkpoint.hpp"

#include <cmath>
#include <cstdio>
#include <limits>
#include <nlohmann/json.hpp>

#include "twinmill/base/error.hpp"
#include "twinmill/base/files.hpp"
#include "twinmill/base/hash.hpp"
#include "twinmill/base/log.hpp"

namespace twinmill::train {
namespace {

constexpr std::string_view magic = "twinmill-checkpoint 1 ";

using Json = nlohmann::json;

/// JSON has no NaN: it is written as null.
double number(const Json& value) {
  return value.is_null() ? std::numeric_limits<double>::quiet_NaN() : value.get<double>();
}

Json to_json(const EpochRecord& r) {
  return {{"epoch", r.epoch},
          {"train_loss", r.train_loss},
          {"validation_loss", r.validation_loss},
          {"validation_f1", r.validation_f1},
          {"seconds", r.seconds},
          {"images_per_s", r.images_per_s},
          {"loader_wait_s", r.loader_wait_s}};
}

EpochRecord record_from(const Json& j) {
  return {.epoch = j.at("epoch").get<int>(),
          .train_loss = number(j.at("train_loss")),
          .validation_loss = number(j.at("validation_loss")),
          .validation_f1 = number(j.at("validation_f1")),
          .seconds = number(j.at("seconds")),
          .images_per_s = number(j.at("images_per_s")),
          .loader_wait_s = number(j.at("loader_wait_s"))};
}

std::string checksum_text(std::string_view rest) {
  char digits[17];
  std::snprintf(digits, sizeof digits, "%016llx", static_cast<unsigned long long>(checksum(bytes_of(rest))));
  return digits;
}

[[noreturn]] void damaged(std::string_view why) {
  throw Error(Fault::system, cat("the checkpoint is damaged (", why, ")"));
}

}  // namespace

std::string identity(std::string_view key, const TrainSpec& spec, std::span<const std::string> classes,
                     std::span<const std::string> detectors, std::span<const std::uint8_t> roles) {
  Hasher hasher;
  hasher.add(key).add(decisive_text(spec));
  hasher.add(static_cast<std::int64_t>(classes.size()));
  for (const auto& name : classes) hasher.add(name);
  for (const auto& name : detectors) hasher.add(name);
  if (!roles.empty()) hasher.add(std::string_view(reinterpret_cast<const char*>(roles.data()), roles.size()));
  return hasher.digest().hex();
}

std::string pack(const Checkpoint& checkpoint) {
  Json history = Json::array();
  for (const auto& record : checkpoint.history) history.push_back(to_json(record));
  const Position& at = checkpoint.position;
  const Json header = {{"identity", checkpoint.identity},
                       {"epochs_done", at.epochs_done},
                       {"steps_done", at.steps_done},
                       {"loss_sum", at.loss_sum},
                       {"seconds", at.seconds},
                       {"loader_wait_s", at.loader_wait_s},
                       {"history", history}};
  std::string rest = header.dump();
  rest += '\n';
  rest += checkpoint.archive;
  return cat(magic, checksum_text(rest), '\n', rest);
}

Checkpoint unpack(std::string_view text) {
  if (!text.starts_with(magic)) damaged("it does not start as a checkpoint of this version does");
  const auto first = text.find('\n');
  if (first == text.npos) damaged("it ends within its first line");
  const auto rest = text.substr(first + 1);
  if (text.substr(magic.size(), first - magic.size()) != checksum_text(rest)) damaged("its checksum does not match");
  const auto second = rest.find('\n');
  if (second == rest.npos) damaged("it ends within its header");
  Checkpoint checkpoint;
  try {
    const Json header = Json::parse(rest.substr(0, second));
    checkpoint.identity = header.at("identity").get<std::string>();
    checkpoint.position = {.epochs_done = header.at("epochs_done").get<int>(),
                           .steps_done = header.at("steps_done").get<std::int64_t>(),
                           .loss_sum = number(header.at("loss_sum")),
                           .seconds = number(header.at("seconds")),
                           .loader_wait_s = number(header.at("loader_wait_s"))};
    for (const auto& record : header.at("history")) checkpoint.history.push_back(record_from(record));
  } catch (const Json::exception& e) {
    damaged(e.what());
  }
  if (static_cast<int>(checkpoint.history.size()) != checkpoint.position.epochs_done) {
    damaged("its history is not as long as it says");
  }
  checkpoint.archive = rest.substr(second + 1);
  return checkpoint;
}

std::filesystem::path checkpoint_path(const std::filesystem::path& models) { return models / "checkpoint.pt"; }

void save(const std::filesystem::path& models, const Checkpoint& checkpoint) {
  write_atomic(checkpoint_path(models), pack(checkpoint));
}

std::optional<Checkpoint> find_checkpoint(const std::filesystem::path& models, std::string_view wanted_identity) {
  const auto path = checkpoint_path(models);
  if (!std::filesystem::exists(path)) return std::nullopt;
  try {
    auto checkpoint = unpack(read_text(path));
    if (checkpoint.identity == wanted_identity) return checkpoint;
    log::warning(
        cat(path.string(), " belongs to another training (other settings or other data): training starts anew"));
  } catch (const Error& e) {
    log::warning(cat(path.string(), " is not used: ", e.what(), "; training starts anew"));
  }
  return std::nullopt;
}

bool better(const EpochRecord& a, const EpochRecord& b) {
  if (std::isfinite(a.validation_f1) && std::isfinite(b.validation_f1) && a.validation_f1 != b.validation_f1) {
    return a.validation_f1 > b.validation_f1;
  }
  if (std::isfinite(a.validation_loss) && std::isfinite(b.validation_loss)) {
    return a.validation_loss < b.validation_loss;
  }
  return a.train_loss < b.train_loss;
}

std::size_t best_epoch(std::span<const EpochRecord> history) {
  std::size_t best = 0;
  for (std::size_t i = 1; i < history.size(); ++i) {
    if (better(history[i], history[best])) best = i;
  }
  return best;
}

}  // namespace twinmill::train
