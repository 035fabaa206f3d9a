// Any program that reads one extxyz file and writes another.
#include "twinmill/base/error.hpp"
#include "twinmill/base/files.hpp"
#include "workers/engines.hpp"

namespace twinmill::workers {
namespace {

std::string replaced(std::string text, const std::string& what, const std::string& by) {
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size()))
    text.replace(at, what.size(), by);
  return text;
}

class Command : public Engine {
 public:
  std::vector<std::string> prepare(const EngineJob& job) const override {
    if (job.settings.command.empty())
      throw Error(Fault::input, "relaxation.command is empty (engine = command runs it)");
    std::vector<std::string> arguments;
    for (const auto& argument : job.settings.command)
      arguments.push_back(replaced(replaced(argument, "{input}", (job.folder / engine_file::input).string()),
                                   "{output}", (job.folder / engine_file::output).string()));
    return arguments;
  }

  int steps_done(const EngineJob&) const override { return 0; }

  specimen::Relaxed result(const EngineJob& job) const override {
    const auto path = job.folder / engine_file::output;
    return specimen::parse_relaxed(read_text(path), path.string());
  }
};

}  // namespace

std::unique_ptr<Engine> command_engine() { return std::make_unique<Command>(); }

}  // namespace twinmill::workers
