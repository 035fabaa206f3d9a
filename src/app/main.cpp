// The program: finds the command, runs it, turns errors into one message and an exit code.
#include <algorithm>
#include <array>
#include <iostream>

#include "command.hpp"
#include "twinmill/base/log.hpp"
#include "twinmill/base/text.hpp"
#include "twinmill/base/version.hpp"

namespace twinmill::app {

std::span<const Command> commands() {
  static const std::array all = {
      Command{"plan", "CAMPAIGN [--dir DIR] [--nominal] [--site SITE --nodes N --walltime TIME] [--json]",
              "What would run: axes, counts, cost, disk, time. Runs nothing.",
              "twinmill plan campaigns/quickstart.toml", run_plan},
      Command{"run",
              "CAMPAIGN [--dir DIR] [--ranks N] [--walltime TIME] [--until relax|simulate|train|evaluate] [--drop]",
              "Relaxes, simulates, trains, evaluates and reports; run again, it resumes, and does only what has "
              "changed. Under mpirun or srun it uses "
              "their ranks.",
              "twinmill run campaigns/quickstart.toml --dir runs/quickstart", run_run},
      Command{
          "relax", "CAMPAIGN [--dir DIR] [--ranks N] [--walltime TIME]",
          "Only the first phase of run: relaxes the structures with the campaign's engine (GPAW, VASP, any program).",
          "twinmill relax campaigns/relaxed.toml --dir runs/relaxed", run_relax},
      Command{"submit", "CAMPAIGN --site SITE [--nodes N] [--walltime T] [--account A] [--queue Q] [--dry-run] ...",
              "Renders and submits a chain of batch jobs that run the campaign.",
              "twinmill submit campaigns/quickstart.toml --site generic --nodes 2 --ranks-per-node 2 --walltime 1h "
              "--dry-run",
              run_submit},
      Command{"status", "DIR [--json] [--watch]", "What a run is doing, or how it ended.",
              "twinmill status runs/quickstart --watch", run_status},
      Command{
          "monitor", "DIR [--port P] [--host ADDRESS]",
          "A live page of a run for the browser: progress, workers, images, failures. Only looks; ends with Ctrl-C.",
          "twinmill monitor runs/quickstart", run_monitor},
      Command{"explain", "DIR [TASK]",
              "Why tasks are where they are: failures, attempts, quarantine. TASK: a sample's number or key.",
              "twinmill explain runs/quickstart 17", run_explain},
      Command{
          "verify", "DIR [--repair]",
          "Checks every finished image and label against its checksum and the ledger; --repair mends what is damaged.",
          "twinmill verify runs/quickstart", run_verify},
      Command{"digest", "DIR", "One hash of all results; the same for any number of ranks and after any interruption.",
              "twinmill digest runs/quickstart", run_digest},
      Command{"train", "DIR [--model NAME] [--ranks N]",
              "Trains on a finished simulation phase (part of run); resumes. Of a study: what is left, or one by name.",
              "twinmill train runs/quickstart", run_train},
      Command{"evaluate", "DIR [--ranks N] | --model M.pt STORE [--split S] [--out FOLDER] [--json]",
              "Evaluates the trained network on the test split (part of run), or an exported model on any store (under "
              "mpirun with all ranks).",
              "twinmill evaluate --model runs/quickstart/models/model.pt runs/quickstart/store.h5", run_evaluate},
      Command{"report", "DIR [--montage FILE.png [--samples LIST]]", "Writes DIR/report.html anew.",
              "twinmill report runs/quickstart", run_report},
      Command{
          "simulate", "STRUCTURE [options] --out FILE.h5",
          "Images of one structure, without a campaign. Under mpirun all ranks work on it.",
          "twinmill simulate tests/golden/mos2_vacancy.extxyz --energy-kev 80 --semiangle-mrad 25 --aberration C10=-40 "
          "--aberration C30=4e5 --detector haadf:50:200 --grid 256x224 --scan 32x28 --out out.h5",
          run_simulate},
      Command{
          "bench",
          "NAME [--json]",
          "Measures: imaging, scheduler (tasks/s through real ranks), fleet (75,000 virtual workers), ledger (size, "
          "start), store (write bandwidth), training (a step of a network).",
          "twinmill bench scheduler --ranks 3",
          run_bench,
          {"imaging", "scheduler", "fleet", "ledger", "store", "training"}},
      Command{"inspect", "FILE [--json] [--digest] [--preview FILE.png]",
              "What a structure file, a store (also of a run that goes on) or a trained network is. FILE may be a run "
              "directory.",
              "twinmill inspect tests/golden/mos2_vacancy.extxyz --preview mos2.png", run_inspect},
      Command{"export", "STORE --to hdf5|png|coco --out PATH [--split S] [--defect CLASS] [--limit N] ...",
              "Samples in the forms that other tools read, with a card that says what they are. STORE may be a run "
              "directory, also of a run that goes on.",
              "twinmill export runs/quickstart --to coco --out quickstart-coco --licence CC-BY-4.0", run_export},
      Command{"fields", "", "The campaign file's reference: every key, its unit, default and meaning.",
              "twinmill fields", run_fields},
      Command{"completion",
              "bash|zsh",
              "What a shell needs to complete commands, options and files.",
              "source <(twinmill completion bash)",
              run_completion,
              {"bash", "zsh"}},
      Command{"man", "", "The manual page, as troff.", "twinmill man > twinmill.1", run_man}};
  return all;
}

std::span<const ExitText> exit_texts() {
  static const std::array all = {ExitText{ExitCode::done, "done"},
                                 ExitText{ExitCode::input, "a mistake in what was given"},
                                 ExitText{ExitCode::system, "the system refused (disk, permission, launcher)"},
                                 ExitText{ExitCode::stopped, "stopped early; start again to go on"},
                                 ExitText{ExitCode::quarantined, "done, but some tasks failed for good"},
                                 ExitText{ExitCode::bug, "a bug in twinmill"}};
  return all;
}

namespace {

void print_help() {
  std::cout << "twinmill " << version()
            << ": labelled digital-twin microscope images, and the networks trained on them\n\n";
  for (const auto& c : commands())
    std::cout << "  twinmill " << c.name << " " << c.usage << "\n      " << c.summary << "\n";
  std::cout << "\ntwinmill COMMAND --help shows a command's options and an example. Exit codes:\n";
  for (const auto& e : exit_texts()) std::cout << "  " << static_cast<int>(e.code) << "  " << e.meaning << "\n";
}

ExitCode dispatch(const Arguments& arguments) {
  if (arguments.empty() || arguments[0] == "--help" || arguments[0] == "-h" || arguments[0] == "help") {
    print_help();
    return arguments.empty() ? ExitCode::input : ExitCode::done;
  }
  if (arguments[0] == "--version") {
    std::cout << "twinmill " << version() << " (" << commit() << ", physics " << physics_version << ")\n";
    return ExitCode::done;
  }
  std::vector<std::string> names;
  for (const auto& c : commands()) {
    if (c.name == arguments[0]) return c.run(Arguments(arguments.begin() + 1, arguments.end()));
    names.push_back(c.name);
  }
  const std::string near = nearest(arguments[0], names);
  throw Error(Fault::input, cat("command ", arguments[0], " is not known",
                                near.empty() ? ". See twinmill --help?" : cat(". Did you mean ", near, "?")));
}

}  // namespace
}  // namespace twinmill::app

int main(int argc, char** argv) {
  using twinmill::ExitCode;
  const auto fail = [](ExitCode code, std::string_view what) {
    twinmill::log::error(what);
    return static_cast<int>(code);
  };
  try {
    const ExitCode code = twinmill::app::dispatch({argv + 1, argv + argc});
    std::cout.flush();
    if (!std::cout) return fail(ExitCode::system, "standard output could not be written");
    return static_cast<int>(code);
  } catch (const twinmill::Error& e) {
    return fail(twinmill::exit_code(e.fault()), e.what());
  } catch (const std::bad_alloc&) {
    return fail(ExitCode::system, "out of memory. Fewer ranks, or a smaller cell?");
  } catch (const std::exception& e) {
    return fail(ExitCode::bug, twinmill::cat(e.what(), " (this is a bug in twinmill; please report it)"));
  }
}
